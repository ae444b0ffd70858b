// A note that has been begun goes to the server as a reply's draft does (composer-draft.js), apart from it: with the
// conversation's own address and the version this window knows. Nothing is kept in the browser's storage.
const PAUSE = 600 // ms after the last key
const AGAIN = 5_000 // ms, where it could not be kept
const csrf = JSON.parse(document.body.getAttribute("hx-headers"))
const noted = new WeakSet() // forms whose note is written
let timer = null
let running = null // the form whose saving is under way
let saved = "" // what the server is known to have, of the form below
let form = null

const box = () => form.elements.body
const differs = () => Boolean(form?.isConnected && box().value !== saved)

function say(words) {
  const place = form?.querySelector("[data-draft-state]")
  if (place) place.textContent = words ? place.dataset[words] : ""
}

function adopt() {
  const found = document.querySelector("[data-note-form]")
  if (found === form) return
  clearTimeout(timer)
  form = found
  if (!form) return
  saved = "draftShown" in form.dataset ? box().defaultValue : form.elements.mark.value ? null : "" // as of a reply
  say(saved ? "draftSaved" : "")
  if (differs()) later(PAUSE) // a note that was refused
}

function later(pause) {
  clearTimeout(timer)
  timer = setTimeout(save, pause)
}

function post(of, body, options = {}) {
  const data = new FormData()
  data.append("body", body)
  data.append("mark", of.elements.mark.value)
  return fetch(of.dataset.draftUrl, { method: "POST", body: data, headers: csrf, ...options })
}

async function save() {
  clearTimeout(timer)
  if (!differs() || running) return
  const mine = form
  const body = box().value
  running = mine
  const answer = await post(mine, body).catch(() => null)
  running = null
  if (answer?.ok) {
    mine.elements.mark.value = (await answer.json()).mark
    if (noted.has(mine)) post(mine, "").catch(() => {}) // it was written meanwhile, and is no draft any more
    if (mine === form) saved = body
  }
  if (mine !== form) {
    if (differs()) later(PAUSE)
  } else if (answer?.ok) {
    say(body.trim() ? "draftSaved" : "")
    if (differs()) later(PAUSE)
  } else if (answer?.status === 409) offer(mine, await answer.text())
  else {
    say("draftWaits")
    if (answer === null || answer.status >= 500) later(AGAIN)
  }
}

// Another window holds another text: both stay until the person has chosen.
function offer(of, html) {
  const place = of.querySelector("[data-draft-news]")
  if (place.firstElementChild) return
  place.append(...new DOMParser().parseFromString(html, "text/html").body.children)
  say("draftWaits")
}

document.addEventListener("click", ({ target }) => {
  const news = target.closest("[data-note-form] [data-overtaken]")
  if (!news || !target.closest("button")) return
  form.elements.mark.value = news.dataset.overtaken
  saved = news.querySelector("[data-newer]")?.textContent ?? ""
  if (target.closest("[data-take-newer]")) box().value = saved
  news.remove()
  say("draftSaved")
  save()
  box().focus()
})

document.addEventListener("input", ({ target }) => {
  if (target.id === "note") later(PAUSE)
})
document.addEventListener("focusout", ({ target }) => {
  if (target.id === "note") save()
})

document.body.addEventListener("htmx:beforeRequest", event => {
  const { elt, target } = event.detail
  if (form && elt === form) clearTimeout(timer)
  else if (form && elt.id === "note-place" && (running === form || differs())) { // what is not kept yet stays when it is opened again
    event.preventDefault()
    box().focus()
  } else if (target?.id === "thread") leave()
})
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { elt } = detail.requestConfig
  if (!form || elt !== form) return
  if (detail.xhr.status === 204) {
    noted.add(form)
    form.remove() // it comes anew when it is opened
    form = null
  } else if (differs()) later(PAUSE)
})

// Somebody goes to another thread or away: what is not kept yet goes along at once.
function leave() {
  if (!differs()) return
  const body = box().value
  clearTimeout(timer)
  saved = body
  post(form, body, { keepalive: true }).catch(() => {})
}
addEventListener("pagehide", leave)
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") save()
})
addEventListener("online", save)
document.body.addEventListener("htmx:afterSettle", adopt)
