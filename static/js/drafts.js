// What stands in the reply box, and in an internal note, goes to the server within a second of the last key: with the
// conversation's own address and the version this window knows. A text that could not be kept is tried again until it
// is, also when its box has given way to another thread's; nothing is kept in the browser's storage.
const PAUSE = 600 // ms after the last key
const AGAIN = 5_000 // ms, where it could not be kept
const csrf = JSON.parse(document.body.getAttribute("hx-headers"))

// One box and the words in it. A box that has left the page holds them still, with their address and mark.
class Text {
  running = false // a saving is under way
  saving = Promise.resolve() // ends with the newest saving
  failed = false // the newest saving kept nothing
  goes = false // it is being sent, or written as a note
  isOver = false // it has gone, or another box has its words
  keptAt = 0 // ms of this page, when the newest saving had kept it

  constructor(form) {
    this.form = form
    const { defaultValue } = this.box
    // Beside a text that was refused there may be a draft whose words this page does not know: nothing counts as kept then.
    this.saved = "draftShown" in form.dataset ? defaultValue : this.mark ? null : "" // what the server is known to have
    this.say(this.mark && !this.differs ? "draftSaved" : "")
    if (this.differs) this.later(PAUSE) // a text that was refused, or taken back
  }

  get box() { return this.form.elements.body }
  get body() { return this.box.value }
  get url() { return this.form.dataset.draftUrl }
  get mark() { return this.form.elements.mark.value }
  set mark(mark) { this.form.elements.mark.value = mark }
  get differs() { return !this.isOver && this.body !== this.saved }
  get isUnsettled() { return !this.isOver && (this.differs || this.running) }
  // A page that was asked for before the newest words were kept does not have them.
  isAheadOf(asked) { return this.isUnsettled || (!this.isOver && this.keptAt > asked) }
  get isLost() { return this.differs && this.failed } // once the page goes

  say(words) {
    const place = this.form.querySelector("[data-draft-state]")
    place.textContent = words ? place.dataset[words] : ""
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
    const { body } = this
    this.running = true
    const answer = await this.post(body).catch(() => null)
    this.running = false
    if (this.isSent(body)) return
    this.failed = !answer?.ok
    if (answer?.ok) this.kept(body, (await answer.json()).mark)
    else if (answer?.status === 409) this.offer(await answer.text())
    else {
      this.say("draftWaits")
      if (answer === null || answer.status >= 500) this.later(AGAIN)
    }
  }

  post(body, options = {}) {
    const data = new FormData()
    data.append("body", body)
    for (const name of ["mark", "client_id"]) if (this.form.elements[name]) data.append(name, this.form.elements[name].value)
    return fetch(this.url, { method: "POST", body: data, headers: csrf, ...options })
  }

  kept(body, mark) {
    this.mark = mark
    this.saved = body
    this.keptAt = performance.now()
    this.say(body.trim() ? "draftSaved" : "")
    if (this.differs) this.later(this.form.isConnected ? PAUSE : 0)
  }

  // Another window holds another text: both stay until the person has chosen.
  offer(html) {
    this.say("draftWaits")
    const place = this.form.querySelector("[data-draft-news]")
    if (place.firstElementChild) return
    place.append(...new DOMParser().parseFromString(html, "text/html").body.children)
  }

  choose(target) {
    const news = target.closest("[data-overtaken]")
    if (!news || !this.form.contains(news) || !target.closest("button")) return
    this.mark = news.dataset.overtaken
    this.saved = news.querySelector("[data-newer]")?.textContent ?? ""
    if (target.closest("[data-take-newer]")) {
      this.box.value = this.saved
      this.say("draftSaved")
      this.filled()
    } else this.save()
    news.remove()
    this.box.focus()
  }

  // The page goes: what is not kept yet goes along at once.
  leave() {
    if (!this.differs) return
    clearTimeout(this.timer)
    const { body } = this
    this.saved = body
    this.post(body, { keepalive: true }).catch(() => {})
  }

  // ── its form is posted ──
  posted(xhr) {
    clearTimeout(this.timer)
    this.goes = true
    this.markPosted = this.mark
    xhr.addEventListener("loadend", () => {
      this.goes = false
      if (xhr.status === 204) this.arrived()
      else if (this.differs) this.later(PAUSE)
    })
  }

  // In the box there may be more by now; where that has left the page there is not.
  arrived() {
    if (!this.form.isConnected) this.end()
  }

  end() {
    clearTimeout(this.timer)
    this.isOver = true
  }

  // ── another box for the same words ──
  // Whoever still has an older mark of it gets its newest, and what was kept under that.
  catchUp(before, older) {
    if (this.mark !== older) return
    this.mark = before.mark
    this.saved = before.saved
    if (this.mark && !this.differs) this.say("draftSaved")
  }

  // A saving under way there brings the mark without which one from here would be refused as another window's.
  follow(before) {
    const { mark } = before
    before.end()
    clearTimeout(this.timer)
    this.running = true
    this.saving = before.saving.then(() => {
      this.running = false
      this.catchUp(before, mark)
      if (this.body === before.saved) this.kept(before.saved, this.mark)
      else this.later(0)
    })
  }

  // The words left their box before they were kept: they stand here again, whatever the server has shown instead.
  takeOver(left) {
    for (const name of ["body", "mark", "client_id"]) {
      if (this.form.elements[name]) this.form.elements[name].value = left.form.elements[name].value
    }
    this.saved = null
    this.failed = left.failed
    if (left.failed) this.say("draftWaits")
    this.follow(left)
    this.filled()
  }

