// Copies the text of the field that a button names, and says so on the button for a moment.
document.querySelectorAll("[data-copy]").forEach(button => {
  const field = document.getElementById(button.dataset.copy)
  const label = button.textContent
  button.hidden = false
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value)
    field.select()
    button.textContent = "✓"
    setTimeout(() => { button.textContent = label }, 1500)
  })
})
