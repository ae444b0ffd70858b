"""`make screenshots`: every screen into .roger/screenshots/<name>-<light|dark>-<1280|390>.png.

Starts a product of its own, so that no installation's data stand in a picture.
"""

import os
import sys
from pathlib import Path

import django
from django.test.utils import override_settings
from playwright.sync_api import Page

from tests.browser.chromium import NoBrowser, Problems, chromium
from tests.browser.looks import LOOKS, at_its_size_again, put_on
from tests.browser.material import prepare
from tests.browser.product import Product, running
from tests.browser.screens import SCREENS, Screen
from tests.browser.staff import Staff
from tests.browser.visit import Visit

PLAIN_NAMES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def main() -> int:
    """Take all pictures, or those whose names are given; 1 when a screen could not be shown."""
    folder = Path(os.environ.get("ROGER_HOME") or ".roger") / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [screen for screen in SCREENS if screen.name in sys.argv[1:] or not sys.argv[1:]]
    try:
        with running() as product:
            missing = take_all(product, wanted, folder)
    except NoBrowser as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")
    return 1 if missing else 0


def take_all(product: Product, screens: list[Screen], folder: Path) -> list[str]:
    """Names of those that could not be shown, after saying why."""
    prepare(product)
    missing = []
    with chromium() as browser:
        visit = Visit(product, Staff(product, browser, Problems(), {}))
        for screen in screens:
            try:
                take(screen.show(visit), screen.name, folder)
            except Exception as problem:  # noqa: BLE001 - one screen must not cost the pictures of the others
                sys.stderr.write(f"{screen.name}: {problem}\n")
                missing.append(screen.name)
    return missing


def take(page: Page, name: str, folder: Path) -> None:
    with at_its_size_again(page):
        for look in LOOKS:
            put_on(page, look)
            page.screenshot(path=folder / f"{name}-{look.name}.png", full_page=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roger.settings")
    django.setup()
    with override_settings(STORAGES=PLAIN_NAMES):
        sys.exit(main())
