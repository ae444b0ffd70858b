// The list: one row in the tab order, arrows and j/k move, Enter opens. New conversations never move the row under the
// mouse: while somebody points at the list or stands in it, a pill counts them; else they simply appear. Whoever hears the
// page instead of seeing it is told how many wait.
const pane = document.getElementById("queue-list")
const queue = pane?.closest(".queue")
const pill = document.getElementById("queue-pill")
const desk = document.getElementById("desk")
const rows = () => [...document.querySelectorAll(".queue__list li:not([hidden]) a.row")]
const writes = target => target.closest("input, textarea, select, [contenteditable]")

// ── roving focus, the chosen row, the view of a phone ──
function keepInStep() {
  const all = rows()
  for (const row of all) row.setAttribute("aria-selected", String(row.pathname === location.pathname))
  const here = all.find(row => row === document.activeElement) ?? all.find(row => row.ariaSelected === "true") ?? all[0]
  for (const row of all) row.tabIndex = row === here ? 0 : -1
}

// The open row may stand below the fold.
const showOpen = () => rows().find(row => row.ariaSelected === "true")?.scrollIntoView({ block: "nearest" })

function move(step, from) {
  const all = rows()
  const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(from) + step))]
  if (!next) return
  next.focus()
  keepInStep()
}

// In small letters, so that j is j whatever the caps lock says.
const STEPS = { arrowdown: 1, j: 1, arrowup: -1, k: -1, home: -Infinity, end: Infinity }
document.addEventListener("keydown", event => {
  const step = STEPS[event.key.toLowerCase()]
  const row = event.target.closest?.("a.row")
  if (!step || event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return
  if (!row && event.key.length > 1) return // arrows belong to the list only while one stands in it
  event.preventDefault()
  move(step, row ?? rows().find(each => each.ariaSelected === "true"))
})

// Further rows come when somebody scrolls; one that has moved down since the page was made stands there a second time.
function sayOnce() {
  const said = new Set()
  for (const row of document.querySelectorAll("#conversation-list li")) {
    if (said.has(row.id)) row.remove()
    said.add(row.id)
  }
}

document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "thread") desk.dataset.view = "thread"
  sayOnce()
  keepInStep()
  place()
  if (fresh) weigh()
})

// ── the menu of the list's head: Esc or a press elsewhere closes it ──
const MENU = "#queue-menu[open]"
document.addEventListener("click", event => {
  for (const menu of document.querySelectorAll(MENU)) if (!menu.contains(event.target)) menu.open = false
})
document.addEventListener("keydown", event => {
  const menu = event.key === "Escape" && event.target.closest?.(MENU)
  if (!menu) return
  event.preventDefault() // Esc leads back to the open row otherwise
  event.stopPropagation()
  menu.open = false
  menu.querySelector("summary").focus()
}, true)

// ── what is new ──
let fresh = null
const placed = new Map() // row → what it said when it came to stand where it stands
const isUrgent = row => Boolean(row.querySelector(".urgent"))
const isNew = row => Boolean(row.querySelector('.state[data-state="new"]'))
function place() {
  for (const row of rows()) {
    if (!placed.has(row.id)) placed.set(row.id, { urgent: isUrgent(row), new: isNew(row) })
    if (!isNew(row)) placed.get(row.id).new = false // somebody has read it; what comes next is new again
  }
}

// Under a finger or a button that is held down no row moves: the press would open another one, or none.
let isHeld = false
pane?.addEventListener("pointerdown", () => { isHeld = true })
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { isHeld = false })

const hasMouse = matchMedia("(hover: hover)") // a finger leaves its hover behind
const isInUse = () => isHeld || (hasMouse.matches && queue.matches(":hover")) || pane.contains(document.activeElement) || pane.scrollTop > 0

// After a look of somebody the row alone is shown anew (stream.js): a list that was asked for before does not know of it.
const lookedAt = new Map() // conversation → when that was told
let freshSince = 0
document.body.addEventListener("roger:seen", ({ detail }) => lookedAt.set(detail, performance.now()))

