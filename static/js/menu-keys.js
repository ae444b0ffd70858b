// In an open menu the arrows walk through its choices, Home and End lead to the first and the last. Whoever came by a key
// and stood nowhere goes back to the menu's button when it closes; all others where they were, as the browser does.
const STEPS = { ArrowDown: (at, of) => (at + 1) % of, ArrowUp: (at, of) => (at <= 0 ? of - 1 : at - 1), Home: () => 0, End: (at, of) => of - 1 }
const writes = target => target.matches("input, textarea, select")

document.addEventListener("keydown", event => {
  const menu = event.target.closest?.(".menu:popover-open")
  if (!menu || !(event.key in STEPS) || writes(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
  const choices = [...menu.querySelectorAll(".menu__choice")]
  if (!choices.length) return
  event.preventDefault()
  choices[STEPS[event.key](choices.indexOf(event.target.closest(".menu__choice")), choices.length)].focus()
})

document.addEventListener("toggle", ({ target, newState }) => {
  const here = document.activeElement // in what is hidden now, or nowhere: the browser had nothing to go back to
  if (newState !== "closed" || !target.matches(".menu") || (here !== document.body && !target.contains(here))) return
  document.querySelector(`[popovertarget="${target.id}"]`)?.focus({ preventScroll: true })
}, true)
