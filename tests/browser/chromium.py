"""A real Chromium, and pages that tell what went wrong in them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

# The one without a window of its own costs a third.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# A microphone that beeps, and a yes to whoever asks for it.
SOUND = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", *SOUND]
# Chromium's own line for every answer from 400 on (the tests look at the answers themselves), and htmx's for a request
# that gave way to another one.
HARMLESS = ("Failed to load resource", "htmx:afterRequest", "htmx:sendAbort")


class NoBrowser(Exception):
    """There is nothing to drive, and a test that drives nothing would prove nothing."""


def find_chromium() -> str:
    """The browser of this machine. Raises NoBrowser with what to do."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise NoBrowser("The tests drive a real browser: install chromium (Debian: apt-get install chromium).")


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Problems:
    """What no page may do: fail in a script, break its own content security policy, or get a 500."""

    found: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))
        page.on("console", self._hear)
        page.on("response", self._see)

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type == "error" and not line.text.startswith(HARMLESS):
            self.found.append(f"console: {line.text}")

    def _see(self, response: Response) -> None:
        if response.status >= 500:
            self.found.append(f"{response.status}: {response.request.method} {response.url}")
