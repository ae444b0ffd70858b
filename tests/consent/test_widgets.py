"""The button on the practice's website: where it may stand, who gets its script, and the page with text D behind it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from consent import doors as consent_doors
from consent import texts
from consent.codes import find_code
from consent.doors import create_qr_code, whatsapp_link
from consent.models import ConsentEvent, ConsentText, ConsentTrace, PendingOptIn, Widget
from consent.newcomers import agreed_today
from consent.opt_ins import expire_opt_ins
from consent.website import GREETINGS, greeting
from consent.widgets import add_widget
from consent.wording import practice_in_scope
from practices import doors
from practices.bus import bus
from practices.models import AccessLog, AuditEvent, Door, Practice, Role
from practices.scope import practice_scope
from tests.consent.editions import an_edition, ready
from tests.people import login, make_member, make_practice

pytestmark = pytest.mark.django_db

PAGE = "/p/morgenthal/consent/widgets/"
SITE = "https://www.praxis-morgenthal.example"


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The practice writes with a number at the real WhatsApp; the register is left as it was."""
    monkeypatch.setattr(settings, "WHATSAPP_LINK_BASE", "https://wa.me")
    before = list(consent_doors._digits)
    whatsapp_link(lambda _: "493023125101")
    yield
    consent_doors._digits[:] = before


@pytest.fixture
def practice(digits: None) -> Iterator[Practice]:
    practice = make_practice()
    with practice_scope(practice.pk):
        yield practice


@pytest.fixture
def widget(practice: Practice) -> Widget:
    return add_widget(practice=practice, name="Startseite", origins=[SITE], by=None)


@pytest.fixture
def address(widget: Widget) -> str:
    return f"/widget/{widget.token}"


@pytest.fixture
def desk(practice: Practice) -> Client:
    client = Client()
    login(client, make_member(practice, Role.PRACTICE_MANAGER))
    return client


@pytest.fixture
def visitor() -> Client:
    return Client(enforce_csrf_checks=True)


def form_id(html: str) -> str:
    found = re.search(r'name="form_id" value="([^"]+)"', html)
    assert found
    return found[1]


def text_of(html: str) -> str:
    """Text D as the page brings it back."""
    found = re.search(r'name="text" value="([^"]+)"', html)
    assert found
    return unescape(found[1])


def read(visitor: Client, address: str, form: str | None = None, query: str = "", **headers: str) -> Any:
    """Tick that text D was read, and press."""
    page = visitor.get(address + query).content.decode()
    fields = {"form_id": form or form_id(page), "text": text_of(page), "read": "1"}
    return visitor.post(address + query, fields, headers=headers)


def prefilled(answer: Any) -> str:
    [text] = parse_qs(urlsplit(str(answer["Location"])).query)["text"]
    return text


# ── the practice's page ──


def test_a_new_button_gives_both_snippets(desk: Client, practice: Practice) -> None:
    answer = desk.post(PAGE, {"name": "Startseite", "origins": f"{SITE}/\n\nhttps://zähne.example\n{SITE}"})

    widget = Widget.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert widget.origins == [SITE, "https://xn--zhne-loa.example"]
    page = desk.get(PAGE).content.decode()
    url = f"{settings.BASE_URL}/widget/{widget.token}"
    assert f"&lt;script src=&quot;{url}.js&quot; crossorigin=&quot;anonymous&quot; async&gt;&lt;/script&gt;" in page
    assert f"&lt;a href=&quot;{url}&quot; target=&quot;_blank&quot; rel=&quot;noopener&quot;&gt;" in page
    assert AuditEvent.objects.filter(kind="widget_added", about_id=widget.pk).count() == 1


def test_no_snippet_loads_anything_before_the_click_but_the_one_script(desk: Client, widget: Widget) -> None:
    page = desk.get(PAGE).content.decode()

    link, script = (
        strip_tags(one) for one in re.findall(r"<textarea[^>]*readonly[^>]*>(.*?)</textarea>", page, re.DOTALL)
    )
    assert re.findall(r"src=|style=|onclick", link.replace("&quot;", '"')) == []
    assert script.count("src=") == 1


