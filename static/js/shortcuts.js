// "/" goes to the search and "r" to the reply box, wherever one is not writing; Esc leads back to the open row.
const writes = target => target.closest("input, textarea, select, [contenteditable]")
const places = { "/": () => document.getElementById("q"), r: () => document.getElementById("reply") }

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return
  const place = places[event.key]?.()
  if (!place) return
  event.preventDefault()
  place.focus()
  if (place.id === "q") place.select()
})

document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || event.defaultPrevented || event.target.closest?.(".panel")) return
  const list = document.querySelector(".queue__list")
  const row = list?.querySelector('a.row[aria-selected="true"]') ?? list?.querySelector("a.row")
  if (row?.checkVisibility()) row.focus()
  else document.querySelector(".thread__back")?.focus() // on a phone the list is behind the thread
})
