// How the conversation stood when a text was begun goes along with it (messaging/inbox/standings.py): what the stream
// tells the page while somebody writes they need not have seen. An empty box knows what the page shows.
const isBegun = form => form.querySelector("textarea")?.value.trim() || form.querySelector("[data-file], [name=template]:checked")

function follow() {
  const form = document.querySelector("form[data-composer]")
  const shown = document.querySelector("#thread-after [data-standing]")?.dataset.standing
  if (form && shown && !isBegun(form)) form.elements.standing.value = shown
}

for (const event of ["htmx:oobAfterSwap", "composer:sent", "input"]) document.body.addEventListener(event, follow)
