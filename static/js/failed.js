// What somebody pressed and what did not happen is said, until the next press. What a page asks for by itself
// (X-Roger-Live) asks again by itself, and the reply box has a line of its own where its text did not go out.
const word = document.getElementById("failed")
const WANTS_NEW_PAGE = [403, 404] // logged in anew elsewhere, not allowed any more, not there any more
const isPressed = ({ requestConfig: { headers } }) => !headers["X-Roger-Live"]
const saysSo = ({ requestConfig: { elt }, xhr }) => elt.matches?.("form[data-composer]") && (xhr.status === 0 || xhr.status >= 500)

function say({ detail }) {
  if (!isPressed(detail) || saysSo(detail)) return
  const needsPage = WANTS_NEW_PAGE.includes(detail.xhr.status)
  word.querySelector("[data-failed-again]").hidden = needsPage
  for (const part of word.querySelectorAll("[data-failed-page]")) part.hidden = !needsPage
  word.hidden = false
}

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.body.addEventListener(failure, say)
document.body.addEventListener("htmx:beforeSend", ({ detail }) => { if (isPressed(detail)) word.hidden = true })
word.querySelector("button").addEventListener("click", () => location.reload())
