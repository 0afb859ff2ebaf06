// The shop: sign in with one proof, browse, press Pay; the till asks for a second proof.

import { explain } from "./advice.js";
import { $, $$, chips, copy, make } from "./dom.js";
import { Identity } from "./identity.js";
import { watchInbox } from "./inbox.js";
import { busy, clear, onPress, onSubmit, progress, say, show, useIssuer } from "./stage.js";
import { decode, showChecks, showToken } from "./token.js";

let config;
let identity;
let inbox;
let person = null; // {accessToken, refreshToken, claims, name, email}: in memory only, never stored

// --- who is here -------------------------------------------------------------------------------

function arrive(tokens) {
  const claims = decode(tokens.accessToken);
  const about = tokens.idTokenPayload ?? {};
  person = {
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken ?? person?.refreshToken,
    claims,
    email: about.email ?? person?.email,
    name: about.givenName ?? about.name ?? about.email ?? person?.name ?? "you",
  };
  header();
}

function leave() {
  person = null;
  header();
}

function header() {
  $("#who").hidden = !person;
  $("#who").replaceChildren(...(person ? [make("b", {}, person.name), ...chips(person.claims.amr)] : []));
  $("#sign-in").hidden = Boolean(person);
  $("#sign-out").hidden = !person;
  showToken(person?.claims);
}

// The purchase a person has begun survives a visit to the identity server (a link in a mail, say).
const pending = {
  set: (value) => (value ? sessionStorage.setItem("purchase", "begun") : sessionStorage.removeItem("purchase")),
  get: () => sessionStorage.getItem("purchase") === "begun",
};

function signInStage(options) {
  const stage = show("sign-in", "sign-in", options);
  const form = $("form", stage);
  if (config.people.length) {
    $(".people", stage).hidden = false;
    $(".people ul", stage).append(...config.people.map((one) => {
      const id = one.email.split("@")[0];
      const name = id.charAt(0).toUpperCase() + id.slice(1);
      const button = make("button", { type: "button", class: "person", title: one.email, "data-person": id }, name);
      button.addEventListener("click", () => {
        form.email.value = one.email;
        form.password.value = one.password;
        $("button[type=submit]", form).focus();
      });
      return make("li", {}, button);
    }));
  }
  onSubmit(form, async ({ email, password }) => signedIn(await identity.signIn(email, password)));
  $("[data-go=sign-up]", stage).addEventListener("click", () => signUpStage());
}

function signUpStage() {
  const stage = show("sign-up", "sign-in", { focus: "input" });
  const form = $("form", stage);
  meter(form.password, $(".strength", stage));
  onSubmit(form, async ({ given_name, email, password }) => {
    const result = await identity.signUp({ givenName: given_name, email, password });
    if (!result.accessToken) throw { wrong: "Your account is made, but its address is not verified yet.", todo: "Open the link in the e-mail, then sign in." };
    await signedIn(result);
  });
  $("[data-go=sign-in]", stage).addEventListener("click", () => signInStage());
}

const STRENGTH = ["Far too easy to guess.", "Easy to guess.", "Could be longer.", "Good.", "Very good."];

function meter(input, place) {
  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (!input.value || !place.isConnected) return;
      const { score } = await identity.call("getPasswordStrength", input.value).catch(() => ({}));
      if (score === undefined) return;
      place.dataset.score = score;
      $("meter", place).value = score;
      $("span", place).textContent = STRENGTH[score] ?? "";
    }, 350);
  });
}

async function signedIn(result) {
  if (result.stepUpToken) return confirmStage({ token: result.stepUpToken, amr: result.amr });
  arrive(result);
  return pending.get() ? pay() : orderStage();
}

// --- paying ------------------------------------------------------------------------------------

function orderStage(options) {
  const stage = show("order", person ? "factor" : "sign-in", options);
  pending.set(false);
  document.body.classList.remove("lit");
  $("[data-note]", stage).textContent = person
    ? "Browsing needs one proof that it is you. Paying needs two."
    : "You will sign in first. Browsing needs one proof that it is you; paying needs two.";
  onPress($("#pay"), pay);
}

