// Passwords by the vendor's Node SDK, every call of theirs but the reset by mail. Prints what it saw.
import { scryptSync } from "node:crypto";
import stytch from "stytch";

const given = JSON.parse(process.argv[2]);
const { email, strong, stronger, project_id, secret, url, inbox } = given;
console.warn = () => {}; // it remarks that the address is not the vendor's
const client = new stytch.Client({ project_id, secret, env: url, fraud_env: url });
const passwords = client.passwords;

async function code(to) {
  for (;;) {
    const found = await fetch(`${inbox}?to=${encodeURIComponent(to)}&limit=1`);
    const [message] = (await found.json()).messages;
    if (message && message.code) return message.code;
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

const told = {};

const made = await passwords.create({ email, password: strong, session_duration_minutes: 60 });
told.made = made.session.authentication_factors.map((one) => one.delivery_method);
told.duplicate = await refused(passwords.create({ email, password: strong }));
told.weak = await refused(passwords.create({ email: `x${email}`, password: "password1" }));
const judged = await passwords.strengthCheck({ password: "password1", email });
const { warning, luds_requirements } = judged.feedback;
told.judged = [
  judged.valid_password,
  judged.strength_policy,
  typeof warning,
  luds_requirements,
];

const kept = await passwords.sessions.reset({
  password: stronger,
  session_token: made.session_token,
});
told.kept = kept.session_token === made.session_token;
const replaced = await passwords.existingPassword.reset({
  email,
  existing_password: stronger,
  new_password: strong,
});
told.replaced = [replaced.session_token, replaced.session];
told.ended = await refused(
  client.sessions.authenticate({ session_token: made.session_token }),
);
told.wrong = await refused(
  passwords.existingPassword.reset({
    email,
    existing_password: stronger,
    new_password: strong,
  }),
);
told.old = await refused(
  passwords.sessions.reset({ password: stronger, session_jwt: made.session_jwt }),
);

const salt = Buffer.from("sixteen of salt.");
const key = scryptSync(stronger, salt, 32, { N: 16, r: 8, p: 1 });
const hash = {
  hash_type: "scrypt",
  hash: key.toString("base64"),
  scrypt_config: {
    salt: salt.toString("base64"),
    n_parameter: 16,
    r_parameter: 8,
    p_parameter: 1,
    key_length: 32,
  },
};
const moved = await passwords.migrate({ email: `y${email}`, set_email_verified: true, ...hash });
told.migrated = [moved.user_created, moved.user.emails[0].verified];
const login = { email: `y${email}`, password: stronger };
told["logged in"] = (await passwords.authenticate(login)).user_id === moved.user_id;
told.again = await refused(passwords.migrate({ email: `y${email}`, ...hash }));
hash.scrypt_config.n_parameter = 2 ** 30;
told.hostile = await refused(passwords.migrate({ email: `z${email}`, ...hash }));

// its owner comes by mail
const sent = await client.otps.email.send({ email });
const owner = await client.otps.authenticate({
  method_id: sent.email_id,
  code: await code(email),
  session_duration_minutes: 60,
});
told.distrusted = await refused(passwords.authenticate({ email, password: strong }));
const reset = await passwords.sessions.reset({
  password: stronger,
  session_token: owner.session_token,
});
told.reset = reset.user.password.requires_reset;

console.log(JSON.stringify(told));
process.exit(0);