  isSent() { return false } // whether a text was sent while it was being kept
  filled() {} // who else must know that the words have changed without a key
}

// What is being sent is no draft any more; a saving under way finds the message by its client_id and keeps nothing.
class Reply extends Text {
  filled() { this.form.dispatchEvent(new CustomEvent("composer:filled", { bubbles: true })) }

  sent() {
    const { sent } = this.form.dataset
    if (this.running) this.sentOff = sent
    this.form.querySelector("[data-draft-news]").replaceChildren()
    // An older text that was kept while this one was on its way is still there: then the next saving removes it.
    if (this.mark === this.markPosted || this.saved === sent) this.mark = this.saved = ""
    this.markPosted = null
    this.failed = false
    this.say("")
    if (this.differs) this.later(PAUSE)
  }

  isSent(body) {
    const { sentOff } = this
    this.sentOff = null
    return sentOff === body
  }
}

class Note extends Text {
  isWritten = false

  arrived() {
    this.isWritten = true
    this.end()
    this.form.remove() // it comes anew when it is opened
  }

  // It was written while its text was being kept, and is no draft any more.
  kept(body, mark) {
    super.kept(body, mark)
    if (this.isWritten) this.post("").catch(() => {})
  }
}

// ── where such a box stands on the page, and those that have left it ──
class Place {
  here = null // the text on the page
  left = new Map() // draft address → a text that left the page before it was kept
  asked = 0 // ms of this page, when the newest thread was asked for

  constructor(selector, kind) {
    this.selector = selector
    this.kind = kind
    document.addEventListener("click", ({ target }) => this.here?.choose(target))
    document.addEventListener("input", ({ target }) => { if (target === this.here?.box) this.here.later(PAUSE) })
    document.addEventListener("focusout", ({ target }) => { if (target === this.here?.box) this.here.save() })
    document.body.addEventListener("htmx:beforeRequest", event => this.beforeRequest(event))
    document.body.addEventListener("htmx:beforeSend", ({ detail }) => { if (detail.elt === this.here?.form) this.here.posted(detail.xhr) })
    document.body.addEventListener("htmx:afterSettle", ({ detail: { target, requestConfig } }) => {
      this.adopt(target.id, target.id !== "composer" || Boolean(requestConfig?.formData?.has("body")))
    })
    document.body.addEventListener("htmx:oobAfterSwap", ({ detail }) => this.adopt(detail.target.id))
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.save() })
    addEventListener("online", () => this.save())
    addEventListener("beforeunload", event => { if (this.all.some(one => one.isLost)) event.preventDefault() })
    addEventListener("pagehide", () => {
      this.adopt("thread") // one that came a moment ago, and was written into at once
      this.all.forEach(one => one.leave())
    })
    // Behind the shield the server keeps nothing: it is told of it when this is kept, or what is not waits until it is lifted.
    document.body.addEventListener("roger:covered", ({ detail }) => detail.before.push(...this.all.map(one => one.saving.then(() => one.save()))))
    document.body.addEventListener("roger:uncovered", () => this.save())
    this.adopt("thread")
  }

  get all() { return [this.here, ...this.left.values()].filter(Boolean) }

  save() { return Promise.all(this.all.map(one => one.save())) }

  adopt(swapped, wordsWent = true) {
    const found = document.querySelector(this.selector)
    if (found === (this.here?.form ?? null)) return
    const before = this.here
    this.here = found && new this.kind(found)
    if (found && before?.url === this.here.url && swapped !== "thread") {
      this.comeAnew(before, wordsWent)
      return
    }
    const asked = swapped === "thread" ? this.asked : Infinity // whatever else comes was made of what is kept
    if (before) this.putAside(before, asked)
    const left = this.left.get(this.here?.url)
    this.left.delete(this.here?.url)
    if (left?.isAheadOf(asked)) this.here.takeOver(left)
  }

  // In its place stands what an answer brought: the words that went along with the request, else (a sign or a number was
  // refused) those that are kept.
  comeAnew(before, wordsWent) {
    if (wordsWent) this.here.catchUp(before, before.markPosted) // the answer knows the mark that went along too
    if (!before.isUnsettled) return
    if (wordsWent) this.here.follow(before)
    else this.here.takeOver(before)
  }

  putAside(text, asked) {
    for (const [url, one] of this.left) if (!one.isAheadOf(asked)) this.left.delete(url)
    if (!text.isAheadOf(asked)) return
    this.left.set(text.url, text)
    if (!text.goes) text.save()
  }

  // Somebody goes to another thread: what is not kept yet goes along at once.
  beforeRequest({ detail }) {
    if (detail.target?.id !== "thread") return
    this.asked = performance.now()
    this.here?.save()
  }
}

// A note that is opened again stays as it is while its words are not kept.
class NotePlace extends Place {
  beforeRequest(event) {
    const { elt } = event.detail
    const { here } = this
    if (elt.id !== "note-place" || !here?.form.isConnected || !(here.running || here.differs)) { super.beforeRequest(event); return }
    event.preventDefault()
    here.box.focus()
  }
}

const replies = new Place("form[data-composer][data-draft-url]", Reply)
document.addEventListener("composer:filled", ({ target }) => { if (target === replies.here?.form) replies.here.later(PAUSE) })
document.addEventListener("composer:sent", ({ target }) => { if (target === replies.here?.form) replies.here.sent() }) // else a template
new NotePlace("[data-note-form]", Note)
