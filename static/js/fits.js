// Where a line has no room for all its parts (fits.css) it says how many do not stand there, and on pointing at that which.
const below = line => [...line.children].filter(one => one.offsetTop >= line.offsetTop + line.offsetHeight)

const restOf = line => line.nextElementSibling

// All lines together: the page is laid out twice, however many there are.
function count(lines) {
  for (const line of lines) restOf(line).hidden = true
  const full = lines.map(line => [line, below(line)]).filter(([, parts]) => parts.length)
  for (const [line, parts] of full) {
    restOf(line).hidden = false
    say(restOf(line), parts)
  }
  const fuller = full.map(([line]) => [restOf(line), below(line)]) // the count takes room itself
  for (const [rest, parts] of fuller) say(rest, parts)
}

function say(rest, parts) {
  const words = `+${parts.length}`
  if (rest.textContent !== words) rest.textContent = words
  rest.title = parts.map(one => one.textContent.trim().replace(/\s+/g, " ")).join(", ")
}

const widths = new ResizeObserver(entries => {
  count(entries.filter(({ contentRect }) => contentRect.height).map(({ target }) => target))
})
const FITS = "[data-fits]"
const linesOf = ({ target, addedNodes }) => [
  target.closest(FITS), // other parts
  target.previousElementSibling?.closest(FITS), // its count was overwritten
  ...[...addedNodes].flatMap(node => [...(node.querySelectorAll?.(FITS) ?? [])]),
]
const main = document.getElementById("main")
const watch = lines => { for (const line of lines) if (line) widths.observe(line) }
new MutationObserver(changes => watch(changes.flatMap(linesOf))).observe(main, { childList: true, subtree: true })
watch(main.querySelectorAll(FITS))
