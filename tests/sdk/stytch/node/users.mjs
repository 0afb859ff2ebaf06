// Users by the vendor's Node SDK, every call of theirs. Prints what it saw.
import stytch from "stytch";

const given = JSON.parse(process.argv[2]);
const { email, phone, strong, project_id, secret, url } = given;
console.warn = () => {}; // it remarks that the address is not the vendor's
const client = new stytch.Client({ project_id, secret, env: url, fraud_env: url });
const users = client.users;

async function refused(promise) {
  try {
    await promise;
    return "not refused";
  } catch (error) {
    return [error.constructor.name, error.status_code, error.error_type];
  }
}

const told = {};
const nobody = "00000000-0000-4000-8000-000000000000";
const [name, host] = email.split("@");

const made = await users.create({
  email,
  name: { first_name: "Dora" },
  external_id: `${name}-crm`,
  phone_number: undefined,
});
told.made = [made.status_code, made.status, made.user.emails[0].email_id === made.email_id];
told.duplicate = await refused(users.create({ email }));
const shown = await users.get({ user_id: made.user_id });
told.shown = [shown.name.first_name, shown.external_id.split("-")[1]];
const updated = await users.update({
  user_id: made.user_id,
  trusted_metadata: { plan: "gold", old: null },
});
told.updated = updated.user.trusted_metadata;
told.metadata = await refused(
  users.update({ user_id: made.user_id, trusted_metadata: { a: "x".repeat(5000) } }),
);

for (const number of [1, 2, 3]) await users.create({ email: `${name}-${number}@${host}` });
const operand = { filter_name: "email_address_fuzzy", filter_value: `${name}-` };
const all = users.searchAll({ limit: 2, query: { operator: "AND", operands: [operand] } });
told.pages = [];
told.found = 0;
for await (const page of all) {
  told.pages.push(page.length);
  told.found += page.length;
}
told.search = await refused(users.search({ query: { operator: "NOR", operands: [] } }));

told.email = await refused(users.deleteEmail({ email_id: made.email_id }));
const exchanged = await users.exchangePrimaryFactor({
  user_id: made.user_id,
  phone_number: phone,
});
told.exchanged = [exchanged.user.emails.length, exchanged.user.phone_numbers.length];
told.phone = await refused(users.deletePhoneNumber({ phone_id: `phone-number-test-${nobody}` }));

const other = await client.passwords.create({ email, password: strong });
const password_id = other.user.password.password_id;
told.password = (await users.deletePassword({ password_id })).user.password;
told["no password"] = await refused(users.deletePassword({ password_id }));
told.totp = await refused(users.deleteTOTP({ totp_id: `totp-test-${nobody}` }));
told.registration = await refused(
  users.deleteWebAuthnRegistration({
    webauthn_registration_id: `webauthn-registration-test-${nobody}`,
  }),
);
told.external = (await users.deleteExternalId({ user_id: `${name}-crm` })).user.external_id;
told.deleted = (await users.delete({ user_id: made.user_id })).user_id === made.user_id;
told.gone = await refused(users.get({ user_id: made.user_id }));

console.log(JSON.stringify(told));
process.exit(0);
