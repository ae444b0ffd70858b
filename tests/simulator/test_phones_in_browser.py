"""The phones in a real Chromium: live bubbles, ticks, taps, the deep link."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from simulator.inprocess import Postbag
from simulator.phones.pages import NO_PHONE
from tests.browser.chromium import chromium
from tests.simulator.conftest import JANA, SOMMER, Json, Served
from tests.whole import of_whole

AXE = Path(__file__).parents[1] / "browser" / "vendor" / "axe-4.14.1.min.js"
NEW = {"phone": "+491713920080", "name": "Neues Telefon"}
CHAT = "/phones/491713920001/493023125101/"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Once for this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with a memory of its own that fails the test on any error of a script or of the policy."""
    problems: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="de-DE")
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert problems == []


def write(served: Served, text: str) -> str:
    """Jana writes; the wamid."""
    wamid: str = served.control("POST", "/messages", {"from": JANA, "to": SOMMER, "text": text}).json()["wamid"]
    return wamid


def send(served: Served, **body: object) -> Json:
    """The practice sends to Jana."""
    answer = httpx.post(
        f"{served.url}/messages",
        headers={"D360-API-KEY": "key-of-sommer"},
        json={"messaging_product": "whatsapp", "to": JANA, **body},
    )
    assert answer.status_code == 200
    read: Json = answer.json()
    return read


def states(served: Served) -> list[str]:
    """The states of all messages."""
    return [one["state"] for one in served.control("GET", "/messages").json()]


def test_a_text_goes_out_without_leaving_the_page(served: Served, page: Page) -> None:
    page.goto(served.url + CHAT)

    page.get_by_label("Nachricht", exact=True).fill("Haben Sie morgen Zeit?")
    page.get_by_label("Nachricht", exact=True).press("Enter")

    expect(page.locator(".bubble--mine .bubble__text")).to_have_text("Haben Sie morgen Zeit?")
    expect(page.locator(".bubble--mine .tick")).to_have_attribute("title", "zugestellt")
    expect(page.get_by_label("Nachricht", exact=True)).to_have_value("")


@pytest.fixture
def new_phone(served: Served, browser: Browser) -> Iterator[Page]:
    """Its chat with the practice, open; when the stand-in starts over, nobody knows it any more."""
    served.control("POST", "/people", NEW)
    page = browser.new_page(locale="de-DE")  # its console may tell of refusals
    page.goto(f"{served.url}/phones/{NEW['phone'].lstrip('+')}/493023125101/")
    yield page
    page.close()


def test_a_phone_that_is_gone_keeps_what_was_written_says_so_and_asks_no_more(
    served: Served, new_phone: Page, tmp_path: Path
) -> None:
    asked: list[str] = []
    new_phone.on("request", lambda request: asked.append(request.url))
    plan, written = tmp_path / "plan.txt", new_phone.get_by_label("Nachricht", exact=True)
    plan.write_text("Plan")
    new_phone.get_by_label("Datei anhängen").set_input_files(plan)
    written.fill("Haben Sie morgen Zeit?")

    served.control("POST", "/reset")
    written.press("Enter")

    expect(new_phone.get_by_role("alert")).to_have_text(f"{NO_PHONE} Zu den Telefonen")
    expect(written).to_have_value("Haben Sie morgen Zeit?")
    expect(new_phone.locator(".composer__file")).to_have_text("plan.txt")
    new_phone.wait_for_timeout(300)
    before = len(asked)
    new_phone.wait_for_timeout(2500)
    assert len(asked) == before
    new_phone.reload()
    expect(new_phone.get_by_role("main")).to_contain_text(NO_PHONE)


def test_once_a_phone_is_there_again_its_page_goes_on(served: Served, new_phone: Page) -> None:
    served.control("POST", "/reset")
    expect(new_phone.get_by_role("alert")).to_be_visible()
    served.control("POST", "/people", NEW)

    new_phone.get_by_label("Nachricht", exact=True).fill("Haben Sie morgen Zeit?")
    new_phone.get_by_label("Nachricht", exact=True).press("Enter")

    expect(new_phone.locator(".bubble--mine .bubble__text")).to_have_text("Haben Sie morgen Zeit?")
    expect(new_phone.get_by_role("alert")).to_be_hidden()
    served.control("POST", "/messages", {"from": NEW["phone"], "to": SOMMER, "text": "Oder Freitag?"})
    expect(new_phone.locator(".bubble--mine")).to_have_count(2)


def test_an_answer_appears_by_itself_and_is_read_by_being_shown(served: Served, page: Page) -> None:
    write(served, "Hallo")
    page.goto(served.url + CHAT)

    send(served, text={"body": "Guten Tag Frau Vogt"})

    expect(page.locator(".bubble--theirs .bubble__text")).to_have_text("Guten Tag Frau Vogt")
    page.wait_for_timeout(1500)
    assert states(served) == ["delivered", "read"]


def test_in_the_list_of_chats_a_message_is_delivered_and_not_read(served: Served, page: Page) -> None:
    write(served, "Hallo")
    page.goto(f"{served.url}/phones/491713920001/")

    send(served, text={"body": "Guten Tag Frau Vogt"})

    expect(page.locator(".count")).to_contain_text("1")
    page.wait_for_timeout(1200)
    assert states(served) == ["delivered", "delivered"]


