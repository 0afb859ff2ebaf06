// The phone beside the vault: the newest messages, and a button that fills a code in.

import { make } from "./dom.js";

const EVERY = 1000; // ms
const list = document.querySelector("#messages");
const note = document.querySelector("#messages-note");
let drawn = "";

async function look() {
  if (document.hidden) return;
  const answer = await fetch("/api/inbox?limit=4");
  if (!answer.ok) return;
  const { messages } = await answer.json();
  const key = messages.map(({ id }) => id).join();
  if (key === drawn) return;
  drawn = key;
  note.hidden = messages.length > 0;
  list.replaceChildren(...messages.map(bubble));
}

function bubble({ to, text, code }, index) {
  const item = make("li", {}, make("b", {}, to), make("span", {}, text ?? ""));
  const field = document.querySelector("input.code");
  if (code && field && index === 0) {
    const button = make("button", { type: "button", class: "quiet", "data-code": code }, `Use ${code}`);
    button.addEventListener("click", () => {
      field.value = code;
      field.focus();
    });
    item.append(button);
  }
  return item;
}

for (;;) {
  await look().catch(() => {}); // the next look may see more
  await new Promise((resolve) => setTimeout(resolve, EVERY));
}
