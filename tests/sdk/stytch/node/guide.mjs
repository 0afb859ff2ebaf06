// Both guides by the vendor's Node SDK: a second factor, then a step-up where it is too old. Prints what it saw.
import stytch from "stytch";

const given = JSON.parse(process.argv[2]);
const { email, phone, password, project_id, secret, url, inbox } = given;
console.warn = () => {}; // it remarks that the address is not the vendor's
const client = new stytch.Client({ project_id, secret, env: url, fraud_env: url });

async function code(to) {
  for (;;) {
    const found = await fetch(`${inbox}?to=${encodeURIComponent(to)}&limit=1`);
    const [message] = (await found.json()).messages;
    if (message && !seen.has(message.id)) {
      seen.add(message.id);
      return message.code;
    }
  }
}
const seen = new Set();

async function refused(promise) {
  try {
    await promise;
    return "not refused";
  } catch (error) {
    return [error.constructor.name, error.status_code, error.error_type];
  }
}

const names = (session) => session.authentication_factors.map((one) => one.delivery_method);
const told = {};

const first = await client.passwords.authenticate({ email, password, session_duration_minutes: 60 });
told.first = names(first.session);
const sent = await client.otps.sms.send({
  phone_number: phone,
  session_token: first.session_token,
  session_jwt: null,
});
told.wrong = await refused(
  client.otps.authenticate({
    method_id: sent.phone_id,
    code: "000000",
    session_token: first.session_token,
  }),
);
const second = await client.otps.authenticate({
  method_id: sent.phone_id,
  code: await code(phone),
  session_token: first.session_token,
});
told.second = names(second.session);
told.superseded = await refused(
  client.sessions.authenticate({ session_token: first.session_token }),
);

const local = await client.sessions.authenticateJwt({ session_jwt: second.session_jwt });
told.local = { asked: "request_id" in local, factors: names(local.session) };
const remote = await client.sessions.authenticateJwt({
  session_jwt: second.session_jwt,
  max_token_age_seconds: 0,
});
told.remote = { asked: "request_id" in remote, factors: names(remote.session) };
told.tampered = await refused(
  client.sessions.authenticateJwt({ session_jwt: second.session_jwt.slice(0, -4) + "AAAA" }),
);

const again = await client.otps.sms.send({
  phone_number: phone,
  session_token: second.session_token,
});
const raised = await client.otps.authenticate({
  method_id: again.phone_id,
  code: await code(phone),
  session_token: second.session_token,
  session_custom_claims: { paid: true },
});
const [, before] = second.session.authentication_factors;
const [, after] = raised.session.authentication_factors;
told.raised = {
  factors: names(raised.session),
  fresher: after.last_authenticated_at >= before.last_authenticated_at,
  claims: raised.session.custom_claims,
};
told.sessions = (await client.sessions.get({ user_id: raised.user_id })).sessions.length > 0;
told.keys = (await client.sessions.getJWKS({ project_id })).keys.length;
told.revoked = (await client.sessions.revoke({ session_token: raised.session_token })).status_code;
told.over = await refused(client.sessions.authenticate({ session_jwt: raised.session_jwt }));

console.log(JSON.stringify(told));
process.exit(0);
