// The thread: goes to the first unread line, says what was seen once it was really seen, shows everything once.
const csrf = JSON.parse(document.body.getAttribute("hx-headers"))
let seen = null // watches the messages nobody has looked at

// Parts of the thread overlap, so that nothing that arrives late is missed: the first of each day and message stays.
function sayOnce() {
  const said = new Set()
  for (const line of document.querySelectorAll("#thread-flow > [data-day], #thread-flow > [id^=message-]")) {
    const name = line.dataset.day ?? line.id
    if (said.has(name)) line.remove()
    said.add(name)
  }
}

// Seen is a POST of its own, sent when a message stands on a screen that somebody looks at; a GET changes nothing.
async function tellSeen(messages) {
  const thread = document.getElementById("thread")
  const data = new FormData()
  for (const message of messages) data.append("message", message.dataset.unseen)
  const ids = data.getAll("message")
  messages.forEach(message => delete message.dataset.unseen)
  const told = { method: "POST", body: data, headers: { ...csrf, "X-Roger-Live": "1" } }
  const answer = await fetch(thread.dataset.seenUrl, told).catch(() => null)
  // Not heard: the next look at the page says it again.
  if (!answer?.ok) messages.forEach((message, at) => (message.dataset.unseen = ids[at]))
}

function watch() {
  seen?.disconnect()
  seen = new IntersectionObserver(entries => {
    if (document.visibilityState !== "visible" || !document.hasFocus()) return
    const visible = entries.filter(entry => entry.isIntersecting && entry.target.dataset.unseen)
    if (visible.length) tellSeen(visible.map(entry => entry.target))
  }, { root: document.getElementById("thread-log"), threshold: 0.6 })
  document.querySelectorAll("#thread-flow [data-unseen]").forEach(message => seen.observe(message))
}

// ── whose thread it is ──
// Parts of an answer find their place by name. What was asked for from a thread that is gone meanwhile must not stand in
// the next person's: neither above, nor beside, nor in the box somebody writes in.
const current = () => document.getElementById("thread")?.dataset.conversation
let answering = null // the thread that asked for the answer which is being shown, while it is being shown
document.body.addEventListener("htmx:beforeSend", ({ detail: { xhr, elt } }) => {
  if (!elt.closest("#thread, #panel")) return
  const asking = current()
  xhr.addEventListener("readystatechange", () => { if (xhr.readyState === XMLHttpRequest.DONE) answering = asking })
  xhr.addEventListener("loadend", () => { answering = null })
})
const staysOut = event => { if (answering && answering !== current()) event.preventDefault() }
document.body.addEventListener("htmx:oobBeforeSwap", staysOut)
document.body.addEventListener("htmx:beforeSwap", staysOut)

// ── where one reads ──
// Kept per thread while this tab lives: the message at the lower edge and how far it is cut off there. Ids, nothing else.
const AT_THE_END = 80 // pixels from the newest line that still count as being there
const log = () => document.getElementById("thread-log")
const placeOf = thread => `roger:place-${thread.dataset.conversation}`

function keepPlace() {
  const thread = document.getElementById("thread")
  if (!log() || !thread.dataset.conversation) return
  const edge = log().getBoundingClientRect().bottom
  const line = [...document.querySelectorAll("#thread-flow > [id^=message-]")].findLast(one => one.getBoundingClientRect().top < edge)
  const isAtTheEnd = -log().scrollTop < AT_THE_END && document.getElementById("thread-newer")
  if (!line || isAtTheEnd) sessionStorage.removeItem(placeOf(thread))
  else sessionStorage.setItem(placeOf(thread), JSON.stringify([line.id, Math.round(edge - line.getBoundingClientRect().top)]))
}

function goBack() {
  const [id, above] = JSON.parse(sessionStorage.getItem(placeOf(document.getElementById("thread")))) ?? []
  const line = id && document.getElementById(id)
  if (line) log().scrollTop -= log().getBoundingClientRect().bottom - line.getBoundingClientRect().top - above
}

function arrive() {
  if (!log()) return // something else stands in the pane
  sayOnce()
  watch()
  const { arrive: jumped } = document.getElementById("thread").dataset
  const addressed = location.hash.startsWith("#message-") ? location.hash.slice(1) : null // of the page, not of what came since
  const wanted = jumped ?? addressed ?? "unread"
  const line = document.getElementById(wanted)
  if (line) line.scrollIntoView({ block: "center" })
  else goBack()
  log().addEventListener("scroll", scrolled, { passive: true })
}

let pause = null
function scrolled() {
  clearTimeout(pause)
  pause = setTimeout(keepPlace, 200)
}

// What comes below a jump must not move what one reads: the log is reversed and would stay at its lower end.
let held = null
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  log()?.setAttribute("aria-busy", String(["thread-older", "thread-later"].includes(detail.target.id))) // old lines are no news
  if (detail.target.id !== "thread-later") return
  const line = detail.target.previousElementSibling
  held = line && [line, line.getBoundingClientRect().top]
})
document.body.addEventListener("htmx:afterSwap", () => {
  if (!held) return
  const [line, top] = held
  held = null
  log().scrollTop += line.getBoundingClientRect().top - top
})

document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  const { id } = detail.target
  log()?.setAttribute("aria-busy", "false")
  if (id === "thread") {
    arrive()
    document.getElementById("thread").focus({ preventScroll: true })
  } else if (["thread-newer", "thread-older", "thread-later"].includes(id)) {
    sayOnce()
    watch()
  }
})
addEventListener("focus", watch)
document.addEventListener("visibilitychange", watch)

arrive()
