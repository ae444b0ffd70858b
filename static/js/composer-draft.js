// The draft goes to the server within a second of the last key, with the conversation's own address and the version this
// window knows. A line that is down keeps the text in the box and tries again; nothing is kept in the browser's storage.
const PAUSE = 600 // ms after the last key
const AGAIN = 5_000 // ms, where it could not be kept
const csrf = JSON.parse(document.body.getAttribute("hx-headers"))
let timer = null
let running = null // the saving that is under way
let saved = null // what the server is known to have, of the form below
let form = null

const box = () => form?.querySelector("textarea")
const differs = () => Boolean(form?.isConnected && box() && box().value !== saved)

function say(words) {
  const place = form?.querySelector("[data-draft-state]")
  if (place) place.textContent = words ? place.dataset[words] : ""
}

function adopt() {
  const found = document.querySelector("form[data-composer][data-draft-url]")
  if (found === form) return
  form = found
  running = null
  clearTimeout(timer)
  if (!form) return
  // Beside a text that was refused there may be a draft whose words this page does not know: nothing counts as kept then.
  saved = "draftShown" in form.dataset ? box().defaultValue : form.elements.mark.value ? null : ""
  say(form.elements.mark.value && !differs() ? "draftSaved" : "")
  if (differs()) later(PAUSE) // a text that was refused, or taken back
}

function later(pause) {
  clearTimeout(timer)
  timer = setTimeout(save, pause)
}

async function save() {
  clearTimeout(timer)
  if (!differs() || running) return
  const mine = form
  const body = box().value
  running = mine
  const answer = await post(mine, body).catch(() => null)
  if (running === mine) running = null
  if (mine.dataset.sentOff === body) { delete mine.dataset.sentOff; return } // it was sent meanwhile
  if (answer?.ok) {
    mine.elements.mark.value = (await answer.json()).mark
    if (mine !== form) return
    saved = body
    say(body.trim() ? "draftSaved" : "")
    if (differs()) later(PAUSE)
  } else if (answer?.status === 409) offer(mine, await answer.text())
  else if (mine === form) {
    say("draftWaits")
    if (answer === null || answer.status >= 500) later(AGAIN)
  }
}

function post(of, body, options = {}) {
  const data = new FormData()
  data.append("body", body)
  data.append("mark", of.elements.mark.value)
  data.append("client_id", of.elements.client_id.value)
  return fetch(of.dataset.draftUrl, { method: "POST", body: data, headers: csrf, ...options })
}

// Another window holds another text: both stay until the person has chosen.
function offer(of, html) {
  const place = of.querySelector("[data-draft-news]")
  if (place.firstElementChild) return
  place.append(...new DOMParser().parseFromString(html, "text/html").body.children)
  say("draftWaits")
}

document.addEventListener("click", ({ target }) => {
  const news = target.closest("[data-composer] [data-overtaken]") // a note has its own
  if (!news || !target.closest("button")) return
  form.elements.mark.value = news.dataset.overtaken
  if (target.closest("[data-take-newer]")) {
    saved = box().value = news.querySelector("[data-newer]").textContent
    form.dispatchEvent(new CustomEvent("composer:filled", { bubbles: true }))
    say("draftSaved")
  } else {
    saved = news.querySelector("[data-newer]")?.textContent ?? ""
    save()
  }
  news.remove()
  box().focus()
})

document.addEventListener("input", ({ target }) => {
  if (target.id === "reply") later(PAUSE)
})
document.addEventListener("composer:filled", () => later(PAUSE))
document.addEventListener("focusout", ({ target }) => {
  if (target.id === "reply") save()
})

// What is being sent is no draft any more; a saving under way finds the message by its client_id and keeps nothing.
document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt === form) {
    clearTimeout(timer)
    form.dataset.markSent = form.elements.mark.value
  } else if (detail.target?.id === "thread") leave()
})
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig.elt === form && detail.xhr.status !== 204 && differs()) later(PAUSE)
})
document.addEventListener("composer:sent", ({ target }) => {
  if (target !== form) return // a template
  if (running === target) target.dataset.sentOff = target.dataset.sent
  target.querySelector("[data-draft-news]").replaceChildren()
  // An older text that was kept while this one was on its way is still there: then the next saving removes it.
  if (target.elements.mark.value === target.dataset.markSent || saved === target.dataset.sent) {
    target.elements.mark.value = saved = ""
  }
  say("")
  if (differs()) later(PAUSE)
})

// Somebody goes to another thread or away: what is not kept yet goes along at once.
function leave() {
  if (!differs()) return
  const mine = form
  const body = box().value
  clearTimeout(timer)
  saved = body
  post(mine, body, { keepalive: true }).catch(() => {})
}
addEventListener("pagehide", leave)
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") save()
})
addEventListener("online", save)

document.body.addEventListener("htmx:afterSettle", adopt)
document.body.addEventListener("htmx:oobAfterSwap", adopt)
adopt()