// What the list that is held says by now, and how much of it is new.
function weigh() {
  for (const [id, at] of lookedAt) {
    const now = at > freshSince && document.getElementById(`conversation-${id}`)
    if (now) fresh.querySelector(`#conversation-${id}`)?.replaceWith(now.cloneNode(true))
  }
  const all = [...fresh.querySelectorAll("a.row")]
  tellHowMany(all)
  return all
}

function put() {
  if (!fresh) return
  weigh()
  const list = document.getElementById("conversation-list")
  for (const swept of list.querySelectorAll("li[hidden]")) swept.hidden = false // here again, or gone
  Idiomorph.morph(list, fresh) // rows that stay keep focus and place
  htmx.process(list)
  fresh = null
  pill.hidden = true
  told = 0
  placed.clear()
  place()
  keepInStep()
}

// What a row says may have changed while the stream was away. It says so where it stands, with whoever is shown there
// and chosen as before.
const PARTS = [".row__name", ".row__clock", ".row__line", ".row__meta"]
function renewInPlace() {
  for (const now of fresh.querySelectorAll("a.row")) {
    const old = document.getElementById(now.id)
    if (!old) continue
    old.closest("li").hidden = false // swept aside, and taken back
    old.toggleAttribute("data-owed", now.hasAttribute("data-owed"))
    for (const part of PARTS) old.querySelector(part).replaceWith(now.querySelector(part).cloneNode(true))
  }
}

let looks = 0
async function look() {
  if (document.documentElement.hasAttribute("data-shield")) return // lifting it looks again
  const mine = ++looks
  const asked = performance.now()
  const answer = await fetch(pane.dataset.url, { headers: { "HX-Request": "true", "X-Roger-Live": "1" } })
  if (answer.status === 423) document.body.dispatchEvent(new CustomEvent("roger:shielded"))
  if (!answer.ok) return // 401: the next fragment that htmx asks for leads to the login
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  if (mine !== looks) return // a later look shows more
  fresh = document.importNode(page.getElementById("conversation-list"), true)
  freshSince = asked
  const isLifted = row => isUrgent(row) && !placed.get(row.id)?.urgent
  const news = weigh().filter(row => !document.getElementById(row.id) || isLifted(row))
  if (!isInUse()) { put(); return }
  renewInPlace()
  pill.hidden = news.length === 0
  pill.querySelector("[data-pill-count]").textContent = news.length
  pill.querySelector("[data-pill-urgent]").hidden = !news.some(isUrgent)
}

// A number and no name, said when it rises. What arrives in the open thread is said there; what somebody has read or done
// themselves is not new.
let told = 0
function tellHowMany(all) {
  for (const row of all) if (!isNew(row) && placed.has(row.id)) placed.get(row.id).new = false
  const count = all.filter(row => isNew(row) && !placed.get(row.id)?.new && row.pathname !== location.pathname).length
  const words = document.getElementById("queue-news")
  if (count > told) words.textContent = count === 1 ? words.dataset.one : words.dataset.many.replace("{count}", count)
  else if (!count) words.textContent = ""
  told = count
}

if (pane?.dataset.url) {
  document.body.addEventListener("roger:inbox", () => look().catch(() => {}))
  queue.addEventListener("mouseleave", () => { if (!isInUse()) put() })
  pill.addEventListener("click", () => {
    pane.scrollTop = 0
    put()
    rows()[0]?.focus() // the pill is gone, and whoever pressed it wants to see what came
    keepInStep()
  })
}

// ── the count in the title ──
document.body.addEventListener("htmx:afterSettle", () => {
  const count = Number(document.querySelector("#inbox-tabs .rail__tab")?.dataset.count)
  document.title = document.title.replace(/^\(\d+\) /, "")
  if (count) document.title = `(${count}) ${document.title}`
})

keepInStep()
place()
showOpen()
