// What a template says, while it is being written. Without this, the button does it.
const form = document.querySelector("#template");
const preview = document.querySelector("#preview");
const QUIET = 300; // milliseconds after the last key

let timer, newest = 0;

async function show() {
  const mine = ++newest;
  const answer = await fetch(form.dataset.preview, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
  });
  if (answer.ok && mine === newest) preview.innerHTML = await answer.text();
}

if (form && preview) {
  document.querySelector("#preview-button").hidden = true;
  form.addEventListener("input", (event) => {
    if (event.target.name === "to") return;
    clearTimeout(timer);
    timer = setTimeout(() => show().catch(() => {}), QUIET);
  });
}