@pytest.mark.parametrize(
    ("origins", "says"),
    [
        ("http://praxis.example", "Die Adresse muss mit https:// beginnen."),
        ("https://praxis.example/kontakt", "Bitte nur die Adresse der Website, ohne Unterseite"),
        ("praxis", "Das ist keine Adresse einer Website."),
        ("\n".join(f"https://s{number}.example" for number in range(21)), "Höchstens 20 Adressen."),
        ("\n \n", "Bitte geben Sie mindestens eine Adresse an."),
    ],
)
def test_a_wrong_address_is_named_and_nothing_is_added(desk: Client, origins: str, says: str) -> None:
    answer = desk.post(PAGE, {"name": "Startseite", "origins": origins})

    assert (answer.status_code, Widget.objects.count()) == (422, 0)
    assert says in answer.content.decode()


def test_a_button_may_move_to_another_website(desk: Client, widget: Widget) -> None:
    fields = {f"{widget.pk}-name": "Neue Website", f"{widget.pk}-origins": "https://neu.example"}

    answer = desk.post(f"{PAGE}{widget.pk}/", fields)

    widget.refresh_from_db()
    assert (answer.status_code, widget.name, widget.origins) == (302, "Neue Website", ["https://neu.example"])


def test_a_wrong_change_brings_its_form_back_open_and_changes_nothing(desk: Client, widget: Widget) -> None:
    fields = {f"{widget.pk}-name": "Neu", f"{widget.pk}-origins": "neu"}

    answer = desk.post(f"{PAGE}{widget.pk}/", fields)

    widget.refresh_from_db()
    assert (answer.status_code, widget.name, widget.origins) == (422, "Startseite", [SITE])
    assert "<details open>" in answer.content.decode()


def test_a_revoked_button_leads_nowhere(desk: Client, visitor: Client, widget: Widget, address: str) -> None:
    desk.post(f"{PAGE}{widget.pk}/revocation/")

    assert [visitor.get(address).status_code, visitor.get(f"{address}.js", headers={"origin": SITE}).status_code] == [
        404,
        404,
    ]
    assert f"widget-{widget.pk}" not in desk.get(PAGE).content.decode()
    assert desk.post(f"{PAGE}{widget.pk}/revocation/").status_code == 404
    assert Door.objects.get(object_id=widget.pk).revoked_at is not None


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.DENTIST, Role.PROPHYLAXIS, Role.TRAINEE])
def test_only_who_leads_the_practice_sees_the_buttons(practice: Practice, role: Role) -> None:
    client = Client()
    login(client, make_member(practice, role))

    assert client.get(PAGE).status_code == 403


def test_a_foreign_button_is_unknown(desk: Client) -> None:
    lindenhof = make_practice("lindenhof")
    with practice_scope(lindenhof.pk):
        foreign = add_widget(practice=lindenhof, name="Fremd", origins=[SITE], by=None)

    answers = [desk.post(f"{PAGE}{pk}/revocation/").status_code for pk in (foreign.pk, uuid4())]

    assert (answers, foreign.revoked_at) == ([404, 404], None)


def test_the_list_takes_the_same_queries_for_one_button_and_for_three(
    desk: Client, practice: Practice, widget: Widget, django_assert_num_queries: Any
) -> None:
    desk.get(PAGE)
    with CaptureQueriesContext(connection) as for_one:
        desk.get(PAGE)
    queries = len(for_one)
    for name in ("zwei", "drei"):
        add_widget(practice=practice, name=name, origins=[SITE], by=None)

    with django_assert_num_queries(queries):
        desk.get(PAGE)


# ── the script ──


def script(visitor: Client, address: str, origin: str = "") -> Any:
    return visitor.get(f"{address}.js", headers={"origin": origin} if origin else {})


