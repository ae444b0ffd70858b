"""What tells somebody who does not look: tones, notifications, the number in title and icon."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import unquote
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.material import write
from tests.browser.product import Product
from tests.browser.staff import Staff, ready
from tests.whole import whole

pytestmark = pytest.mark.browser

# ── tones and notifications ──


def test_what_was_told_is_told_once_however_often_the_server_says_it(staff: Staff) -> None:
    page = staff.at_work(service_workers="block")  # a worker would ask past the routes below
    old, new, newest = (news(name) for name in ("old", "new", "newest"))
    answers = [[{**old, "is_earlier": True}]]  # the page may ask at any time: somebody wrote
    page.route("**/alerts/*", lambda route: route.fulfill(json=alerts(answers[-1])))
    page.route(re.compile("/inbox/$"), with_tones_all_day)
    page.add_init_script("addEventListener('roger:tone', ({ detail }) => (window.heard ??= []).push(detail), true)")

    with page.expect_response("**/alerts/*"):
        page.reload()
    told = [
        tones_after(page, answers, [old]),
        tones_after(page, answers, [{**new, "is_earlier": True}, old]),
        tones_after(page, answers, [{**new, "urgent": True}]),
        tones_after(page, answers, [{**newest, "urgent": True}]),
    ]

    assert told == [[], ["soft"], ["soft"], ["soft", "urgent"]]


def tones_after(page: Page, answers: list[list[dict[str, object]]], answer: list[dict[str, object]]) -> list[str]:
    answers.append(answer)
    with page.expect_response("**/alerts/*"):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")
    page.wait_for_timeout(100)
    return list(page.evaluate("window.heard ?? []"))


def news(message: str) -> dict[str, object]:
    return {"conversation": f"of-{message}", "message": message, "is_earlier": False, "urgent": False, "name": ""}


def alerts(found: list[dict[str, object]], **counts: object) -> dict[str, object]:
    none = {"waiting": 1, "urgent": 0, "overdue": 0, "shielded": False}
    return {"until": "2027-01-12T09:30:00+00:00", "news": found, **none, **counts}


def given(newest: str) -> dict[str, object]:
    return {"count": 2, "conversation": "c", "newest": newest, "is_earlier": False}


def with_tones_all_day(route: Route) -> None:
    with_preferences(route, "40 00:00 24:00")


def with_preferences(route: Route, tones: str) -> None:
    """Notifications too, and a shield that nobody waits for."""
    page = route.fetch()
    wished = re.sub('data-tones="[^"]*"', f'data-tones="{tones}" data-notify="plain"', page.text())
    route.fulfill(response=page, body=re.sub('data-after="[^"]*"', 'data-after="6000"', wished))


# Of what the system is asked to show, what stands there; nobody looks at the page.
SHOWN = """
Document.prototype.hasFocus = () => false
window.Notification = class {
  static permission = "granted"
  constructor(title, { body, tag, silent }) { (window.shown ??= []).push([title, body, tag, silent]) }
  close() {}
}
"""


# A browser without a window of its own has no system to show anything: what stands there is kept for the next page.
STANDS_THERE = """
const kept = () => JSON.parse(localStorage.stands ?? "[]")
const keep = all => { localStorage.stands = JSON.stringify(all) }
ServiceWorkerRegistration.prototype.showNotification = async (_title, { tag, data }) => keep([...kept(), { tag, data }])
ServiceWorkerRegistration.prototype.getNotifications = async () =>
  kept().map(one => ({ ...one, close: () => keep(kept().filter(({ tag }) => tag !== one.tag)) }))
