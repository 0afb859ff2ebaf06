// An authenticator app and its recovery codes by the vendor's Node SDK. Prints what it saw.
import { createHmac } from "node:crypto";
import stytch from "stytch";

const given = JSON.parse(process.argv[2]);
const { email, project_id, secret, url, inbox, clock } = given;
console.warn = () => {}; // it remarks that the address is not the vendor's
const client = new stytch.Client({ project_id, secret, env: url, fraud_env: url });

async function mailed(to) {
  for (;;) {
    const found = await fetch(`${inbox}?to=${encodeURIComponent(to)}&limit=1`);
    const [message] = (await found.json()).messages;
    if (message) return message.code;
  }
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// What the app says now: RFC 4226 §5.3 over RFC 6238's steps.
async function said(base32) {
  const bits = [...base32].map((c) => ALPHABET.indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const { now } = await (await fetch(clock)).json();
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 0xf) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

async function refused(promise) {
  try {
    await promise;
    return "not refused";
  } catch (error) {
    return [error.constructor.name, error.status_code, error.error_type];
  }
}

const ways = (session) => session.authentication_factors.map((one) => one.delivery_method);
const told = {};

const sent = await client.otps.email.loginOrCreate({ email });
const first = await client.otps.authenticate({
  method_id: sent.email_id,
  code: await mailed(email),
  session_duration_minutes: 60,
});
const { user_id } = first;
const made = await client.totps.create({ user_id });
told.secret = made.secret.length;
told.picture = made.qr_code.split(",")[0];
told.codes = made.recovery_codes.length;
const wrong = String((Number(await said(made.secret)) + 1) % 1_000_000).padStart(6, "0");
told.wrong = await refused(client.totps.authenticate({ user_id, totp_code: wrong }));
const totp_code = await said(made.secret);
const proved = await client.totps.authenticate({
  user_id,
  totp_code,
  session_token: first.session_token,
});
told.proved = ways(proved.session);
told.verified = proved.user.totps.map((one) => one.verified);
told.used = await refused(client.totps.authenticate({ user_id, totp_code }));
told.exists = await refused(client.totps.create({ user_id }));
const [recovery_code] = made.recovery_codes;
const recovered = await client.totps.recover({
  user_id,
  recovery_code,
  session_token: proved.session_token,
});
told.recovered = ways(recovered.session);
told.spent = await refused(client.totps.recover({ user_id, recovery_code }));
const listed = await client.totps.recoveryCodes({ user_id });
told.left = listed.totps[0].recovery_codes.length;

console.log(JSON.stringify(told));
process.exit(0);