async function pay() {
  pending.set(true);
  if (!person) return signInStage();
  const answer = await fetch("/api/purchase", { method: "POST", headers: { Authorization: `Bearer ${person.accessToken}` } })
    .catch(() => { throw { wrong: "The shop’s back end cannot be reached.", todo: "Check that it runs, then pay again." }; });
  const body = await answer.json();
  record({ method: "POST /api/purchase", wire: "not the SDK: the shop’s own back end" })({ outcome: String(answer.status), held: answer.ok });
  $("#checks-note").textContent = "At this purchase, by signature and by introspection:";
  showChecks(body.checks);
  if (body.purchased) return paidStage(body);
  if (answer.status === 403) return refusedStage(body);
  if (answer.status === 401) {
    leave();
    signInStage();
    return say($(".error", $("#stage")), { wrong: body.reason, todo: body.what_to_do });
  }
  throw { wrong: body.reason, todo: body.what_to_do };
}

async function refusedStage({ reason, what_to_do }) {
  const stage = show("refused", "factor");
  $("[data-reason]", stage).textContent = `${reason} ${what_to_do}`;
  $("[data-has]", stage).replaceChildren(...chips(person.claims.amr));
  $("[data-go=order]", stage).addEventListener("click", () => orderStage());
  const next = $("[data-next]", stage);
  const { credentials } = await identity.call("listMfaCredentials", person.accessToken);
  if (credentials.length) {
    progress("confirm");
    return choose(next, await identity.stepUp(), credentials);
  }
  next.replaceChildren(copy("next-register"));
  $("[data-email]", next).textContent = person.email ? `A code to ${person.email}` : "A code by e-mail";
  onPress($("[data-register=sms]", next), phoneStage);
  onPress($("[data-register=email]", next), () => register("email"));
}

function paidStage({ order, introspection }) {
  pending.set(false);
  const stage = show("paid", "paid");
  document.body.classList.add("lit");
  $("[data-order]", stage).textContent = order;
  $("[data-has]", stage).replaceChildren(...chips(person.claims.amr));
  $("[data-proof]", stage).textContent = introspection.amr
    ? `The till read it twice: in the signed token, and from the identity server (amr ${introspection.amr.join(", ")}).`
    : "";
  $("[data-go=order]", stage).addEventListener("click", () => orderStage());
}

// --- a second factor ---------------------------------------------------------------------------

function phoneStage() {
  const stage = show("phone", "factor", { focus: "input" });
  const digits = String(crypto.getRandomValues(new Uint8Array(1))[0] % 100).padStart(2, "0");
  $("input", stage).value = `+1 415 555 01${digits}`; // 555-0100 to 555-0199 belong to nobody
  $("input", stage).select();
  onSubmit($("form", stage), ({ phone_number }) => register("sms", phone_number.replace(/[\s().-]/g, "")));
  onPress($("[data-go=back]", stage), pay);
}

async function register(channel, phoneNumber) {
  const start = () => {
    inbox.expect();
    return withFreshToken((token) => identity.startRegistration(channel, token, phoneNumber));
  };
  const { status } = await start();
  if (status === "enabled") return stepUpBy(channel, "Your address was verified already, so it is your second factor now.");
  const to = phoneNumber ?? person.email;
  return codeStage({
    step: "factor",
    title: channel === "sms" ? "Add this phone" : "Add this e-mail address",
    sent: `We sent a code to ${to}. It makes sure that it is yours.`,
    answer: async (code) => {
      await withFreshToken((token) => identity.verifyRegistration(channel, token, code));
      await stepUpBy(channel, `${to} is your second factor now.`);
    },
    resend: start,
  });
}

/** Changing second factors needs a token of the last minutes; an older one is renewed first. */
async function withFreshToken(work) {
  try {
    return await work(person.accessToken);
  } catch (error) {
    if (error?.errorMessageKey !== "error.accessToken.freshness" || !person.refreshToken) throw error;
    arrive(await identity.call("refreshTokens", { refreshToken: person.refreshToken }));
    return work(person.accessToken);
  }
}

// --- stepping up -------------------------------------------------------------------------------

async function stepUpBy(channel, news) {
  const { token } = await identity.stepUp();
  return sendStage({ token, channel, news });
}

function choose(place, { token, amr }, credentials = []) {
  const WAYS = { sms: ["Text me a code", "by SMS"], email: ["Mail me a code", "by e-mail"] };
  place.replaceChildren(copy("next-confirm"));
  $("[data-channels]", place).append(...amr.map((channel) => {
    const credential = credentials.find(({ type }) => type === channel);
    const [title, fallback] = WAYS[channel] ?? [channel, ""];
    const button = make("button", { type: "button", class: "choice", "data-channel": channel },
      make("b", {}, title), make("span", {}, credential?.phoneNumber ?? credential?.email ?? fallback));
    onPress(button, () => sendStage({ token, channel, others: amr.length > 1 }));
    return button;
  }));
}

