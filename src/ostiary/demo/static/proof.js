// A second proof: what was refused without it, the choice of a channel, the code, and back to what was begun.

import { goOn, signInStage } from "./entrance.js";
import { $, chips, copy, make } from "./dom.js";
import { clear, goBack, onPress, onSubmit, show } from "./stage.js";
import { arrive, begun, visit } from "./visit.js";

/** Somebody's back end refused; `then` tries again with the second proof. The place for what comes next. */
export function refusedStage({ title, reason, has, what, step = null, back }) {
  const stage = show("refused", step);
  $("h3", stage).textContent = title;
  $("[data-reason]", stage).textContent = reason;
  $("[data-has]", stage).replaceChildren(...chips(has ?? visit.person.claims.amr));
  $("[data-what]", stage).textContent = what;
  goBack(stage, back);
  return $("[data-next]", stage);
}

/** A change that the identity server allows only after a step-up: the refusal, the proof, the change again. */
export async function guarded(work, { reason, back }) {
  try {
    await work();
  } catch (error) {
    if (error?.errorMessageKey !== "error.authn.mfa.stepup.required") throw error;
    const place = refusedStage({ title: "Refused: prove it is you", reason, what: "This change", back });
    const { credentials } = await visit.identity.call("listMfaCredentials", visit.person.accessToken);
    choose(place, await visit.identity.stepUp("change"), { credentials, why: "this change", back, then: () => guarded(work, { reason, back }) });
  }
}

/** Where a login itself demands a second factor: this browser is not trusted. */
export function confirmStage(offered) {
  const step = begun.get() === "purchase" ? "confirm" : null;
  const back = { label: "Back to the sign-in", go: () => signInStage() };
  const place = refusedStage({
    title: "This browser is new to you",
    reason: "Your password was right, and is not enough here: the administrator asks for a second factor at every sign-in from a browser that you do not trust.",
    has: ["pwd"],
    what: "Signing in here",
    step,
    back,
  });
  choose(place, offered, { why: "this sign-in", step, back, then: goOn, trusting: true });
}

const WAYS = { sms: ["Text me a code", "by SMS"], email: ["Mail me a code", "by e-mail"] };

export function choose(place, { token, amr }, { credentials = [], ...rest }) {
  place.replaceChildren(copy("next-confirm"));
  $("[data-channels]", place).append(...amr.map((channel) => {
    const credential = credentials.find(({ type }) => type === channel);
    const [title, fallback] = WAYS[channel] ?? [channel, ""];
    const button = make("button", { type: "button", class: "choice", "data-channel": channel },
      make("b", {}, title), make("span", {}, credential?.phoneNumber ?? credential?.email ?? fallback));
    onPress(button, () => sendStage({ token, channel, ...rest }));
    return button;
  }));
}

export async function stepUpBy(channel, rest) {
  const { token } = await visit.identity.stepUp("purchase");
  return sendStage({ token, channel, ...rest });
}

async function sendStage({ token, channel, why, news = "", step = null, then, back, trusting = false }) {
  let challenge;
  // The step-up token may ask again; the newest challenge is the only good one.
  const send = async () => {
    visit.inbox.expect();
    challenge = (await visit.identity.sendCode(token, channel)).challengeId;
  };
  await send();
  const where = channel === "sms" ? "phone" : "e-mail";
  codeStage({
    step,
    title: "Confirm that it is you",
    sent: `${news} ${news ? `Now confirm ${why}: a` : "A"} code is on its way to your ${where}.`.trim(),
    trusting: trusting && await visit.identity.mayTrust(),
    answer: async (code, trust) => {
      arrive(await visit.identity.answer(challenge, code, trust));
      await then(trust ? "You trust this browser now: next time your password is enough to sign in." : "");
    },
    resend: send,
    back,
  });
}

export function codeStage({ step, title, sent, answer, resend, back, trusting = false }) {
  const stage = show("code", step, { focus: "input" });
  const form = $("form", stage);
  const good = $(".good", form);
  $("[data-title]", stage).textContent = title;
  $("[data-sent]", stage).textContent = sent;
  $("[data-trust]", stage).hidden = !trusting;
  onSubmit(form, async ({ code, trust }) => {
    good.hidden = true;
    form.code.select();
    await answer(code, Boolean(trust));
  });
  onPress($("[data-resend]", stage), async () => {
    clear($(".error", form));
    good.hidden = true;
    await resend();
    form.code.value = "";
    form.code.focus();
    good.textContent = "A new code is on its way. Codes sent before no longer count.";
    good.hidden = false;
  });
  goBack(stage, back);
}
