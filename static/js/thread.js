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

function arrive() {
  sayOnce()
  watch()
  const wanted = location.hash.startsWith("#message-") ? location.hash.slice(1) : "unread"
  document.getElementById(wanted)?.scrollIntoView({ block: "center" })
}

document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  const { id } = detail.target
  if (id === "thread") {
    arrive()
    document.getElementById("thread").focus({ preventScroll: true })
  } else if (id === "thread-newer" || id === "thread-older") {
    sayOnce()
    watch()
  }
})
addEventListener("focus", watch)
document.addEventListener("visibilitychange", watch)

if (document.getElementById("thread-flow")) arrive()
