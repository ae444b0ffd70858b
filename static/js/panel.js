// Folds the patient panel away, and remembers it in this browser.
const KEY = "roger:panel"
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
  if (!narrow.matches) localStorage.setItem(KEY, desk.dataset.panel)
})
// Before other uses of Esc (shortcuts.js): the panel lies over the thread.
document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || !narrow.matches || desk.dataset.panel !== "open") return
  event.preventDefault()
  set("closed")
  document.querySelector("[data-panel-toggle]")?.focus()
}, true)
document.body.addEventListener("htmx:afterSettle", () => set(desk.dataset.panel ?? ""))

set(narrow.matches ? "" : (localStorage.getItem(KEY) ?? ""))

// What somebody has opened or begun to type into stays as it is when the panel is fetched anew around it.
const isInUse = node => node instanceof Element && node.matches("details[data-keep][open], [data-keep='open']")
window.Idiomorph.defaults.callbacks.beforeNodeMorphed = node => !isInUse(node)

// Done: the tool folds itself together, so that the panel may show what came of it.
document.addEventListener("htmx:afterRequest", event => {
  if (event.detail.xhr?.status !== 204) return
  const tool = event.target.closest?.("#panel [data-keep]")
  if (tool instanceof HTMLDetailsElement) {
    tool.open = false
    tool.querySelector("form")?.reset()
  } else if (tool) delete tool.dataset.keep
})

// Nothing chosen: the panel is fetched without the tool, focus goes back to where it was opened.
document.addEventListener("click", event => {
  const close = event.target.closest("#panel [data-link-close]")
  if (!close) return
  event.preventDefault()
  delete close.closest("[data-keep]").dataset.keep
  const thread = document.getElementById("thread")
  document.body.addEventListener("htmx:afterSettle", () => document.getElementById("panel-link-open")?.focus(), { once: true })
  document.body.dispatchEvent(new CustomEvent(`roger:conversation-${thread?.dataset.conversation}`))
})
