// Decoding a token to show it. The browser decides nothing by it: the shop's back end verifies.

import { $, chips, make } from "./dom.js";

/** The claims of a JWT, or an empty object where it is not one. */
export function decode(token) {
  try {
    const bytes = Uint8Array.from(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {};
  }
}

/** Shows the claims with `amr` on top and highlighted. */
export function showToken(claims) {
  const amr = $("#amr");
  const pre = $("#claims");
  const known = Boolean(claims);
  amr.hidden = pre.hidden = !known;
  $("#token-note").textContent = known
    ? (claims.amr?.includes("mfa") ? "A second factor was proved, and the token says which:" : "Signed in with one proof only:")
    : "No token yet: nobody is signed in.";
  if (!known) return;
  amr.replaceChildren(...chips(claims.amr));
  pre.replaceChildren("{\n", ...Object.entries(claims).flatMap(([name, value], i, all) => claim(name, value, i < all.length - 1)), "}");
  const hot = $(".hot", pre);
  if (hot) pre.scrollTop = hot.offsetTop - pre.clientHeight / 2;
}

function claim(name, value, more) {
  const comma = more ? "," : "";
  const compact = JSON.stringify(value, null, 1).replace(/\n\s*/g, " ").replace(/\[ /g, "[").replace(/ \]/g, "]");
  const text = compact.length > 46 ? JSON.stringify(value, null, 2).replace(/\n/g, "\n  ") : compact;
  const line = make("span", { class: name === "amr" ? "claim hot" : "claim" }, "  ", make("b", {}, `"${name}"`), ": ");
  line.append(...(name === "amr" ? highlighted(compact) : [make("i", {}, text)]), comma);
  if (["exp", "iat", "auth_time"].includes(name) && Number.isFinite(value)) {
    line.append(make("small", {}, `  ${new Date(value * 1000).toLocaleTimeString()}`));
  }
  return [line, "\n"];
}

const highlighted = (text) => text.split(/("mfa")/).map((part) => (part === '"mfa"' ? make("mark", {}, part) : make("i", {}, part)));

/** Shows what the shop's back end looked at. */
export function showChecks(checks) {
  if (!checks?.length) return;
  const list = $("#checks");
  list.hidden = false;
  list.replaceChildren(...checks.map(({ what, held, found }) =>
    make("li", { class: held ? "held" : "failed" }, make("span", { class: "mark", "aria-label": held ? "held" : "failed", role: "img" }), make("b", {}, what), make("span", {}, found))));
}
