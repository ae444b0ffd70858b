// Keeps waiting clocks and the window's countdown true while the page stands still, by the server's clock.
const skew = Date.parse(document.body.dataset.now) - Date.now()
const minutesSince = iso => Math.floor((Date.now() + skew - Date.parse(iso)) / 60_000)
const german = document.documentElement.lang !== "en"

function span(minutes) {
  if (minutes < 1) return german ? "jetzt" : "now"
  if (minutes < 60) return german ? `${minutes} Min.` : `${minutes} min`
  if (minutes < 48 * 60) {
    const rest = String(minutes % 60).padStart(2, "0")
    return german ? `${Math.floor(minutes / 60)} Std. ${rest}` : `${Math.floor(minutes / 60)} h ${rest}`
  }
  const days = Math.floor(minutes / 1440)
  return german ? `${days} Tage` : `${days} days`
}

function tick(clock) {
  const waited = Math.max(0, minutesSince(clock.dataset.since))
  const share = Math.min(100, Math.floor((waited * 100) / Number(clock.dataset.promisedMinutes)))
  clock.dataset.level = share === 100 ? "over" : share >= 50 ? "due" : "calm"
  clock.querySelector(".clock__hand").setAttribute("stroke-dasharray", `${share} 100`)
  clock.querySelector("time").dateTime = `PT${waited}M`
  clock.querySelector("[data-clock-words]").textContent = span(waited)
}

// A window that has just closed turns the reply box into a gate: the view decides, the thread is asked anew.
function checkWindow(element) {
  if (minutesSince(element.dataset.windowUntil) < 0 || element.dataset.closed) return
  element.dataset.closed = "yes"
  const { conversation } = document.getElementById("thread").dataset
  document.body.dispatchEvent(new CustomEvent(`roger:conversation-${conversation}`))
}

setInterval(() => {
  document.querySelectorAll(".clock[data-since]").forEach(tick)
  document.querySelectorAll("[data-window-until]").forEach(checkWindow)
}, 20_000)
