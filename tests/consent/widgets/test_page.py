"""The page behind the button: text D, one box, and then WhatsApp (C-07, C-28)."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from consent import texts
from consent.codes import find_code
from consent.doors import create_qr_code
from consent.models import ConsentEvent, ConsentText, ConsentTrace, PendingOptIn, Widget
from consent.newcomers import agreed_today
from consent.opt_ins import expire_opt_ins
from consent.website import GREETINGS, greeting
from consent.widgets import add_widget
from practices.models import AccessLog, Practice
from tests.consent.widgets.visits import SITE, form_id, prefilled, read, text_of
from tests.whole import languages

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("language", languages(["en", "tr", "ar", "ru", "uk", "pl"]))
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
