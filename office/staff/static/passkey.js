// Asks the browser for a passkey when a form with data-passkey is sent, and sends the form with its answer.
// "get" lets somebody in; "create" makes a new one. A page where nothing is done for long hides itself, and is shown
// again as it was left once its person's passkey has answered. Nothing else of the pages needs a script.
"use strict";
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withIDs = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

async function ask(kind, options) {
  options.challenge = bytes(options.challenge);
  if (kind === "create") {
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = withIDs(options.excludeCredentials);
    const made = await navigator.credentials.create({ publicKey: options });
    return { made, response: { attestationObject: text(made.response.attestationObject), transports: made.response.getTransports ? made.response.getTransports() : [] } };
  }
  options.allowCredentials = withIDs(options.allowCredentials);
  const made = await navigator.credentials.get({ publicKey: options });
  const r = made.response;
  return { made, response: { authenticatorData: text(r.authenticatorData), signature: text(r.signature), userHandle: r.userHandle ? text(r.userHandle) : null } };
}

const answerOf = ({ made, response }) => {
  response.clientDataJSON = text(made.response.clientDataJSON);
  return JSON.stringify({
    id: made.id, rawId: text(made.rawId), type: made.type, response,
    authenticatorAttachment: made.authenticatorAttachment || undefined, clientExtensionResults: {},
  });
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const answer = form.querySelector("input[data-answer]");
  const trouble = document.getElementById("passkey-trouble");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    try {
      answer.value = answerOf(await ask(form.dataset.passkey, JSON.parse(form.dataset.options)));
      HTMLFormElement.prototype.submit.call(form);
    } catch {
      trouble.hidden = false;
      trouble.focus();
    }
  });
}

const idle = document.getElementById("idle");
let last = Date.now();
for (const step of ["keydown", "pointerdown"]) {
  document.addEventListener(step, () => { if (idle && idle.hidden) last = Date.now(); }, true);
}

function hide(on) {
  document.body.classList.toggle("staff-idle", on);
  idle.hidden = !on;
  idle.role = on ? "main" : null; // a page has one place that it is about
  if (on) idle.focus(); else last = Date.now();
}

async function unlock() {
  const trouble = document.getElementById("idle-trouble");
  trouble.hidden = true;
  try {
    const { options, ceremony } = await (await fetch("/unlock")).json();
    const answer = answerOf(await ask("get", options));
    const res = await fetch("/unlock", { method: "POST", body: new URLSearchParams({ ceremony, answer }) });
    if (res.status === 409) return location.assign("/");
    const { form } = await res.json();
    for (const field of document.querySelectorAll('input[name="form"]')) field.value = form;
    hide(false);
  } catch {
    trouble.hidden = false;
  }
}

if (idle) {
  document.getElementById("idle-unlock").addEventListener("click", unlock);
  setInterval(() => { if (idle.hidden && Date.now() - last > 1000 * document.body.dataset.idle) hide(true); }, 1000);
}
