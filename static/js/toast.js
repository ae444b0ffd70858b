// A short word about what was just done, with the way back. Stays twelve seconds, and as long as somebody points at it
// or stands in it, or takes it back. The server names the words, the ticket and the conversation in the event `roger:toast`
// (messaging/inbox/team_answers.py). Whom it concerns is read from the page, so that no header carries a name; the shield
// lies over a toast as over all else.
const STAYS = 12_000 // ms
const READ_OUT_AFTER = 300 // ms: what changes while a page is being read out is lost
const place = document.getElementById("toasts")
const form = document.getElementById("toast-form")
let timer = null
// One at a time, in place of what the page before has done; a message that can still be taken back (composer-undo.js) stays.
const shown = () => [...place.querySelectorAll(":scope > :not([data-undo-aside])")]

const isInUse = toast => toast.matches(":hover, .htmx-request") || toast.contains(document.activeElement)

function leave(toast) {
  if (isInUse(toast)) { wait(toast); return }
  toast.remove()
}

function wait(toast) {
  clearTimeout(timer)
  timer = setTimeout(() => leave(toast), STAYS)
}

const nameOf = conversation => document.querySelector(
  `#thread[data-conversation="${conversation}"] #thread-name bdi, #row-${conversation} .row__name b`,
)?.textContent

function show({ text, undo = "", whom = "" }) {
  const toast = form.content.firstElementChild.cloneNode(true)
  toast.querySelector("[data-toast-text]").textContent = text
  toast.querySelector("[data-toast-whom]").textContent = whom
  toast.querySelector("[name=ticket]").value = undo
  if (!undo) toast.querySelector("[data-toast-undo]").remove()
  const hadFocus = shown().some(one => one.contains(document.activeElement))
  for (const one of shown()) one.remove()
  place.append(toast)
  if (hadFocus) toast.querySelector("button").focus()
  htmx.process(toast)
  wait(toast)
}

// What the page before has done is read out as well: a live region says only what comes into it.
function tellAgain() {
  const told = [...place.querySelectorAll("[data-told]")].map(({ textContent }) => textContent)
  if (told.length) setTimeout(() => show({ text: told.join(" ") }), READ_OUT_AFTER)
}

if (place) {
  tellAgain()
  document.body.addEventListener("roger:toast", ({ detail, target }) => {
    const same = place.contains(target) ? place.querySelector("[data-toast-whom]")?.textContent : "" // taken back
    show({ ...detail, whom: detail.conversation ? nameOf(detail.conversation) : same })
  })
  place.addEventListener("click", ({ target }) => {
    if (!target.closest("[data-toast-close]")) return
    for (const one of shown()) one.remove()
    document.getElementById("thread")?.focus({ preventScroll: true })
  })
}
