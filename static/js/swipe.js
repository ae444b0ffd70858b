// On a phone a row is swept aside: to the right it is done, to the left it is put off. What a list offers stands beside it
// as <template data-swipe="snooze" data-path="snooze/"> with the words behind the row; the post, what it says and how it is
// taken back are those of the button, or those of a deed for several (data-url). Where nothing is offered no row moves.
const FAR = 88 // px, from where letting go is meant
const SLACK = 12 // px until a finger is sweeping and not scrolling
const SIDES = { done: 1, snooze: -1 }
let held = null
let left = null // what was swept aside last

const offer = sign => {
  const [name] = Object.entries(SIDES).find(([, side]) => side === sign) ?? []
  return name && document.querySelector(`template[data-swipe="${name}"]`)
}

document.addEventListener("pointerdown", event => {
  const item = event.target.closest?.(".queue__list li")
  const row = item?.querySelector("a.row")
  if (event.pointerType !== "touch" || !event.isPrimary || !row || !document.querySelector("template[data-swipe]")) return
  held = { item, row, x: event.clientX, y: event.clientY, by: 0, moved: false, at: Date.now() }
})

document.addEventListener("pointermove", event => {
  if (!held) return
  const across = event.clientX - held.x
  if (!held.moved) {
    if (Math.abs(event.clientY - held.y) > SLACK) { held = null; return }
    if (Math.abs(across) < SLACK) return
    held.moved = true
  }
  const meant = offer(Math.sign(across))
  held.by = meant ? across : 0
  held.row.style.translate = `${held.by}px`
  showWords(held.item, meant, Math.abs(held.by) >= FAR)
})

function showWords(item, meant, isFar) {
  item.toggleAttribute("data-far", isFar)
  if (item.dataset.swept === (meant?.dataset.swipe ?? "")) return
  item.dataset.swept = meant?.dataset.swipe ?? ""
  item.querySelector(".swipe__word")?.remove()
  if (meant) item.prepend(meant.content.cloneNode(true))
}

function letGo(isMeant) {
  if (!held) return
  const { item, row, by, moved, at } = held
  held = null
  row.removeAttribute("style") // an empty one that stays breaks the policy when the row is morphed
  const { swept } = item.dataset
  delete item.dataset.swept
  item.removeAttribute("data-far")
  item.querySelector(".swipe__word")?.remove()
  if (!moved) return
  swallow(item)
  if (isMeant && Math.abs(by) >= FAR) post(row, document.querySelector(`template[data-swipe="${swept}"]`), at)
}
// The press that ends a sweep opens nothing.
function swallow(item) {
  const stop = event => { event.preventDefault(); event.stopPropagation() }
  item.addEventListener("click", stop, true)
  setTimeout(() => item.removeEventListener("click", stop, true), 50)
}
async function post(row, meant, at) {
  const { url, path, values = "{}" } = meant.dataset
  const which = { picked: `${row.id.replace("row-", "")}:${Date.now() - at}` } // who wrote since stays open
  // Not of the row, whose requests give way to the next, and of no other sweep: of one source's requests one waits at most.
  const source = meant.cloneNode()
  meant.after(source)
  const leave = ({ detail }) => { // though the list may not move now
    left = row.closest("li")
    left.hidden = detail.successful
  }
  source.addEventListener("htmx:afterRequest", leave, { once: true })
  const options = { source, swap: "none", values: { ...JSON.parse(values), ...(url ? which : {}) } }
  await htmx.ajax("POST", url ?? `${row.pathname}${path}`, options).finally(() => source.remove())
  document.body.dispatchEvent(new CustomEvent("roger:inbox"))
}
// What was swept aside says so of itself, too: it is shown anew where it lies, and stays there until it is taken back.
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "hidden" && node.matches(".queue__list li"))
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (left && detail.successful && detail.requestConfig.elt.closest("#toasts")) left.hidden = false
})

document.addEventListener("pointerup", () => letGo(true))
document.addEventListener("pointercancel", () => letGo(false))
