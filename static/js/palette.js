// Ctrl+K: people (asked for by POST, so that no name stands in an address), what the page can do (its controls with
// data-key or data-deed-name, saved replies where there is a box for them, and the deeds of the palette itself), where one
// can go.
// One list, one field, arrows and Enter; the focus goes back to where it was.
// (No module here imports another: hashed names would load the other one twice.)
const palette = document.getElementById("palette")
const field = palette?.querySelector("[role=combobox]")
const list = palette?.querySelector("[role=listbox]")
const none = palette?.querySelector(".palette__none")
const csrf = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")
const MOST = 8
const SHORTEST = 2 // letters by which people are asked for
let deeds = []
let people = []
const owed = new Set() // which answers have not come: until then nobody can say that there is nothing
let at = 0
let stepped = null // the id of what somebody stepped to: whatever is found later does not take the choice away

// ── ranking: letters in order; together, and at the start of a word, is better. ü is as good as ue, é as e ──
const NOT_FOUND = -Infinity
const UMLAUT = /\u0308/g // its two dots, once they stand by themselves
const folded = words => words.toLocaleLowerCase().replace(/\u00df/g, "ss").normalize("NFD").replace(UMLAUT, "e").replace(/\p{M}/gu, "")
function score(query, words) {
  const text = folded(words)
  const letters = folded(query).replace(/\s/g, "")
  const starts = [...text].flatMap((letter, at) => (letter === letters[0] ? [at] : []))
  return letters ? Math.max(NOT_FOUND, ...starts.map(start => scoreFrom(start, letters, text))) : 0
}
function scoreFrom(start, letters, text) {
  let from = start
  let points = 0
  for (const letter of letters) {
    const found = text.indexOf(letter, from)
    if (found < 0) return NOT_FOUND
    points += found === from ? 3 : 0
    points += found === 0 || /[\s,.-]/.test(text[found - 1]) ? 4 : 0
    points -= Math.min(found - from, 5) * 0.2
    from = found + 1
  }
  return points - text.length * 0.01
}
const best = (query, { words, also = [] }) => Math.max(...[words, ...also].map(one => score(query, one)))

const nameOf = element => element.dataset.deedName || element.dataset.keyName || element.ariaLabel || element.textContent.trim().replace(/\s+/g, " ")
const isThere = element => element.checkVisibility() && !element.disabled && !element.closest("[inert], [data-shut]")
// What concerns the open conversation says whose it is: one may stand on another row.
const personOf = element => element.closest("#thread, #panel") && document.querySelector("#thread-name bdi")?.textContent
function deedsOfPage() {
  const controls = [...document.querySelectorAll("[data-key], [data-deed-name]")].filter(each => isThere(each) && !each.closest("dialog"))
  const links = [...palette.querySelectorAll("#palette-places a"), ...document.querySelectorAll(".rail__view")]
  const all = [
    ...controls.map(element => ({ words: nameOf(element), person: personOf(element), key: element.dataset.key, go: () => press(element) })),
    ...[...palette.querySelectorAll("#palette-deeds button")].map(button => ({ words: words(button), also: also(button), go: () => button.click() })),
    ...links.map(link => ({ words: words(link), also: also(link), go: () => location.assign(link.href) })),
  ]
  return all.filter((one, index) => one.words && all.findIndex(other => other.words === one.words) === index)
}
const also = element => element.dataset.foundBy?.split("|")
function words(link) {
  const name = link.querySelector(".rail__words") ?? link
  return name.textContent.trim().replace(/\s+/g, " ").replace(/\u00ad/g, "")
}
function press(element) {
  if (element.matches("input, textarea, select")) element.focus()
  if (!element.matches("input:not([type=radio]), textarea, select")) element.click()
}

// Their texts are put into the box by composer-lists.js, filled for whom it writes to.
async function savedReplies() {
  const button = document.querySelector("[data-replies]")
  const answer = button && isThere(button) ? await fetch(button.dataset.replies).catch(() => null) : null
  if (!answer?.ok) return []
  const offered = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("[data-reply]")
  return [...offered].map(({ dataset: { reply }, firstElementChild: title }) => ({
    words: `${palette.dataset.savedReply}: ${title.querySelector("strong").textContent}`,
    key: title.querySelector("kbd").textContent,
    go: () => document.dispatchEvent(new CustomEvent("roger:saved-reply", { detail: reply })),
  }))
}

