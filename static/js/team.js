// The thread's menus and its note are fetched when they open, and close once what was chosen is done.
function opened(place) {
  if (!place) return
  htmx.trigger(place, "menu-open")
}

document.addEventListener("toggle", ({ target, newState }) => {
  if (newState !== "open") return
  if (target.matches(".menu")) opened(target)
  if (target.id === "note-box") opened(document.getElementById("note-place"))
}, true)

document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  const { target } = detail
  if (target.id === "note-place") document.getElementById("note")?.focus()
  else if (target.matches?.(".menu")) (target.querySelector(".menu__choice") ?? target.querySelector("select, a"))?.focus()
})

// 204 is done; a refusal comes back into the menu with its reason.
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.xhr.status !== 204) return
  const { elt } = detail.requestConfig
  elt.closest?.(".menu")?.hidePopover()
  if (!elt.matches?.("[data-note-form]")) return
  elt.reset()
  document.getElementById("note-box").open = false
  document.querySelector("#note-box > summary").focus()
})

// A day that is chosen is the choice of that day, and another choice takes the day back.
document.addEventListener("change", ({ target }) => {
  const form = target.closest?.("form")
  const day = form?.querySelector("[data-day]")
  if (!day) return
  if (target === day && day.value) form.elements.due.value = "date"
  else if (target === form.elements.due && target.value !== "date") day.value = ""
})

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false
  button.addEventListener("click", () => print())
}
