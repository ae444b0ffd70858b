// Whoever pressed something that is gone with its own answer goes on beside it instead of at the top of the page: at the
// next item of a list, or where the place says (data-gives-focus="#assign-button").
const PLACES = "[data-gives-focus]"
let last = null // where the focus was put last: the element, the id of its place, which item of the place it stood in

document.addEventListener("focusin", ({ target }) => {
  const place = target.closest(PLACES)
  last = place && { target, place: place.id, at: [...place.querySelectorAll("li")].indexOf(target.closest("li")) }
})

function heir(place, at) {
  if (place.dataset.givesFocus) return document.querySelector(place.dataset.givesFocus)
  const items = [...place.querySelectorAll("li")]
  return items[Math.min(at, items.length - 1)]?.querySelector("button, a")
}

function goOn() {
  if (!last || last.target.isConnected || document.activeElement !== document.body) return
  const place = document.getElementById(last.place) ?? document.getElementById("thread")
  const next = place && (heir(place, last.at) ?? place)
  next?.focus({ preventScroll: true })
}
for (const change of ["htmx:afterSettle", "htmx:oobAfterSwap"]) document.body.addEventListener(change, goOn)
