{% autoescape off %}// The shell's worker: style, script, letters and icons are kept, and one page that says that there is no connection. Other
// pages, fragments, files of patients and the stream are never kept, so nothing of a person can lie in this cache.
const KEPT = "roger-shell-1"
const STATIC = "{{ static_url }}"
const HASHED = /\.[0-9a-f]{12}\.[a-z0-9.]+$/ // its name changes with its content

const OFFLINE = "{{ offline_url }}" // fetched as nobody
const OFFLINE_PARTS = {{ offline_parts }} // their names change with them: then this worker is a new one, and keeps it anew

self.addEventListener("install", event => {
  self.skipWaiting()
  event.waitUntil(keepOfflinePage().catch(() => {})) // the rest of the shell does without it
})
async function keepOfflinePage() {
  const answer = await fetch(OFFLINE, { credentials: "omit", cache: "no-store" })
  if (answer.ok) await (await caches.open(KEPT)).put(OFFLINE, answer)
  await Promise.all(OFFLINE_PARTS.filter(part => HASHED.test(part)).map(part => keptOrFetched(part)))
}

self.addEventListener("activate", event => event.waitUntil(forgetOlder()))
async function forgetOlder() {
  for (const name of await caches.keys()) {
    if (name.startsWith("roger-shell-") && name !== KEPT) await caches.delete(name)
  }
  await self.clients.claim()
}

self.addEventListener("fetch", event => {
  const address = new URL(event.request.url)
  const isShell = address.origin === location.origin && address.pathname.startsWith(STATIC) && HASHED.test(address.pathname)
  if (event.request.method !== "GET") return // what is sent is never answered with anything but its own answer
  if (isShell) event.respondWith(keptOrFetched(event.request))
  else if (event.request.mode === "navigate") event.respondWith(fetchedOrOffline(event.request))
})

async function fetchedOrOffline(request) {
  try {
    return await fetch(request)
  } catch (error) {
    const page = await (await caches.open(KEPT)).match(OFFLINE)
    if (page) return page
    throw error
  }
}

async function keptOrFetched(request) {
  const kept = await caches.open(KEPT)
  const found = await kept.match(request)
  if (found) return found
  const answer = await fetch(request)
  if (answer.ok) await kept.put(request, answer.clone())
  return answer
}

// A press on a notification opens the thread it is about, in a tab of that practice's inbox if there is one.
self.addEventListener("notificationclick", event => {
  event.notification.close()
  event.waitUntil(open(event.notification.data.path))
})
async function open(path) {
  const inbox = path.replace(/[^/]+\/$/, "")
  const tabs = await self.clients.matchAll({ type: "window" })
  const tab = tabs.find(one => new URL(one.url).pathname.startsWith(inbox))
  if (!tab) return self.clients.openWindow(path)
  await tab.focus()
  return tab.navigate(path)
}
{% endautoescape %}