// ── showing ──
function show() {
  const query = field.value.trim()
  const ranked = deeds.map(one => ({ one, points: best(query, one) })).filter(({ points }) => points > NOT_FOUND)
  if (query) ranked.sort((a, b) => b.points - a.points)
  // Whoever is only called like it stands below the deeds: "not" means the note, not Norbert.
  const [nearly, called] = [true, false].map(wanted => people.filter(each => "nearly" in each.dataset === wanted))
  list.replaceChildren(...called, ...ranked.slice(0, MOST).map(({ one }) => option(one)), ...nearly)
  none.hidden = list.children.length > 0 || owed.size > 0
  list.ariaBusy = String(owed.size > 0)
  choose(Math.max(0, [...list.children].findIndex(each => each.id === stepped)))
}

function option({ words, person, key, go }) {
  const item = document.createElement("li")
  item.className = "palette__option"
  item.role = "option"
  item.id = `palette-deed-${deeds.findIndex(one => one.words === words)}`
  item.append(Object.assign(document.createElement("span"), { textContent: words }))
  if (person) item.append(Object.assign(document.createElement("small"), { textContent: person }))
  if (key) item.append(Object.assign(document.createElement("kbd"), { textContent: key }))
  item.go = go
  return item
}

function choose(index) {
  const options = [...list.children]
  at = options.length ? (index + options.length) % options.length : 0
  options.forEach((each, each_at) => each.setAttribute("aria-selected", String(each_at === at)))
  options[at]?.scrollIntoView({ block: "nearest" })
  if (options[at]) field.setAttribute("aria-activedescendant", options[at].id)
  else field.removeAttribute("aria-activedescendant")
}

function go(item) {
  if (!item) return
  palette.close()
  if (item.go) item.go()
  else location.assign(item.dataset.href)
}

let opened = 0 // counts openings: what comes late belongs to none
let asked = 0
let waiting = null
// Who was found for other words is not there any more to be opened.
function forget() {
  clearTimeout(waiting)
  asked++
  owed.delete("people")
  people = []
  stepped = null
}

async function askForPeople() {
  const query = field.value.trim()
  const mine = ++asked
  const body = new FormData()
  body.append("q", query)
  const answer = await fetch(palette.dataset.people, { method: "POST", body, headers: { ...csrf, "HX-Request": "true" } }).catch(() => null)
  if (!answer?.ok || mine !== asked) return
  const found = new DOMParser().parseFromString(await answer.text(), "text/html")
  owed.delete("people")
  people = [...found.querySelectorAll("li")].map(each => document.importNode(each, true))
  show()
}

function open() {
  deeds = deedsOfPage()
  forget()
  owed.add("replies")
  field.value = ""
  show()
  palette.showModal()
  field.focus()
  const mine = ++opened
  savedReplies().then(found => {
    if (mine !== opened || !palette.open) return
    owed.delete("replies")
    deeds = [...deeds, ...found]
    show()
  })
}

if (palette) {
  document.querySelector("[data-palette-open]").hidden = false
  document.querySelector("[data-palette-open]").addEventListener("click", open)
  addEventListener("keydown", event => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
    event.preventDefault()
    if (palette.open) palette.close()
    else if (!document.querySelector("dialog[open]")) open()
  })
  field.addEventListener("input", () => {
    forget()
    if (field.value.trim().length >= SHORTEST) {
      owed.add("people")
      waiting = setTimeout(askForPeople, 150)
    }
    show()
  })
  field.addEventListener("keydown", event => {
    const steps = { ArrowDown: 1, ArrowUp: -1 }
    if (event.key in steps) {
      event.preventDefault()
      choose(at + steps[event.key])
      stepped = list.children[at]?.id ?? null
    }
    if (event.key === "Enter") { event.preventDefault(); go(list.children[at]) }
  })
  list.addEventListener("click", ({ target }) => go(target.closest("[role=option]")))
  palette.addEventListener("click", ({ target }) => { if (target === palette) palette.close() })
}

// Other colours are put on at once, and stand in the next page from its first byte.
document.body.addEventListener("roger:look", ({ detail }) => {
  for (const name of ["theme", "contrast"]) {
    if (detail[name] === "system") delete document.documentElement.dataset[name]
    else document.documentElement.dataset[name] = detail[name]
  }
})