/** Where a login itself demands a second factor, the choice comes without a refused purchase. */
function confirmStage(offered) {
  const stage = show("refused", "confirm");
  const heading = make("h3", { tabindex: "-1" }, "One more proof to sign in");
  $(".refusal", stage).replaceWith(heading);
  heading.focus();
  $("[data-go=order]", stage).addEventListener("click", () => orderStage());
  choose($("[data-next]", stage), offered);
}

async function sendStage({ token, channel, news = "" }) {
  let challenge;
  // The step-up token may ask again; the newest challenge is the only good one.
  const send = async () => {
    inbox.expect();
    challenge = (await identity.sendCode(token, channel)).challengeId;
  };
  await send();
  const where = channel === "sms" ? "phone" : "e-mail";
  codeStage({
    step: "confirm",
    title: "Confirm that it is you",
    sent: `${news} ${news ? "Now confirm this purchase: a" : "A"} code is on its way to your ${where}.`.trim(),
    answer: async (code) => {
      arrive(await identity.answer(challenge, code));
      return pending.get() ? pay() : orderStage();
    },
    resend: send,
  });
}

function codeStage({ step, title, sent, answer, resend }) {
  const stage = show("code", step, { focus: "input" });
  const form = $("form", stage);
  const good = $(".good", form);
  stage.querySelector("[data-title]").textContent = title;
  $("[data-sent]", stage).textContent = sent;
  onSubmit(form, async ({ code }) => {
    good.hidden = true;
    form.code.select();
    await answer(code);
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
  onPress($("[data-go=back]", stage), () => (person ? pay() : signInStage()));
}

// --- the panels --------------------------------------------------------------------------------

function record({ method, wire }) {
  const outcome = make("span", { class: "outcome" }, "…");
  const item = make("li", {}, make("b", {}, method), outcome, make("small", {}, wire));
  $("#calls").prepend(item);
  return ({ outcome: text, held, took }) => {
    item.className = held ? "held" : "failed";
    outcome.textContent = took === undefined ? text : `${text} · ${took} ms`;
  };
}

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

// --- opening the shop --------------------------------------------------------------------------

async function open() {
  config = await (await fetch("/config.json")).json();
  useIssuer(config.issuer);
  $("#full-inbox").href = config.inbox;
  $("#identity").href = config.issuer;
  inbox = watchInbox({ onNew: toasts(), use: useCode });
  if (!window.reach5) {
    throw { wrong: `The SDK is missing: ${config.bundle} is not there.`, todo: "Run `npm ci` in the folder of Ostiary, then reload this page." };
  }
  identity = new Identity(config, record);
  $("#sign-in").addEventListener("click", () => signInStage());
  $("#sign-in").disabled = false; // not before a click would do something
  $("#sign-out").addEventListener("click", () => identity.signOut([person?.refreshToken, person?.accessToken]).catch(trouble));
  await enter();
}

/** Comes back from the identity server with a code, or goes on with the session of this browser. */
async function enter() {
  const query = new URLSearchParams(location.search);
  if (location.pathname === "/callback") history.replaceState(null, "", "/");
  if (!pending.get()) orderStage({ quietly: true });
  if (query.has("error")) {
    say($("#trouble"), explain({ error: query.get("error"), errorDescription: query.get("error_description"), errorMessageKey: query.get("error_message_key"), errorUserMsg: query.get("error_user_msg") }));
  }
  const tokens = query.has("code") ? await identity.exchange(query.get("code")) : await identity.resume();
  if (tokens?.accessToken) arrive(tokens);
  if (person && pending.get()) return busy($("#stage"), pay);
  // Whoever was quicker than the session is not interrupted, unless it tells who they are.
  if (person || !["sign-in", "sign-up"].includes(document.body.dataset.stage)) orderStage({ quietly: true });
}

function trouble(error) {
  const slot = $("#trouble");
  const known = explain(error, config?.issuer ?? location.origin);
  say(slot, known);
  if (known.offline) window.addEventListener("focus", () => location.reload(), { once: true });
  $$(".waiting").forEach((line) => { line.textContent = "The shop is closed for the moment."; });
}

open().catch(trouble);
