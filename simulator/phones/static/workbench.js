// Lays phones side by side on the table; which ones is remembered in this browser only.
const table = document.querySelector("[data-table]");
const handset = document.querySelector("#handset");
const KEY = "phones-on-table";
const PAUSE = 3000;
const narrow = matchMedia("(max-width: 46rem)");

const shelf = () => document.querySelector("#shelf");
const links = () => [...shelf().querySelectorAll("[data-phone]")];
const lying = () => [...table.children].map((phone) => phone.dataset.person);
const remember = () => localStorage.setItem(KEY, JSON.stringify(lying()));

function lay(link) {
  const phone = handset.content.cloneNode(true).firstElementChild;
  phone.dataset.person = link.dataset.phone;
  phone.querySelector("h2").textContent = link.dataset.name;
  phone.querySelector("a").href = link.href;
  phone.querySelector("iframe").src = link.href;
  phone.querySelector("iframe").title = `Telefon von ${link.dataset.name}`;
  phone.querySelector("button").addEventListener("click", () => putAway(link.dataset.phone));
  table.append(phone);
}

function putAway(person) {
  [...table.children].find((phone) => phone.dataset.person === person)?.remove();
  remember();
  show();
}

function toggle(link) {
  if (lying().includes(link.dataset.phone)) return putAway(link.dataset.phone);
  lay(link);
  remember();
  show();
  table.lastElementChild.scrollIntoView({ inline: "end" });
}

// On a narrow screen there is no table: the links are plain links then.
function show() {
  if (narrow.matches) return;
  const here = lying();
  for (const link of links()) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-pressed", String(here.includes(link.dataset.phone)));
  }
}

function layRemembered() {
  if (narrow.matches) return;
  const wanted = JSON.parse(localStorage.getItem(KEY) ?? "null") ?? links().slice(0, 3).map((link) => link.dataset.phone);
  const here = lying();
  links().filter((link) => wanted.includes(link.dataset.phone) && !here.includes(link.dataset.phone)).forEach(lay);
  show();
}

// People come later too: with the demo data, or by their first message.
async function watch() {
  const answer = await fetch(`/phones/shelf?version=${shelf().dataset.version}`).catch(() => null);
  if (answer?.status === 200) {
    const wasEmpty = links().length === 0;
    shelf().replaceWith(new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#shelf"));
    if (wasEmpty) layRemembered();
    show();
  }
  setTimeout(watch, PAUSE);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-phone]");
  if (!link || narrow.matches) return;
  event.preventDefault();
  toggle(link);
});

narrow.addEventListener("change", layRemembered);
layRemembered();
setTimeout(watch, PAUSE);
