// Paying: the shop's back end looks at the token, and refuses one that says of one proof only.

import { $, chips, copy } from "./dom.js";
import { signInStage } from "./entrance.js";
import { phoneStage, register } from "./factor.js";
import { choose, refusedStage, stepUpBy } from "./proof.js";
import { onPress, progress, say, show, tell } from "./stage.js";
import { showChecks } from "./token.js";
import { begun, leave, record, visit } from "./visit.js";

export function orderStage({ news = "", ...options } = {}) {
  const { person } = visit;
  const stage = show("order", person ? "factor" : "sign-in", options);
  begun.set(null);
  document.body.classList.remove("lit");
  tell(stage, news);
  $("[data-note]", stage).textContent = person
    ? "Browsing needs one proof that it is you. Paying needs two."
    : "You will sign in first. Browsing needs one proof that it is you; paying needs two.";
  onPress($("#pay"), pay);
}

export async function pay() {
  begun.set("purchase");
  if (!visit.person) return signInStage();
  const answer = await fetch("/api/purchase", { method: "POST", headers: { Authorization: `Bearer ${visit.person.accessToken}` } })
    .catch(() => { throw { wrong: "The shop’s back end cannot be reached.", todo: "Check that it runs, then pay again." }; });
  const body = await answer.json();
  record({ method: "POST /api/purchase", wire: "not the SDK: the shop’s own back end" })({ outcome: String(answer.status), held: answer.ok });
  $("#checks-note").textContent = "At this purchase, by signature and by introspection:";
  showChecks(body.checks);
  if (body.purchased) return paidStage(body);
  if (answer.status === 403) return unpaidStage(body);
  if (answer.status === 401) {
    leave();
    signInStage();
    return say($(".error", $("#stage")), { wrong: body.reason, todo: body.what_to_do });
  }
  throw { wrong: body.reason, todo: body.what_to_do };
}

const OTHERWISE = { label: "Choose another way", go: pay };
const PAYING = { why: "this purchase", step: "confirm", back: OTHERWISE, then: pay };

async function unpaidStage({ reason, what_to_do }) {
  const next = refusedStage({
    title: "The till refused this payment",
    reason: `${reason} ${what_to_do}`,
    what: "This purchase",
    step: "factor",
    back: { label: "Back to the order", go: () => orderStage() },
  });
  const { credentials } = await visit.identity.call("listMfaCredentials", visit.person.accessToken);
  if (credentials.length) {
    progress("confirm");
    return choose(next, await visit.identity.stepUp("purchase"), { credentials, ...PAYING });
  }
  const add = (channel, phoneNumber) =>
    register({ channel, phoneNumber, step: "factor", action: "purchase", back: OTHERWISE, then: (news) => stepUpBy(channel, { news, ...PAYING }) });
  next.replaceChildren(copy("next-register"));
  $("[data-email]", next).textContent = visit.person.email ? `A code to ${visit.person.email}` : "A code by e-mail";
  onPress($("[data-register=sms]", next), () => phoneStage({ title: "Your phone number", step: "factor", back: OTHERWISE, use: (number) => add("sms", number) }));
  onPress($("[data-register=email]", next), () => add("email"));
}

function paidStage({ order, introspection }) {
  begun.set(null);
  const stage = show("paid", "paid");
  document.body.classList.add("lit");
  $("[data-order]", stage).textContent = order;
  $("[data-has]", stage).replaceChildren(...chips(visit.person.claims.amr));
  $("[data-proof]", stage).textContent = introspection.amr
    ? `The till read it twice: in the signed token, and from the identity server (amr ${introspection.amr.join(", ")}).`
    : "";
  $("[data-go=order]", stage).addEventListener("click", () => orderStage());
}
