// Says which thread is open here and shows who else is where. A hint, told every ten seconds and at once when it
// changes; the stream names conversations only (`presence`), names come by the ordinary view.
const BEAT = 10_000 // ms
const APART = 250 // what one person says faster than every 200 ms the server leaves to the next beat
const IDLE_AFTER = 60_000
const TYPING_FOR = 4_000 // after the last key
const AGAIN = 20_000 // somebody's page may have died without a word
const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "X-Roger-Live": "1" }
const thread = () => document.getElementById("thread")
const address = () => thread()?.dataset.presenceUrl
const isCovered = () => document.documentElement.hasAttribute("data-shield") // then one is nowhere
const heed = ({ status }) => { if (status === 423) document.body.dispatchEvent(new CustomEvent("roger:shielded")) }

// ── where I am ──
let told = { address: undefined, state: "" }
let usedAt = Date.now()
let typedAt = 0

function state() {
  if (!document.hidden && Date.now() - typedAt < TYPING_FOR) return "typing"
  return document.hidden || Date.now() - usedAt > IDLE_AFTER ? "idle" : "viewing"
}

let before = Promise.resolve() // one word after the other, never the wrong way round
let isGone = false // whoever has said so says no more: a page that closes is told last of all that it is hidden
function say(where, what, keepalive = false) {
  if (!where || isCovered()) return
  const send = () => !isGone && fetch(where, { method: "POST", body: new URLSearchParams({ state: what }), headers, keepalive }).then(heed, () => {})
  if (keepalive) send() // the page goes
  else before = before.then(send).then(() => new Promise(done => setTimeout(done, APART)))
}

function beat(isDue = false) {
  const here = { address: address(), state: state() }
  const hasMoved = told.address !== here.address
  if (hasMoved) say(told.address, "gone")
  if (isDue || hasMoved || told.state !== here.state) say(here.address, here.state)
  told = here
}

const used = () => { usedAt = Date.now() }
for (const kind of ["pointermove", "keydown", "scroll"]) addEventListener(kind, used, { passive: true, capture: true })
document.addEventListener("input", ({ target }) => {
  if (!target.closest("#composer, #note-box")) return
  typedAt = Date.now()
  beat()
})
document.addEventListener("visibilitychange", () => beat())
addEventListener("pagehide", () => {
  say(told.address, "gone", true)
  isGone = true
})
addEventListener("pageshow", ({ persisted }) => { // back again, as it was
  if (!persisted) return
  isGone = false
  beat(true)
})
setInterval(() => beat(), 1_000)
setInterval(() => beat(true), BEAT)

// ── where the others are ──
let everybody = []

const marksOf = conversation => everybody
  .filter(one => one.dataset.conversation === conversation)
  .map(one => document.importNode(one, true))

function inRow(mark) { // which holds no list
  const part = document.createElement("span")
  part.append(...mark.childNodes)
  for (const { name, value } of mark.attributes) part.setAttribute(name, value)
  return part
}

// What stands there already stays: a live region says again whatever is put there again.
function put(place, marks) {
  const old = [...place.querySelectorAll(":scope > .here")]
  if (old.length === marks.length && old.every((one, at) => one.isEqualNode(marks[at]))) return
  for (const one of old) one.remove()
  place.prepend(...marks)
}

function show() {
  for (const place of document.querySelectorAll("[id^=row-] .row__who")) {
    put(place, marksOf(place.closest("[id^=row-]").id.slice(4)).map(inRow))
  }
  const head = document.getElementById("thread-presence")
  if (head) put(head, marksOf(thread().dataset.conversation))
}

let looks = 0
async function look() {
  if (isCovered()) return
  const mine = ++looks
  const answer = await fetch(document.body.dataset.presence ?? "", { headers: { ...headers, "HX-Request": "true" } })
  heed(answer)
  if (!answer.ok || mine !== looks) return
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  everybody = [...page.querySelectorAll("#everybody > .here")]
  show()
}

const lookAgain = () => look().catch(() => {})
document.body.addEventListener("roger:presence", lookAgain)
setInterval(() => { if (everybody.length && !document.hidden) lookAgain() }, AGAIN)
// An answer is put in several places: once for all of them.
let isComing = false
function putOnce() {
  if (isComing) return
  isComing = true
  queueMicrotask(() => {
    isComing = false
    show()
    beat()
  })
}
for (const event of ["htmx:afterSwap", "htmx:oobAfterSwap"]) document.body.addEventListener(event, putOnce)

beat(true)
lookAgain()
