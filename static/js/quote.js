// "Antworten" at a message: its first words, or what it is, stand above the reply box, its id goes along with what is sent.
const LONGEST = 160 // characters

function firstWords(message) {
  const named = message?.querySelector("[data-quote]")?.dataset.words
  const text = named ?? message?.querySelector(".message__text")?.textContent.trim() ?? ""
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text
}

function quote(id) {
  const place = document.querySelector("[data-quoting]")
  if (!place) return
  place.hidden = !id
  place.querySelector("[name=quote]").value = id
  place.querySelector("[data-quoted-text]").textContent = firstWords(document.getElementById(`message-${id}`))
}

document.addEventListener("click", ({ target }) => {
  const deed = target.closest("[data-quote], [data-unquote]")
  if (!deed) return
  quote(deed.dataset.quote ?? "")
  document.getElementById("reply")?.focus()
})

document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.xhr.status === 204 && detail.requestConfig.elt.matches?.("form[data-composer]")) quote("")
})
// A refused text comes back with its quote.
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "composer") quote(document.querySelector("[data-quoting] [name=quote]")?.value ?? "")
})
