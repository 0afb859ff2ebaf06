// Adding a second factor: a code proves that the phone or the mailbox is theirs.

import { $ } from "./dom.js";
import { codeStage } from "./proof.js";
import { goBack, onSubmit, show } from "./stage.js";
import { visit, withFreshToken } from "./visit.js";

/** Asks for a number, then `use`s it. */
export function phoneStage({ title, use, back, step = null }) {
  const stage = show("phone", step, { focus: "input" });
  $("h3", stage).textContent = title;
  const digits = String(crypto.getRandomValues(new Uint8Array(1))[0] % 100).padStart(2, "0");
  $("input", stage).value = `+1 415 555 01${digits}`; // 555-0100 to 555-0199 belong to nobody
  $("input", stage).select();
  onSubmit($("form", stage), ({ phone_number }) => use(phone_number.replace(/[\s().-]/g, "")));
  goBack(stage, back);
}

/** Registers a factor; `then(news)` when it counts. */
export async function register({ channel, phoneNumber, then, back, step = null, action }) {
  const { identity, inbox, person } = visit;
  const start = () => {
    inbox.expect();
    return withFreshToken((token) => identity.startRegistration(channel, token, phoneNumber, action));
  };
  const { status } = await start();
  const what = channel === "sms" ? "number" : "address";
  if (status === "enabled") return then(`Your ${what} was verified already, so it is your second factor now.`);
  const to = phoneNumber ?? person.email;
  return codeStage({
    step,
    title: channel === "sms" ? "Add this phone" : "Add this e-mail address",
    sent: `We sent a code to ${to}. It makes sure that it is yours.`,
    answer: async (code) => {
      await withFreshToken((token) => identity.verifyRegistration(channel, token, code));
      await then(`${to} is your second factor now.`);
    },
    resend: start,
    back,
  });
}
