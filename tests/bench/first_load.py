"""What the inbox weighs, how soon it is there, whether it jumps, and how soon it answers to a press, in Chromium.

Weight is what travels for a first load of the inbox with a full list: every byte of every answer as the front sends it,
heads included, until the stream stands and nothing more is asked for. It is there with the first contentful paint of
such a load (peers 4.49), over a line of 10 Mbit/s and 40 ms. Jumps are the layout shifts of loading the inbox,
a thread by its address, and a thread by a press in the list, over the same line; of the last all are
counted, also those that Chromium forgives after a press. Answers are those of the Event Timing API (from the press to
the next frame, all presses of all kinds) with a processor four times slower; as for INP the worst of fifty is left out.
"""

from collections.abc import Callable, Iterator

from playwright.sync_api import CDPSession, Page

from tests.bench.figures import Figure, at_most, below, percentile, spread
from tests.bench.progress import say
from tests.bench.windows import Desk, at_work, desk, window
from tests.browser.chromium import chromium

ROUNDS = 5
QUIET = 1_500  # ms in which whatever a page asks for by itself is there
PRESSES = 15  # of each kind
SLOWER = 4
LINE = {"offline": False, "latency": 40, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}
WATCH_SHIFTS = """
  window.shifts = []
  new PerformanceObserver(list => {
    for (const { value, sources } of list.getEntries()) {
      const moved = sources.map(({ node }) => node?.id || node?.className || node?.nodeName).join(" ")
      window.shifts.push([value, `${value.toFixed(4)} ${moved}`])
    }
  }).observe({ type: "layout-shift", buffered: true })
"""
# Kept over the pages of a window: a tab is a page of its own.
WATCH_PRESSES = """{
  let before = JSON.parse(sessionStorage.getItem("presses") ?? "[]")
  const here = new Map()
  const note = entries => {
    for (const { interactionId, duration } of entries) {
      if (interactionId) here.set(interactionId, Math.max(here.get(interactionId) ?? 0, duration))
    }
  }
  const watching = new PerformanceObserver(list => note(list.getEntries()))
  watching.observe({ type: "event", durationThreshold: 16, buffered: true })
  const all = () => {
    note(watching.takeRecords())
    return [...before, ...here.values()]
  }
  addEventListener("pagehide", () => sessionStorage.setItem("presses", JSON.stringify(all())))
  window.takePresses = () => {
    const taken = all()
    before = []
    here.clear()
    return taken
  }
}"""


def measure() -> Iterator[Figure]:
    with desk() as here, chromium() as browser:

        def fresh() -> Page:
            return window(browser, here)

        yield Figure("page_weight", max(weight(fresh(), here) for _ in range(2)), "kB", below(150))
        paints = [first_paint(fresh(), here) for _ in range(ROUNDS)]
        say(f"first_paint: {spread(paints)}")
        yield Figure("first_paint", max(paints), "ms", below(1_000))
        yield Figure("layout_shift", max(shift(fresh(), here) for _ in range(ROUNDS)), "score", at_most(0.02))
        taken = milliseconds_of_presses(fresh(), here)
        say(f"interaction: {len(taken)} presses: {spread(taken)}")
        yield Figure("interaction", percentile(taken, 0.98), "ms", below(100))


def weight(page: Page, here: Desk) -> float:
    """Kilobytes (1,000 bytes) of a first load."""
    sizes: dict[str, tuple[str, float]] = {}
    names: dict[str, str] = {}
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.requestWillBeSent", lambda told: names.update({told["requestId"]: told["request"]["url"]}))
    network.on(
        "Network.loadingFinished",
        lambda told: sizes.update({told["requestId"]: (names[told["requestId"]], told["encodedDataLength"])}),
    )
    at_work(page, here.inbox).wait_for_timeout(QUIET)
    heaviest = sorted(sizes.values(), key=lambda one: -one[1])[:6]
    total = sum(size for _, size in sizes.values()) / 1000
    told = ", ".join(f"{name.removeprefix(here.front)} {size / 1000:.1f}" for name, size in heaviest)
    say(f"page_weight: {len(sizes)} answers, {total:.1f} kB, of which {told}")
    page.context.close()
    return total


def first_paint(page: Page, here: Desk) -> float:
    """Milliseconds from the request to the first words on the screen, nothing cached."""
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", LINE)
    at_work(page, here.inbox).wait_for_timeout(QUIET)
    taken = float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    page.context.close()
    return taken


def shift(page: Page, here: Desk) -> float:
    """The worst of the three ways to load something."""
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", LINE)
    page.add_init_script(WATCH_SHIFTS)
    at_work(page, here.inbox).wait_for_timeout(QUIET)
    of_inbox = shifted(page, "inbox")
    at_work(page, f"{here.inbox}{here.threads[0]}/").wait_for_timeout(QUIET)
    of_thread = shifted(page, "thread")
    open_thread(page, here.threads[1])
    page.wait_for_timeout(QUIET)
    of_press = shifted(page, "thread after a press")
    say(f"layout_shift: inbox {of_inbox:.4f}, thread {of_thread:.4f}, thread after a press {of_press:.4f}")
    page.context.close()
    return max(of_inbox, of_thread, of_press)


def shifted(page: Page, of: str) -> float:
    """What has moved since this was asked last; nothing was pressed but by us."""
    moved: list[tuple[float, str]] = page.evaluate("window.shifts.splice(0)")
    for _, words in moved:
        say(f"layout_shift: {of}: {words}")
    return sum(value for value, _ in moved)


def milliseconds_of_presses(page: Page, here: Desk) -> list[float]:
    """Threads are opened, a reply is typed, tabs are switched: of each press the time to the next frame."""
    page.add_init_script(WATCH_PRESSES)
    at_work(page, here.inbox).wait_for_timeout(QUIET)
    chromium_itself = page.context.new_cdp_session(page)
    chromium_itself.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    kinds: tuple[tuple[str, Callable[[Page, Desk], None]], ...] = (
        ("opening a thread", open_threads),
        ("typing a reply", type_a_reply),
        ("switching a tab", switch_tabs),
    )
    taken: list[float] = []
    for kind, press in kinds:
        press(page, here)
        page.wait_for_timeout(QUIET)
        of_kind = pressed(page)
        say(f"interaction: {kind}: {spread(of_kind)}")
        taken += of_kind
    quicken(chromium_itself)
    page.context.close()
    return taken


def quicken(chromium_itself: CDPSession) -> None:
    chromium_itself.send("Emulation.setCPUThrottlingRate", {"rate": 1})


def pressed(page: Page) -> list[float]:
    """What there was since this was asked last."""
    return [float(each) for each in page.evaluate("window.takePresses()")]


def open_threads(page: Page, here: Desk) -> None:
    for number in range(PRESSES):
        open_thread(page, here.threads[number % 4])
        page.wait_for_timeout(200)


def open_thread(page: Page, thread: str) -> None:
    page.locator(f"#row-{thread}").click()
    page.locator(f'#thread[data-conversation="{thread}"]').wait_for()


def type_a_reply(page: Page, _here: Desk) -> None:
    page.locator("#reply").click()
    page.locator("#reply").press_sequentially("Guten Tag, gern am Dienstag um 10:40 Uhr. " * 2, delay=60)


def switch_tabs(page: Page, _here: Desk) -> None:
    for number in range(PRESSES):
        tab = page.locator("#inbox-tabs .rail__tab").nth(1 + number % 3)
        address = str(tab.get_attribute("href"))
        tab.click()
        page.wait_for_url(lambda url, wanted=address: url.endswith(wanted))  # type: ignore[misc]
        page.wait_for_timeout(200)
