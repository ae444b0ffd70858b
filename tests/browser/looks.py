"""How a screen is looked at: by day and by night, at the reception's PC and on a phone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Page


@dataclass(frozen=True)
class Look:
    """One of the four."""

    scheme: Literal["light", "dark"]
    width: int
    height: int

    @property
    def name(self) -> str:
        return f"{self.scheme}-{self.width}"


LOOKS = (Look("light", 1280, 720), Look("dark", 1280, 720), Look("light", 390, 844), Look("dark", 390, 844))


def put_on(page: Page, look: Look) -> bool:
    """Show the page so, at rest; always true, so that it can stand in a condition."""
    page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": look.width, "height": look.height})
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => {})))")
    return True


@contextmanager
def at_its_size_again(page: Page) -> Iterator[None]:
    """Whatever sizes it is looked at in, the next screen is reached in the size of who looks."""
    usual = page.viewport_size
    assert usual
    yield
    page.set_viewport_size(usual)
