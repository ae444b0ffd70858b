// Folds the patient panel away, and keeps it so for this person: colleagues share the browser.
const csrf = JSON.parse(document.body.getAttribute("hx-headers"))
const desk = document.getElementById("desk")
const narrow = matchMedia("(max-width: 74rem)")

function set(state) {
  desk.dataset.panel = state
  const isShown = state === "open" || (state === "" && !narrow.matches)
  document.querySelector("[data-panel-toggle]")?.setAttribute("aria-expanded", String(isShown))
}

document.addEventListener("click", event => {
  if (!event.target.closest("[data-panel-toggle]")) return
  const isShown = event.target.closest("[data-panel-toggle]").ariaExpanded === "true"
  set(isShown ? "closed" : "open")
  if (narrow.matches) return // there the panel lies over the thread, for a moment
  const body = new URLSearchParams({ state: desk.dataset.panel })
  fetch(desk.dataset.panelUrl, { method: "POST", body, headers: csrf, keepalive: true }).catch(() => {})
})
// The panel lies over the thread: on the body, so before other uses of Esc (shortcuts.js) and after what lies over both.
document.body.addEventListener("keydown", event => {
  if (event.key !== "Escape" || event.defaultPrevented || !narrow.matches || desk.dataset.panel !== "open") return
  if (document.querySelector("dialog[open], :popover-open")) return
  event.preventDefault()
  set("closed")
  document.querySelector("[data-panel-toggle]")?.focus()
})
document.body.addEventListener("htmx:afterSettle", () => set(desk.dataset.panel ?? ""))

set(narrow.matches ? "" : (desk.dataset.panel ?? "")) // as the page came

// What somebody has opened or begun to type into stays as it is when the panel is fetched anew around it, but never
// when the panel becomes that of somebody else.
const isInUse = node => node instanceof Element && node.matches("details[data-keep][open], [data-keep][data-open]")
const isSame = (old, now) => now instanceof Element && old.dataset.keep === now.dataset.keep
window.Idiomorph.defaults.callbacks.beforeNodeMorphed = (old, now) => !(isInUse(old) && isSame(old, now))

function fold(tool) {
  if (tool instanceof HTMLDetailsElement && tool.contains(document.activeElement)) tool.querySelector("summary").focus()
  delete tool.dataset.open
  if (tool instanceof HTMLDetailsElement) tool.open = false
  for (const form of tool.querySelectorAll("form")) form.reset()
}

// A number that was shown is covered again with everything else, and masked when the panel comes anew.
document.body.addEventListener("roger:covered", () => { delete document.getElementById("panel-number")?.dataset.open })

// Done: the tool folds itself together, so that the panel may show what came of it.
document.addEventListener("htmx:afterRequest", event => {
  const tool = event.target.closest?.("#panel [data-keep]")
  if (tool && event.detail.xhr?.status === 204) fold(tool)
})

// Nothing chosen: the panel is fetched without the tool, and the focus goes back to where it was opened, unless it was
// needed elsewhere meanwhile.
let givesBack = null // the thread whose panel that is
document.body.addEventListener("htmx:oobAfterSwap", ({ detail }) => {
  if (detail.target.id !== "panel" || !givesBack) return
  const isHere = givesBack === document.getElementById("thread")?.dataset.conversation
  const isFree = document.activeElement === document.body || detail.target.contains(document.activeElement)
  givesBack = null
  if (isHere && isFree) document.getElementById("panel-link-open")?.focus()
})
document.addEventListener("click", event => {
  const close = event.target.closest("#panel [data-link-close]")
  const thread = document.getElementById("thread")
  if (!close || !thread) return
  event.preventDefault()
  fold(close.closest("[data-keep]"))
  givesBack = thread.dataset.conversation
  document.body.dispatchEvent(new CustomEvent(`roger:conversation-${thread.dataset.conversation}`))
})
