// A short word about what was just done, with the way back. Stays twelve seconds, and as long as somebody points at it
// or stands in it. The server names the words and the ticket in the event `roger:toast` (messaging/inbox/team_answers.py).
const STAYS = 12_000 // ms
const place = document.getElementById("toasts")
const form = document.getElementById("toast-form")
let timer = null
let shown = null // one at a time; what else stands among the toasts (composer-undo.js) stays

const isInUse = toast => toast.matches(":hover") || toast.contains(document.activeElement)

function leave(toast) {
  if (isInUse(toast)) { wait(toast); return }
  toast.remove()
}

function wait(toast) {
  clearTimeout(timer)
  timer = setTimeout(() => leave(toast), STAYS)
}

function show({ text, undo }) {
  const toast = form.content.firstElementChild.cloneNode(true)
  toast.querySelector("[data-toast-text]").textContent = text
  toast.querySelector("[name=ticket]").value = undo
  if (!undo) toast.querySelector("[data-toast-undo]").remove()
  const hadFocus = shown?.contains(document.activeElement)
  shown?.remove()
  shown = toast
  place.append(toast)
  if (hadFocus) toast.querySelector("button").focus()
  htmx.process(toast)
  wait(toast)
}

if (place) {
  document.body.addEventListener("roger:toast", ({ detail }) => show(detail))
  place.addEventListener("click", ({ target }) => {
    if (!target.closest("[data-toast-close]")) return
    shown.remove()
    document.getElementById("thread")?.focus({ preventScroll: true })
  })
}
