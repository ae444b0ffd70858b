// The page one wanted is asked for again: by a press, when the browser is online, and when the server answers. Whoever asked
// for this page itself has it.
const ASK_EVERY = 5_000 // ms
const again = () => location.reload()

async function lookForServer() {
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null)
  if (answer?.ok) again()
}

for (const button of document.querySelectorAll("[data-try-again]")) button.addEventListener("click", again)
if (location.pathname !== "/offline/") {
  addEventListener("online", again)
  setInterval(lookForServer, ASK_EVERY)
}
