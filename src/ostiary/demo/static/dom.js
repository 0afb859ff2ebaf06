// Small words for building the page. Text is always set as text: nothing here parses HTML.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** An element with attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A copy of a <template>. */
export const copy = (id) => document.getElementById(id).content.cloneNode(true);

/** The methods of `amr` as chips; `mfa` and its channel glow. */
export function chips(amr) {
  const methods = Array.isArray(amr) ? amr : [];
  if (methods.length === 0) return [make("span", { class: "chip none" }, "nothing")];
  const proved = methods.includes("mfa");
  return methods.map((method) =>
    make("span", { class: method === "mfa" ? "chip mfa" : proved && ["sms", "email"].includes(method) ? "chip channel" : "chip" }, method));
}