"""


def test_what_a_colleague_gives_somebody_is_told_softly_once_and_without_a_name(staff: Staff) -> None:
    page = staff.at_work(service_workers="block")  # a worker would ask past the routes below
    old, new = (given(name) for name in ("old", "new"))
    answers: list[Mapping[str, object]] = [{**old, "is_earlier": True}]
    page.route("**/alerts/*", lambda route: route.fulfill(json={**alerts([]), "mine": answers[-1]}))
    page.route(re.compile("/inbox/$"), with_tones_all_day)
    page.add_init_script(SHOWN)
    page.add_init_script("addEventListener('roger:tone', ({ detail }) => (window.heard ??= []).push(detail), true)")

    with page.expect_response("**/alerts/*"):
        page.reload()
    for answer in (old, new, {**new, "is_earlier": True}):
        answers.append(answer)
        with page.expect_response("**/alerts/*"):
            page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")
    page.wait_for_function("() => window.shown")
    answers.append(old)
    with page.expect_response("**/alerts/*"):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")

    assert page.evaluate("window.shown") == [["Neues aus dem Team (2)", "", "mine", True]]
    assert page.evaluate("window.heard") == ["soft"]


def test_a_notification_says_that_somebody_wrote_and_not_who(product: Product, staff: Staff) -> None:
    number, name = "+491713920077", f"Nele Namenlos-{uuid4().hex[:6]}"
    product.control("POST", "/people", {"phone": number, "name": name})
    page = staff.at_work(service_workers="block")
    page.add_init_script(SHOWN)
    page.route(re.compile("/inbox/$"), lambda route: with_preferences(route, "0 00:00 00:00"))
    with page.expect_response("**/alerts/*"):
        page.reload()

    write(product, number, type="text", text="Guten Tag")
    page.wait_for_function("() => window.shown?.length === 1")
    write(product, number, type="text", text="Es blutet stark")
    page.wait_for_function("() => window.shown.length === 2")

    assert page.evaluate("window.shown.map(one => one.slice(0, 2))") == [
        ["Neue Nachricht", ""],
        ["Neue dringende Nachricht", ""],
    ]


@whole
def test_tones_keep_the_quiet_hours_and_their_distance(staff: Staff) -> None:
    page = staff.at_work(service_workers="block")
    answers = [alerts([])]
    page.route("**/alerts/*", lambda route: route.fulfill(json=answers[-1]))
    page.route(re.compile("/inbox/$"), lambda route: with_preferences(route, "40 08:00 18:00"))
    page.add_init_script("addEventListener('roger:tone', ({ detail }) => (window.heard ??= []).push(detail), true)")
    inbox = page.url
    page.goto("about:blank")  # or this page would take the leap for somebody's absence
    page.clock.install(time=datetime(2027, 1, 12, 6, 59, tzinfo=UTC))  # 07:59 in Berlin
    with page.expect_response("**/alerts/*"):
        page.goto(inbox)

    def heard_after(seconds: int, answer: dict[str, object]) -> list[str]:
        answers.append(answer)
        page.clock.fast_forward(seconds * 1_000)
        with page.expect_response("**/alerts/*"):
            page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")
        page.wait_for_timeout(100)
        heard = list(page.evaluate("window.heard ?? []"))
        page.evaluate("window.heard = []")
        return heard

    assert heard_after(0, alerts([news("before-opening")])) == []
    assert heard_after(120, alerts([news("first")])) == ["soft"]
    assert heard_after(2, alerts([news("at-once")])) == []
    assert heard_after(0, alerts([{**news("and-urgent"), "urgent": True}])) == ["urgent"]  # of another kind
    assert heard_after(9, alerts([news("later")])) == ["soft"]
    assert heard_after(0, alerts([], overdue=1)) == ["late"]
    assert heard_after(60, alerts([], overdue=2)) == []
    assert heard_after(600, alerts([], overdue=3)) == ["late"]
    assert heard_after(0, alerts([], overdue=2)) == []
    assert heard_after(10 * 3_600, alerts([news("after-closing")], overdue=9)) == []


# ── the count in the title and on the icon ──

ICON = "link[rel=icon]"


def test_title_and_icon_count_who_waits_as_it_changes(product: Product, staff: Staff) -> None:
    page = ready(staff.at_work())
    waiting = int(str(page.locator("#inbox-tabs .rail__tab").first.get_attribute("data-count")))
    expect(page).to_have_title(f"({waiting}) Eingang – Roger")
    number = "+491713920078"
    product.control("POST", "/people", {"phone": number, "name": f"Zita Zähler-{uuid4().hex[:6]}"})

    write(product, number, type="text", text="Guten Tag")

    expect(page).to_have_title(f"({waiting + 1}) Eingang – Roger")
    expect(page.locator(ICON)).to_have_attribute("href", re.compile(quoted_count(waiting + 1)))


def quoted_count(waiting: int) -> str:
    return f"%3E{'9%2B' if waiting > 9 else waiting}%3C%2Ftext"


@whole
def test_the_icon_shows_the_number_to_nine_an_octagon_for_what_is_urgent_and_its_tick_when_nobody_waits(
    staff: Staff,
) -> None:
    page = staff.at_work(service_workers="block")
    icon = page.locator(ICON)
    answers = [alerts([], waiting=0)]
    page.route("**/alerts/*", lambda route: route.fulfill(json=answers[-1]))
    with page.expect_response("**/alerts/*"):
        page.reload()
    octagon = "M7 0h10l7 7v10l-7 7H7l-7-7V7z"

    def drawn(**counts: object) -> str:
        answers.append(alerts([], **counts))
        with page.expect_response("**/alerts/*"):
            page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")
        page.wait_for_timeout(100)
        return unquote(str(icon.get_attribute("href")))

    assert ">9</text>" in drawn(waiting=9)
    assert octagon not in drawn(waiting=9)
    assert ">9+</text>" in drawn(waiting=10)
    assert octagon in drawn(waiting=10, urgent=1)
    assert drawn(waiting=0).endswith(".svg")


@whole
def test_a_name_is_taken_back_from_the_system_with_the_screen_it_was_meant_for(staff: Staff) -> None:
    page = staff.at_work()
    page.add_init_script(STANDS_THERE)
    page.reload()
    page.route("**/shield/", lambda route: route.fulfill(status=204))  # others use the same session after this
    mine = str(page.locator("#shield").get_attribute("data-person"))
    notify(ready(page), mine, "somebody-else")

    page.reload()
    expect_notifications(ready(page), [mine])
    page.keyboard.press("Control+Shift+l")

    expect_notifications(page, [])


def notify(page: Page, *persons: str) -> None:
    page.evaluate(
        """async persons => {
          const worker = await navigator.serviceWorker.ready
          for (const person of persons) await worker.showNotification("Neu", { tag: person, data: { person } })
        }""",
        persons,
    )


def expect_notifications(page: Page, of: list[str]) -> None:
    """Raises TimeoutError when others stand there."""
    page.wait_for_function(
        """async of => {
          const there = await (await navigator.serviceWorker.ready).getNotifications()
          return JSON.stringify(there.map(one => one.data.person)) === JSON.stringify(of)
        }""",
        arg=of,
    )


@pytest.mark.parametrize(
    ("tabs", "opens"),
    [
        (["/p/b/inbox/", "/p/a/me/", "/p/a/inbox/1/"], "navigate /p/a/inbox/1/ /p/a/inbox/2/"),
        (["/p/b/inbox/", "/kiosk/", "/p/a/me/"], "open /p/a/inbox/2/"),
        ([], "open /p/a/inbox/2/"),
    ],
)
def test_a_notification_opens_in_a_tab_of_its_inbox_and_in_no_other(
    product: Product, staff: Staff, tabs: list[str], opens: str
) -> None:
    page = staff.stranger()  # on no page, so that no policy forbids what follows
    script = page.request.get(f"{product.address}/service-worker.js").text()

    did = page.evaluate(
        """async ([script, tabs]) => {
          const did = []
          const tab = path => ({
            url: `https://roger.example${path}`, focus() {}, navigate: to => did.push(`navigate ${path} ${to}`)
          })
          const clients = { matchAll: async () => tabs.map(tab), openWindow: to => did.push(`open ${to}`) }
          const open = new Function("self", `${script}; return open`)({ addEventListener() {}, clients })
          await open("/p/a/inbox/2/")
          return did
        }""",
        [script, tabs],
    )

    assert did == [opens]
