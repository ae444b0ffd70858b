"""`make screenshots`: every screen into .roger/screenshots/<name>-<light|dark|contrast|…>-<1280|390>.png.

PICTURES="inbox thread contrast" takes these screens in this look (`light-390` is one, `light` both sizes); without,
everything by day and by night, both sizes, and with more contrast.

Starts a product of its own, so that no installation's data stand in a picture.
"""

import os
import sys
from pathlib import Path

import django
from django.test.utils import override_settings
from playwright.sync_api import Page

from tests.browser.chromium import NoBrowser, Problems, chromium
from tests.browser.looks import CONTRAST, EVERY_LOOK, LOOKS, Look, at_its_size_again, put_on
from tests.browser.material import prepare
from tests.browser.product import Product, running
from tests.browser.screens import SCREENS, Screen
from tests.browser.staff import Staff
from tests.browser.visit import Visit

PLAIN_NAMES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def main() -> int:
    """Take all pictures, or those that are asked for; 1 when a screen could not be shown."""
    folder = Path(os.environ.get("ROGER_HOME") or ".roger") / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    screens, looks = asked_for(sys.argv[1:])
    try:
        with running() as product:
            missing = take_all(product, screens, looks, folder)
    except NoBrowser as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")
    return 1 if missing else 0


def asked_for(words: list[str]) -> tuple[list[Screen], list[Look]]:
    """Raises SystemExit for what is neither a screen nor a look."""
    screens = [screen for screen in SCREENS if screen.name in words]
    looks = [look for look in EVERY_LOOK if {look.kind, look.name} & set(words)]
    known = {name for look in looks for name in (look.kind, look.name)} | {screen.name for screen in screens}
    if unknown := set(words) - known:
        raise SystemExit(f"neither a screen nor a look: {', '.join(sorted(unknown))}")
    return screens or list(SCREENS), looks or [*LOOKS, CONTRAST[0]]


def take_all(product: Product, screens: list[Screen], looks: list[Look], folder: Path) -> list[str]:
    """Names of those that could not be shown, after saying why."""
    prepare(product)
    missing = []
    with chromium() as browser:
        visit = Visit(product, Staff(product, browser, Problems(), {}))
        for screen in screens:
            try:
                take(screen.show(visit), screen.name, looks, folder)
            except Exception as problem:  # noqa: BLE001 - one screen must not cost the pictures of the others
                sys.stderr.write(f"{screen.name}: {problem}\n")
                missing.append(screen.name)
    return missing


def take(page: Page, name: str, looks: list[Look], folder: Path) -> None:
    with at_its_size_again(page):
        for look in looks:
            put_on(page, look)
            page.screenshot(path=folder / f"{name}-{look.name}.png", full_page=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roger.settings")
    django.setup()
    with override_settings(STORAGES=PLAIN_NAMES):
        sys.exit(main())
