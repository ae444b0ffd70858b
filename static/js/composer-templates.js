// The template picker is fetched anew around what somebody types in it. What the answer could not know yet, typed or
// chosen while it was on its way, stands there afterwards as before.
const picker = () => document.getElementById("template-picker")
let typed = [] // id and value of the fields where something else stands than was filled in
let chosen = null // the template

document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target !== picker() || detail.target.tagName !== "FORM") return
  const { elements } = detail.target
  const fields = [...elements].filter(field => field.name.startsWith("value-"))
  typed = fields.filter(field => field.value !== elements[field.name.replace("value", "given")].value).map(({ id, value }) => [id, value])
  chosen = detail.target.querySelector("[name=template]:checked")?.id
})

document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "template-picker") return
  const radio = chosen && document.getElementById(chosen)
  if (radio) radio.checked = true
  for (const [id, value] of typed) {
    const field = document.getElementById(id)
    if (!field || field.value === value) continue
    field.value = value
    field.dispatchEvent(new Event("input", { bubbles: true })) // so that what the patient reads follows
  }
  typed = []
  chosen = null
})
