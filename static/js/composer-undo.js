// The seconds in which a message can be taken back: a bar above the box counts them down. What was taken back
// disappears here at once, and from every screen with the stream.
let timer = null
const skew = Date.parse(document.body.dataset.now) - Date.now()
const bar = () => document.getElementById("composer-undo")

function count() {
  clearTimeout(timer)
  const place = bar()
  if (!place || place.hidden) return
  const left = Math.ceil((Date.parse(place.dataset.until) - Date.now() - skew) / 1000)
  if (left <= 0) {
    place.hidden = true
    return
  }
  place.querySelector("[data-undo-seconds]").textContent = `${left} s`
  timer = setTimeout(count, 250)
}

document.body.addEventListener("roger:held", ({ detail }) => {
  const place = bar()
  if (!place) return
  for (const old of place.querySelectorAll("[name=message]")) old.remove()
  for (const message of detail.messages) {
    place.append(Object.assign(document.createElement("input"), { type: "hidden", name: "message", value: message }))
  }
  place.dataset.until = new Date(Date.now() + skew + detail.seconds * 1000).toISOString()
  place.hidden = false
  sayAgain(place.querySelector("[data-undo-words]"))
  count()
})

// A live region is read out when its words change, not when it appears with them.
function sayAgain(place) {
  const words = place.textContent
  place.textContent = ""
  requestAnimationFrame(() => (place.textContent = words))
}

document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig.elt?.id !== "composer-undo" || detail.xhr.status !== 200) return
  for (const [name, id] of new URLSearchParams(detail.requestConfig.formData ?? [])) {
    if (name === "message") document.getElementById(`message-${id}`)?.remove()
  }
})
document.body.addEventListener("htmx:afterSettle", count)
count()