def test_a_listed_website_gets_the_script_with_its_own_name_in_the_header(visitor: Client, address: str) -> None:
    answer = script(visitor, address, SITE)

    assert answer.status_code == 200
    assert {name: answer[name] for name in ("Content-Type", "Access-Control-Allow-Origin", "Cache-Control")} == {
        "Content-Type": "text/javascript; charset=utf-8",
        "Access-Control-Allow-Origin": SITE,
        "Cache-Control": "public, max-age=300",
    }
    assert (answer["Cross-Origin-Resource-Policy"], answer["X-Content-Type-Options"]) == ("cross-origin", "nosniff")
    assert "Origin" in answer["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer
    assert len(answer.cookies) == 0


@pytest.mark.parametrize(
    "origin",
    [
        *("", "null", "https://andere.example", "http://www.praxis-morgenthal.example", f"{SITE}.andere.example"),
        *(f"{SITE}:8443", f"{SITE}/", SITE.upper(), f"{SITE}, https://andere.example"),
    ],
)
def test_everybody_else_gets_nothing_at_all(visitor: Client, address: str, origin: str) -> None:
    answer = script(visitor, address, origin)

    assert (answer.status_code, answer.content) == (404, b"")
    assert "Access-Control-Allow-Origin" not in answer
    assert "Origin" in answer["Vary"]
    assert answer["Cache-Control"] == "no-store"


def test_a_script_nobody_has_is_refused_in_the_same_way(visitor: Client, address: str) -> None:
    unknown, unlisted = script(visitor, "/widget/AAAAAAAAAAAAAAAAAAAAAA", SITE), script(visitor, address)

    assert (unknown.status_code, unknown.content, unknown["Vary"]) == (404, b"", unlisted["Vary"])


def test_the_script_asks_nobody_keeps_nothing_and_brings_no_inline_style(visitor: Client, address: str) -> None:
    words = script(visitor, address, SITE).content.decode()

    forbidden = ("fetch(", "XMLHttp", "cookie", "localStorage", "innerHTML", "eval", ".style", "whatsapp.com", "wa.me")
    assert [word for word in forbidden if word in words] == []
    assert f'anchor.href = "{settings.BASE_URL}/widget/' in words.encode().decode("unicode_escape")


# ── the page ──


def test_the_page_shows_text_d_and_one_empty_box(visitor: Client, address: str) -> None:
    page = visitor.get(address).content.decode()

    assert re.findall(r'<input type="(\w+)"\s+name="(\w+)"', page) == [
        ("hidden", "form_id"),
        ("hidden", "text"),
        ("checkbox", "read"),
    ]
    assert "checked" not in page
    words = " ".join(strip_tags(page).split())
    assert "Ein Klick öffnet WhatsApp. Meta erhält dann Daten von Ihnen" in words
    assert "Bitte schreiben Sie nichts zu Ihrer Gesundheit, bevor Sie im Chat zugestimmt haben." in words
    assert "Telefon: 030 23125100." in words
    assert "<script" not in page


@pytest.mark.parametrize("language", ["en", "tr", "ar", "ru", "uk", "pl"])
def test_the_page_speaks_every_language_and_says_which_text_binds(visitor: Client, address: str, language: str) -> None:
    page = " ".join(visitor.get(f"{address}?lang={language}").content.decode().split())

    spoken = texts.current(language)
    assert f"<h1>{spoken.widget.title}</h1>" in page
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
    assert spoken.words.binding in page


def test_opening_the_page_sets_no_cookie_and_writes_nothing(visitor: Client, address: str) -> None:
    answer = visitor.get(address, REMOTE_ADDR="203.0.113.77")

    assert (answer.status_code, len(answer.cookies)) == (200, 0)
    assert [model.objects.count() for model in (PendingOptIn, ConsentEvent, ConsentText, AccessLog)] == [0, 0, 0, 0]


def test_the_page_asks_nobody_else_and_its_form_leads_to_whatsapp_alone(visitor: Client, address: str) -> None:
    answer = visitor.get(address)

    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert (policy["form-action"], policy["default-src"]) == ("'self' https://wa.me https://api.whatsapp.com", "'none'")
    assert policy["frame-ancestors"] == "'none'"
    others = re.findall(r'(?:src|href)="((?:https?:)?//[^"]+)"', answer.content.decode())
    assert [url for url in others if not url.startswith(f"{settings.BASE_URL}/datenschutz/")] == []


def test_whoever_has_read_it_is_led_to_whatsapp_with_a_neutral_sentence(
    visitor: Client, address: str, widget: Widget
) -> None:
    answer = read(visitor, address)

    link = urlsplit(answer["Location"])
    assert (answer.status_code, link.netloc, link.path) == (303, "wa.me", "/493023125101")
    assert re.fullmatch(r"Guten Tag, ich möchte über WhatsApp schreiben\. Code: \w{4}-\w{4}", prefilled(answer))
    assert len(answer.cookies) == 0


def test_reading_agrees_to_nothing_and_the_ledger_does_not_hear_of_it(
    visitor: Client, address: str, widget: Widget
) -> None:
    read(visitor, address)

    opt_in = PendingOptIn.objects.get()
    assert (opt_in.widget, opt_in.event, opt_in.contact, opt_in.used_at) == (widget, None, None, None)
    assert set(opt_in.purposes.values()) == {False}
    assert opt_in.text
    assert (opt_in.text.kind, opt_in.text.version) == ("widget", "de-2026-05")
    assert (ConsentEvent.objects.count(), ConsentTrace.objects.count()) == (0, 0)


def test_what_is_kept_of_text_d_is_what_was_shown(visitor: Client, address: str) -> None:
    read(visitor, address)

    shown = " ".join(strip_tags(visitor.get(address).content.decode()).split())
    body = ConsentText.objects.get(kind="widget").body
    assert body.startswith("Über WhatsApp schreiben\nEin Klick öffnet WhatsApp.")
    assert body.endswith("☐ Ich habe das gelesen. [ WhatsApp öffnen ]")
    assert body.splitlines()[1] in shown


@pytest.mark.parametrize(
    ("query", "says"), [("", "Bitte kreuzen Sie an, dass"), ("?lang=en", "Please tick that you have read the text.")]
)
def test_without_the_tick_the_page_comes_back_and_says_what_is_missing(
    visitor: Client, address: str, query: str, says: str
) -> None:
    form = form_id(visitor.get(address + query).content.decode())

    answer = visitor.post(address + query, {"form_id": form})

    assert (answer.status_code, PendingOptIn.objects.count()) == (422, 0)
    assert says in answer.content.decode()


def test_a_form_posted_twice_is_one_visit_with_one_code(visitor: Client, address: str) -> None:
    form = form_id(visitor.get(address).content.decode())

    first, second = read(visitor, address, form), read(visitor, address, form)

    assert prefilled(first) == prefilled(second)
    assert PendingOptIn.objects.count() == 1


def test_a_form_whose_code_has_expired_asks_anew(visitor: Client, address: str) -> None:
    form = form_id(visitor.get(address).content.decode())
    read(visitor, address, form)

    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        answer = read(visitor, address, form)

    assert answer.status_code == 422
    assert "Diese Seite war zu lange offen." in answer.content.decode()


def test_a_form_open_over_a_change_of_the_text_counts_with_what_was_shown(
    visitor: Client, address: str, practice: Practice
) -> None:
    page = visitor.get(address).content.decode()
    Practice.objects.filter(pk=practice.pk).update(phone="+493023125111")

    answer = visitor.post(address, {"form_id": form_id(page), "text": text_of(page), "read": "1"})

    assert answer.status_code == 303
    assert "030 23125100" in ConsentText.objects.get(kind="widget").body


def test_a_text_that_was_not_shown_is_no_visit(visitor: Client, address: str) -> None:
    page = visitor.get(address).content.decode()
    fields = {"form_id": form_id(page), "text": text_of(page).replace("Meta", "Niemand"), "read": "1"}

    assert (visitor.post(address, fields).status_code, ConsentText.objects.count()) == (422, 0)


@pytest.mark.parametrize("form", ["", "abc", "a:b:c"])
def test_a_form_that_is_not_ours_is_no_visit(visitor: Client, address: str, form: str) -> None:
    answer = visitor.post(address, {"form_id": form, "read": "1"})

    assert (answer.status_code, PendingOptIn.objects.count()) == (422, 0)


def test_a_form_of_another_button_or_of_a_qr_code_is_no_visit(
    visitor: Client, address: str, practice: Practice
) -> None:
    other = add_widget(practice=practice, name="Zweite", origins=[SITE], by=None)
    code = create_qr_code(practice=practice, name="Tresen", by=None)
    forms = [form_id(visitor.get(page).content.decode()) for page in (f"/widget/{other.token}", f"/q/{code.token}")]

    assert [read(visitor, address, form).status_code for form in forms] == [422, 422]
    assert PendingOptIn.objects.count() == 0


# ── abuse ──


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site", "origin": SITE},
        {"origin": SITE},  # a browser too old for Sec-Fetch, on a listed website
        {"origin": "https://andere.example"},
    ],
)
def test_a_post_from_another_site_is_refused_even_from_a_listed_one(
    visitor: Client, address: str, headers: dict[str, str]
) -> None:
    answer = read(visitor, address, **headers)

    assert (answer.status_code, PendingOptIn.objects.count()) == (403, 0)


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "same-origin", "origin": "http://testserver"}, {"origin": "null"}]
)
def test_a_post_from_our_own_page_passes(visitor: Client, address: str, headers: dict[str, str]) -> None:
    assert read(visitor, address, **headers).status_code == 303


