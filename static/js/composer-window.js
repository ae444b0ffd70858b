// The last two hours of the 24-hour window: amber, and counting down while the page stands still.
const SHORT = 120 // minutes
const skew = Date.parse(document.body.dataset.now) - Date.now()

function words({ windowHours, windowMinutes }, minutes) {
  if (minutes < 60) return windowMinutes.replace("MM", minutes)
  return windowHours.replace("HH", Math.floor(minutes / 60)).replace("MM", String(minutes % 60).padStart(2, "0"))
}

function tick() {
  const place = document.querySelector(".composer__window[data-window-until]")
  if (!place) return
  const left = Math.floor((Date.parse(place.dataset.windowUntil) - Date.now() - skew) / 60_000)
  if (left >= SHORT || left < 0) return
  place.closest(".composer").dataset.window = "short"
  place.querySelector("[data-window-left]").textContent = words(place.dataset, left)
}

setInterval(tick, 10_000)
document.body.addEventListener("htmx:afterSettle", tick)
tick()
