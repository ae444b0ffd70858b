// What stands in the reply box, and in an internal note, goes to the server within a second of the last key: with the
// conversation's own address and the version this window knows. A line that is down keeps the text in the box and tries
// again; nothing is kept in the browser's storage.
const PAUSE = 600 // ms after the last key
const AGAIN = 5_000 // ms, where it could not be kept
const csrf = JSON.parse(document.body.getAttribute("hx-headers"))

class Draft {
  form = null // the one on the page
  running = null // the form whose saving is under way
  saving = Promise.resolve() // ends with the newest saving
  saved = null // what the server is known to have, of the form on the page

  constructor(selector) {
    this.selector = selector
    document.addEventListener("click", ({ target }) => this.choose(target))
    document.addEventListener("input", ({ target }) => { if (target === this.box) this.later(PAUSE) })
    document.addEventListener("focusout", ({ target }) => { if (target === this.box) this.save() })
    document.body.addEventListener("htmx:beforeRequest", event => this.beforeRequest(event))
    document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
      if (this.form && detail.requestConfig.elt === this.form) this.answered(detail.xhr.status)
    })
    document.body.addEventListener("htmx:afterSettle", () => this.adopt())
    document.body.addEventListener("htmx:oobAfterSwap", () => this.adopt())
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.save() })
    addEventListener("pagehide", () => this.leave())
    addEventListener("online", () => this.save())
    // Behind the shield the server keeps nothing: it is told of it when this is kept, or what is not waits until it is lifted.
    document.body.addEventListener("roger:covered", ({ detail }) => detail.before.push(this.saving.then(() => this.save())))
    document.body.addEventListener("roger:uncovered", () => this.save())
    this.adopt()
  }

  get box() { return this.form?.elements.body }
  get differs() { return Boolean(this.form?.isConnected && this.box.value !== this.saved) }

  say(words) {
    const place = this.form?.querySelector("[data-draft-state]")
    if (place) place.textContent = words ? place.dataset[words] : ""
  }

  adopt() {
    const found = document.querySelector(this.selector)
    if (found === this.form) return
    this.form = found
    this.running = null
    clearTimeout(this.timer)
    if (!found) return
    const mark = found.elements.mark.value
    // Beside a text that was refused there may be a draft whose words this page does not know: nothing counts as kept then.
    this.saved = "draftShown" in found.dataset ? this.box.defaultValue : mark ? null : ""
    this.say(mark && !this.differs ? "draftSaved" : "")
    if (this.differs) this.later(PAUSE) // a text that was refused, or taken back
  }

  later(pause) {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), pause)
  }

  save() {
    clearTimeout(this.timer)
    if (this.differs && !this.running) this.saving = this.keep()
    return this.saving
  }

  async keep() {
    const { form } = this
    const body = this.box.value
    this.running = form
    const answer = await this.post(form, body).catch(() => null)
    if (this.running === form) this.running = null
    if (this.isSent(form, body)) return
    if (answer?.ok) {
      form.elements.mark.value = (await answer.json()).mark
      this.kept(form)
      if (form !== this.form) return
      this.saved = body
      this.say(body.trim() ? "draftSaved" : "")
      if (this.differs) this.later(PAUSE)
    } else if (answer?.status === 409) this.offer(form, await answer.text())
    else if (form === this.form) {
      this.say("draftWaits")
      if (answer === null || answer.status >= 500) this.later(AGAIN)
    }
  }

  post(form, body, options = {}) {
    const data = new FormData()
    data.append("body", body)
    for (const name of ["mark", "client_id"]) if (form.elements[name]) data.append(name, form.elements[name].value)
    return fetch(form.dataset.draftUrl, { method: "POST", body: data, headers: csrf, ...options })
  }

  // Another window holds another text: both stay until the person has chosen.
  offer(form, html) {
    const place = form.querySelector("[data-draft-news]")
    if (place.firstElementChild) return
    place.append(...new DOMParser().parseFromString(html, "text/html").body.children)
    this.say("draftWaits")
  }

  choose(target) {
    const news = target.closest("[data-overtaken]")
    if (!news || !this.form?.contains(news) || !target.closest("button")) return
    this.form.elements.mark.value = news.dataset.overtaken
    this.saved = news.querySelector("[data-newer]")?.textContent ?? ""
    if (target.closest("[data-take-newer]")) {
      this.box.value = this.saved
      this.say("draftSaved")
      this.filled()
    } else this.save()
    news.remove()
    this.box.focus()
  }

  beforeRequest({ detail }) {
    if (this.form && detail.elt === this.form) clearTimeout(this.timer)
    else if (detail.target?.id === "thread") this.goElsewhere()
  }

  answered(status) {
    if (status !== 204 && this.differs) this.later(PAUSE)
  }

  // Somebody goes to another thread or away: what is not kept yet goes along at once.
  leave() {
    if (!this.differs) return
    clearTimeout(this.timer)
    this.saved = this.box.value
    this.post(this.form, this.saved, { keepalive: true }).catch(() => {})
  }

  // The page stays: a saving under way brings the mark without which this one would be refused as another window's.
  goElsewhere() {
    if (!this.differs) return
    if (this.running !== this.form) { this.leave(); return }
    const { form, box: { value } } = this
    this.saving.then(() => this.post(form, value, { keepalive: true })).catch(() => {})
  }

  isSent() { return false } // whether a text was sent while it was being kept
  kept() {} // what else is to be done once a form's text is kept
  filled() {} // who else must know that another window's text stands in the box
}

// What is being sent is no draft any more; a saving under way finds the message by its client_id and keeps nothing.
class Reply extends Draft {
  constructor() {
    super("form[data-composer][data-draft-url]")
    document.addEventListener("composer:filled", () => this.later(PAUSE))
    document.addEventListener("composer:sent", ({ target }) => { if (target === this.form) this.sent() }) // else a template
  }

  beforeRequest(event) {
    super.beforeRequest(event)
    if (this.form && event.detail.elt === this.form) this.form.dataset.markSent = this.form.elements.mark.value
  }

  filled() { this.form.dispatchEvent(new CustomEvent("composer:filled", { bubbles: true })) }

  sent() {
    const { form } = this
    const { sent, markSent } = form.dataset
    if (this.running === form) form.dataset.sentOff = sent
    form.querySelector("[data-draft-news]").replaceChildren()
    // An older text that was kept while this one was on its way is still there: then the next saving removes it.
    if (form.elements.mark.value === markSent || this.saved === sent) form.elements.mark.value = this.saved = ""
    this.say("")
    if (this.differs) this.later(PAUSE)
  }

  isSent(form, body) {
    const { sentOff } = form.dataset
    delete form.dataset.sentOff
    return sentOff === body
  }
}

class Note extends Draft {
  written = new WeakSet() // forms whose note is written

  constructor() {
    super("[data-note-form]")
  }

  beforeRequest(event) {
    const { elt } = event.detail
    const isOpenedAgain = this.form && elt.id === "note-place"
    if (isOpenedAgain && (this.running === this.form || this.differs)) { // what is not kept yet stays
      event.preventDefault()
      this.box.focus()
    } else super.beforeRequest(event)
  }

  answered(status) {
    super.answered(status)
    if (status !== 204) return
    this.written.add(this.form)
    this.form.remove() // it comes anew when it is opened
    this.form = null
  }

  // It was written while its text was being kept, and is no draft any more.
  kept(form) {
    if (this.written.has(form)) this.post(form, "").catch(() => {})
  }
}

new Reply()
new Note()