def test_twenty_posts_a_minute_from_one_network_are_enough(visitor: Client, address: str) -> None:
    with time_machine.travel("2026-05-04T10:00:01+02:00", tick=False):
        answers = [read(visitor, address).status_code for _ in range(21)]

    assert answers == [303] * 20 + [429]


def from_everywhere(visitor: Client, address: str, fields: dict[str, str], times: int) -> list[int]:
    return [visitor.post(address, fields, REMOTE_ADDR=f"198.51.{number}.7").status_code for number in range(times)]


def test_two_hundred_forms_an_hour_through_one_button_are_enough(visitor: Client, address: str) -> None:
    page = visitor.get(address).content.decode()
    form = {"form_id": form_id(page), "text": text_of(page), "read": "1"}
    with time_machine.travel("2026-05-04T10:00:01+02:00", tick=False):
        answers = from_everywhere(visitor, address, form, 201)

    assert answers == [303] * 200 + [429]


@pytest.mark.parametrize("fields", [{}, {"read": "1"}, {"read": "1", "form_id": "made up", "text": ""}])
def test_posts_that_bring_no_form_of_ours_leave_a_button_open_to_everybody_else(
    visitor: Client, address: str, fields: dict[str, str]
) -> None:
    with time_machine.travel("2026-05-04T10:00:01+02:00", tick=False):
        answers = from_everywhere(visitor, address, fields, 201)

        assert set(answers) == {422}
        assert read(visitor, address).status_code == 303


