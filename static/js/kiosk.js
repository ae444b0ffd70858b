// Keeps a tablet's screen true: asks every 30 seconds, says since when nobody answers, and stays without network.
const { state, version, worker } = document.body.dataset
const notice = document.getElementById("offline")
const KEY = "roger:kiosk-offline-since"
const EVERY = 30_000
const JUST_LOADED = 10_000 // as new as it gets: what answers otherwise now must not make the page run in circles

async function ask() {
  let answer
  try {
    // The header says that no person did anything (practices/access.py).
    const body = new URLSearchParams({ version })
    answer = await fetch(state, { method: "POST", body, headers: { "X-Roger-Live": "1" }, cache: "no-store" })
  } catch {
    return sayOffline()
  }
  if (answer.status >= 500) return sayOffline()
  localStorage.removeItem(KEY)
  notice.hidden = true
  if (answer.status !== 204 && performance.now() > JUST_LOADED) location.reload()
}

function sayOffline() {
  const known = localStorage.getItem(KEY)
  const since = known ? new Date(known) : new Date()
  if (!known) localStorage.setItem(KEY, since.toISOString())
  const time = notice.querySelector("time")
  time.dateTime = since.toISOString()
  time.textContent = clock(since)
  notice.hidden = false
}

function clock(since) {
  const isToday = since.toDateString() === new Date().toDateString()
  const day = isToday ? {} : { weekday: "long" }
  return since.toLocaleString("de-DE", { ...day, hour: "2-digit", minute: "2-digit" })
}

// A dark tablet is no code. Browsers give the lock back whenever the page was away.
async function stayAwake() {
  if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen").catch(() => {})
}

addEventListener("offline", sayOffline)
addEventListener("online", ask)
document.addEventListener("visibilitychange", stayAwake)
navigator.serviceWorker?.register(worker, { scope: location.pathname }).catch(() => {})
setInterval(ask, EVERY)
stayAwake()
ask()
