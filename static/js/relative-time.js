// Keeps waiting clocks and the window's countdown true while the page stands still, by the server's clock.
const skew = Date.parse(document.body.dataset.now) - Date.now()
const minutesSince = iso => Math.floor((Date.now() + skew - Date.parse(iso)) / 60_000)
const german = document.documentElement.lang !== "en"

function span(minutes, days) {
  if (minutes >= 600 && days >= 2) return german ? `${days} Tage` : `${days} days`
  if (minutes < 1) return german ? "jetzt" : "now"
  if (minutes < 60) return german ? `${minutes} Min.` : `${minutes} min`
  const rest = String(minutes % 60).padStart(2, "0")
  return german ? `${Math.floor(minutes / 60)} Std. ${rest}` : `${Math.floor(minutes / 60)} h ${rest}`
}

// Opening time alone counts: the tabs carry the openings of the next days as pairs of seconds. None: always open.
function openMinutes(start, end) {
  const openings = document.getElementById("inbox-tabs")?.dataset.openings
  const times = openings ? JSON.parse(openings) : [[start / 1000, end / 1000]]
  const open = times.map(([from, to]) => Math.max(0, Math.min(end, to * 1000) - Math.max(start, from * 1000)))
  return Math.floor(open.reduce((sum, one) => sum + one, 0) / 60_000)
}

function tick(clock) {
  const more = openMinutes(Date.parse(clock.dataset.at), Date.now() + skew)
  if (more < 1) return // the server's words hold, also "ab 08:00"
  const waited = Number(clock.dataset.waited) + more
  const share = Math.min(100, Math.floor((waited * 100) / Number(clock.dataset.promisedMinutes)))
  clock.dataset.level = share === 100 ? "over" : share >= 50 ? "due" : "calm"
  clock.querySelector(".clock__hand").setAttribute("stroke-dasharray", `${share} 100`)
  clock.querySelector("time").dateTime = `PT${waited}M`
  clock.querySelector("[data-clock-words]").textContent = span(waited, Math.floor(minutesSince(clock.dataset.since) / 1440))
}

// A window that has just closed turns the reply box into a gate: the view decides, the thread is asked anew.
function checkWindow(element) {
  if (minutesSince(element.dataset.windowUntil) < 0 || element.dataset.closed) return
  element.dataset.closed = "yes"
  const { conversation } = document.getElementById("thread").dataset
  document.body.dispatchEvent(new CustomEvent(`roger:conversation-${conversation}`))
}

setInterval(() => {
  document.querySelectorAll(".clock[data-waited]").forEach(tick)
  document.querySelectorAll("[data-window-until]").forEach(checkWindow)
}, 20_000)
