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
