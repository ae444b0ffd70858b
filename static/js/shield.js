// The shield: covers the page at once, in every tab of this browser, and has the server answer with nothing else until
// PIN or password lift it. By Ctrl+Shift+L, by its button, or when nobody has done anything for a while.
const shield = document.getElementById("shield")
const csrf = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")
const { person, since } = shield.dataset
const login = `${person} ${since}`
const tabs = new BroadcastChannel(`roger:shield:${person}`) // whoever has the screen next lifts a shield of their own
const everyTab = new BroadcastChannel("roger:person")
const AFTER = Number(shield.dataset.after) * 60_000
const LOOK_EVERY = 1_000
const TELL_EVERY = 5_000
const isUp = () => document.documentElement.hasAttribute("data-shield")

let isTold = false // the server knows
async function tellServer() {
  const body = new FormData()
  const answer = await fetch(shield.dataset.url, { method: "POST", body, headers: { ...csrf, "HX-Request": "true" } }).catch(() => null)
  isTold = Boolean(answer?.ok)
  if (answer?.status === 401 || answer?.status === 403) location.reload() // logged out meanwhile
  else if (isTold) showPeople()
}

function cover() {
  if (isUp()) return
  document.documentElement.setAttribute("data-shield", "")
  for (const part of document.querySelectorAll("body > :not(#shield)")) {
    part.inert = true
    part.ariaHidden = "true"
  }
  for (const open of document.querySelectorAll("dialog[open]")) open.close()
  const before = [] // what is to reach the server before it keeps everything out
  document.body.dispatchEvent(new CustomEvent("roger:covered", { detail: { before } }))
  shield.showModal()
  shield.querySelector("#shield-secret").focus()
  return before
}

function uncover() {
  if (!isUp()) return
  for (const part of document.querySelectorAll("body > :not(#shield)")) {
    part.inert = false
    part.ariaHidden = null
  }
  document.documentElement.removeAttribute("data-shield")
  shield.querySelector("#shield-secret").value = ""
  shield.close()
  touch()
  document.body.dispatchEvent(new CustomEvent("roger:uncovered"))
  for (const kind of ["inbox", "team", "presence"]) document.body.dispatchEvent(new CustomEvent(`roger:${kind}`)) // meanwhile
  const { conversation } = document.getElementById("thread")?.dataset ?? {}
  if (conversation) document.body.dispatchEvent(new CustomEvent(`roger:conversation-${conversation}`))
}

function raise() {
  if (isUp()) return
  const before = cover()
  isTold = false
  Promise.allSettled(before).then(tellServer) // the clock below tells it within a second whatever becomes of them
  tabs.postMessage("up")
}

function heedServer() {
  if (isUp() && isTold) return
  cover()
  isTold = true
  showPeople()
}

async function showPeople() {
  const place = document.getElementById("shield-people")
  const answer = await fetch(`${shield.dataset.people}?next=${encodeURIComponent(location.pathname)}`).catch(() => null)
  if (answer?.ok) place.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes)
}

shield.addEventListener("cancel", event => event.preventDefault()) // Esc lifts nothing
shield.addEventListener("close", () => { if (isUp()) shield.showModal() })
document.body.addEventListener("roger:shield-lifted", () => { uncover(); tabs.postMessage("down") })
tabs.onmessage = ({ data }) => {
  if (data === "up") heedServer()
  if (data === "down") uncover()
  if (data === "deed") last = Date.now()
}

// Somebody logged in or took the screen over: what stands in a tab of who was there before is theirs no longer, and a tab
// of their own from before may do nothing any more (its token is of the login that is over).
everyTab.onmessage = ({ data }) => { if (data !== login) location.reload() }
everyTab.postMessage(login)
document.body.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 403 && shield.contains(detail.elt)) location.reload()
})

// What is covered fetches nothing; an answer that says so covers what is not yet (another tab, the server's own limit).
document.body.addEventListener("roger:shielded", heedServer)
document.body.addEventListener("htmx:beforeRequest", event => {
  if (isUp() && !shield.contains(event.detail.elt)) event.preventDefault()
})
document.body.addEventListener("htmx:beforeOnLoad", event => {
  if (event.detail.xhr.status !== 423) return
  event.preventDefault()
  heedServer()
})

document.addEventListener("submit", event => {
  if (!event.target.matches("[data-shield-up]")) return
  event.preventDefault()
  raise()
})
addEventListener("keydown", event => {
  if (event.key.toLowerCase() !== "l" || !event.shiftKey || !(event.ctrlKey || event.metaKey)) return
  event.preventDefault()
  raise()
}, true)

// ── nobody there ──
let last = Date.now()
let told = 0
function touch() {
  last = Date.now()
  if (last - told < TELL_EVERY) return
  told = last
  tabs.postMessage("deed") // somebody at work in another tab is somebody at work
}
for (const deed of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
  addEventListener(deed, () => { if (!isUp()) touch() }, { passive: true, capture: true })
}
// By the clock on the wall: a laptop that slept has slept through its timers.
setInterval(() => {
  if (!isUp() && Date.now() - last >= AFTER) raise()
  else if (isUp() && !isTold) tellServer()
}, LOOK_EVERY)
