// Passkeys: a button asks the browser, the answer goes along with its form. Without this, there is no such button.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function readable(asked) {
  const options = { ...asked, challenge: bytes(asked.challenge) };
  if (asked.user) {
    options.user = { ...asked.user, id: bytes(asked.user.id) };
    options.excludeCredentials = known(asked.excludeCredentials);
  } else {
    options.allowCredentials = known(asked.allowCredentials);
  }
  return options;
}

function spelled(passkey) {
  const { response } = passkey;
  const said = { client_data_json: text(response.clientDataJSON) };
  if (response.attestationObject) {
    said.attestation_object = text(response.attestationObject);
    said.transports = response.getTransports?.() ?? [];
  } else {
    said.authenticator_data = text(response.authenticatorData);
    said.signature = text(response.signature);
    said.user_handle = response.userHandle ? text(response.userHandle) : null;
  }
  return JSON.stringify({ id: passkey.id, raw_id: text(passkey.rawId), type: passkey.type, response: said });
}

async function asked(button) {
  if (button.dataset.asked) return JSON.parse(button.dataset.asked);
  const body = new URLSearchParams({ csrf: button.form.elements.csrf.value });
  const answer = await fetch(button.dataset.options, { method: "POST", body });
  if (!answer.ok) throw new Error(answer.status === 429 ? "Too many tries. Wait a little." : "Reload the page, and try again.");
  return answer.json();
}

async function ask(button) {
  const said = document.querySelector("#passkey-said");
  said.hidden = true;
  button.disabled = true;
  try {
    const options = { publicKey: readable(await asked(button)) };
    const made = button.dataset.ceremony === "create";
    const passkey = await (made ? navigator.credentials.create(options) : navigator.credentials.get(options));
    button.form.elements[made ? "made" : "passkey"].value = spelled(passkey);
    button.form.submit();
  } catch (error) {
    const told = { NotAllowedError: "No passkey was shown: there is none here, or it was called off.",
      InvalidStateError: "This device has one already." };
    said.textContent = told[error.name] ?? error.message;
    said.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

if (window.PublicKeyCredential) {
  for (const button of document.querySelectorAll("[data-ceremony]")) {
    button.hidden = false;
    button.addEventListener("click", () => ask(button));
    if (button.dataset.ceremony === "create") button.focus();
  }
  for (const without of document.querySelectorAll("[data-without]")) without.hidden = true;
}
