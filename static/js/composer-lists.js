// What is inserted into the box: saved replies ("/" where a word begins, or the button) and emoji. One panel above the
// box shows either; arrows choose, Enter inserts, Esc closes and leaves the text alone.
const form = () => document.querySelector("form[data-composer][data-draft-url]")
const box = () => document.getElementById("reply")
const panel = () => form()?.querySelector("[data-picker]")
const button = kind => form()?.querySelector(kind === "emoji" ? "[data-emoji]" : "[data-replies]")
const SLASH = /(?:^|\s)\/([\p{L}\p{N}_-]*)$/u
let emoji = "" // the picker's markup, asked for once
let asking = false
let opened = 0 // counts openings: an answer that comes late opens nothing

async function open(kind) {
  const place = panel()
  if (!place || place.querySelector(".recorder button")) return // a recording is not thrown away for a list
  const mine = ++opened
  const html = await markup(kind).catch(() => "")
  if (mine !== opened || !html || !place.isConnected) return
  place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.children)
  place.hidden = false
  button(kind).ariaExpanded = "true"
  for (const option of options()) option.addEventListener("mousedown", event => event.preventDefault()) // the box keeps its focus
}

async function markup(kind) {
  if (kind === "emoji" && emoji) return emoji
  const url = kind === "emoji" ? button(kind).dataset.emoji : button(kind).dataset.replies
  const patient = kind === "replies" ? form().elements.patient?.value : ""
  const answer = await fetch(patient ? `${url}?patient=${patient}` : url)
  const html = answer.ok ? await answer.text() : ""
  if (kind === "emoji") emoji = html
  return html
}

function close() {
  opened++
  const place = panel()
  if (!openKind()) return false // nothing, or somebody is recording
  place.hidden = true
  place.replaceChildren()
  for (const kind of ["emoji", "replies"]) button(kind).ariaExpanded = "false"
  box().removeAttribute("aria-activedescendant")
  return true
}

const openKind = () => panel()?.querySelector("[data-picklist]")?.dataset.picklist
const options = () => [...(panel()?.querySelectorAll("[role=option], [data-sign]") ?? [])]
const visible = () => options().filter(one => !one.hidden)
// Umlauts as two letters, as one types them on a foreign keyboard.
const SPELLED = { "\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue", "\u00df": "ss" }
const folded = text => text.toLocaleLowerCase("de").replace(/[\u00e4\u00f6\u00fc\u00df]/g, sign => SPELLED[sign])

function filter(query) {
  const wanted = folded(query.trim())
  for (const one of options()) {
    const words = one.dataset.sign ? one.ariaLabel : one.textContent
    one.hidden = !folded(words).includes(wanted)
  }
  const none = panel().querySelector(".picklist__none")
  if (none && options().length) none.hidden = visible().length > 0
  if (openKind() === "replies") choose(best(wanted))
}

// What begins with the letters after "/" comes before what only holds them.
function best(wanted) {
  return visible().find(one => wanted && folded(one.querySelector("kbd").textContent).startsWith(`/${wanted}`)) ?? visible()[0]
}

function choose(one) {
  for (const each of options()) each.setAttribute("aria-selected", String(each === one))
  const filterField = panel().querySelector("[role=combobox]")
  const owner = document.activeElement === filterField ? filterField : box()
  if (one) owner.setAttribute("aria-activedescendant", one.id)
  one?.scrollIntoView({ block: "nearest" })
}

const chosen = () => visible().find(one => one.ariaSelected === "true")

// ── inserting; by the browser's own command, so that Ctrl+Z takes it back ──
function insert(text, from) {
  const field = box()
  field.focus()
  if (from !== undefined) field.setSelectionRange(from, field.selectionEnd)
  if (!document.execCommand("insertText", false, text)) field.setRangeText(text, field.selectionStart, field.selectionEnd, "end")
  field.dispatchEvent(new Event("input", { bubbles: true }))
}

function slash() {
  const field = box()
  const found = field?.value.slice(0, field.selectionStart).match(SLASH)
  return found ? { query: found[1], at: field.selectionStart - found[1].length - 1 } : null
}

function take(one) {
  const typed = slash()
  const before = typed?.at ?? box().selectionStart
  close()
  insert(one.dataset.text, typed?.at)
  const gap = one.dataset.text.match(/\{[a-z_]+\}/)
  if (gap) box().setSelectionRange(before + gap.index, before + gap.index + gap[0].length)
  const effects = form().querySelector("[data-effects]")
  effects.querySelector("[name=saved_reply]").value = one.dataset.effects ? one.dataset.reply : ""
  effects.querySelector("[data-effects-words]").textContent = one.dataset.effects
  effects.hidden = !one.dataset.effects
  form().dispatchEvent(new CustomEvent("composer:filled", { bubbles: true }))
}

function withoutEffects() {
  const effects = form()?.querySelector("[data-effects]")
  if (!effects) return
  effects.querySelector("[name=saved_reply]").value = ""
  effects.hidden = true
}

document.addEventListener("input", async ({ target }) => {
  if (target.matches("#reply-filter, #emoji-filter")) { filter(target.value); return }
  if (target.id !== "reply") return
  const typed = slash()
  if (!typed) { if (openKind() === "replies") close(); return }
  if (openKind() !== "replies") {
    if (asking) return // the list is on its way; it is filtered by what stands there then
    asking = true
    await open("replies")
    asking = false
  }
  if (openKind() === "replies" && slash()) filter(slash().query)
})

document.addEventListener("keydown", event => {
  if (!openKind() || !form()?.contains(event.target)) return
  if (event.key === "Escape") {
    event.preventDefault()
    event.stopPropagation()
    close()
    box().focus()
  } else if (openKind() === "replies" && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault()
    const all = visible()
    const step = event.key === "ArrowDown" ? 1 : -1
    choose(all[(all.indexOf(chosen()) + step + all.length) % all.length])
  } else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey && !event.shiftKey && openKind() === "replies" && chosen()) {
    if (event.key === "Tab" && event.target !== box()) return
    event.preventDefault()
    take(chosen())
  } else if (event.key === "Enter" && event.target.id === "emoji-filter") {
    event.preventDefault()
    const [sign] = visible()
    if (sign) insert(sign.dataset.sign)
  }
}, true)

document.addEventListener("click", async ({ target }) => {
  const opener = target.closest("[data-emoji], [data-replies]")
  if (opener) {
    const kind = opener.matches("[data-emoji]") ? "emoji" : "replies"
    const isOpen = openKind() === kind
    close()
    if (!isOpen) {
      await open(kind)
      panel()?.querySelector("input")?.focus()
      if (kind === "replies" && openKind()) choose(visible()[0])
    } else box().focus()
    return
  }
  const option = target.closest("[data-reply]")
  if (option) take(option)
  const sign = target.closest("[data-sign]")
  if (sign) insert(sign.dataset.sign)
  if (target.closest("[data-effects-off]")) { withoutEffects(); box().focus() }
  if (!target.closest("[data-picker]") && target.id !== "reply" && !target.closest(".composer__tools")) close()
})

// Chosen in the palette, by its id.
document.addEventListener("roger:saved-reply", async ({ detail }) => {
  await open("replies")
  const one = options().find(each => each.dataset.reply === detail)
  if (one) take(one)
})

document.addEventListener("composer:sent", () => { close(); withoutEffects() })

function arrive() {
  for (const kind of ["emoji", "replies"]) if (button(kind)) button(kind).hidden = false
}
document.body.addEventListener("htmx:afterSettle", arrive)
document.body.addEventListener("htmx:oobAfterSwap", arrive)
arrive()
