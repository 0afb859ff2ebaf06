// The four occasions on which somebody is asked again, each a press away; and the administrator's switch for one.

import { openAccount } from "./account.js";
import { pay } from "./checkout.js";
import { $, $$ } from "./dom.js";
import { signInStage } from "./entrance.js";
import { busy } from "./stage.js";
import { begun, visit } from "./visit.js";

let rule = null; // "always", "never", or null where the shop may not know

export const isAlwaysAsked = () => rule === "always";

const TRY = {
  pay: () => busy($("#stage"), pay),
  address: () => openAccount("addresses"),
  factor: () => openAccount("factors"),
  browser: () => busy($("#stage"), async () => {
    begun.set("sign-in");
    if (visit.person) return visit.identity.signOut([visit.person.refreshToken, visit.person.accessToken]);
    return signInStage();
  }),
};

/** Makes the cards of the occasions do what they say. */
export function openOccasions(trouble) {
  for (const button of $$("[data-occasion]")) {
    button.addEventListener("click", async () => {
      await TRY[button.dataset.occasion]();
      $("#checkout").scrollIntoView({ block: "nearest" });
    });
    button.disabled = false;
  }
  $("#console").href = visit.config.console;
  $("#always").addEventListener("click", () => turn(isAlwaysAsked() ? "never" : "always").catch(trouble));
  window.addEventListener("focus", () => look().catch(() => {})); // it may have been turned in the console
  look().catch(() => {}); // without the rule, its switch stays away
}

async function look() {
  told(await fetch("/api/login-rule"));
}

async function turn(to) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch("/api/login-rule", { method: "POST", headers, body: JSON.stringify({ require_at_login: to }) });
  if (!answer.ok) throw { wrong: "The administrator’s setting could not be changed here.", todo: "Change it in the console, under Settings." };
  await told(answer);
}

async function told(answer) {
  rule = answer.ok ? (await answer.json()).require_at_login : null;
  const always = isAlwaysAsked();
  $("#always").hidden = rule === null;
  $("#always").setAttribute("aria-checked", String(always));
  $("[data-occasion=browser]").hidden = rule === "never";
  $("#rule-note").textContent = always
    ? "On: who has a second factor proves it, unless the browser is trusted."
    : "Off: a password is enough to sign in.";
  $("#rule-note").hidden = rule === null;
}
