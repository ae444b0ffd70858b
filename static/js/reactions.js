// "Reagieren" at a message opens one menu for all of them. The sign that stands there already is pressed; pressing it again
// takes it back.
let opener = "" // the id of the button: what is shown anew meanwhile has the same
const menu = () => document.getElementById("menu-reactions")

document.addEventListener("click", ({ target }) => {
  opener = target.closest("[data-react]")?.id ?? opener
  const choice = target.closest("[data-reaction]")
  if (!choice) return
  menu().hidePopover() // the focus goes back to the button, which htmx keeps
  const source = document.getElementById(opener)
  if (!source) return // the message is not shown any more
  const emoji = choice.ariaPressed === "true" ? "" : choice.dataset.reaction
  htmx.ajax("POST", source.dataset.reactAt, { source, target: source.closest(".message"), values: { emoji } })
}, true)

document.addEventListener("toggle", ({ target, newState }) => {
  if (target.id !== "menu-reactions" || newState !== "open") return
  const now = document.getElementById(opener)?.dataset.react
  const choices = [...target.querySelectorAll("[data-reaction]")]
  for (const choice of choices) choice.ariaPressed = String(choice.dataset.signOf === now)
  const first = choices.find(choice => choice.ariaPressed === "true") ?? choices[0]
  first.focus()
}, true)
