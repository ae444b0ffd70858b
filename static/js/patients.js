// The list of patients by keyboard: arrows walk through the rows, and back up into the filter. What was found is read out.
const rows = () => [...document.querySelectorAll("[data-row]")]
const filter = () => document.querySelector("[data-filter]")

document.addEventListener("keydown", event => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return
  const all = rows()
  const here = all.indexOf(document.activeElement)
  if (here < 0 && document.activeElement !== filter()) return
  event.preventDefault()
  const next = here + (event.key === "ArrowDown" ? 1 : -1)
  const target = next < 0 ? filter() : all[Math.min(next, all.length - 1)]
  target?.focus()
})

document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id !== "patients-found") return
  const sum = document.querySelector("#patients-found [data-found-sum]")
  document.getElementById("patients-said").textContent = sum?.textContent ?? ""
})
