"""When something appeared on a screen, to the frame."""

from playwright.sync_api import Page

WATCH = """([places, text]) => {
  const look = () => {
    if (!places.every(place => document.querySelector(place)?.textContent.includes(text))) return
    window.appeared = Date.now()
    observer.disconnect()
  }
  const observer = new MutationObserver(look)
  delete window.appeared
  observer.observe(document.body, { subtree: true, childList: true, characterData: true })
}"""


def note_when_text_appears(page: Page, place: str, text: str, *others: str) -> None:
    """Start watching the element that the selector `place` names, also if it is replaced; with others, until it stands
    in all of them."""
    page.evaluate(WATCH, [[place, *others], text])


def seconds_since(page: Page, began: float) -> float:
    """From `began` (seconds since the epoch) until the text stood there; it must have appeared."""
    return float(page.evaluate("window.appeared")) / 1000 - began
