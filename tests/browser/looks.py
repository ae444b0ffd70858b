"""How a screen is looked at: by day and by night, with more contrast, at the reception's PC and on a phone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Page


@dataclass(frozen=True)
class Look:
    """What the system asks for, and the window. `kind` is how one asks `make screenshots` for it."""

    kind: str
    scheme: Literal["light", "dark"]
    width: int
    height: int
    contrast: Literal["more", "no-preference"] = "no-preference"
    forced_colours: Literal["active", "none"] = "none"

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.width}"


DESK, PHONE = (1280, 720), (390, 844)
LOOKS = (
    Look("light", "light", *DESK),
    Look("dark", "dark", *DESK),
    Look("light", "light", *PHONE),
    Look("dark", "dark", *PHONE),
)
CONTRAST = (Look("contrast", "light", *DESK, contrast="more"), Look("contrast-dark", "dark", *DESK, contrast="more"))
FORCED = Look("forced", "dark", *DESK, contrast="more", forced_colours="active")  # Windows: "Nachthimmel"
EVERY_LOOK = (*LOOKS, *CONTRAST, Look("contrast", "light", *PHONE, contrast="more"), FORCED)


def put_on(page: Page, look: Look) -> bool:
    """Show the page so, at rest; always true, so that it can stand in a condition."""
    page.emulate_media(
        color_scheme=look.scheme, contrast=look.contrast, forced_colors=look.forced_colours, reduced_motion="reduce"
    )
    page.set_viewport_size({"width": look.width, "height": look.height})
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => {})))")
    return True


@contextmanager
def at_its_size_again(page: Page) -> Iterator[None]:
    """However it is looked at, the next screen is reached in the size and contrast of who looks."""
    usual = page.viewport_size
    assert usual
    yield
    page.set_viewport_size(usual)
    page.emulate_media(contrast="null", forced_colors="null")
