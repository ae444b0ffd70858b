// Lays phones side by side on the table; which ones is remembered in this browser only.
const table = document.querySelector("[data-table]");
const handset = document.querySelector("#handset");
const links = [...document.querySelectorAll("[data-phone]")];
const KEY = "phones-on-table";
const narrow = matchMedia("(max-width: 46rem)");

const lying = () => [...table.children].map((phone) => phone.dataset.person);
const remember = () => localStorage.setItem(KEY, JSON.stringify(lying()));

function lay(link) {
  const phone = handset.content.cloneNode(true).firstElementChild;
  phone.dataset.person = link.dataset.phone;
  phone.querySelector("h2").textContent = link.dataset.name;
  phone.querySelector("a").href = link.href;
  phone.querySelector("iframe").src = link.href;
  phone.querySelector("iframe").title = `Telefon von ${link.dataset.name}`;
  phone.querySelector("button").addEventListener("click", () => putAway(link));
  table.append(phone);
  link.setAttribute("aria-pressed", "true");
}

function putAway(link) {
  [...table.children].find((phone) => phone.dataset.person === link.dataset.phone)?.remove();
  link.setAttribute("aria-pressed", "false");
  remember();
}

function toggle(link) {
  if (lying().includes(link.dataset.phone)) {
    putAway(link);
  } else {
    lay(link);
    remember();
    table.lastElementChild.scrollIntoView({ inline: "end" });
  }
}

for (const link of links) {
  link.setAttribute("role", "button");
  link.setAttribute("aria-pressed", "false");
  link.addEventListener("click", (event) => {
    if (narrow.matches) return;
    event.preventDefault();
    toggle(link);
  });
}

const remembered = JSON.parse(localStorage.getItem(KEY) ?? "null") ?? links.slice(0, 3).map((link) => link.dataset.phone);
for (const person of remembered) {
  const link = links.find((one) => one.dataset.phone === person);
  if (link) lay(link);
}
