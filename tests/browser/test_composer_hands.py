"""The reply box and what is around it, by hand: keys, growing, dropping and pasting, quoting, reacting, the clock."""

import base64
import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.held import first, hold
from tests.browser.material import a_picture, agree_and_write, in_its_environment, write
from tests.browser.product import Product
from tests.browser.staff import Staff, remove_file
from tests.whole import whole

pytestmark = pytest.mark.browser

PHONE = "+491713920070"
A_MINUTE = 60_000  # ms
# A file as the system hands it to the page: dropped on the thread, or pasted into the box.
GIVE = """([kind, place, name, type, content]) => {
  const bytes = Uint8Array.from(atob(content), sign => sign.charCodeAt(0))
  const data = new DataTransfer()
  data.items.add(new File([bytes], name, { type }))
  const what = kind === "paste" ? { clipboardData: data } : { dataTransfer: data }
  const event = kind === "paste" ? ClipboardEvent : DragEvent
  document.querySelector(place).dispatchEvent(new event(kind, { bubbles: true, cancelable: true, ...what }))
}"""
# As if the newest message of whoever has this number had come 21 hours and 58 minutes ago.
TWO_HOURS_LEFT = """
import sys, django
django.setup()
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from messaging.models import Conversation
from patients.identities import find_or_create_contact
from practices.models import Practice
from practices.scope import practice_scope
with practice_scope(Practice.objects.get(slug="morgenthal").pk), transaction.atomic():
    contact, _ = find_or_create_contact(phone=sys.argv[1])
    at = timezone.now() - timedelta(hours=21, minutes=58)
    Conversation.objects.filter(contact=contact).update(last_inbound_at=at)
"""


@pytest.fixture(scope="module")
def hanna(product: Product) -> str:
    """Somebody who may be answered; the whole name."""
    name = f"Hanna Hand-{uuid4().hex[:6]}"
    agree_and_write(product, name, PHONE)
    return name


@pytest.fixture
def asked(product: Product, hanna: str) -> str:
    """What she asks now, so that she waits, whatever was answered before."""
    text = f"Wann darf ich kommen, {uuid4().hex[:6]}?"
    write(product, PHONE, type="text", text=text)
    return text


def at_thread(page: Page, name: str, asked: str) -> Page:
    page.get_by_role("option").filter(has_text=name).click()
    expect(page.locator("#thread-name")).to_contain_text(name)
    expect(written(page, asked)).to_be_visible()
    return page


def enter_sends(page: Page, address: str, wanted: bool) -> None:
    """As somebody sets it on the page of their own settings."""
    page.goto(f"{address}/p/morgenthal/me/")
    page.get_by_label("Eingabetaste sendet").set_checked(wanted)
    page.get_by_role("button", name="Speichern", exact=True).click()
    expect(page.get_by_label("Eingabetaste sendet")).to_be_checked(checked=wanted)


def written(page: Page, text: str) -> Locator:
    return page.get_by_role("article").filter(has_text=text)


def clear(box: Locator) -> None:
    """What a test leaves in a box would be there for the next."""
    state = box.page.locator("[data-draft-state]")
    expect(state).to_have_text("Entwurf gespeichert")  # an empty state may be one that was not asked yet
    box.fill("")
    expect(state).to_have_text("")


def test_enter_sends_for_whoever_wants_it_and_with_shift_it_breaks_the_line(
    product: Product, staff: Staff, hanna: str, asked: str
) -> None:
    page = at_thread(staff.at_work(role="dentist"), hanna, asked)
    thread, box = page.url, page.get_by_label("Antwort an")
    enter_sends(page, product.address, wanted=True)
    page.goto(thread)

    box.press_sequentially("Um neun,")
    box.press("Shift+Enter")
    box.press_sequentially("mit der Karte.")
    expect(box).to_have_value("Um neun,\nmit der Karte.")
    box.press("Enter")

    expect(written(page, "mit der Karte.")).to_have_count(1)
    expect(box).to_have_value("")
    enter_sends(page, product.address, wanted=False)
    page.goto(thread)
    box.press_sequentially("Bis")
    box.press("Enter")
    expect(box).to_have_value("Bis\n")
    clear(box)