def test_who_came_too_often_reads_it_in_the_practices_own_words_with_the_other_ways(
    visitor: Client, address: str
) -> None:
    ready(practice_in_scope())
    an_edition(page_words__limited_title="Bitte einen Moment Geduld")
    with time_machine.travel("2026-05-04T10:00:01+02:00", tick=False):
        answers = [read(visitor, address) for _ in range(21)]

    assert "Bitte einen Moment Geduld" in answers[-1].content.decode()
    assert "tel:+493023125100" in answers[-1].content.decode()


def test_guessing_tokens_ends_after_thirty_tries_a_minute(visitor: Client, address: str) -> None:
    with time_machine.travel("2026-05-04T10:00:01+02:00", tick=False):
        answers = [visitor.get(f"/widget/{doors.new_token()}").status_code for _ in range(31)]

    assert answers == [404] * 30 + [429]


def test_a_qr_codes_token_opens_no_button_and_the_other_way_round(
    visitor: Client, widget: Widget, practice: Practice
) -> None:
    code = create_qr_code(practice=practice, name="Tresen", by=None)

    assert [visitor.get(path).status_code for path in (f"/widget/{code.token}", f"/q/{widget.token}")] == [404, 404]


def test_while_nobody_can_count_nobody_is_led_on(
    visitor: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = form_id(visitor.get(address).content.decode())
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    bus.cache_clear()

    opened, answer = visitor.get(address).status_code, read(visitor, address, form).status_code

    monkeypatch.undo()
    bus.cache_clear()
    assert (opened, answer) == (200, 503)


def test_a_practice_without_a_number_says_what_else_works(visitor: Client, address: str) -> None:
    whatsapp_link(lambda _: None)

    answer = read(visitor, address)

    assert (answer.status_code, PendingOptIn.objects.count()) == (503, 0)
    assert "WhatsApp geht gerade nicht" in answer.content.decode()


# ── what waits ──


def test_a_visit_is_no_newcomer_of_the_front_desk(visitor: Client, address: str, practice: Practice) -> None:
    read(visitor, address)

    assert agreed_today(practice) == 0


def test_c_08_a_visit_that_led_nowhere_is_gone_after_14_days_and_leaves_no_event(visitor: Client, address: str) -> None:
    read(visitor, address)

    events = expire_opt_ins(now=timezone.now() + timedelta(days=14, seconds=1))

    assert (events, PendingOptIn.objects.count(), ConsentEvent.objects.count()) == (0, 0, 0)


def test_the_sentence_carries_its_code_in_every_language() -> None:
    assert [find_code(greeting(language, "7K4F-012Q")) for language in (*GREETINGS, "fr")] == ["7K4F-012Q"] * 8


def test_c_28_the_public_page_of_the_website_sets_no_cookie_for_a_post_either(visitor: Client, address: str) -> None:
    answers = [read(visitor, address), visitor.post(address, {}), visitor.get("/widget/AAAAAAAAAAAAAAAAAAAAAA")]

    assert [(answer.status_code, len(answer.cookies)) for answer in answers] == [(303, 0), (422, 0), (404, 0)]
