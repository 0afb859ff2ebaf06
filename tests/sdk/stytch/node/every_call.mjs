// Every call of `calls`, [method, what it is given], by the vendor's Node SDK. Prints how each ended: status and error.
import stytch from "stytch";

const { calls, project_id, secret, url } = JSON.parse(process.argv[2]);
console.warn = () => {}; // it remarks that the address is not the vendor's
const client = new stytch.Client({ project_id, secret, env: url, fraud_env: url });
const told = {};

for (const [method, given] of calls) {
  const path = method.split(".");
  const name = path.pop();
  const resource = path.reduce((found, part) => found[part], client);
  try {
    told[method] = [(await resource[name](given)).status_code, null];
  } catch (error) {
    told[method] = [error.status_code, error.error_type];
  }
}
console.log(JSON.stringify(told));
process.exit(0);
