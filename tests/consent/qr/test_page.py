"""The consent page behind the QR code, as a phone meets it."""

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from consent.codes import find_code
from consent.doors import create_qr_code, whatsapp_link
from consent.models import ConsentEvent, ConsentText, ConsentTrace, PendingOptIn, QrCode, QrDay
from practices import doors
from practices.bus import bus
from practices.models import AccessLog, Door, Practice
from practices.scope import practice_scope
from tests.consent.qr.pages import agree, hidden, open_page, rows
from tests.whole import of_whole, whole

# ── the page ──


def test_the_fresh_page_has_four_empty_boxes(phone: Client, address: str) -> None:
    html = open_page(phone, address)

    boxes = re.findall(r'<input type="checkbox"\s+name="(\w+)"', html)
    assert boxes == ["organisation", "behandlung", "recall", "werbung"]
    assert "checked" not in html


def test_the_page_says_word_for_word_what_is_kept(phone: Client, address: str, practice: Practice) -> None:
    agree(phone, address)

    with practice_scope(practice.pk):
        body = ConsentText.objects.get(kind="qr_page").body
    html = open_page(phone, address)
    assert "Bei starken Schmerzen rufen Sie uns an: 030 23125100." in body
    assert "In diesem Umfang entbinde ich die Praxis gegenüber den Betreibern von WhatsApp (Meta)" in body
    for line in (
        "Bei starken Schmerzen rufen Sie uns an: 030 23125100.",
        "Mit der Zahnarztpraxis Morgenthal über WhatsApp",
    ):
        assert line in strip_tags(html)
        assert line in body


@pytest.mark.parametrize("language", ["de", "ar"])
def test_whom_to_ring_in_an_emergency_stands_there_once_and_is_rung_by_a_tap(
    phone: Client, address: str, practice: Practice, language: str
) -> None:
    Practice.objects.filter(pk=practice.pk).update(emergency_phone="116 117")

    html = open_page(phone, f"{address}?lang={language}")

    calls = re.findall(r'href="tel:([^"]+)"', html.partition('class="emergency"')[2].partition("</section>")[0])
    assert calls == ["+493023125100", "116117", "112"]
    assert [html.count(f"tel:{number}") for number in ("116117", "112")] == [1, 1]


def test_both_answers_are_buttons_of_one_size(phone: Client, address: str) -> None:
    html = open_page(phone, address)

    assert re.findall(r'<button class="([^"]+)"[^>]*name="answer" value="(\w+)"', html) == [
        ("big-button", "yes"),
        ("big-button", "no"),
    ]


def test_opening_the_page_sets_no_cookie_and_leaves_only_a_count(
    phone: Client, address: str, practice: Practice, code: QrCode
) -> None:
    answers = [phone.get(address, REMOTE_ADDR="203.0.113.77") for _ in range(3)]
    phone.head(address)

    assert [(answer.status_code, len(answer.cookies)) for answer in answers] == [(200, 0)] * 3
    assert [(day.qr_code_id, day.opened) for day in rows(QrDay, practice)] == [(code.pk, 3)]
    assert rows(AccessLog, practice) == rows(PendingOptIn, practice) == []


def test_openings_count_for_the_day_of_the_practice(phone: Client, address: str, practice: Practice) -> None:
    for at in ("2026-05-04T23:59:00+02:00", "2026-05-05T00:00:00+02:00", "2026-05-05T00:01:00+02:00"):
        with time_machine.travel(datetime.fromisoformat(at), tick=True):
            phone.get(address)

    assert sorted((str(day.day), day.opened) for day in rows(QrDay, practice)) == [("2026-05-04", 1), ("2026-05-05", 2)]


def test_the_page_asks_nobody_else_for_anything_and_lets_the_form_lead_to_whatsapp(phone: Client, address: str) -> None:
    answer = phone.get(address)

    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["form-action"] == "'self' https://wa.me https://api.whatsapp.com"
    assert policy["default-src"] == "'none'"
    others = re.findall(r'(?:src|href)="((?:https?:)?//[^"]+)"', answer.content.decode())
    assert [url for url in others if not url.startswith(f"{settings.BASE_URL}/datenschutz/morgenthal/")] == []
    assert "<script" not in answer.content.decode()


