// Signing in and signing up: one proof, and a second one where the administrator asks for it here.

import { accountStage } from "./account.js";
import { orderStage, pay } from "./checkout.js";
import { $, make } from "./dom.js";
import { isAlwaysAsked } from "./occasions.js";
import { confirmStage } from "./proof.js";
import { onSubmit, show } from "./stage.js";
import { arrive, begun, visit } from "./visit.js";

export function signInStage(options) {
  const stage = show("sign-in", "sign-in", options);
  const form = $("form", stage);
  if (visit.config.people.length) {
    $(".people", stage).hidden = false;
    $(".people ul", stage).append(...visit.config.people.map((one) => {
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
  onSubmit(form, async ({ email, password }) => signedIn(await visit.identity.signIn(email, password)));
  $("[data-go=sign-up]", stage).addEventListener("click", () => signUpStage());
}

function signUpStage() {
  const stage = show("sign-up", "sign-in", { focus: "input" });
  const form = $("form", stage);
  meter(form.password, $(".strength", stage));
  onSubmit(form, async ({ given_name, email, password }) => {
    const result = await visit.identity.signUp({ givenName: given_name, email, password });
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
      const { score } = await visit.identity.call("getPasswordStrength", input.value).catch(() => ({}));
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
  return goOn(await spared() ? "This browser is trusted: your password was enough to sign in. Paying still asks." : "");
}

/** Would a browser that is not trusted have been asked for a second factor? */
async function spared() {
  if (!isAlwaysAsked() || visit.person.claims.amr?.includes("mfa")) return false;
  const { credentials } = await visit.identity.call("listMfaCredentials", visit.person.accessToken);
  return credentials.length > 0;
}

/** With what was begun before signing in, or a look around. */
export function goOn(news = "") {
  if (begun.get() === "purchase") return pay();
  if (begun.get() === "account") return accountStage({ news });
  return orderStage({ news });
}
