// Whoever pressed something that is gone with its own answer goes on beside it instead of at the top of the page: at the
// next item of a list, or where the place says (data-gives-focus="#reply, #composer": the first of them that is there),
// though the place be gone itself. In the thread of somebody else nothing stands beside it: there it is the thread.
const PLACES = "[data-gives-focus]"
const thread = () => document.getElementById("thread")
let last = null // where the focus was put last: the element, its place (id, to whom it gives), which item, in whose thread

document.addEventListener("focusin", ({ target }) => {
  const place = target.closest(PLACES)
  const at = place ? [...place.querySelectorAll("li")].indexOf(target.closest("li")) : -1
  last = place && { target, place: place.id, to: place.dataset.givesFocus, at, whose: thread()?.dataset.conversation }
})

function heir({ place, to, at, whose }) {
  if (whose !== thread()?.dataset.conversation) return thread()
  if (to) return to.split(", ").map(one => document.querySelector(one)).find(Boolean)
  const items = [...(document.getElementById(place)?.querySelectorAll("li") ?? [])]
  return items[Math.min(at, items.length - 1)]?.querySelector("button, a")
}

function goOn() {
  if (!last || last.target.isConnected || document.activeElement !== document.body) return
  const next = heir(last) ?? document.getElementById(last.place) ?? thread()
  next?.focus({ preventScroll: true })
}
for (const change of ["htmx:afterSettle", "htmx:oobAfterSwap"]) document.body.addEventListener(change, goOn)
