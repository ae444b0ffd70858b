// The reply box: grows, sends with Ctrl+Enter (or Enter, by preference), and never loses a text. A text keeps its
// client_id until it is accepted, so that trying again cannot send twice; the next text gets a fresh one.
//
// The other modules of the composer hear of it by events on the form: `composer:sent` (it is queued, the box is empty or
// holds what was written meanwhile) and `composer:filled` (something else than the keyboard changed the text).
const box = form => form.querySelector("textarea")
let kept = "" // what stood in a box that was replaced because the gate changed, until there is a box again
let wroteOn = "" // what stood in the box by the time its text was refused, where somebody had written on

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  return [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("").replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
}

// Eight lines, where the browser does not do it by field-sizing.
function grow(text) {
  if (CSS.supports("field-sizing", "content")) return
  text.style.blockSize = "auto"
  text.style.blockSize = `${Math.min(text.scrollHeight, 13 * 16)}px`
}

// What was said about one text, and that it was read, must not count for the next.
function forgetHints(composer) {
  for (const hint of composer.querySelectorAll("[data-hint]")) hint.remove()
  for (const plain of composer.querySelectorAll("[data-without-hint]")) plain.hidden = false
}

// ── placeholders nobody has filled yet are marked in the box, and the text does not go out with them ──
const OPEN_PLACE = /\{[a-z_]+\}/g
function mark(text) {
  const mirror = text.form?.querySelector("[data-mirror]")
  if (!mirror) return
  const open = [...text.value.matchAll(OPEN_PLACE)]
  mirror.replaceChildren()
  if (!open.length) return
  let at = 0
  for (const place of open) {
    mirror.append(text.value.slice(at, place.index), Object.assign(document.createElement("mark"), { textContent: place[0] }))
    at = place.index + place[0].length
  }
  mirror.append(text.value.slice(at), "\n")
  mirror.scrollTop = text.scrollTop
}

function look(text) {
  grow(text)
  mark(text)
}

document.addEventListener("input", ({ target }) => {
  if (target.id === "reply") look(target)
})
document.addEventListener("composer:filled", ({ target }) => look(box(target)))
document.addEventListener("scroll", ({ target }) => {
  if (target.id === "reply") target.form.querySelector("[data-mirror]").scrollTop = target.scrollTop
}, true)

document.addEventListener("keydown", event => {
  if (event.key !== "Enter" || event.isComposing || event.defaultPrevented) return
  const form = event.target.closest("form[data-composer]")
  if (!form) return
  const plain = event.target.id === "reply" && "enterSends" in form.dataset && !event.shiftKey && !event.altKey
  if (event.ctrlKey || event.metaKey || plain) {
    event.preventDefault()
    const button = form.querySelector(".button--primary")
    if (!button.disabled) form.requestSubmit(button) // the browser itself would submit by a disabled button too
  } else if (event.target.matches("input")) event.preventDefault() // a field to search in sends nothing
})

document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const form = detail.elt
  if (!form.matches?.("form[data-composer]")) return
  form.dataset.sent = box(form)?.value ?? ""
  form.querySelector(".button--primary").ariaBusy = "true"
})

document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.requestConfig.elt
  if (!form.matches?.("form[data-composer]") || !form.isConnected) return
  form.querySelector(".button--primary").ariaBusy = null
  sayUnsent(form.querySelector("[data-unsent]"), detail.xhr.status)
  if (detail.xhr.status !== 204) return
  document.getElementById("thread-notice")?.replaceChildren()
  forgetHints(form.closest("#composer"))
  form.elements.client_id.value = newId()
  wroteOn = ""
  const text = box(form)
  if (text) {
    // Somebody has written on meanwhile: of that only what was not sent stays.
    if (text.value.startsWith(form.dataset.sent)) text.value = text.value.slice(form.dataset.sent.length).trimStart()
    look(text)
    text.focus()
  }
  form.dispatchEvent(new CustomEvent("composer:sent", { bubbles: true }))
})

// Refused, the composer comes back with what was sent: whoever has written on goes on with their own words.
document.body.addEventListener("htmx:beforeSwap", ({ detail, defaultPrevented }) => {
  const form = detail.requestConfig.elt
  if (defaultPrevented || detail.xhr.status !== 422 || !form.matches?.("form[data-composer]")) return
  const text = box(form)
  wroteOn = text && text.value !== form.dataset.sent ? text.value : ""
})
function goOn(text) {
  const words = wroteOn
  wroteOn = ""
  if (!text || !words) return // a gate has closed: its words are kept as any that left their box
  text.value = words
  text.setSelectionRange(words.length, words.length)
  text.form.dispatchEvent(new CustomEvent("composer:filled", { bubbles: true }))
}

// What is offered for a text goes with what the box says by now.
document.addEventListener("submit", ({ target }) => {
  const text = document.getElementById("reply")
  if (text && target.matches("#composer form[data-takes-reply]")) target.elements.body.value = text.value
}, true)

// With 2xx it went, with 422 the composer itself came back and says why not.
function sayUnsent(place, status) {
  place.hidden = (status >= 200 && status < 300) || status === 422
  if (place.hidden) return
  const { noLine, pageIsOld, notTaken } = place.dataset
  place.textContent = status === 0 || status >= 500 ? noLine : status === 403 ? pageIsOld : notTaken
}

// Seen at once, also where the stream is away or somebody had scrolled up (0 is the newest: the log is built upwards).
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (![200, 204].includes(detail.xhr.status) || !detail.requestConfig.elt.matches?.("form[data-composer]")) return
  const { conversation } = document.getElementById("thread").dataset
  document.getElementById("thread-log").scrollTop = 0
  document.body.dispatchEvent(new CustomEvent(`roger:conversation-${conversation}`))
})

document.body.addEventListener("htmx:oobBeforeSwap", event => {
  if (event.detail.target.id !== "composer" || event.defaultPrevented) return // thread.js: an answer for somebody else
  // Asked for while another gate stood here, and late: its draft may have been sent meanwhile.
  const gate = event.detail.fragment.querySelector("#composer-gate")?.value
  if (gate === document.getElementById("composer-gate")?.value) { event.preventDefault(); return }
  kept = document.getElementById("reply")?.value || kept
})
document.body.addEventListener("htmx:oobAfterSwap", putBack)
function putBack() {
  const text = document.getElementById("reply")
  if (!text || !kept) return
  if (!text.value) {
    text.value = kept
    text.form.dispatchEvent(new CustomEvent("composer:filled", { bubbles: true }))
  }
  kept = "" // it stands in the box now, or something newer does
}
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "thread") kept = wroteOn = "" // another person: a text must never follow there
  putBack()
  const text = document.getElementById("reply")
  if (detail.target.id === "composer") goOn(text)
  if (text && ["thread", "composer"].includes(detail.target.id)) look(text)
  if (detail.target.id === "composer") text?.focus()
})
const first = document.getElementById("reply")
if (first) look(first)