@whole
def test_the_box_grows_to_eight_lines_and_no_further(staff: Staff, hanna: str, asked: str) -> None:
    box = at_thread(staff.at_work(), hanna, asked).get_by_label("Antwort an")

    heights = [height_with(box, lines) for lines in (2, 5, 8, 9, 30)]

    two, five, eight, nine, thirty = heights
    line = (five - two) / 3
    assert 15 < line < 40
    assert eight - five == pytest.approx(3 * line, abs=1)
    assert nine - eight < line
    assert thirty == nine
    assert box.evaluate("box => box.scrollHeight > box.clientHeight")
    clear(box)


def height_with(box: Locator, lines: int) -> float:
    box.fill("\n".join(str(number) for number in range(lines)))
    return float(box.evaluate("box => box.getBoundingClientRect().height"))


@pytest.mark.parametrize(("kind", "place"), [("drop", "#thread-log"), ("paste", "#reply")])
def test_a_picture_that_is_dropped_or_pasted_shows_itself_and_how_far_it_is(
    staff: Staff, kind: str, place: str
) -> None:
    page = staff.at_work()
    page.goto(re.sub(r"/inbox/.*", "/inbox/?tab=open", page.url))
    page.get_by_role("option", name="Vogt, Jana").first.click()  # who agreed to treatment: files may go
    expect(page.locator("#thread-name")).to_contain_text("Vogt, Jana")
    uploads = hold(page, "**/files/")

    content = base64.b64encode(a_picture()).decode()
    page.evaluate(GIVE, [kind, place, "Foto.png", "image/png", content])

    chosen = page.locator("[data-files] li")
    expect(chosen.get_by_role("progressbar", name="Foto.png: wird hochgeladen")).to_be_visible()
    send = page.locator("[data-composer]").get_by_role("button", name="Senden")
    expect(send).to_be_disabled()
    page.wait_for_function("document.querySelector('[data-files] img').naturalWidth === 640")
    page.locator("#reply").press_sequentially("Ihr Bild")  # one goes on meanwhile
    first(page, uploads).continue_()

    expect(page.locator("li[data-file]")).to_contain_text("Foto.png")
    expect(chosen.get_by_role("progressbar")).to_have_count(0)
    expect(send).to_be_enabled()
    assert page.locator("li[data-file] img").evaluate("picture => picture.naturalWidth") == 640
    expect(page.locator("#reply")).to_have_value("Ihr Bild")
    remove_file(page, "Foto.png")
    clear(page.locator("#reply"))


def soon_too_late(product: Product, staff: Staff, hanna: str, asked: str) -> Page:
    """Her thread two hours before the window closes, with a clock that the test moves."""
    page = at_thread(staff.at_work(), hanna, asked)
    in_its_environment(product, "-c", TWO_HOURS_LEFT, PHONE)
    page.clock.install()
    page.reload()
    return page


def test_under_two_hours_the_clock_turns_amber_and_runs_while_the_page_stands_still(
    product: Product, staff: Staff, hanna: str, asked: str
) -> None:
    page = soon_too_late(product, staff, hanna, asked)
    left = page.locator(".composer__window")
    expect(left).to_contain_text("Antwort bis")

    page.clock.fast_forward(3 * A_MINUTE)

    expect(page.locator("#composer")).to_have_attribute("data-window", "short")
    expect(left).to_contain_text(re.compile(r"Noch 1 Std\. 5\d Min\. zum Antworten"))
    before = minutes(left)
    page.clock.fast_forward(A_MINUTE)
    expect(left).not_to_contain_text(f"Noch 1 Std. {before} Min. zum")
    assert minutes(left) < before


def test_whoever_writes_again_can_be_answered_for_another_day(
    product: Product, staff: Staff, hanna: str, asked: str
) -> None:
    page = soon_too_late(product, staff, hanna, asked)
    page.clock.fast_forward(3 * A_MINUTE)
    expect(page.locator("#composer")).to_have_attribute("data-window", "short")
    page.get_by_label("Antwort an").fill("Einen Moment")

    write(product, PHONE, type="text", text="Noch etwas.")

    expect(page.locator(".composer__window")).to_contain_text("Antwort bis morgen")
    expect(page.locator("#composer")).not_to_have_attribute("data-window", "short")
    expect(page.get_by_label("Antwort an")).to_have_value("Einen Moment")
    clear(page.get_by_label("Antwort an"))


