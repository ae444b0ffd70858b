// The seconds in which a message can be taken back: a bar above the box counts them down. Where another thread is opened
// meanwhile it goes on among the toasts and says to whom. What was taken back disappears here at once, and from every
// screen with the stream.
const STAYS = 12_000 // ms, what was said in the end
const skew = Date.parse(document.body.dataset.now) - Date.now()
const bar = () => document.getElementById("composer-undo")
const aside = () => [...document.querySelectorAll("[data-undo-aside]")]
const left = place => Math.ceil((Date.parse(place.dataset.until) - Date.now() - skew) / 1000)
const isOfThread = place => place.dataset.conversation === document.getElementById("thread")?.dataset.conversation
const part = (place, name) => place.querySelector(`[data-undo-${name}]`)
let timer = null

function count() {
  clearTimeout(timer)
  const running = [bar(), ...aside()].filter(place => place?.dataset.until && !place.hidden)
  for (const place of running) {
    if (left(place) > 0) part(place, "seconds").textContent = `${left(place)} s`
    else if (place === bar()) place.hidden = true
    else remove(place)
  }
  if (running.length) timer = setTimeout(count, 250)
}

function remove(place) {
  const hadFocus = place.contains(document.activeElement)
  place.remove()
  if (hadFocus) document.getElementById("thread").focus({ preventScroll: true })
}

function hold(place, { messages, seconds }) {
  for (const old of place.querySelectorAll("[name=message]")) old.remove()
  for (const message of messages) {
    place.append(Object.assign(document.createElement("input"), { type: "hidden", name: "message", value: message }))
  }
  place.dataset.until = new Date(Date.now() + skew + seconds * 1000).toISOString()
  place.hidden = false
  sayAgain(part(place, "words"))
  count()
}

document.body.addEventListener("roger:held", ({ detail }) => { if (bar()) hold(bar(), detail) })

// A live region is read out when its words change, not when it appears with them.
function sayAgain(place) {
  const words = place.textContent
  place.textContent = ""
  requestAnimationFrame(() => (place.textContent = words))
}

// ── beside another thread ──
// It takes nothing along of the box that stands there now, and its answer must not stand there either.
function putAside(place) {
  place.removeAttribute("id")
  place.removeAttribute("hx-include")
  place.setAttribute("hx-target", "this")
  place.setAttribute("hx-swap", "none")
  place.toggleAttribute("data-undo-aside", true)
  place.className = "toast"
  part(place, "whom").hidden = false
  document.getElementById("toasts").append(place)
}

document.body.addEventListener("htmx:beforeSwap", event => {
  const { target, shouldSwap } = event.detail
  const place = bar()
  if (target.id === "thread" && shouldSwap && !event.defaultPrevented && place && !place.hidden) putAside(place)
})

// Sent, and left before the answer came: nobody hears of that but whoever waits for it.
document.body.addEventListener("htmx:beforeSend", ({ detail: { elt, xhr } }) => {
  const place = bar()
  if (!place || !elt.matches("form[data-composer]")) return
  xhr.addEventListener("load", () => {
    const told = xhr.getResponseHeader("HX-Trigger") ?? "" // names, or events in JSON
    const held = !elt.isConnected && told.startsWith("{") && JSON.parse(told)["roger:held"]
    if (!held) return
    if (isOfThread(place)) { hold(bar(), held); return }
    putAside(place)
    htmx.process(place)
    hold(place, held)
  })
})

function end(place, words) {
  delete place.dataset.until
  part(place, "words").textContent = place.dataset[words]
  part(place, "seconds").remove()
  part(place, "open").hidden = false
  const button = place.querySelector("[type=submit]")
  if (button.contains(document.activeElement)) part(place, "open").focus()
  button.remove()
  setTimeout(() => remove(place), STAYS)
}

document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { elt, formData } = detail.requestConfig
  const { status } = detail.xhr
  if (!elt.matches?.(".undo, [data-undo-aside]")) return
  const isAside = elt.hasAttribute("data-undo-aside")
  if (isAside && status === 200) end(elt, "back")
  else if (isAside && status === 422) end(elt, "late")
  if (status !== 200) return
  for (const [name, id] of new URLSearchParams(formData ?? [])) {
    if (name === "message") document.getElementById(`message-${id}`)?.remove()
  }
})

document.body.addEventListener("htmx:afterSettle", () => {
  for (const place of aside()) if (isOfThread(place)) place.remove() // it stands above the box again
  count()
})
count()
