// Keeps the screen of a paired tablet for times without network. It answers for its own folder only, and what it keeps
// is the code, the practice's name and the look of the page: nothing of a person.
const PAGE = "{{ page|escapejs }}"
const FILES = [{% for file in files %}"{{ file|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}]
const KEPT = "roger-kiosk"

self.addEventListener("install", event => {
  event.waitUntil(keepAll().then(() => self.skipWaiting()))
})
self.addEventListener("activate", event => {
  event.waitUntil(dropOldFiles().then(() => self.clients.claim()))
})

self.addEventListener("fetch", event => {
  const url = new URL(event.request.url)
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return
  if (url.pathname === PAGE) event.respondWith(page(event.request))
  else if (FILES.includes(url.pathname)) event.respondWith(file(event.request))
})

async function keepAll() {
  const kept = await caches.open(KEPT)
  await kept.addAll(FILES)
  const screen = await fetch(PAGE, { credentials: "same-origin" })
  if (screen.headers.has("{{ header }}")) await kept.put(PAGE, screen)
}

async function dropOldFiles() {
  const kept = await caches.open(KEPT)
  const old = (await kept.keys()).filter(({ url }) => ![PAGE, ...FILES].includes(new URL(url).pathname))
  await Promise.all(old.map(request => kept.delete(request)))
}

async function page(request) {
  let answer
  try {
    answer = await fetch(request)
  } catch {
    return (await caches.match(PAGE)) ?? Response.error()
  }
  if (answer.status >= 500) return (await caches.match(PAGE)) ?? answer
  if (answer.headers.has("{{ header }}")) await (await caches.open(KEPT)).put(PAGE, answer.clone())
  else if (answer.ok) await end()
  return answer
}

async function file(request) {
  return (await caches.match(request)) ?? fetch(request)
}

// The tablet has lost its place: nothing stays.
async function end() {
  await caches.delete(KEPT)
  await self.registration.unregister()
}
