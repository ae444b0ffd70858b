"""Two colleagues at two screens: until both see what a patient wrote, and until one sees where the other is.

Both are real Chromium windows. From posting at the front until the words stand in the list and in the open thread of
both; from a colleague's press on a row until the sign of it stands in that row on the other screen.
"""

import random
import time
from collections.abc import Iterator

from playwright.sync_api import Page

from tests.bench.figures import Figure, below, percentile, spread
from tests.bench.progress import say
from tests.bench.windows import Desk, at_work, desk, window
from tests.browser.chromium import chromium
from tests.browser.stopwatch import note_when_text_appears, seconds_since

MESSAGES = 40
MOVES = 30
TO_WARM_UP = 5
LIST, THREAD = "#conversation-list", "#thread-flow"


def measure() -> Iterator[Figure]:
    chance = random.Random(23)
    with desk() as here, chromium() as browser:
        screens = [at_work(window(browser, here, person), address(here, 0)) for person in (0, 1)]
        taken = [until_both_show(screens, here, f"Nachricht {number:04d}", chance) for number in range(MESSAGES)]
        yield figure("two_browsers", taken, 500)
        mine, theirs = screens
        moves = [until_seen_at(mine, theirs, here.threads[1 + number % 2], chance) for number in range(MOVES)]
        yield figure("presence", moves, 1000)


def figure(name: str, taken: list[float], bar: float) -> Figure:
    say(f"{name}: {spread(taken[TO_WARM_UP:])}")
    return Figure(name, percentile(taken[TO_WARM_UP:], 0.95), "ms", below(bar))


def address(here: Desk, thread: int) -> str:
    return f"{here.inbox}{here.threads[thread]}/"


def until_both_show(screens: list[Page], here: Desk, words: str, chance: random.Random) -> float:
    """Milliseconds until the later of the two shows it in both places; person 0 is whose thread is open."""
    time.sleep(chance.uniform(0.05, 0.35))  # so that no rhythm of ours meets one of Roger's
    for page in screens:
        note_when_text_appears(page, LIST, words, THREAD)
    began = time.time()
    here.write(0, words)
    return 1000 * max(seconds(page, began) for page in screens)


def seconds(page: Page, began: float) -> float:
    page.wait_for_function("() => window.appeared")
    return seconds_since(page, began)


def until_seen_at(mine: Page, theirs: Page, thread: str, chance: random.Random) -> float:
    """Milliseconds from the colleague's press on a row until my list says so there."""
    time.sleep(chance.uniform(0.05, 0.35))
    note_when_text_appears(mine, f"#row-{thread} .here", "")
    row = theirs.locator(f"#row-{thread}")
    row.scroll_into_view_if_needed()
    began = time.time()
    row.click()
    return 1000 * seconds(mine, began)
