// Keeps a phone up to date: asks once a second for what changed and swaps only the parts that differ. Where the phone is
// not there any more the page says so and asks no further, until something is sent from it again.
const place = document.querySelector("[data-live]");
const vanished = document.querySelector("[data-vanished]");
const PAUSE = 1000;
let next;

const showing = () => place.querySelector("#live");
const atEnd = () => place.scrollHeight - place.scrollTop - place.clientHeight < 120;
const toEnd = () => { place.scrollTop = place.scrollHeight; };

async function refresh() {
  const answer = await fetch(`${place.dataset.live}?version=${encodeURIComponent(showing().dataset.version)}`);
  vanished.hidden = answer.status !== 404;
  if (!vanished.hidden) return;
  if (answer.status === 200) swap(await answer.text());
  await markSeen();
}

function swap(html) {
  const follow = atEnd();
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("#live");
  const old = new Map([...showing().children].map((part) => [part.id, part]));
  const parts = [...fresh.children].map((part) => keep(old.get(part.id), part));
  showing().replaceChildren(...parts);
  Object.assign(showing().dataset, fresh.dataset);
  if (follow) toEnd();
}

// An unchanged bubble stays as it is: a playing voice note plays on, an open menu stays open.
function keep(old, fresh) {
  if (!old) return fresh;
  if (old.dataset.html === undefined) old.dataset.html = plain(old);
  const html = plain(fresh);
  if (old.dataset.html === html) return old;
  fresh.dataset.html = html;
  return fresh;
}

function plain(part) {
  const copy = part.cloneNode(true);
  delete copy.dataset.html;
  copy.querySelectorAll("details[data-keep]").forEach((details) => details.removeAttribute("open"));
  return copy.outerHTML;
}

async function markSeen() {
  const unread = Number(showing().dataset.unread ?? 0);
  if (place.dataset.seen && unread > 0 && document.visibilityState === "visible") {
    await fetch(place.dataset.seen, { method: "POST" });
  }
}

export async function watch() {
  // The server may be restarting; the next look tells.
  if (document.visibilityState === "visible") await refresh().catch(() => {});
  clearTimeout(next);
  if (vanished.hidden) next = setTimeout(watch, PAUSE);
}

toEnd();
watch();
