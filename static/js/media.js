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
  const { unveil, description } = link.dataset
  link.closest(".picture__frame").replaceWith(opened(unveil, link.href, description))
})