def test_the_panel_counts_the_window_down_while_the_page_stands_still(
    product: Product, staff: Staff, hanna: str, asked: str
) -> None:
    page = soon_too_late(product, staff, hanna, asked)
    left, bar = page.locator(".meter strong"), page.locator(".meter progress")
    expect(left).to_have_text(re.compile(r"^noch (2 Std\. 0|1 Std\. 5)\d Min\.$"))

    page.clock.fast_forward(63 * A_MINUTE)

    expect(left).to_have_text(re.compile(r"^noch 5\d Min\.$"))
    said = str(left.text_content())
    assert f"noch {bar.evaluate('bar => bar.value')} Min." == said
    page.clock.fast_forward(60 * A_MINUTE)
    expect(left).to_have_text("zu")
    expect(bar).to_have_js_property("value", 0)


def minutes(left: Locator) -> int:
    found = re.search(r"1 Std\. (\d+)", left.inner_text())
    assert found
    return int(found[1])


def test_a_message_is_quoted_and_unquoted_before_it_goes_out(staff: Staff, hanna: str, asked: str) -> None:
    page = at_thread(staff.at_work(), hanna, asked)
    quoting, box = page.locator("[data-quoting]"), page.get_by_label("Antwort an")
    deed = written(page, asked).get_by_role("button", name="Antworten")

    deed.press("Enter")
    expect(quoting).to_contain_text(asked)
    expect(box).to_be_focused()
    page.get_by_role("button", name="Nicht mehr darauf antworten").press("Enter")
    expect(quoting).to_be_hidden()
    expect(box).to_be_focused()
    box.fill("Ohne Bezug.")
    box.press("Control+Enter")
    expect(written(page, "Ohne Bezug.")).to_have_count(1)
    deed.press("Enter")
    box.fill("Um neun.")
    box.press("Control+Enter")

    expect(written(page, "Um neun.").locator("blockquote")).to_contain_text(asked)
    expect(written(page, "Ohne Bezug.").locator("blockquote")).to_have_count(0)
    expect(quoting).to_be_hidden()


@whole
def test_a_voice_note_that_is_answered_is_named_above_the_box(
    product: Product, staff: Staff, hanna: str, asked: str
) -> None:
    write(product, PHONE, type="voice")
    page = at_thread(staff.at_work(), hanna, asked)
    note = page.get_by_role("article").filter(has=page.locator("audio, .picture")).last

    note.get_by_role("button", name="Antworten").press("Enter")

    expect(page.locator("[data-quoting]")).to_have_text("Sprachnachricht")
    page.get_by_role("button", name="Nicht mehr darauf antworten").press("Enter")


@whole
def test_a_voice_note_is_played_at_one_one_and_a_half_and_two(
    product: Product, staff: Staff, hanna: str, asked: str
) -> None:
    write(product, PHONE, type="voice")
    page = at_thread(staff.at_work(), hanna, asked)
    voice = page.locator("#thread-flow article").filter(has=page.locator("audio")).last
    player = voice.locator("audio")
    expect(voice.get_by_role("button", name="Wiedergabe 1×")).to_be_visible()
    speeds = []

    for said in ("1,5×", "2×", "1×"):
        voice.locator("[data-speed]").press("Enter")
        expect(voice.get_by_role("button", name=f"Wiedergabe {said}")).to_be_focused()
        speeds.append(player.evaluate("player => player.playbackRate"))

    assert speeds == [1.5, 2, 1]


@whole
def test_a_reaction_is_chosen_by_name_and_taken_back_with_the_keyboard_alone(
    staff: Staff, hanna: str, asked: str
) -> None:
    page = at_thread(staff.at_work(), hanna, asked)
    message = written(page, asked)
    opener = message.get_by_role("button", name="Reagieren")
    menu = page.get_by_role("dialog", name="Reagieren")
    reacted = message.locator(".reaction")

    opener.press("Enter")
    expect(menu.get_by_role("button")).to_have_count(6)
    expect(menu.get_by_role("button", name="Daumen hoch")).to_be_focused()
    page.keyboard.press("Tab")
    expect(menu.get_by_role("button", name="Herz")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Enter")
    expect(reacted).to_contain_text("Herz")
    expect(menu).to_be_hidden()
    expect(opener).to_be_focused()

    opener.press("Enter")
    expect(menu.get_by_role("button", name="Herz")).to_have_attribute("aria-pressed", "true")
    expect(menu.get_by_role("button", name="Herz")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(reacted).to_have_count(1)
    opener.press("Enter")
    expect(menu.get_by_role("button", name="Herz")).to_be_focused()
    page.keyboard.press("Enter")

    expect(reacted).to_have_count(0)
    expect(opener).to_be_focused()