def test_form_action_names_the_origin_of_the_link_alone(
    phone: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "WHATSAPP_LINK_BASE", "http://127.0.0.1:8360/phones/link")

    answer = phone.get(address)

    assert "form-action 'self' http://127.0.0.1:8360;" in answer["Content-Security-Policy"] + ";"


@pytest.mark.parametrize(
    ("query", "accepted", "title"),
    [
        ("", "de-DE,de;q=0.9", "Mit der Zahnarztpraxis Morgenthal über WhatsApp schreiben"),
        ("", "en-GB,en;q=0.9", "Writing to Zahnarztpraxis Morgenthal on WhatsApp"),
        ("", "fr", "Mit der Zahnarztpraxis Morgenthal über WhatsApp schreiben"),
        ("", "fr-FR,pl;q=0.5", "Kontakt przez WhatsApp: Zahnarztpraxis Morgenthal"),
        ("", "tr", "Zahnarztpraxis Morgenthal ile WhatsApp üzerinden yazışma"),
        ("?lang=en", "de", "Writing to Zahnarztpraxis Morgenthal on WhatsApp"),
        ("?lang=de", "en", "Mit der Zahnarztpraxis Morgenthal über WhatsApp schreiben"),
        ("?lang=xx", "de", "Mit der Zahnarztpraxis Morgenthal über WhatsApp schreiben"),
    ],
)
def test_the_language_is_the_links_or_else_the_browsers(
    phone: Client, address: str, query: str, accepted: str, title: str
) -> None:
    html = open_page(phone, address + query, accept_language=accepted)

    assert f"<h1>{title}</h1>" in html


# ── agreeing ──


def test_agreeing_leads_to_whatsapp_with_one_303_and_a_code(phone: Client, address: str, practice: Practice) -> None:
    answer = agree(phone, address, "organisation", "recall")

    link = urlsplit(answer["Location"])
    text = parse_qs(link.query)["text"][0]
    assert (answer.status_code, link.netloc, link.path) == (303, "wa.me", "/493023125101")
    assert re.fullmatch(
        r"Ja, ich möchte mit der Zahnarztpraxis Morgenthal über WhatsApp schreiben\. Code: \w{4}-\w{4}", text
    )
    assert find_code(text) is not None
    with practice_scope(practice.pk):
        assert PendingOptIn.objects.get().purposes == {
            "organisation": True,
            "behandlung": False,
            "recall": True,
            "werbung": False,
        }
        assert [event.type for event in ConsentEvent.objects.all()] == ["granted"]
    assert len(answer.cookies) == 0


def test_agreeing_in_english_keeps_the_english_text(phone: Client, address: str, practice: Practice) -> None:
    answer = agree(phone, f"{address}?lang=en")

    assert "Yes, I would like to write" in parse_qs(urlsplit(answer["Location"]).query)["text"][0]
    with practice_scope(practice.pk):
        assert [text.version for text in ConsentText.objects.filter(kind="qr_page")] == ["en-2026-05"]


def test_the_trace_holds_a_cut_address_and_a_family_of_browsers_only(
    phone: Client, address: str, practice: Practice
) -> None:
    form = hidden(open_page(phone, address))

    phone.post(address, form | {"answer": "yes", "organisation": "1"}, REMOTE_ADDR="203.0.113.77")

    assert [(trace.network, trace.browser) for trace in rows(ConsentTrace, practice)] == [("203.0.113.0", "Safari")]


def test_a_form_sent_twice_is_one_act_and_leads_to_the_same_place(
    phone: Client, address: str, practice: Practice
) -> None:
    form = hidden(open_page(phone, address))

    first, second = (agree(phone, address, form=form) for _ in range(2))

    assert second["Location"] == first["Location"]
    assert len(rows(ConsentEvent, practice)) == 1


def test_without_the_first_purpose_the_page_comes_back_with_what_was_ticked(
    phone: Client, address: str, practice: Practice
) -> None:
    answer = agree(phone, address, "werbung")

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Bitte kreuzen Sie „Termine und Organisation“ an." in html
    assert re.findall(r'name="(\w+)"\s+value="1"\s+autocomplete="off"\s+checked', html) == ["werbung"]
    assert rows(ConsentEvent, practice) == []


