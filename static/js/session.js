// A fragment that is answered by the login page means the session has ended: then the whole page goes there.
document.body.addEventListener("htmx:beforeSwap", event => {
  const { pathname } = new URL(event.detail.xhr.responseURL, location.href)
  if (!pathname.startsWith("/login/")) return
  event.detail.shouldSwap = false
  location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`)
})
