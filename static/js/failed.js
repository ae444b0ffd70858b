// What somebody pressed and what did not happen is said, until the next press, until it is closed, or, where it was the
// line, until that is back and there was time to read it. What a page asks for by itself (X-Roger-Live) asks again by
// itself, and the reply box has a line of its own where its text did not go out.
const READ = 8_000 // ms
const WANTS_NEW_PAGE = [403, 404] // logged in anew elsewhere, not allowed any more, not there any more
const word = document.getElementById("failed")
const isPressed = ({ requestConfig: { headers } }) => !headers["X-Roger-Live"]
const saysSo = ({ requestConfig: { elt }, xhr }) => elt.matches?.("form[data-composer]") && (xhr.status === 0 || xhr.status >= 500)
let ofLine = null // since when it is said that the line failed
let stoodAt = null
let timer = null

function say({ detail }) {
  if (!isPressed(detail) || saysSo(detail)) return
  const needsPage = WANTS_NEW_PAGE.includes(detail.xhr.status)
  word.querySelector("[data-failed-again]").hidden = needsPage
  for (const part of word.querySelectorAll("[data-failed-page]")) part.hidden = !needsPage
  clearTimeout(timer)
  ofLine = detail.xhr.status === 0 ? Date.now() : null
  stoodAt = document.activeElement
  word.hidden = false
}

function leave() {
  clearTimeout(timer)
  ofLine = null
  word.hidden = true
}

function lineIsBack() {
  if (ofLine === null) return
  clearTimeout(timer)
  timer = setTimeout(leave, Math.max(0, ofLine + READ - Date.now()))
}

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.body.addEventListener(failure, say)
document.body.addEventListener("htmx:beforeSend", ({ detail }) => { if (isPressed(detail)) leave() })
document.body.addEventListener("htmx:afterOnLoad", lineIsBack)
addEventListener("online", lineIsBack)
word.querySelector("[data-failed-reload]").addEventListener("click", () => location.reload())
word.querySelector("[data-failed-close]").addEventListener("click", () => {
  leave()
  const back = stoodAt?.isConnected && stoodAt !== document.body ? stoodAt : document.getElementById("thread")
  back?.focus({ preventScroll: true })
})