@pytest.mark.parametrize("form", ["", "forged", "WyJhIl0:1abc:x"])
def test_a_form_we_did_not_issue_is_shown_again_and_nothing_is_kept(
    phone: Client, address: str, practice: Practice, form: str
) -> None:
    answer = phone.post(address, {"form_id": form, "answer": "yes", "organisation": "1"})

    assert answer.status_code == 422
    assert "Diese Seite war zu lange offen." in answer.content.decode()
    assert rows(ConsentEvent, practice) == []


def test_a_form_of_another_code_is_refused(phone: Client, address: str, practice: Practice) -> None:
    with practice_scope(practice.pk):
        other = f"/q/{create_qr_code(practice=practice, name='Plakat', by=None).token}"

    answer = agree(phone, address, form=hidden(open_page(phone, other)))

    assert answer.status_code == 422


def test_a_form_whose_code_has_died_is_shown_again(phone: Client, address: str, practice: Practice) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        form = hidden(open_page(phone, address))
        agree(phone, address, form=form)
        clock.shift(31 * 60)

        assert agree(phone, address, form=form).status_code == 422
    assert len(rows(ConsentEvent, practice)) == 1


def test_a_practice_without_a_number_says_so_and_keeps_nothing(phone: Client, address: str, practice: Practice) -> None:
    whatsapp_link(lambda _: None)

    answer = agree(phone, address)

    assert answer.status_code == 503
    assert "WhatsApp geht gerade nicht" in answer.content.decode()
    assert rows(ConsentEvent, practice) == []


def test_declining_shows_the_other_ways_and_keeps_nothing(phone: Client, address: str, practice: Practice) -> None:
    answer = phone.post(address, hidden(open_page(phone, address)) | {"answer": "no"})

    html = answer.content.decode()
    assert answer.status_code == 200
    assert "An Ihrer Behandlung ändert das nichts." in html
    assert f'href="{address}"' in html
    assert rows(ConsentEvent, practice) == []


def test_another_site_cannot_make_a_browser_agree(phone: Client, address: str, practice: Practice) -> None:
    form = hidden(open_page(phone, address))

    answer = phone.post(
        address, form | {"answer": "yes", "organisation": "1"}, headers={"sec-fetch-site": "cross-site"}
    )

    assert answer.status_code == 403
    assert rows(ConsentEvent, practice) == []


# ── codes that lead nowhere ──


def test_unknown_revoked_and_misspelt_codes_get_the_same_page(
    phone: Client, address: str, practice: Practice, code: QrCode
) -> None:
    with practice_scope(practice.pk):
        doors.close(Door.Kind.QR, code.pk)

    answers = [phone.get(path) for path in (address, "/q/unknown", f"{address}x", "/q/%00%ff", f"/q/{'a' * 3000}")]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert len({answer.content for answer in answers}) == 1
    assert "Dieser Code gilt nicht mehr" in answers[0].content.decode()


def test_a_code_whose_row_is_revoked_is_closed_too(phone: Client, address: str, practice: Practice) -> None:
    with practice_scope(practice.pk):
        QrCode.objects.update(revoked_at=timezone.now())

    assert phone.get(address).status_code == 404


def test_a_webhooks_token_opens_no_consent_page(phone: Client, practice: Practice) -> None:
    token = doors.new_token()
    doors.install(Door.Kind.WEBHOOK, token, leads_to=practice, object_id=uuid4())

    assert phone.get(f"/q/{token}").status_code == 404


# ── limits ──


def test_the_twenty_first_answer_of_a_minute_from_one_address_waits(
    phone: Client, address: str, practice: Practice
) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        answers = [agree(phone, address) for _ in range(21)]

    assert [answer.status_code for answer in answers] == [303] * 20 + [429]
    assert "Ihre Auswahl wurde nicht gespeichert." in answers[-1].content.decode()
    assert answers[-1]["Retry-After"] == "60"
    assert len(rows(ConsentEvent, practice)) == 20


def test_another_address_is_not_held_up_and_the_limit_ends_with_its_minute(
    phone: Client, address: str, practice: Practice
) -> None:
    form = hidden(open_page(phone, address))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(21):
            phone.post(address, {"answer": "no"})
        elsewhere = phone.post(address, {"answer": "no"}, REMOTE_ADDR="198.51.100.1")
        clock.shift(61)

        assert elsewhere.status_code == 200
        assert phone.post(address, form | {"answer": "no"}).status_code == 200