def test_ticks_turn_to_read_when_the_practice_reads(served: Served, page: Page) -> None:
    wamid = write(served, "Hallo")
    page.goto(served.url + CHAT)
    expect(page.locator(".tick")).to_have_attribute("title", "zugestellt")

    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    httpx.post(f"{served.url}/messages", headers={"D360-API-KEY": "key-of-sommer"}, json=receipt)

    expect(page.locator(".tick")).to_have_attribute("title", "gelesen")


def test_a_tapped_button_and_a_reaction_reach_the_practice(served: Served, page: Page, bag: Postbag) -> None:
    write(served, "Hallo")
    action = {"buttons": [{"type": "reply", "reply": {"id": "ja", "title": "Ja, gern"}}]}
    send(served, type="interactive", interactive={"type": "button", "body": {"text": "Passt?"}, "action": action})
    page.goto(served.url + CHAT)

    page.get_by_role("button", name="Ja, gern").click()
    expect(page.locator(".bubble--mine").last).to_contain_text("Ja, gern")
    page.locator(".bubble--theirs .menu summary").click()
    page.get_by_role("button", name="Mit 👍 reagieren").click()

    expect(page.locator(".bubble--theirs .reactions")).to_contain_text("👍")
    sent = [one["type"] for one in served.control("GET", "/messages").json() if one["direction"] == "in"]
    assert sent == ["text", "interactive", "reaction"]


def test_a_quoted_reply_shows_its_quote(served: Served, page: Page) -> None:
    write(served, "Hallo")
    send(served, text={"body": "Passt 9 Uhr?"})
    page.goto(served.url + CHAT)

    page.locator(".bubble--theirs .menu summary").click()
    page.get_by_role("button", name="Antworten").click()
    page.get_by_label("Nachricht", exact=True).fill("Ja")
    page.get_by_role("button", name="Senden").click()

    expect(page.locator(".bubble--mine .quote")).to_contain_text("Passt 9 Uhr?")


def test_an_open_menu_survives_a_new_message(served: Served, page: Page) -> None:
    write(served, "Hallo")
    send(served, text={"body": "eins"})
    page.goto(served.url + CHAT)
    page.locator(".bubble--theirs .menu summary").click()

    send(served, text={"body": "zwei"})

    expect(page.locator(".bubble--theirs")).to_have_count(2)
    expect(page.locator(".bubble--theirs .menu[open]")).to_have_count(1)


def test_the_deep_link_leads_through_the_choice_to_a_composer_that_waits(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/wa/493023125101?text=Mein%20Code%20ist%20K7QM-2XTR")

    page.get_by_role("button", name="Jana Vogt").click()
    before = states(served)
    expect(page.get_by_label("Nachricht", exact=True)).to_have_value("Mein Code ist K7QM-2XTR")
    page.get_by_role("button", name="Senden").click()

    expect(page.locator(".bubble--mine .bubble__text")).to_have_text("Mein Code ist K7QM-2XTR")
    assert (before, page.url) == ([], served.url + CHAT)


def test_phones_lie_side_by_side_and_can_be_put_away(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/phones/")
    expect(page.locator(".handset")).to_have_count(3)

    page.locator(".handset").nth(1).get_by_title("Weglegen").click()
    page.reload()

    expect(page.locator(".handset h2")).to_have_text(["Jana Vogt", "Erika"])
    expect(page.frame_locator("iframe").first.locator("h1")).to_have_text("Jana Vogt")


def test_somebody_new_appears_on_the_shelf(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/phones/")

    served.control("POST", "/people", {"phone": "+491713920055", "name": "Kim Neu"})
    page.get_by_role("button", name="Kim Neu").click()

    expect(page.locator(".handset h2")).to_have_text(["Jana Vogt", "Mehmet Yılmaz", "Erika", "Kim Neu"])


def test_on_a_narrow_screen_a_phone_opens_by_itself(served: Served, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{served.url}/phones/")
    expect(page.locator(".handset")).to_have_count(0)

    page.get_by_role("link", name="Jana Vogt").click()

    expect(page.locator("h1")).to_have_text("Jana Vogt")


@pytest.mark.parametrize("width", [320, of_whole(390), of_whole(768)])
def test_nothing_sticks_out_sideways(served: Served, page: Page, width: int) -> None:
    write(served, "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüsselanhängergravur")
    send(served, text={"body": "https://praxis.example/" + "x" * 120})
    page.set_viewport_size({"width": width, "height": 800})

    widths = []
    for path in (CHAT, "/phones/491713920001/", "/phones/", "/wa/493023125101?text=Hallo"):
        page.goto(served.url + path)
        widths.append(page.evaluate("document.documentElement.scrollWidth"))

    assert widths == [width] * 4


@pytest.mark.parametrize("scheme", ["light", of_whole("dark")])
@pytest.mark.parametrize("path", [CHAT, "/phones/491713920001/", "/phones/", "/wa/493023125101?text=Hallo"])
def test_no_page_shuts_anybody_out(
    served: Served, browser: Browser, path: str, scheme: Literal["light", "dark"]
) -> None:
    write(served, "Hallo")
    action = {"button": "Zeiten", "sections": [{"title": "Früh", "rows": [{"id": "9", "title": "9 Uhr"}]}]}
    send(served, type="interactive", interactive={"type": "list", "body": {"text": "Wann?"}, "action": action})
    served.control("POST", "/messages", {"from": JANA, "to": SOMMER, "type": "voice"})
    served.control("POST", "/messages", {"from": JANA, "to": SOMMER, "type": "image"})
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(served.url + path)

    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
    context.close()

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []
