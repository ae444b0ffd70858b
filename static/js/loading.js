// Says that something is on its way, and that it did not come: the thread that gives way to another is busy, and where
// further rows or messages failed to come, the link stands that asks for them by itself (skeleton.css).
const isLine = ({ elt }) => elt.matches?.(".queue__more, .thread__older")

for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.body.addEventListener(failure, ({ detail }) => {
    if (isLine(detail.requestConfig)) detail.requestConfig.elt.toggleAttribute("data-failed", true)
  })
}

// ── a thread on its way ──
// From the press until it stands there one has chosen somebody else already: in the thread before nothing can be written,
// sent or done any more, nor in the panel beside it. Where the new one does not come, all is there again, and the focus
// where it was.
let onItsWay = null // the newest request for a thread
let stood = null // what had the focus in the thread before
const shutParts = new Set() // those of the thread before: the next one stands there a moment before its request ends
const isBefore = target => [...shutParts].some(part => part.contains(target))
let pressed = null // what was pressed for the next thread

// Only the box is inert: to make every message so would hold up the picture that answers the press.
for (const kind of ["mousedown", "click", "submit", "change", "beforeinput", "drop"]) {
  addEventListener(kind, event => {
    if (!isBefore(event.target)) return
    event.preventDefault()
    event.stopImmediatePropagation()
  }, true)
}

// Nor is anything there reached by Tab: the focus stays on what was pressed, unless that stands there itself.
addEventListener("focusin", ({ target }) => {
  if (!isBefore(target)) return
  target.blur()
  if (!isBefore(pressed)) pressed.focus({ preventScroll: true })
}, true)

// Keys and the palette pass over what is marked so.
function shut() {
  document.getElementById("thread").ariaBusy = "true"
  for (const part of document.querySelectorAll("#thread, #panel")) {
    shutParts.add(part)
    part.dataset.shut = ""
  }
  if (isBefore(document.activeElement)) {
    stood = document.activeElement
    stood.blur() // else it has the keys until the next picture is drawn
  }
  document.getElementById("composer")?.toggleAttribute("inert", true)
}

function openAgain() {
  onItsWay = null
  for (const part of shutParts) delete part.dataset.shut
  shutParts.clear()
  document.getElementById("thread").ariaBusy = null
  document.getElementById("composer")?.toggleAttribute("inert", false)
  if (document.activeElement === document.body) stood?.focus({ preventScroll: true })
  stood = null
}

document.body.addEventListener("htmx:beforeSend", ({ detail: { xhr, target, elt } }) => {
  if (target.id !== "thread") return
  onItsWay = xhr
  pressed = elt
  shut()
  // By the request's own end, which comes whatever becomes of the row that was pressed.
  xhr.addEventListener("loadend", () => { if (onItsWay === xhr) openAgain() })
})
document.body.addEventListener("htmx:oobAfterSwap", () => { if (onItsWay) shut() }) // the panel was renewed meanwhile
