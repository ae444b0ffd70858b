// Sends without leaving the page, quotes, shows the chosen file. What did not go out comes back into the field.
// Without this module the forms still work.
import { watch } from "./live.js";

const composer = document.querySelector("[data-composer]");
const text = composer.elements.text;
const quote = composer.querySelector(".composer__quote");
const file = composer.elements.file;
const fileName = composer.querySelector(".composer__file");

async function send(form, submitter) {
  const body = new FormData(form, submitter);
  if (form === composer) clear();
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (form === composer && answer?.type !== "opaqueredirect") putBack(body);
  document.querySelectorAll("details[data-keep][open]").forEach((details) => { details.open = false; });
  await watch();
  const place = document.querySelector("[data-live]");
  place.scrollTop = place.scrollHeight;
}

function clear() {
  text.value = "";
  composer.elements.quoted.value = "";
  quote.hidden = true;
  file.value = "";
  nameFile();
  if (location.search) history.replaceState(null, "", location.pathname);
}

// Above what was written meanwhile.
function putBack(body) {
  text.value = [body.get("text"), text.value].filter(Boolean).join("\n");
  composer.elements.quoted.value = body.get("quoted");
  quote.hidden = !body.get("quoted");
  const chosen = new DataTransfer();
  if (body.get("file").name) chosen.items.add(body.get("file"));
  file.files = chosen.files;
  nameFile();
}

function nameFile() {
  fileName.textContent = file.files[0]?.name ?? "";
  fileName.hidden = !file.files.length;
}

function startReply(button) {
  composer.elements.quoted.value = button.dataset.reply;
  quote.querySelector(".composer__quoted").textContent = button.dataset.replyText;
  quote.hidden = false;
  button.closest("details").open = false;
  text.focus();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-send]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

document.addEventListener("click", (event) => {
  const reply = event.target.closest("[data-reply]");
  if (reply) startReply(reply);
  if (event.target.closest("[data-drop-quote]")) {
    composer.elements.quoted.value = "";
    quote.hidden = true;
  }
  document.querySelectorAll(".menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

// "play" does not bubble, so it is caught on its way down.
document.addEventListener("play", (event) => {
  const played = event.target.dataset?.played;
  if (played) fetch(played, { method: "POST" });
}, true);

file.addEventListener("change", nameFile);

if (text.value) {
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
}
