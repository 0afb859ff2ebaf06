// One call of the vendor's Node SDK for passkeys: `call` says which, the rest is what it is given. Prints the answer.
import stytch from "stytch";

const { call, project_id, secret, url, inbox, password, ...given } = JSON.parse(process.argv[2]);
console.warn = () => {}; // it remarks that the address is not the vendor's
const client = new stytch.Client({ project_id, secret, env: url, fraud_env: url });

try {
  console.log(JSON.stringify(await client.webauthn[call](given)));
} catch (error) {
  console.log(JSON.stringify([error.constructor.name, error.status_code, error.error_type]));
}
