// The reply box: grows, sends with Ctrl+Enter, and never loses a text. A text keeps its client_id until it is accepted,
// so that trying again cannot send twice; the next text gets a fresh one.
const box = form => form.querySelector("textarea")
let kept = "" // what stood in a box that was replaced because the gate changed

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

document.addEventListener("input", ({ target }) => {
  if (target.id === "reply") grow(target)
})

document.addEventListener("keydown", event => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
  const form = event.target.closest("form[data-composer]")
  if (!form) return
  event.preventDefault()
  form.requestSubmit()
})

document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const form = detail.elt
  if (!form.matches?.("form[data-composer]")) return
  form.dataset.sent = box(form)?.value ?? ""
  form.querySelector("[type=submit]").ariaBusy = "true"
})

document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.requestConfig.elt
  if (!form.matches?.("form[data-composer]") || !form.isConnected) return
  form.querySelector("[type=submit]").ariaBusy = null
  form.querySelector("[data-unsent]").hidden = detail.xhr.status > 0 && detail.xhr.status < 500
  if (detail.xhr.status !== 204) return
  document.getElementById("thread-notice")?.replaceChildren()
  form.elements.client_id.value = newId()
  if (form.elements.patient) form.elements.patient.value = "" // the next text may concern the other child
  const text = box(form)
  if (!text) return
  if (text.value === form.dataset.sent) text.value = "" // else somebody has written on meanwhile
  grow(text)
  text.focus()
})

// Seen at once, also where the stream is away or somebody had scrolled up (0 is the newest: the log is built upwards).
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.xhr.status !== 204 || !detail.requestConfig.elt.matches?.("form[data-composer]")) return
  const { conversation } = document.getElementById("thread").dataset
  document.getElementById("thread-log").scrollTop = 0
  document.body.dispatchEvent(new CustomEvent(`roger:conversation-${conversation}`))
})

document.body.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  if (detail.target.id === "composer") kept = document.getElementById("reply")?.value || kept
})
document.body.addEventListener("htmx:oobAfterSwap", () => {
  const text = document.getElementById("reply")
  if (!text || text.value || !kept) return
  text.value = kept
  kept = ""
  grow(text)
})
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "thread") kept = "" // another person: a text must never follow there
  if (detail.target.id === "composer") document.getElementById("reply")?.focus()
})
