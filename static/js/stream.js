// One live stream per browser. It carries ids only: each change becomes the event `roger:<kind>-<id>` on the body, and
// whatever fragment shows that thing asks the ordinary, checked view for itself. `roger:inbox` follows for all but looks.
//
// The tab that holds the lock has the EventSource, the others hear it through a BroadcastChannel. Messages of the stream
// are JSON lists of [kind, id] pairs; `event: reload` says that too much was missed to be told.
const LATE_AFTER = 5_000 // ms without a stream, from where we poll
const POLL_EVERY = 10_000
const INBOX_EVERY = 250 // ms: a flood asks for the list no more often, and a message is still there within a second
const body = document.body
const address = body.dataset.stream
const channel = new BroadcastChannel(`roger:${address}`)

// ── telling the page ──
// A change that comes while a fragment is on its way may be newer than what that will show. One that stays as it is asks
// once more by itself (htmx queues it). What the answer replaces or morphs is told once nobody who hears of it is under
// way any more (htmx forgets its queue with that, hence queue:none): told earlier, those who are quick would ask again
// because of those who are slow, and these because of the quick ones, for ever. What an answer brings is told again.
const SETTLED = 40 // ms after an answer, until what it brought hears changes itself (htmx settles in 20)
const underWay = new Map() // request → who asked
const missed = new Set()
const isLive = element => Boolean(element.getAttribute("hx-trigger")?.includes("roger:"))
const RENEWS = /^(outer|morph)/
const isRenewed = element => RENEWS.test(element.getAttribute("hx-swap") ?? "")

function tell(name) {
  const asking = new Set(underWay.values())
  const listeners = [...document.querySelectorAll(`[hx-trigger~="${name}"]`)]
  const isBrought = name.startsWith("roger:seen-") && [...asking].some(one => one.id === "thread-newer") // the head
  if (isBrought || listeners.some(one => asking.has(one) && isRenewed(one))) { missed.add(name); return }
  if ([...asking].some(one => !isLive(one)) || (asking.size && !listeners.length)) missed.add(name)
  body.dispatchEvent(new CustomEvent(name))
}

function tellMissed() {
  const names = [...missed]
  missed.clear()
  names.forEach(tell)
}

// What somebody may be reading comes first, row and thread; counts and all else of the list follow once it is there with
// its panel, so that it is not they who keep the server from showing the message. In a hidden tab nobody reads, and
// timers are slow.
const READ_FIRST = 1_000 // ms at most
const isShown = ([kind, ref]) => document.querySelector(`[hx-trigger~="roger:${kind}-${ref}"]`)
const isRead = () => ![...underWay.values()].some(one => isLive(one) && one.isConnected)
let later = null
function tellInboxAfter(rows) {
  if (document.hidden || !rows.some(isShown) || isRead()) tellInbox()
  else later ??= setTimeout(tellInbox, READ_FIRST)
}

let inboxTimer = null
let inboxAgain = false
function tellInbox() {
  clearTimeout(later)
  later = null
  if (inboxTimer) { inboxAgain = true; return }
  tell("roger:inbox")
  inboxTimer = setTimeout(() => {
    inboxTimer = null
    if (inboxAgain) { inboxAgain = false; tellInbox() }
  }, INBOX_EVERY)
}

// Who looks where (presence.js), and who has seen what waits, changes no count and no other row (but list.js may hold an
// older list).
const OF_LOOKS = ["presence", "seen"]
const OF_THE_TEAM = ["task", "mention"] // the rail counts them
function tellChanges(changes) {
  for (const [kind, ref] of changes) {
    if (kind !== "presence") tell(`roger:${kind}-${ref}`)
    if (kind === "seen") body.dispatchEvent(new CustomEvent("roger:seen", { detail: ref }))
  }
  const rows = changes.filter(([kind]) => !OF_LOOKS.includes(kind))
  if (rows.length) tellInboxAfter(rows)
  if (changes.some(([kind]) => kind === "presence")) tell("roger:presence")
  if (changes.some(([kind]) => OF_THE_TEAM.includes(kind))) tell("roger:team")
}

