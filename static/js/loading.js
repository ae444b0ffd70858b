// Says that something is on its way, and that it did not come: the thread that gives way to another is busy, and where
// further rows or messages failed to come, the link stands that asks for them by itself (skeleton.css).
const isThread = ({ target }) => target.id === "thread"
const isLine = ({ elt }) => elt.matches?.(".queue__more, .thread__older")

document.body.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (isThread(detail)) detail.target.ariaBusy = "true"
})
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (isThread(detail)) document.getElementById("thread").ariaBusy = null
})
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.body.addEventListener(failure, ({ detail }) => {
    if (isLine(detail.requestConfig)) detail.requestConfig.elt.toggleAttribute("data-failed", true)
  })
}
