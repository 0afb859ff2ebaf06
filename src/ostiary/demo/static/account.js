// A person's own account: addresses, second factors, trusted browsers. What is a second factor is guarded by it.

import { orderStage } from "./checkout.js";
import { $, make } from "./dom.js";
import { signInStage } from "./entrance.js";
import { phoneStage, register } from "./factor.js";
import { codeStage, guarded } from "./proof.js";
import { busy, goBack, onPress, onSubmit, show, tell } from "./stage.js";
import { begun, visit, withFreshToken } from "./visit.js";

const BACK = { label: "Back to the account", go: () => accountStage() };
const REASONS = {
  address: "It is one of your second factors. Whoever could change it with a stolen session could take your account.",
  add: "You have a second factor already. Whoever could add another one with a stolen session would need yours no more.",
  remove: "Whoever could remove a second factor with a stolen session could make a password enough.",
};

/** `focus`: the part that is looked for ("addresses", "factors", "browsers"). */
export async function accountStage({ news = "", focus } = {}) {
  begun.set("account");
  if (!visit.person) return signInStage();
  const { identity, person } = visit;
  const [profile, { credentials }, { trustedDevices }] = await Promise.all([
    identity.call("getUser", { accessToken: person.accessToken }),
    identity.call("listMfaCredentials", person.accessToken),
    identity.call("listTrustedDevices", person.accessToken).catch(() => ({ trustedDevices: [] })),
  ]);
  person.email = profile.email ?? person.email;
  const stage = show("account", null, { focus: focus ? `#my-${focus}` : "h3" });
  tell(stage, news);
  $("[data-addresses]", stage).append(...addresses(profile, credentials));
  $("[data-factors]", stage).append(...factors(profile, credentials));
  $("[data-browsers]", stage).append(...browsers(trustedDevices));
  onPress($("[data-add=sms]", stage), () => phoneStage({ title: "A phone as second factor", back: BACK, use: (number) => add("sms", number) }));
  onPress($("[data-add=email]", stage), () => add("email"));
  $("[data-add=email]", stage).hidden = !profile.email || credentials.some(({ type }) => type === "email");
  onPress($("[data-go=order]", stage), () => orderStage());
}

function line(what, value, { mark, label, press } = {}) {
  const item = make("li", {}, make("span", {}, make("b", {}, what), " ", make("span", {}, value ?? "none"), " ", mark ? make("span", { class: "chip channel" }, mark) : null));
  if (label) {
    const button = make("button", { type: "button", class: "quiet", "aria-label": `${label}: ${what} ${value ?? ""}`.trim() }, label);
    onPress(button, press);
    item.append(button);
  }
  return item;
}

function addresses({ email, emailVerified, phoneNumber, phoneNumberVerified }, credentials) {
  const mark = (counts, value, verified) => (counts ? "2nd factor" : value && !verified ? "not verified" : undefined);
  const isFactor = {
    email: credentials.some(({ type }) => type === "email"),
    phone: credentials.some((one) => one.type === "sms" && one.phoneNumber === phoneNumber),
  };
  return [
    line("E-mail", email, { mark: mark(isFactor.email, email, emailVerified), label: email ? "Change" : "Set", press: emailStage }),
    line("Phone", phoneNumber, {
      mark: mark(isFactor.phone, phoneNumber, phoneNumberVerified),
      label: phoneNumber ? "Change" : "Set",
      press: () => phoneStage({ title: "Your phone number", back: BACK, use: (number) => change("phone", number) }),
    }),
  ];
}

function factors(profile, credentials) {
  if (!credentials.length) return [line("None yet", "a password alone opens everything but the till")];
  return credentials.map(({ type, phoneNumber, email }) => line(type === "sms" ? "SMS" : "E-mail", phoneNumber ?? email ?? profile.email, {
    label: "Remove",
    press: () => guarded(async () => {
      await withFreshToken((accessToken) => (type === "sms"
        ? visit.identity.call("removeMfaPhoneNumber", { accessToken, phoneNumber })
        : visit.identity.call("removeMfaEmail", { accessToken })));
      await accountStage({ news: "It is no second factor any more.", focus: "factors" });
    }, { reason: REASONS.remove, back: BACK }),
  }));
}

function browsers(devices) {
  if (!devices.length) return [line("None", "you can trust this one when you prove a second factor at sign-in")];
  return devices.map(({ id, createdAt, metadata }) => line(metadata?.operatingSystem ?? metadata?.deviceClass ?? "A browser", `since ${new Date(createdAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}`, {
    label: "Forget",
    press: async () => {
      await withFreshToken((accessToken) => visit.identity.call("removeTrustedDevice", { accessToken, trustedDeviceId: id }));
      await accountStage({ news: "Forgotten: it is a new browser again.", focus: "browsers" });
    },
  }));
}

function emailStage() {
  const stage = show("email", null, { focus: "input" });
  onSubmit($("form", stage), ({ email }) => change("email", email));
  goBack(stage, BACK);
}

const add = (channel, phoneNumber) => guarded(
  () => register({ channel, phoneNumber, action: "change", back: BACK, then: (news) => accountStage({ news, focus: "factors" }) }),
  { reason: REASONS.add, back: BACK },
);

/** Changes an address, and confirms the new one by the code that was sent there. */
const change = (which, address) => guarded(async () => {
  const { identity, inbox } = visit;
  const update = () => {
    inbox.expect();
    return identity.changeAddress(which, visit.person.accessToken, address);
  };
  const profile = await update();
  const already = (which === "email" ? profile.email : profile.phoneNumber) === address;
  codeStage({
    step: null,
    title: which === "email" ? "Confirm the new address" : "Confirm the new number",
    sent: `We sent a code to ${address}. ${already ? "It makes sure that it is yours." : "Until you confirm it, the old one stays."}`,
    answer: async (code) => {
      await identity.confirmAddress(which, visit.person.accessToken, address, code);
      await accountStage({ news: `${address} is yours, and verified.`, focus: "addresses" });
    },
    resend: already ? () => identity.sendConfirmation(which, visit.person.accessToken) : update,
    back: BACK,
  });
}, { reason: REASONS.address, back: BACK });

/** The account, from wherever somebody is on the page. */
export function openAccount(focus) {
  return busy($("#stage"), () => accountStage({ focus }));
}
