// While a patient's files are on their way the page says so; the browser sends the form as it does without this.
const form = document.querySelector("[data-upload]")

function show(isSending) {
  form.querySelector("[data-sending]").hidden = !isSending
  form.querySelector("button").disabled = isSending // a second press would begin anew
}

form?.addEventListener("submit", () => show(true))
addEventListener("pageshow", () => { if (form) show(false) }) // back in the history
