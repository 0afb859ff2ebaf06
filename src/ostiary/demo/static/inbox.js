// The phone on the page: every SMS and e-mail of the demo, as its recipient would see it.

import { $, make } from "./dom.js";

const EVERY = 1000; // ms, while the page is looked at
const AFTER_FAILURE = 4000; // ms
const SHOWN = 12;
const PURPOSES = {
  mfa_activation: "new second factor",
  mfa_step_up: "confirmation",
  login_code: "sign-in",
  login_link: "sign-in",
  email_verification: "verify the address",
  phone_verification: "verify the number",
  password_reset: "password reset",
  account_recovery: "account recovery",
  security_notice: "security notice",
};

/**
 * Watches the inbox; `onNew(message)` hears of each that arrives, `use(code)` fills a code in.
 * The answer's `expect()` says that a code is about to be sent: none before it will do.
 */
export function watchInbox({ onNew, use }) {
  const list = $("#messages");
  const note = $("#messages-note");
  let seen = null; // ids; null until the first answer, whose messages are old news
  let messages = [];
  let drawn = "";
  let old = new Set();

  async function look() {
    if (document.hidden) return EVERY;
    try {
      const answer = await fetch(`/api/inbox?limit=${SHOWN}`);
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.reason);
      arrived(body.messages);
      return EVERY;
    } catch (error) {
      note.textContent = error instanceof TypeError ? "The shop’s back end cannot be reached; it is asked again." : error.message;
      note.hidden = false;
      return AFTER_FAILURE;
    }
  }

  function arrived(found) {
    note.hidden = found.length > 0;
    note.textContent = "Every SMS and e-mail of this demo lands here.";
    const key = found.map(({ id }) => id).join();
    if (seen && key === drawn) return;
    drawn = key;
    messages = found;
    const fresh = seen ? messages.filter(({ id }) => !seen.has(id)) : [];
    seen = new Set(messages.map(({ id }) => id));
    draw(fresh);
    for (const message of fresh.toReversed()) onNew(message);
  }

  function draw(fresh) {
    const usable = messages.find(({ code, id }) => code && !old.has(id));
    list.replaceChildren(...messages.toReversed().map((message) => bubble(message, message === usable, fresh.includes(message), use)));
    list.scrollTop = list.scrollHeight;
  }

  (async () => {
    for (;;) {
      const pause = await look();
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  })();

  return {
    expect() {
      old = new Set(seen);
      draw([]);
    },
  };
}

function bubble(message, usable, fresh, use) {
  const sms = message.channel !== "email";
  const sent = new Date(message.sent_at);
  const item = make("li", { class: `bubble ${sms ? "sms" : "mail"}${fresh ? " fresh" : ""}`, "data-channel": message.channel, "data-purpose": message.purpose },
    make("p", { class: "bubble-top" },
      make("b", {}, sms ? "SMS" : "E-mail"), make("span", { title: message.to }, message.to),
      make("time", { datetime: message.sent_at }, sent.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }))));
  if (message.subject) item.append(make("p", { class: "bubble-subject" }, message.subject));
  item.append(make("p", { class: "bubble-text" }, ...marked(message)));
  if (message.code && usable) {
    const button = make("button", { type: "button", class: "use", "data-code": message.code }, `Use ${message.code}`);
    button.addEventListener("click", () => use(message.code));
    item.append(button);
  }
  item.append(make("p", { class: "bubble-purpose" }, PURPOSES[message.purpose] ?? message.purpose));
  return item;
}

/** The text with its code marked and its link made a link. */
function marked({ text, code, link }) {
  const parts = [code, link].filter(Boolean).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pieces = parts.length ? (text ?? "").split(new RegExp(`(${parts.join("|")})`)) : [text ?? ""];
  return pieces.filter(Boolean).map((piece) => {
    if (piece === code) return make("mark", {}, piece);
    if (piece === link) return make("a", { href: link }, "open the link");
    return piece;
  });
}