// After a gap nobody can name: the open thread, the list, and what of ours is still under way.
function catchUp() {
  const thread = document.getElementById("thread")?.dataset.conversation
  if (thread) tell(`roger:conversation-${thread}`)
  tellInbox()
  tell("roger:team")
  for (const message of [...document.querySelectorAll("[data-unsettled]")].slice(-20)) tell(`roger:${message.id}`)
}

// By the request's own end, which comes whatever becomes of whoever asked; what is stopped beforehand was never sent.
body.addEventListener("htmx:beforeSend", ({ detail: { xhr, elt } }) => {
  underWay.set(xhr, elt)
  xhr.addEventListener("loadend", () => setTimeout(() => {
    underWay.delete(xhr)
    tellMissed()
    if (later && isRead()) tellInbox()
  }, SETTLED))
})
// What the stream causes is not somebody at work: it must not keep a session awake.
body.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.triggeringEvent?.type.startsWith("roger:")) detail.headers["X-Roger-Live"] = "1"
})

// ── hearing ──
let open = false
let reachable = true
let lateTimer = null
let pollTimer = null

function setOpen(value) {
  open = value
  clearTimeout(lateTimer)
  clearInterval(pollTimer)
  if (open) reachable = true
  else lateTimer = setTimeout(startPolling, LATE_AFTER)
  show()
}

function startPolling() {
  catchUp()
  pollTimer = setInterval(catchUp, POLL_EVERY)
  if (!navigator.onLine) reachable = false
  late = true
  show()
}

let late = false
function show() {
  if (open) late = false
  const state = open ? "on" : late && !reachable ? "off" : late ? "slow" : null
  document.getElementById("connection-lost").hidden = state !== "off"
  if (!state) return // a blink is not worth a word
  const words = document.getElementById("link-state")
  words.hidden = false
  words.dataset.link = state
  for (const word of words.children) word.hidden = !word.hasAttribute(`data-link-${state}`)
}

function heard(answered) {
  reachable = answered
  show()
}
body.addEventListener("htmx:sendError", () => heard(false))
body.addEventListener("htmx:afterOnLoad", ({ detail }) => heard(detail.xhr.status < 502))

channel.onmessage = ({ data }) => {
  if (data.ask && leading) channel.postMessage({ open })
  if ("open" in data) setOpen(data.open)
  if (data.reload) catchUp()
  if (data.changes) tellChanges(data.changes)
}

// ── the one stream ──
let leading = false
let source = null
let again = null
function share(message) {
  channel.postMessage(message)
  channel.onmessage({ data: message })
}

function listen() {
  source?.close()
  source = new EventSource(address)
  let isNew = true
  source.onopen = () => {
    share({ open: true })
    if (isNew) share({ reload: true }) // nobody knows what happened before this stream began
    isNew = false
  }
  source.onmessage = ({ data }) => share({ changes: JSON.parse(data) })
  source.addEventListener("reload", () => share({ reload: true }))
  source.onerror = () => {
    if (open) share({ open: false })
    if (source.readyState !== EventSource.CLOSED) return // the browser tries again by itself, with its Last-Event-ID
    clearTimeout(again)
    again = setTimeout(listen, 3_000 + Math.random() * 3_000)
  }
}

// A cable pulled out leaves the stream hanging for minutes; the browser knows at once.
addEventListener("offline", () => {
  heard(false)
  source?.close()
  setOpen(false)
})
addEventListener("online", () => {
  catchUp()
  if (leading) listen()
})

function lead() {
  leading = true
  listen()
  return new Promise(() => {}) // held until this tab goes
}

setOpen(false)
channel.postMessage({ ask: true })
if (navigator.locks) navigator.locks.request(`roger:${address}`, lead)
else lead() // without a secure context there are no locks: then one stream per tab
