// Lifts the veil from a picture or video by a press. Without this script the same link opens it in a tab of its own.
function opened(kind, url, description) {
  const element = document.createElement(kind === "video" ? "video" : "img")
  element.className = "picture__open"
  element.src = url
  if (kind === "video") {
    element.controls = true
    element.setAttribute("aria-label", description)
  } else element.alt = description
  return element
}

document.addEventListener("click", event => {
  const link = event.target.closest("[data-unveil]")
  if (!link) return
  event.preventDefault()
  const { unveil, description, preview } = link.dataset
  link.closest(".picture__frame").replaceWith(opened(unveil, preview ?? link.href, description))
})

// ── how fast a voice note is played: 1, 1.5 or 2, one press after the other ──
const SPEEDS = { 1: 1.5, 1.5: 2, 2: 1 }
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-speed]")
  if (!button) return
  const speed = SPEEDS[button.dataset.speed]
  button.dataset.speed = speed
  button.textContent = `${String(speed).replace(".", ",")}×`
  button.ariaLabel = `${button.dataset.speedWords} ${button.textContent}`
  button.parentElement.querySelector("audio").playbackRate = speed
})

// Behind the shield nothing is heard either.
document.body.addEventListener("roger:covered", () => {
  for (const playing of document.querySelectorAll("audio, video")) playing.pause()
})

function arrive() {
  for (const button of document.querySelectorAll("[data-speed][hidden]")) button.hidden = false
}
document.body.addEventListener("htmx:afterSettle", arrive)
document.body.addEventListener("htmx:oobAfterSwap", arrive)
arrive()
