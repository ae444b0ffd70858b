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
  const shown = opened(unveil, preview ?? link.href, description)
  shown.tabIndex = -1
  link.closest(".picture__frame").replaceWith(shown)
  shown.focus() // the link that had it is gone
})

// ── how fast a voice note is played: 1, 1.5 or 2, one press after the other ──
// The player itself knows; its button may be shown anew while it plays.
const SPEEDS = { 1: 1.5, 1.5: 2, 2: 1 }
const player = button => button.parentElement.querySelector("audio")

function sayHowFast(button) {
  button.textContent = `${String(player(button).playbackRate).replace(".", ",")}×`
  button.ariaLabel = `${button.dataset.speedWords} ${button.textContent}`
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-speed]")
  if (!button) return
  player(button).playbackRate = SPEEDS[player(button).playbackRate]
  sayHowFast(button)
})

// Behind the shield nothing is heard either.
document.body.addEventListener("roger:covered", () => {
  for (const playing of document.querySelectorAll("audio, video")) playing.pause()
})

function arrive() {
  for (const button of document.querySelectorAll("[data-speed]")) {
    button.hidden = false
    sayHowFast(button)
  }
}
document.body.addEventListener("htmx:afterSettle", arrive)
document.body.addEventListener("htmx:oobAfterSwap", arrive)
arrive()
