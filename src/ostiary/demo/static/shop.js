// The shop: sign in with one proof, browse; four occasions ask for a second one.

import { openAccount } from "./account.js";
import { explain } from "./advice.js";
import { orderStage } from "./checkout.js";
import { $, $$ } from "./dom.js";
import { goOn, signInStage } from "./entrance.js";
import { Identity } from "./identity.js";
import { watchInbox } from "./inbox.js";
import { openOccasions } from "./occasions.js";
import { busy, say, useIssuer } from "./stage.js";
import { arrive, begun, record, visit } from "./visit.js";

function useCode(code) {
  const input = $("#stage input[name=code]");
  $("#toast").hidden = true;
  if (!input) return;
  input.value = code;
  input.form.requestSubmit();
}

/** Tells of a message that arrived while the phone is out of sight. */
function toasts() {
  const toast = $("#toast");
  let inSight = true;
  let newest = null;
  new IntersectionObserver(([entry]) => {
    inSight = entry.intersectionRatio > 0.8; // the newest message is at its foot
    if (inSight) toast.hidden = true;
  }, { threshold: [0, 0.4, 0.81] }).observe($(".handset"));
  toast.addEventListener("click", () => {
    if (newest?.code && $("#stage input[name=code]")) return useCode(newest.code);
    toast.hidden = true;
    $(".handset").scrollIntoView({ block: "center" });
  });
  return (message) => {
    newest = message;
    if (inSight) return;
    $("b", toast).textContent = message.channel === "email" ? `E-mail: ${message.subject ?? ""}` : "SMS";
    $("span", toast).textContent = message.code ? `${message.code}: tap to use this code` : message.text;
    toast.hidden = false;
  };
}

async function open() {
  const config = visit.config = await (await fetch("/config.json")).json();
  useIssuer(config.issuer);
  $("#full-inbox").href = config.inbox;
  $("#identity").href = config.issuer;
  visit.inbox = watchInbox({ onNew: toasts(), use: useCode });
  if (!window.reach5) {
    throw { wrong: `The SDK is missing: ${config.bundle} is not there.`, todo: "Run `npm ci` in the folder of Ostiary, then reload this page." };
  }
  visit.identity = new Identity(config, record);
  $("#sign-in").addEventListener("click", () => signInStage());
  $("#account").addEventListener("click", () => openAccount());
  $("#sign-out").addEventListener("click", () => visit.identity.signOut([visit.person?.refreshToken, visit.person?.accessToken]).catch(trouble));
  openOccasions(trouble);
  $("#sign-in").disabled = false; // not before a click would do something
  await enter();
}

/** Comes back from the identity server with a code, or goes on with the session of this browser. */
async function enter() {
  const query = new URLSearchParams(location.search);
  const { identity } = visit;
  if (location.pathname === "/callback") history.replaceState(null, "", "/");
  if (begun.get() === "sign-in") {
    begun.set(null);
    return signInStage();
  }
  if (!begun.get()) orderStage({ quietly: true });
  if (query.has("error")) {
    say($("#trouble"), explain({ error: query.get("error"), errorDescription: query.get("error_description"), errorMessageKey: query.get("error_message_key"), errorUserMsg: query.get("error_user_msg") }));
  }
  const tokens = query.has("code") ? await identity.exchange(query.get("code")) : await identity.resume();
  if (tokens?.accessToken) arrive(tokens);
  if (visit.person && begun.get()) return busy($("#stage"), goOn);
  // Whoever was quicker than the session is not interrupted, unless it tells who they are.
  if (visit.person || !["sign-in", "sign-up"].includes(document.body.dataset.stage)) orderStage({ quietly: true });
}

function trouble(error) {
  const slot = $("#trouble");
  const known = explain(error, visit.config?.issuer ?? location.origin);
  say(slot, known);
  if (known.offline) window.addEventListener("focus", () => location.reload(), { once: true });
  $$(".waiting").forEach((line) => { line.textContent = "The shop is closed for the moment."; });
}

open().catch(trouble);
