// Magic links, and a password reset by e-mail, by the vendor's Node SDK. Prints what it saw.
import { createHash } from "node:crypto";
import stytch from "stytch";

const given = JSON.parse(process.argv[2]);
const { email, callback, project_id, secret, url, inbox } = given;
console.warn = () => {}; // it remarks that the address is not the vendor's
const client = new stytch.Client({ project_id, secret, env: url, fraud_env: url });
const links = client.magicLinks;

const seen = new Set();
async function token() {
  for (;;) {
    const found = await fetch(`${inbox}?to=${encodeURIComponent(email)}&limit=1`);
    const [message] = (await found.json()).messages;
    if (message && !seen.has(message.id)) {
      seen.add(message.id);
      return new URL(message.link).searchParams.get("token");
    }
  }
}

async function refused(promise) {
  try {
    await promise;
    return "not refused";
  } catch (error) {
    return [error.constructor.name, error.status_code, error.error_type];
  }
}

const factors = (session) =>
  session.authentication_factors.map((one) => `${one.type}/${one.delivery_method}`);
const told = {};

const invited = await links.email.invite({ email, name: { first_name: "Nora" } });
await token();
told.invited = (await client.users.get({ user_id: invited.user_id })).status;
told.twice = await refused(links.email.invite({ email }));
told.revoked = (await links.email.revokeInvite({ email })).status_code;
const known = await links.email.loginOrCreate({
  email,
  signup_magic_link_url: callback,
  login_magic_link_url: null,
});
told.created = known.user_created;
const signup = await token();
const first = await links.authenticate({ token: signup, session_duration_minutes: 60 });
told.signed_up = { status: first.user.status, factors: factors(first.session) };
told.again = await refused(links.authenticate({ token: signup }));
told.unknown = await refused(links.authenticate({ token: "x".repeat(64) }));

const verifier = "a-code-verifier-that-is-long-enough-for-rfc-7636";
const code_challenge = createHash("sha256").update(verifier).digest("base64url");
await links.email.send({ email, code_challenge, session_token: first.session_token });
const login = await token();
told.verifier = await refused(links.authenticate({ token: login, code_verifier: "no" }));
const second = await links.authenticate({
  token: login,
  code_verifier: verifier,
  session_token: first.session_token,
});
told.beside = factors(second.session);
const made = await links.create({ user_id: first.user_id });
const embedded = await links.authenticate({ token: made.token, session_duration_minutes: 5 });
told.embedded = factors(embedded.session);

await client.passwords.email.resetStart({ email, reset_password_redirect_url: callback });
const reset = await token();
const password = "another staple, a battery of horses";
told.weak = await refused(client.passwords.email.reset({ token: reset, password: "password1" }));
const done = await client.passwords.email.reset({
  token: reset,
  password,
  session_duration_minutes: 60,
});
told.reset = factors(done.session);
told.ended = await refused(client.sessions.authenticate({ session_token: second.session_token }));
told.password = (await client.passwords.authenticate({ email, password })).status_code;
told.dead = await refused(client.passwords.email.reset({ token: reset, password }));

console.log(JSON.stringify(told));
process.exit(0);
