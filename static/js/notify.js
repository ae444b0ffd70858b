// For who does not look: a tone, a notification of the system, the number on the tab's icon. One tab of a browser speaks (it
// holds a lock); all tell it which thread they show, since what is in view needs no word. The answer it goes by holds ids
// and numbers, and a name only for who chose that.
const { person } = document.getElementById("shield").dataset
const { alerts, tones = "0 00:00 00:00", notify, zone } = document.body.dataset
const [volume, from, until] = tones.split(" ")
const AT_MOST_EVERY = { soft: 8_000, urgent: 4_000, late: 10 * 60_000 } // ms between two tones of a kind
const MOST_AT_ONCE = 5 // notifications
const views = new BroadcastChannel(`roger:views:${alerts}`)
const seen = new Map() // tab → the thread that stands in view there
const me = Math.random()
const isUp = () => document.documentElement.hasAttribute("data-shield")
let speaks = false
let since = new Date(Date.parse(document.body.dataset.now)).toISOString()

const inView = () =>
  document.visibilityState === "visible" && document.hasFocus() && !isUp()
    ? (document.getElementById("thread")?.dataset.conversation ?? "list")
    : null
function tellView() {
  const view = inView()
  seen.set(me, view)
  views.postMessage([me, view])
}
views.onmessage = ({ data: [tab, view] }) => seen.set(tab, view)

// ── tones: two soft notes, three for what is urgent; made here, no file ──
const NOTES = { soft: [[660, 0], [880, 0.14]], urgent: [[880, 0], [660, 0.16], [880, 0.32]], late: [[520, 0], [520, 0.3]] }
let audio = null
const lastTone = {}
function isQuiet() {
  const now = new Intl.DateTimeFormat("de-DE", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format()
  return from <= until ? now < from || now >= until : now < from && now >= until
}
function tone(kind) {
  if (Number(volume) === 0 || isQuiet() || Date.now() - (lastTone[kind] ?? 0) < AT_MOST_EVERY[kind]) return
  lastTone[kind] = Date.now()
  audio ??= new AudioContext()
  audio.resume().catch(() => {}) // the browser lets nobody sound before the first press
  for (const [pitch, after] of NOTES[kind]) note(pitch, audio.currentTime + after)
  document.body.dispatchEvent(new CustomEvent("roger:tone", { detail: kind }))
}
function note(pitch, at) {
  const voice = audio.createOscillator()
  const loud = audio.createGain()
  voice.type = "sine"
  voice.frequency.value = pitch
  loud.gain.setValueAtTime(0, at)
  loud.gain.linearRampToValueAtTime((Number(volume) / 100) * 0.25, at + 0.02)
  loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.35)
  voice.connect(loud).connect(audio.destination)
  voice.start(at)
  voice.stop(at + 0.4)
}

// ── notifications ──
const german = document.documentElement.lang !== "en"
const SAYS = german
  ? { plain: "Neue Nachricht", urgent: "Neue dringende Nachricht", mine: "Neues aus dem Team" }
  : { plain: "New message", urgent: "New urgent message", mine: "From the team for you" }
const registration = async () => navigator.serviceWorker?.getRegistration()
async function say({ conversation, urgent, name = "", count }) {
  if (!notify || !("Notification" in window) || Notification.permission !== "granted") return
  const worker = await registration()
  const title = count ? `${SAYS.mine} (${count})` : urgent ? SAYS.urgent : SAYS.plain
  const path = alerts.replace("alerts/", `${conversation}/`)
  const data = { path, person }
  const options = { body: isUp() ? "" : name, tag: count ? "mine" : conversation, data, silent: true, lang: german ? "de" : "en" }
  if (worker?.active) return worker.showNotification(title, options)
  const shown = new Notification(title, options)
  shown.onclick = () => { window.focus(); location.assign(path) }
  document.body.addEventListener("roger:covered", () => shown.close(), { once: true })
}
// A name must not outlast the screen it was meant for: the system keeps what it was told.
async function takeBack(isMeant) {
  for (const one of (await (await registration())?.getNotifications()) ?? []) if (isMeant(one)) one.close()
}
document.body.addEventListener("roger:covered", () => takeBack(() => true))
document.addEventListener("submit", ({ target }) => { if (target.matches('[action$="/logout/"]')) takeBack(() => true) })
takeBack(({ data }) => data?.person !== person) // of who had the screen before
// The browser asks once, at the first press after somebody wished for them.
if (notify && "Notification" in window && Notification.permission === "default") {
  addEventListener("pointerdown", () => Notification.requestPermission(), { once: true })
}

