// The search: keys lead through people and hits as through the list, Enter opens, and the thread shows the found line.
// What is searched stays in the page: it goes into no address, so a step back on a phone must not load one.
const found = document.getElementById("found")
const desk = document.getElementById("desk")
const field = document.getElementById("q")
const isPhone = matchMedia("(max-width: 56rem)")
const rows = () => [...found.querySelectorAll("a.row, a.hit")].filter(row => row.checkVisibility())
const writes = target => target.closest("input, textarea, select, [contenteditable]")
let opened = null // the hit whose thread stands beside the list

// A plain word that somebody typed into the address is taken out of it at once.
if (location.search) history.replaceState(history.state, "", document.getElementById("search-form").action)

// ── roving focus ──
function rove(to) {
  const all = rows()
  const here = to ?? all.find(row => row === document.activeElement) ?? (all.includes(opened) ? opened : all[0])
  for (const row of all) {
    row.tabIndex = row === here ? 0 : -1
    if (row.matches("a.hit")) row.toggleAttribute("data-open", row === opened)
    else row.setAttribute("aria-selected", String(row === opened))
  }
}

function move(step) {
  const all = rows()
  const from = all.findIndex(row => row === document.activeElement)
  const next = all[Math.max(0, Math.min(all.length - 1, from + step))]
  next?.focus()
  next?.scrollIntoView({ block: "nearest" })
  rove(next)
}

// In small letters, so that j is j whatever the caps lock says.
const STEPS = { arrowdown: 1, j: 1, arrowup: -1, k: -1, home: -Infinity, end: Infinity }

// Before the list's own keys, which know its rows alone.
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const isIn = found.contains(event.target)
  if (event.key === "ArrowDown" && event.target === field && rows().length) return take(event, () => move(1))
  if (event.key === "ArrowUp" && isIn && event.target === rows()[0]) return take(event, () => field.focus())
  const step = STEPS[event.key.toLowerCase()]
  if (!step || writes(event.target) || (!isIn && event.key.length > 1)) return
  take(event, () => move(step))
}, { capture: true })

// On the body: after whatever is open in the page has closed itself, before Esc leads to the list (shortcuts.js).
document.body.addEventListener("keydown", event => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return
  if (!event.target.closest(".panel")) take(event, () => leave(found.contains(event.target)))
})

function take(event, act) {
  event.preventDefault()
  event.stopImmediatePropagation()
  act()
}

// Esc: from the thread to the hit it was opened by, from the hits to the field.
function leave(isIn) {
  if (!isIn && desk.dataset.view === "thread") showList()
  else field.focus()
}

function showList() {
  desk.dataset.view = "list"
  const back = rows().includes(opened) ? opened : rows()[0]
  back?.focus()
}

// ── opening ──
found.addEventListener("click", event => {
  const row = event.target.closest("a.row, a.hit")
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return
  opened = row
  rove(row)
})

document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "thread" && opened) {
    desk.dataset.view = "thread"
    if (isPhone.matches && !history.state?.found) history.pushState({ found: true }, "")
    requestAnimationFrame(showHit)
  }
  if (detail.target === found) document.getElementById("found-said").textContent = found.querySelector("[data-found-sum]").textContent
  rove()
})

function showHit() {
  const message = document.getElementById(opened?.dataset.hit)
  document.querySelectorAll("#thread [data-found]").forEach(other => other.removeAttribute("data-found"))
  message?.setAttribute("data-found", "")
  // Only the log may scroll: the desk around it would too if the browser were left to it.
  const log = document.getElementById("thread-log")
  const [line, pane] = [message, log].map(each => each?.getBoundingClientRect())
  if (line && pane) log.scrollBy(0, line.top - pane.top - Math.max(0, (pane.height - line.height) / 2))
}

// On a phone the list is behind the thread: the arrow and the browser's own step back lead to the hits again.
document.addEventListener("click", event => {
  if (!opened || !event.target.closest?.(".thread__back")) return
  event.preventDefault()
  if (history.state?.found) history.back()
  else showList()
})
addEventListener("popstate", () => { if (opened) showList() })

rove()
if (!rows().length) field.focus()
