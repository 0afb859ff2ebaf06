// One visit to the shop: who is here, what they were about to do, and what the SDK was asked for them.

import { $, chips, make } from "./dom.js";
import { decode, showToken } from "./token.js";

/** `person`: {accessToken, refreshToken, claims, name, email}, in memory only, never stored. */
export const visit = { config: null, identity: null, inbox: null, person: null };

export function arrive(tokens) {
  const { person } = visit;
  const about = tokens.idTokenPayload ?? {};
  visit.person = {
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken ?? person?.refreshToken,
    claims: decode(tokens.accessToken),
    email: about.email ?? person?.email,
    name: about.givenName ?? about.name ?? about.email ?? person?.name ?? "you",
  };
  header();
}

export function leave() {
  visit.person = null;
  header();
}

function header() {
  const { person } = visit;
  $("#who").hidden = !person;
  $("#who").replaceChildren(...(person ? [make("b", {}, person.name), ...chips(person.claims.amr)] : []));
  $("#sign-in").hidden = Boolean(person);
  $("#account").hidden = $("#sign-out").hidden = !person;
  showToken(person?.claims);
}

/** What a person has begun ("purchase", "account", "sign-in") survives a visit to the identity server. */
export const begun = {
  set: (what) => (what ? sessionStorage.setItem("begun", what) : sessionStorage.removeItem("begun")),
  get: () => sessionStorage.getItem("begun"),
};

/** Changing second factors needs a token of the last minutes; an older one is renewed first. */
export async function withFreshToken(work) {
  try {
    return await work(visit.person.accessToken);
  } catch (error) {
    if (error?.errorMessageKey !== "error.accessToken.freshness" || !visit.person.refreshToken) throw error;
    arrive(await visit.identity.call("refreshTokens", { refreshToken: visit.person.refreshToken }));
    return work(visit.person.accessToken);
  }
}

/** A line of “What the SDK did”; what it returns says how it went. */
export function record({ method, wire }) {
  const outcome = make("span", { class: "outcome" }, "…");
  const item = make("li", {}, make("b", {}, method), outcome, make("small", {}, wire));
  $("#calls").prepend(item);
  return ({ outcome: text, held, took }) => {
    item.className = held ? "held" : "failed";
    outcome.textContent = took === undefined ? text : `${text} · ${took} ms`;
  };
}
