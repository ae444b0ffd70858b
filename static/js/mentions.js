// After an @ in a note: who of the team is meant. Arrows choose, Enter or Tab takes, Esc leaves the text as it is.
const box = () => document.getElementById("note")
const list = () => document.getElementById("note-names")
const offered = () => [...list().querySelectorAll("[role=option]:not([hidden])")]
const chosen = () => offered().find(one => one.ariaSelected === "true")

// What stands between the last @ and the cursor, if it can be the beginning of a name.
function begun(text) {
  const before = text.value.slice(0, text.selectionStart)
  return /(?:^|\s)@([\p{L}.\- ]{0,30})$/u.exec(before)?.[1] ?? null
}

function choose(option) {
  for (const one of list().children) one.ariaSelected = String(one === option)
  if (option) box().setAttribute("aria-activedescendant", option.id)
  else box().removeAttribute("aria-activedescendant")
}

function offer() {
  const word = begun(box())
  const wanted = word?.toLocaleLowerCase()
  for (const one of list().children) {
    const name = one.dataset.name.toLocaleLowerCase()
    one.hidden = word === null || !(name.startsWith(wanted) || name.split(" ").some(part => part.startsWith(wanted)))
  }
  list().hidden = !offered().length
  choose(list().hidden ? null : offered()[0])
}

function take(option) {
  const text = box()
  const end = text.selectionStart
  const start = end - begun(text).length
  text.setRangeText(`${option.dataset.name} `, start, end, "end")
  offer()
  text.focus()
}

function move(step) {
  const all = offered()
  choose(all[(all.indexOf(chosen()) + step + all.length) % all.length])
}

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Enter: () => take(chosen()),
  Tab: () => take(chosen()),
  Escape: () => { list().hidden = true },
}

document.addEventListener("input", ({ target }) => { if (target.id === "note") offer() })
document.addEventListener("keydown", event => {
  if (event.target.id !== "note") return
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    event.target.form.requestSubmit()
    return
  }
  if (list().hidden || !KEYS[event.key]) return
  event.preventDefault()
  event.stopPropagation()
  KEYS[event.key]()
}, true)
document.addEventListener("mousedown", event => {
  const option = event.target.closest?.("#note-names [role=option]")
  if (!option) return
  event.preventDefault()
  take(option)
})