def from_everywhere(phone: Client, address: str, fields: dict[str, str], times: int) -> list[int]:
    """The same post from one network after the other."""
    return [phone.post(address, fields, REMOTE_ADDR=f"198.51.{number}.1").status_code for number in range(times)]


def test_two_hundred_forms_an_hour_are_all_one_code_takes(phone: Client, address: str, practice: Practice) -> None:
    form = hidden(open_page(phone, address)) | {"organisation": "1", "answer": "yes"}
    with time_machine.travel(timezone.now(), tick=False):
        statuses = from_everywhere(phone, address, form, 201)
        over = phone.post(address, form, REMOTE_ADDR="198.51.240.1").content.decode()

    assert statuses == [303] * 200 + [429]
    assert "tel:+493023125100" in over


@pytest.mark.parametrize(
    "fields",
    [
        {"answer": "no"},
        {"answer": "yes", "organisation": "1", "form_id": "made up", "text": ""},
        of_whole({"answer": "yes", "organisation": "1"}),
    ],
)
def test_declining_and_forms_that_were_never_shown_leave_a_code_open_to_everybody_else(
    phone: Client, address: str, fields: dict[str, str]
) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        statuses = from_everywhere(phone, address, fields, 201)

        assert set(statuses) in ({200}, {422})
        assert agree(phone, address).status_code == 303


@whole
def test_a_form_without_its_first_box_leaves_a_code_open_to_everybody_else(phone: Client, address: str) -> None:
    form = hidden(open_page(phone, address)) | {"answer": "yes"}
    with time_machine.travel(timezone.now(), tick=False):
        statuses = from_everywhere(phone, address, form, 201)

        assert set(statuses) == {422}
        assert agree(phone, address).status_code == 303


def test_after_thirty_misses_in_a_minute_an_address_waits(phone: Client, address: str) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        statuses = [phone.get(f"/q/wrong{number}").status_code for number in range(31)]

        assert statuses == [404] * 30 + [429]
        assert phone.get(address).status_code == 429
        assert phone.get(address, REMOTE_ADDR="198.51.100.1").status_code == 200


def test_the_counters_name_no_address(phone: Client, address: str) -> None:
    phone.get("/q/wrong", REMOTE_ADDR="203.0.113.77")
    phone.post(address, {"answer": "no"}, REMOTE_ADDR="203.0.113.77")

    stored = b" ".join(key + bus().get(key) for key in bus().scan_iter())
    assert stored.count(b"roger:limit:") == 2
    assert b"203.0.113" not in stored


@pytest.fixture
def redis_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The bus leads to a port where nobody listens."""
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    bus.cache_clear()
    yield
    monkeypatch.undo()
    bus.cache_clear()


def test_without_redis_the_page_opens_and_agreeing_is_put_off(
    phone: Client, address: str, practice: Practice, redis_away: None
) -> None:
    form = hidden(open_page(phone, address))

    answer = agree(phone, address, form=form)

    assert answer.status_code == 503
    assert "Bitte versuchen Sie es gleich noch einmal." in answer.content.decode()
    assert phone.get("/q/unknown").status_code == 404
    assert rows(ConsentEvent, practice) == []


# ── the privacy notice ──


def test_the_privacy_notice_names_the_practice_and_its_authority(phone: Client, practice: Practice) -> None:
    html = open_page(phone, "/datenschutz/morgenthal/")

    assert "Datenschutz kurz erklärt: WhatsApp in unserer Praxis" in html
    assert "Zahnarztpraxis Morgenthal, Am Beispielpark 3, 10115 Berlin, 030 23125100." in strip_tags(html)
    assert "Berliner Beauftragte für Datenschutz und Informationsfreiheit" in html
    assert "Stand Mai 2026" in html


def test_the_privacy_notice_offers_to_stop_with_one_tap(phone: Client, practice: Practice) -> None:
    html = open_page(phone, "/datenschutz/morgenthal/")

    assert '<h2 id="widerruf">' in html
    assert 'href="https://wa.me/493023125101?text=STOP"' in html


def test_the_privacy_notice_speaks_english(phone: Client, practice: Practice) -> None:
    assert 'lang="en"' in open_page(phone, "/datenschutz/morgenthal/?lang=en")


def test_the_privacy_notice_of_nobody_is_not_found(phone: Client, practice: Practice) -> None:
    answer = phone.get("/datenschutz/nirgends/")

    assert (answer.status_code, len(answer.cookies)) == (404, 0)
