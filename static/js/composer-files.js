// Files for the next message: chosen, dropped or pasted, each uploaded by itself while one goes on typing. A picture is
// shown from the computer's own copy; what the server refuses says why in its place.
const csrf = JSON.parse(document.body.getAttribute("hx-headers"))
const TYPES = ["image/jpeg", "image/png", "image/webp", "application/pdf"]
const current = () => document.querySelector("form[data-composer] [data-attach]")
const list = () => document.querySelector("[data-files]")

function element(name, className, text = "") {
  return Object.assign(document.createElement(name), { className, textContent: text })
}

function placeFor(file) {
  const place = element("li", "")
  const thumb = element("span", "attachments__thumb")
  if (file.type.startsWith("image/")) {
    const picture = element("img", "")
    picture.alt = ""
    picture.src = URL.createObjectURL(file)
    picture.onload = () => URL.revokeObjectURL(picture.src)
    thumb.append(picture)
  }
  const progress = Object.assign(element("progress", ""), { max: 100, value: 0 })
  progress.setAttribute("aria-label", `${file.name}: ${current().dataset.underWay}`)
  place.append(thumb, element("span", "attachments__name", file.name), progress)
  list().append(place)
  return place
}

function refuse(place, sentence) {
  place.querySelector("progress")?.remove()
  const error = Object.assign(element("span", "attachments__error", sentence), { role: "alert" })
  const dismiss = Object.assign(element("button", "button button--quiet", current()?.dataset.dismiss ?? "×"), { type: "button" })
  dismiss.addEventListener("click", () => { place.remove(); keepInStep() })
  delete place.dataset.uploading
  place.dataset.refused = ""
  place.append(error, dismiss)
  keepInStep()
}

function wrong(file) {
  const { tooLarge, wrongType, largest } = current().dataset
  if (!TYPES.includes(file.type) && !file.type.startsWith("audio/")) return wrongType
  return file.size > Number(largest) ? tooLarge : ""
}

function add(files) {
  const button = current()
  if (!button) return
  for (const file of files) {
    const place = placeFor(file)
    const why = wrong(file)
    if (why) refuse(place, why)
    else upload(file, place, button)
  }
  keepInStep()
}

// XMLHttpRequest, since fetch says nothing of how far an upload is.
function upload(file, place, button) {
  const request = new XMLHttpRequest()
  const data = new FormData()
  data.append("upload", file, file.name)
  request.open("POST", button.dataset.url)
  for (const [name, value] of Object.entries(csrf)) request.setRequestHeader(name, value)
  request.setRequestHeader("HX-Request", "true")
  request.upload.onprogress = ({ loaded, total }) => {
    const progress = place.querySelector("progress")
    if (progress) progress.value = (loaded * 100) / total
  }
  request.onload = () => settle(request, place, button)
  request.onerror = () => refuse(place, button.dataset.lost)
  place.dataset.uploading = ""
  request.send(data)
}

function settle(request, place, button) {
  delete place.dataset.uploading
  if (!place.isConnected) return // another thread is open; the file waits there
  const page = new DOMParser().parseFromString(request.responseText, "text/html")
  const kept = page.querySelector("li[data-file]")
  if (request.status !== 200 || !kept) {
    refuse(place, page.querySelector(".attachments__error")?.textContent ?? button.dataset.lost)
    return
  }
  const shown = document.importNode(kept, true)
  const picture = place.querySelector("img")
  if (picture) shown.querySelector(".attachments__thumb").replaceChildren(picture)
  place.replaceWith(shown)
  keepInStep()
}

// The text may be empty where files go along; nothing goes while one is on its way; the first has nothing before it.
function keepInStep() {
  const place = list()
  const form = place?.closest("form")
  if (!form) return
  const files = [...place.querySelectorAll("[data-file]:not([data-leaving])")]
  form.querySelector("textarea").required = files.length === 0
  form.querySelector(".button--primary").disabled = Boolean(place.querySelector("[data-uploading], [data-leaving]"))
  files.forEach((file, at) => (file.querySelector("[data-file-earlier]").hidden = at === 0))
}

// Out of sight at once and gone once the server says so: until then nothing goes out, and where it cannot be removed it
// stands there again, or it would go along unseen with what is sent next.
async function takeAway(button) {
  const url = button.dataset.fileRemove, { file } = button.closest("li").dataset
  const every = () => [...document.querySelectorAll(`li[data-file="${file}"]`)] // the box may be a new one by then
  for (const place of every()) { place.hidden = true; place.dataset.leaving = "" }
  keepInStep()
  document.getElementById("reply")?.focus()
  const answer = await fetch(url, { method: "DELETE", headers: csrf, keepalive: true }).catch(() => null)
  for (const place of every()) {
    if (answer?.ok) place.remove()
    else stays(place)
  }
  keepInStep()
}

function stays(place) {
  place.hidden = false
  delete place.dataset.leaving
  place.querySelector(".attachments__error")?.remove()
  place.append(Object.assign(element("span", "attachments__error", current()?.dataset.stays ?? ""), { role: "alert" }))
}

document.addEventListener("click", event => {
  const { target } = event
  if (target.closest("[data-attach]")) document.querySelector("[data-choose]").click()
  const earlier = target.closest("[data-file-earlier]")
  if (earlier) {
    const file = earlier.closest("li")
    file.previousElementSibling?.before(file)
    keepInStep()
    const next = earlier.hidden ? file.querySelector("[data-file-remove]") : earlier
    next.focus()
  }
  const remove = target.closest("[data-file-remove]")
  if (remove) {
    event.preventDefault()
    takeAway(remove)
  }
})
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-choose]")) return
  add(target.files)
  target.value = ""
})
document.addEventListener("paste", event => {
  if (event.target.id !== "reply" || !event.clipboardData.files.length || !current()) return
  event.preventDefault()
  add(event.clipboardData.files)
})

// ── dropping: anywhere on the thread; elsewhere the browser would leave the page for the file ──
const hasFiles = event => event.dataTransfer?.types.includes("Files")
document.addEventListener("dragover", event => {
  if (!hasFiles(event)) return
  event.preventDefault()
  const isHere = Boolean(event.target.closest("#thread:not([data-shut])") && current())
  event.dataTransfer.dropEffect = isHere ? "copy" : "none"
  document.getElementById("composer")?.toggleAttribute("data-dropping", isHere)
})
document.addEventListener("dragleave", event => {
  if (!event.relatedTarget) document.getElementById("composer")?.removeAttribute("data-dropping")
})
document.addEventListener("drop", event => {
  if (!hasFiles(event)) return
  event.preventDefault()
  document.getElementById("composer")?.removeAttribute("data-dropping")
  if (event.target.closest("#thread") && current()) add(event.dataTransfer.files)
})

// What stood there when the message left goes with it; what is chosen meanwhile waits for the next.
document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!detail.elt.matches?.("form[data-composer]")) return
  for (const file of detail.elt.querySelectorAll("[data-file]")) file.dataset.goes = ""
})
document.addEventListener("composer:sent", ({ target }) => {
  for (const file of target.querySelectorAll("[data-goes]")) file.remove()
  keepInStep()
})
document.addEventListener("composer:file", ({ detail }) => add([detail]))

function arrive() {
  const button = current()
  if (!button) return
  button.hidden = false
  document.querySelector("[data-choose]").disabled = false
  keepInStep()
}
document.body.addEventListener("htmx:afterSettle", arrive)
document.body.addEventListener("htmx:oobAfterSwap", arrive)
arrive()
