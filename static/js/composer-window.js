// The 24-hour window while the page stands still: the panel's meter counts down all the time, the box in the last two
// hours, amber.
const SHORT = 120 // minutes
const skew = Date.parse(document.body.dataset.now) - Date.now()
const minutesUntil = iso => Math.floor((Date.parse(iso) - Date.now() - skew) / 60_000)

function words(inHours, inMinutes, minutes) {
  if (minutes < 60) return inMinutes.replace("MM", minutes)
  return inHours.replace("HH", Math.floor(minutes / 60)).replace("MM", String(minutes % 60).padStart(2, "0"))
}

function tickBox(place) {
  const { windowUntil, windowHours, windowMinutes } = place.dataset
  const left = minutesUntil(windowUntil)
  if (left < 0) return
  const box = place.closest(".composer")
  if (left >= SHORT) { delete box.dataset.window; return } // the patient has written again
  box.dataset.window = "short"
  place.querySelector("[data-window-left]").textContent = words(windowHours, windowMinutes, left)
}

function tickMeter(meter) {
  const { meterUntil, meterHours, meterMinutes, meterClosed } = meter.dataset
  const left = Math.max(0, minutesUntil(meterUntil))
  meter.querySelector("strong").textContent = left ? words(meterHours, meterMinutes, left) : meterClosed
  meter.querySelector("progress").value = left
}

function tick() {
  document.querySelectorAll(".composer__window[data-window-until]").forEach(tickBox)
  document.querySelectorAll("[data-meter-until]").forEach(tickMeter)
}

setInterval(tick, 10_000)
document.body.addEventListener("htmx:afterSettle", tick)
tick()
