// "/" goes to the search, wherever one is not writing.
const writes = target => target.closest("input, textarea, select, [contenteditable]")

document.addEventListener("keydown", event => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return
  const search = document.getElementById("q")
  if (!search) return
  event.preventDefault()
  search.focus()
  search.select()
})