// ── the icon of the tab ──
const icon = document.querySelector("link[rel=icon]")
const plain = icon?.href
// A tab's icon is 16 pixels wide: the number takes the place of the tick, on our slip or, when somebody is urgent, on the
// octagon that stands in the list for it.
const GROUNDS = {
  waiting: '<path fill="#0b5a5e" d="M0 0h17a7 7 0 0 1 7 7v10a7 7 0 0 1-7 7H7a7 7 0 0 1-7-7z"/>',
  urgent: '<path fill="#a11a1a" d="M7 0h10l7 7v10l-7 7H7l-7-7V7z"/>',
}
function drawCount(waiting, urgent) {
  if (!icon) return
  if (!waiting) { icon.href = plain; return }
  const [number, size] = waiting > 9 ? ["9+", 14] : [waiting, 20]
  const ground = GROUNDS[urgent ? "urgent" : "waiting"]
  const letters = `x="12" y="12" dy=".36em" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="${size}"`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${ground}<text ${letters} fill="#fff">${number}</text></svg>`
  icon.href = `data:image/svg+xml,${encodeURIComponent(svg)}`
}
function showCount(waiting) {
  const title = document.title.replace(/^\(\d+\) /, "")
  document.title = waiting ? `(${waiting}) ${title}` : title
}

// ── asking ──
let overdue = null
let again = false
let asks = false
async function ask() {
  if (asks) { again = true; return }
  asks = true
  const wasUp = isUp()
  const answer = await fetch(`${alerts}?since=${encodeURIComponent(since)}`, { headers: { "X-Roger-Live": "1" } }).catch(() => null)
  asks = false
  if (answer?.ok) tell(await answer.json(), wasUp)
  if (again) { again = false; ask() }
}
const told = new Set() // the newest message of each piece of news; the server says it again for a while
let isFirst = true
function notTold({ message, is_earlier }) {
  const isNews = !told.has(message) && !(isFirst && is_earlier) // what was there before this page was told before it
  told.add(message)
  return isNews
}
function tell(found, wasUp) {
  if (found.shielded && !wasUp) document.body.dispatchEvent(new CustomEvent("roger:shielded"))
  since = found.until
  const mine = [found.mine].filter(one => one && notTold({ message: one.newest, is_earlier: one.is_earlier })) // from colleagues
  const untold = [...mine, ...found.news.filter(notTold)]
  isFirst = false
  drawCount(found.waiting, found.urgent)
  showCount(found.waiting)
  if (!speaks) return
  const views = [...seen.values()]
  const news = untold.filter(one => !views.includes(one.conversation))
  if (news.length) tone(news.some(one => one.urgent) ? "urgent" : "soft")
  if (!views.some(Boolean)) news.slice(0, MOST_AT_ONCE).forEach(say) // who looks at Roger needs no word from the system
  if (overdue !== null && found.overdue > overdue) tone("late")
  overdue = found.overdue
}

if (alerts) {
  document.body.addEventListener("roger:inbox", ask)
  document.body.addEventListener("htmx:afterSettle", tellView)
  for (const change of ["focus", "blur", "pagehide"]) addEventListener(change, tellView)
  document.addEventListener("visibilitychange", tellView)
  setInterval(ask, 60_000) // waiting grows too long without anybody writing
  tellView()
  ask()
  const speak = () => { speaks = true; return new Promise(() => {}) }
  if (navigator.locks) navigator.locks.request(`roger:speaks:${alerts}`, speak)
  else speak()
}
