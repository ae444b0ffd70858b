// Keys: an element says data-key="e" and is pressed by it (a field is entered), wherever one is not writing. What a page
// does not show has no key. Shift+E is data-key="e" and then the next row. Single letters can be switched off (WCAG 2.1.4).
// The help sheet lists what the page has.
const writes = target => target.closest?.("input, textarea, select, [contenteditable]")
const isOff = () => document.body.dataset.shortcuts === "off"
const isSheet = () => document.querySelector("dialog[open], :popover-open") // it has the keys, and its own Esc

// A capital letter is one with Shift, whatever the caps lock says.
const keyOf = ({ key, shiftKey }) => (/^\p{L}$/u.test(key) ? (shiftKey ? key.toUpperCase() : key.toLowerCase()) : key)
const isThere = element => element.checkVisibility() && !element.disabled && !element.closest("[inert], [data-shut]")
const pressed = key => [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(isThere)

function press(element) {
  if (!element.matches("input:not([type=checkbox], [type=radio]), textarea, select")) return element.click()
  element.focus()
  if (element.type === "search") element.select()
}

// ── whose keys ──
// The row one stands on is who one means, whoever is open. Its thread is opened first, and the key pressed once that
// stands there: never in the thread of somebody else, and not at all where nothing answers to it (it asks for a reason).
// Esc takes it back.
const OF_A_THREAD = "aehlmnrE"
const isOpen = row => row.pathname.split("/").includes(document.getElementById("thread").dataset.conversation)
let meant = null // the row that is being opened, and the key that waits for it

function pressIn(row, key) {
  if (row.ariaChecked !== null) return // several are being chosen (bulk.js): a press on a row opens none
  meant = { row, key }
  row.click()
}
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (!meant || detail.target.id !== "thread") return
  const { row, key } = meant
  meant = null
  if (isOpen(row)) queueMicrotask(() => pressKey(key)) // after all that puts the focus into a new thread
})
// However the opening ended, its key waits for no other.
document.body.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.requestConfig.elt === meant?.row) meant = null })

// While a thread is on its way there is no box yet, and letters are a text somebody begins rather than deeds: they press
// nothing, nor do those that follow without a pause once the thread stands there. One may move on, and ask for help.
const BESIDE_A_TEXT = "jk? "
const PAUSE = 700 // ms
let typedAt = -Infinity

function isTypedAhead(key, at) {
  const isOnItsWay = Boolean(document.querySelector('#thread[aria-busy="true"]'))
  if (BESIDE_A_TEXT.includes(key) || (!isOnItsWay && at - typedAt > PAUSE)) return false
  typedAt = at
  return true
}

// ── done and next ──
let following = null
function pressAndGoOn() {
  const done = pressed("e")
  if (!done) return false
  const rows = [...document.querySelectorAll(".queue__list a.row")]
  const at = rows.findIndex(isOpen)
  following = rows[at + 1] ?? rows[at - 1] ?? null
  press(done)
  return true
}
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (!["thread", "thread-head"].includes(detail.target.id)) return
  const next = following
  following = null
  const isDone = detail.target.id === "thread-head" && detail.xhr.status === 200 // else it stays open, and says why
  if (next?.isConnected && isDone) next.click()
})
for (const failure of ["htmx:responseError", "htmx:sendError"]) document.body.addEventListener(failure, () => (following = null))

// r means the box, also from behind the note that has its place. Where a gate stands instead, its words are what one gets
// to, and a text somebody begins all the same presses nothing.
function pressReply() {
  const note = document.getElementById("note-box")
  if (note) note.open = false
  const box = pressed("r")
  if (box) { press(box); return true }
  const gate = document.getElementById("composer")
  if (!gate?.checkVisibility()) return false
  gate.focus()
  typedAt = performance.now()
  return true
}

// Whether anything answered to it.
function pressKey(key) {
  if (key === "r") return pressReply()
  const wanted = pressed(key)
  if (wanted) press(wanted)
  return Boolean(wanted) || (key === "E" && pressAndGoOn())
}

// Before the list's own keys (list.js): who switched single letters off has none anywhere.
addEventListener("keydown", event => {
  if (event.key === "Escape") meant = null
  if (event.key.length > 1 || event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return
  if (isOff() || isSheet()) { event.stopImmediatePropagation(); return }
  const key = keyOf(event)
  if (isTypedAhead(key, event.timeStamp)) return
  const row = OF_A_THREAD.includes(key) ? event.target.closest?.("a.row, a.hit") : null
  if (row && !isOpen(row)) pressIn(row, key)
  else if (!pressKey(key)) return
  event.preventDefault()
  event.stopImmediatePropagation()
}, true)

// Back to the row of the thread that is open. It may have left the list, answered: then the thread itself is where the
// keys go on to mean it, and only the next Esc leads to the first of those who still wait.
document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || event.defaultPrevented || isSheet() || event.target.closest?.(".panel")) return
  const list = document.querySelector(".queue__list")
  const thread = document.querySelector("#thread[data-conversation]")
  const row = list?.querySelector('a.row[aria-selected="true"]') ?? (thread === document.activeElement || !thread ? list?.querySelector("a.row") : null)
  if (row?.checkVisibility()) row.focus()
  else if (list?.checkVisibility()) thread?.focus({ preventScroll: true })
  else document.querySelector(".thread__back")?.focus() // on a phone the list is behind the thread
})

// ── the help sheet ──
const sheet = document.getElementById("keys")
function nameOf(element) {
  return element.dataset.keyName || element.ariaLabel || element.textContent.trim().replace(/\s+/g, " ")
}

function fill() {
  const list = sheet.querySelector(".keys")
  for (const line of list.querySelectorAll("[data-of-page]")) line.remove()
  for (const line of list.querySelectorAll("[data-needs]")) line.hidden = !document.querySelector(line.dataset.needs)
  if (isOff()) return
  const said = new Set(["?"])
  for (const element of document.querySelectorAll("[data-key]")) {
    if (said.has(element.dataset.key) || !isThere(element)) continue
    said.add(element.dataset.key)
    const line = list.appendChild(document.createElement("div"))
    line.dataset.ofPage = ""
    const key = document.createElement("kbd")
    key.textContent = element.dataset.key
    line.appendChild(document.createElement("dt")).append(key)
    line.appendChild(document.createElement("dd")).textContent = nameOf(element)
  }
}

const opener = document.querySelector("[data-keys-open]")
if (sheet && opener) {
  opener.hidden = false
  opener.addEventListener("click", () => { fill(); sheet.showModal() }) // a dialog gives the focus back by itself
  sheet.querySelector("[data-close]").addEventListener("click", () => sheet.close())
  sheet.addEventListener("click", ({ target }) => { if (target === sheet) sheet.close() })
}

// Assistive technology hears of them too.
function announce() {
  for (const element of document.querySelectorAll("[data-key]")) {
    if (isOff()) element.removeAttribute("aria-keyshortcuts")
    else element.setAttribute("aria-keyshortcuts", element.dataset.key)
  }
}
document.body.addEventListener("htmx:afterSettle", announce)
announce()
