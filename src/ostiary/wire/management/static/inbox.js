// The inbox, live: asks once a second while it is looked at, and draws only what is new.
const list = document.querySelector("#messages");
const filters = document.querySelector("#filters");
const state = document.querySelector("#state");
const template = document.querySelector("#message");
const QUESTION = state.textContent;
let drawn = null;

function address() {
  const asked = new URLSearchParams({ limit: "100" });
  for (const [name, value] of new FormData(filters)) if (value.trim()) asked.set(name, value.trim());
  return `/dev/inbox.json?${asked}`;
}

function draw(message) {
  const article = template.content.cloneNode(true).firstElementChild;
  const fill = (where, text) => {
    const element = article.querySelector(where);
    element.textContent = text ?? "";
    element.hidden = !text;
    return element;
  };
  article.dataset.channel = message.channel;
  fill(".to", message.to);
  fill(".channel", message.channel);
  fill(".purpose", message.purpose.replaceAll("_", " "));
  fill(".subject", message.subject);
  const time = article.querySelector("time");
  time.dateTime = message.sent_at;
  time.textContent = new Date(message.sent_at).toLocaleString();
  const body = article.querySelector(".body");
  if (message.html) {
    const frame = document.createElement("iframe");
    frame.sandbox = ""; // a message runs nothing here
    frame.title = `Message to ${message.to}`;
    frame.srcdoc = message.html;
    body.append(frame);
  } else {
    body.textContent = message.text;
  }
  fill(".code", message.code).addEventListener("click", () => navigator.clipboard?.writeText(message.code));
  const link = fill(".link", message.link && "open the link");
  if (message.link) link.href = message.link;
  return article;
}

async function look() {
  try {
    const answer = await fetch(address());
    const { messages } = await answer.json();
    const seen = JSON.stringify(messages.map((message) => message.id));
    state.textContent = QUESTION;
    if (seen === drawn) return;
    drawn = seen;
    list.replaceChildren(...messages.map(draw));
    if (!messages.length) {
      const empty = document.createElement("p");
      empty.className = "empty";
      empty.textContent = "Nothing has been sent. Ask for a code in the shop and it appears here.";
      list.append(empty);
    }
  } catch {
    state.textContent = "The server does not answer; trying again.";
  }
}

document.querySelector("#clear").addEventListener("click", async () => {
  await fetch("/dev/inbox.json", { method: "DELETE" });
  await look();
});
filters.addEventListener("input", look);
filters.addEventListener("submit", (event) => event.preventDefault());
setInterval(() => document.hidden || look(), 1000);
look();
