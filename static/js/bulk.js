// Several conversations at once: a press on a row chooses it instead of opening it, Shift chooses all up to there, by mouse
// and by arrow keys, and Ctrl+A what is listed. What is chosen is kept by id, since rows are morphed while one chooses.
const bulk = document.getElementById("bulk")
const pane = document.getElementById("queue-list")
const chosen = new Map() // id → when, so that what was written later is not closed unread
let last = null
let on = false

let stoodAt = null // the row with the focus before a press, which takes it along

const rows = () => [...pane.querySelectorAll("a.row")]
const idOf = row => row.id.replace("row-", "")

function show() {
  // What has left the list, since a colleague did it, is chosen no more: nobody sees that it would go along.
  for (const id of chosen.keys()) if (!document.getElementById(`row-${id}`)) chosen.delete(id)
  for (const row of rows()) {
    if (!on) row.removeAttribute("aria-checked")
    else if (row.ariaChecked !== String(chosen.has(idOf(row)))) row.ariaChecked = String(chosen.has(idOf(row)))
  }
  document.getElementById("conversation-rows")?.setAttribute("aria-multiselectable", String(on))
  bulk.querySelector("[data-bulk-count]").textContent = chosen.size
  bulk.hidden = !on
  document.getElementById("bulk-begin").ariaPressed = String(on)
  for (const deed of bulk.querySelectorAll("[data-bulk-deed]")) deed.disabled = !chosen.size
}

function begin() {
  if (on) return
  on = true
  htmx.trigger(document.getElementById("bulk-deeds"), "menu-open")
  show()
}

function end() {
  on = false
  chosen.clear()
  last = null
  show()
}

function turn(row) {
  const id = idOf(row)
  if (chosen.has(id)) chosen.delete(id)
  else chosen.set(id, performance.now())
  last = id
  show()
}

function choose(some) {
  for (const one of some) if (!chosen.has(idOf(one))) chosen.set(idOf(one), performance.now())
}

// From the row chosen last, else from where one stood, else from the open one. From nowhere it is this row alone: what
// nobody pointed at is not chosen along.
function chooseUpTo(row) {
  const all = rows()
  const start = all.find(one => idOf(one) === last) ?? all.find(one => one === stoodAt) ?? all.find(one => one.ariaSelected === "true")
  const [from, to] = [all.indexOf(start ?? row), all.indexOf(row)]
  choose(all.slice(Math.min(from, to), Math.max(from, to) + 1))
  last = idOf(row)
  show()
}

// Shift and an arrow: the list has moved the focus already (list.js). Back over what is chosen takes it out again.
function chooseOnTheWay(left, row) {
  if (!row || row === left) return
  begin()
  if (chosen.has(idOf(left)) && chosen.has(idOf(row))) chosen.delete(idOf(left))
  else choose([left, row])
  last = idOf(row)
  show()
}

function press(event) {
  const row = event.target.closest?.("a.row")
  if (!row || !pane.contains(row) || (!on && !event.shiftKey) || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  event.stopImmediatePropagation() // htmx must not open it
  begin()
  if (event.shiftKey) chooseUpTo(row)
  else turn(row)
}

function key(event) {
  const row = event.target.closest?.("a.row")
  if (!on || !row || !pane.contains(row)) return
  const isAll = event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey
  if (event.key !== " " && !isAll) return
  event.preventDefault()
  if (!isAll) { turn(row); return }
  choose(rows())
  show()
}

function extend(event) {
  const row = event.target.closest?.("a.row")
  if (!row || !pane.contains(row) || !event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return
  if (["ArrowDown", "ArrowUp"].includes(event.key)) chooseOnTheWay(row, document.activeElement.closest("a.row"))
}

// Esc ends the choosing for whoever stands in the list or nowhere; elsewhere it closes or leaves what one is in. On the
// body: after what is open has closed itself, before it leads to the list (shortcuts.js).
function leave(event) {
  if (!on || event.key !== "Escape" || event.defaultPrevented) return
  if (document.querySelector("dialog[open], :popover-open")) return
  if (event.target !== document.body && !event.target.closest(".queue")) return
  event.preventDefault()
  end()
  document.getElementById("bulk-begin").focus()
}

if (bulk && pane) {
  document.getElementById("bulk-begin").hidden = false
  document.getElementById("bulk-begin").addEventListener("click", () => { if (on) end(); else begin() })
  document.getElementById("bulk-end").addEventListener("click", () => { end(); document.getElementById("bulk-begin").focus() })
  document.addEventListener("mousedown", () => { stoodAt = document.activeElement }, true)
  document.addEventListener("click", press, true)
  document.addEventListener("keydown", key, true)
  addEventListener("keydown", extend) // after the document's own, which move the focus
  document.body.addEventListener("keydown", leave)
  new MutationObserver(() => { if (on) show() }).observe(pane, { childList: true, subtree: true, attributeFilter: ["aria-selected"] })
  document.body.addEventListener("htmx:configRequest", ({ detail }) => {
    if (!detail.elt.matches("[data-bulk-deed]")) return
    detail.parameters = Object.fromEntries([[detail.elt.name, detail.elt.value]])
    detail.parameters.picked = [...chosen].map(([id, at]) => `${id}:${Math.round(performance.now() - at)}`).join(" ")
  })
  document.body.addEventListener("htmx:afterSettle", ({ detail }) => { if (detail.target.id === "bulk-deeds") show() })
  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.requestConfig.elt.matches?.("[data-bulk-deed]") || detail.xhr.status !== 204) return
    const stoodHere = bulk.contains(document.activeElement)
    end()
    if (stoodHere) document.getElementById("bulk-begin").focus()
  })
}
