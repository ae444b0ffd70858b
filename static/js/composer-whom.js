// For whom a text is and what it is about: chosen for one text. Both are at their start again once it was sent, and stay
// with it while its box is away because the gate changed (composer.js).
const NAMES = ["patient", "purpose"]
const boxForm = () => document.querySelector("#composer form[data-draft-url]")
const thread = () => document.getElementById("thread")?.dataset.conversation
let chosen = null // what stood in a form that is gone, and in whose thread

function keep() {
  const form = boxForm()
  if (form) chosen = { form, thread: thread(), values: NAMES.map(name => [name, form.elements[name]?.value]) }
}

function putBack() {
  const form = boxForm()
  if (!chosen || !form || form === chosen.form) return
  for (const [name, value] of chosen.thread === thread() ? chosen.values : []) {
    const still = [...form.elements[name]?.options ?? []].find(option => option.value === value && !option.disabled)
    if (still) still.selected = true
  }
  chosen = null
}

document.addEventListener("composer:sent", ({ target }) => {
  for (const name of NAMES) if (target.elements[name]) target.elements[name].selectedIndex = 0
})
document.body.addEventListener("htmx:oobBeforeSwap", event => {
  if (event.detail.target.id === "composer" && !event.defaultPrevented) keep()
})
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => { // with 422 it comes back by itself
  if (detail.target.id === "composer" && detail.xhr.status === 200) keep()
})
for (const change of ["htmx:oobAfterSwap", "htmx:afterSettle"]) document.body.addEventListener(change, putBack)
