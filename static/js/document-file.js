// A file that is too large is refused where it is chosen: of one that is far too large the server reads nothing, and so
// has no form to answer with.
const wordsFor = input => input.form?.querySelector("template[data-larger-than]")

function isTooLarge(input) {
  const words = wordsFor(input)
  return Boolean(words) && [...input.files].some(file => file.size > Number(words.dataset.largerThan))
}

function tell(input) {
  const field = input.closest(".field")
  const isRefused = isTooLarge(input)
  field.querySelector(".field__error")?.remove()
  field.toggleAttribute("data-invalid", isRefused)
  input.ariaInvalid = isRefused ? "true" : null
  if (isRefused) field.append(wordsFor(input).content.cloneNode(true))
}

addEventListener("change", ({ target }) => { if (target.type === "file" && wordsFor(target)) tell(target) })
addEventListener("submit", event => { // before htmx hears of it
  const refused = [...event.target.querySelectorAll("input[type=file]")].find(isTooLarge)
  if (!refused) return
  event.preventDefault()
  event.stopPropagation()
  tell(refused)
  refused.focus()
}, true)
