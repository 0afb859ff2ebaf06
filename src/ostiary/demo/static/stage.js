// The checkout panel: one stage at a time, each cut from its <template>.

import { explain } from "./advice.js";
import { $, $$, copy, make } from "./dom.js";

const STEPS = ["sign-in", "factor", "confirm", "paid"];
let issuer = "";

export const useIssuer = (address) => { issuer = address; };

/** Shows a stage; `step` is where it stands in the progress of a purchase, null where nothing is bought. */
export function show(id, step, { quietly = false, focus = "h3" } = {}) {
  const stage = $("#stage");
  stage.replaceChildren(copy(`stage-${id}`));
  document.body.dataset.stage = id;
  progress(step);
  if (!quietly) $(focus, stage)?.focus();
  return stage;
}

export function progress(step) {
  $("#progress").hidden = step === null;
  const at = STEPS.indexOf(step);
  for (const [i, item] of $$("#progress li").entries()) {
    item.className = i < at || step === "paid" ? "done" : i === at ? "now" : "";
    item.removeAttribute("aria-current");
    if (i === at) item.setAttribute("aria-current", "step");
  }
}

/** Runs what a press set off: buttons rest meanwhile, and what goes wrong is said in place. */
export async function busy(place, work) {
  const stage = $("#stage");
  const slot = $(".error", place) ?? $(".error", stage);
  const buttons = $$("button", stage);
  clear(slot);
  buttons.forEach((button) => { button.disabled = true; });
  stage.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    // The work may have moved on to another stage before it failed.
    say(slot?.isConnected ? slot : ($(".error", stage) ?? $("#trouble")), explain(error, issuer));
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
    stage.removeAttribute("aria-busy");
  }
}

export function onSubmit(form, work) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, name === "password" ? value : value.trim()]));
    busy(form, () => work(values));
  });
}

export function onPress(button, work) {
  button?.addEventListener("click", () => busy(button.closest("form") ?? $("#stage"), work));
}

/** The stage's way back: {label, go}. */
export function goBack(stage, { label, go }) {
  const button = $("[data-go=back]", stage);
  button.textContent = label;
  onPress(button, go);
}

/** Says what is wrong and what to do. */
export function say(slot, { wrong, todo, offline }) {
  if (!slot) return;
  slot.replaceChildren(make("b", {}, wrong), " ", make("span", {}, todo));
  if (offline) {
    slot.append(" ", make("a", { href: `${issuer}/identity/v1/config`, target: "_blank", rel: "noopener" }, `Open ${new URL(issuer).host}`),
      ", accept its certificate, then come back here.");
  }
  slot.hidden = false;
}

/** Says what went well, if anything did. */
export function tell(stage, news) {
  const slot = $("[data-news]", stage);
  slot.textContent = news;
  slot.hidden = !news;
}

export function clear(slot) {
  if (!slot) return;
  slot.hidden = true;
  slot.replaceChildren();
}
