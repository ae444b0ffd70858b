"""The consent page in seven languages."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils.html import strip_tags

from consent import texts
from consent.codes import find_code
from consent.doors import whatsapp_link
from consent.models import ConsentEvent, ConsentText, PendingOptIn, QrCode
from practices.models import Practice
from practices.scope import practice_scope
from tests.consent.qr.pages import agree, hidden, open_page, rows
from tests.whole import languages

LANGUAGES = list(texts.CURRENT)
TRANSLATED = [language for language in LANGUAGES if language != "de"]
MOST_BYTES = 100_000


def words(html: str) -> str:
    return " ".join(unescape(strip_tags(html)).split())


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_c_01_the_fresh_page_has_four_empty_boxes_in_each_language(phone: Client, address: str, language: str) -> None:
    html = open_page(phone, f"{address}?lang={language}")

    assert re.findall(r'<input type="checkbox"\s+name="(\w+)"', html) == [
        "organisation",
        "behandlung",
        "recall",
        "werbung",
    ]
    assert "checked" not in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_c_02_what_is_shown_is_what_is_kept_word_for_word(
    phone: Client, address: str, practice: Practice, language: str
) -> None:
    html = open_page(phone, f"{address}?lang={language}")
    agree(phone, f"{address}?lang={language}")

    shown = words(html)
    with practice_scope(practice.pk):
        kept = ConsentText.objects.get(kind="qr_page")
    assert (kept.language, kept.version) == (language, f"{language}-2026-05")
    # Labels and buttons stand apart on the page.
    whole = [line for line in kept.body.splitlines() if not line.startswith(("☐", "["))]
    assert len(whole) == 10
    assert [line for line in whole if line not in shown] == []


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_each_language_is_named_to_screen_readers_with_its_direction(
    phone: Client, address: str, language: str
) -> None:
    html = open_page(phone, f"{address}?lang={language}")

    direction = "rtl" if language == "ar" else "ltr"
    assert re.findall(r'<html lang="(\w+)"\s+dir="(\w+)">', html) == [(language, direction)]
    assert re.findall(r'lang="(\w+)"\s+hreflang="\w+"\s+aria-current', html) == [language]


@pytest.mark.parametrize("language", languages(TRANSLATED))
def test_a_translation_says_in_its_language_that_german_binds_and_leads_there(
    phone: Client, address: str, language: str
) -> None:
    html = open_page(phone, f"{address}?lang={language}")

    assert texts.current(language).words.binding in words(html)
    assert html.count('<a href="?lang=de" hreflang="de">') == 1


def test_the_german_page_speaks_of_no_translation(phone: Client, address: str) -> None:
    assert open_page(phone, address).count('<a href="?lang=de" hreflang="de">') == 0


def test_in_arabic_german_words_and_numbers_stand_isolated(phone: Client, address: str) -> None:
    html = open_page(phone, f"{address}?lang=ar")

    assert '<bdi lang="de">Zahnarztpraxis Morgenthal, Am Beispielpark 3, 10115 Berlin</bdi>.' in html
    assert '<bdi lang="de">STOP</bdi>' in html
    assert html.count('<bdi class="ltr">030 23125100</bdi>') == 1
    assert '<bdi class="ltr">112</bdi>' in html


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_c_28_the_page_with_all_it_loads_weighs_less_than_100_kb(
    phone: Client, address: str, language: str, settings: object
) -> None:
    html = open_page(phone, f"{address}?lang={language}")

    loaded = {path.partition("#")[0] for path in re.findall(r'(?:href|src)="/static/([^"]+)"', html)}
    files = [Path("static") / path for path in sorted(loaded)]
    assert sorted(file.suffix for file in files) == [".css"] * 7 + [".svg"] * 2
    assert len(html.encode()) + sum(file.stat().st_size for file in files) < MOST_BYTES


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_c_28_no_language_asks_anybody_else_for_anything(phone: Client, address: str, language: str) -> None:
    answer = phone.get(f"{address}?lang={language}")

    html = answer.content.decode()
    loaded = re.findall(r'<(?:link|script|img|iframe|use)\b[^>]*?(?:href|src)="([^"]+)"', html)
    assert [url for url in loaded if not url.startswith("/static/")] == []
    assert "<script" not in html
    assert "style=" not in html
    assert len(answer.cookies) == 0


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_who_has_no_whatsapp_reads_what_else_works(phone: Client, address: str, language: str) -> None:
    html = open_page(phone, f"{address}?lang={language}")

    without = html[html.index('id="without"') :]
    said = words(without)
    spoken = texts.current(language).words
    for sentence in (spoken.without_title, spoken.phone, spoken.email, spoken.on_site, "Am Beispielpark 3"):
        assert sentence in said
    assert re.findall(r'href="(tel|mailto):', without) == ["tel", "mailto"]  # 112 stands above


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_c_03_declining_is_a_button_of_the_same_size_and_is_answered_in_the_language(
    phone: Client, address: str, practice: Practice, language: str
) -> None:
    html = open_page(phone, f"{address}?lang={language}")

    answer = phone.post(f"{address}?lang={language}", hidden(html) | {"answer": "no"})

    spoken = texts.current(language)
    buttons = re.findall(r'<button class="([^"]+)"[^>]*>([^<]+)</button>', html)
    assert buttons == [("big-button", spoken.page.agree_label), ("big-button", spoken.page.decline_label)]
    assert spoken.words.declined_text in words(answer.content.decode())
    assert rows(ConsentEvent, practice) == []


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_the_prefilled_sentence_is_in_the_language_and_carries_the_code(
    phone: Client, address: str, practice: Practice, language: str
) -> None:
    answer = agree(phone, f"{address}?lang={language}")

    sentence = parse_qs(urlsplit(answer["Location"]).query)["text"][0]
    assert sentence.startswith(texts.current(language).prefilled.body.partition("{")[0])
    assert find_code(sentence) is not None
    assert [opt_in.language for opt_in in rows(PendingOptIn, practice)] == [language]


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_what_is_missing_is_said_in_the_language(phone: Client, address: str, language: str) -> None:
    answer = agree(phone, f"{address}?lang={language}", "recall")

    spoken = texts.current(language).words
    said = words(answer.content.decode())
    assert (answer.status_code, spoken.errors_title in said, spoken.first_purpose_needed in said) == (422, True, True)


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_a_code_that_leads_nowhere_says_so_in_the_language(phone: Client, practice: Practice, language: str) -> None:
    answers = [
        phone.get(f"/q/unknown?lang={language}"),
        phone.get("/q/unknown", headers={"accept-language": f"{language},de;q=0.5"}),
    ]

    spoken = texts.current(language).words
    assert [answer.status_code for answer in answers] == [404, 404]
    assert [spoken.invalid_title in words(answer.content.decode()) for answer in answers] == [True, True]


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_a_practice_without_a_number_says_so_in_the_language(
    phone: Client, address: str, practice: Practice, language: str
) -> None:
    form = hidden(open_page(phone, f"{address}?lang={language}"))
    whatsapp_link(lambda _: None)

    answer = agree(phone, f"{address}?lang={language}", form=form)

    assert answer.status_code == 503
    assert texts.current(language).words.unavailable_text in words(answer.content.decode())


def test_a_codes_own_language_goes_before_the_browsers_and_the_links_before_both(
    phone: Client, address: str, practice: Practice, code: QrCode
) -> None:
    with practice_scope(practice.pk):
        QrCode.objects.update(language="tr")

    pages = [
        open_page(phone, address, accept_language="ru"),
        open_page(phone, f"{address}?lang=uk", accept_language="ru"),
        open_page(phone, f"{address}?lang=xx", accept_language="ru"),
    ]

    assert [re.findall(r'<html lang="(\w+)"', page) for page in pages] == [["tr"], ["uk"], ["tr"]]


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_the_privacy_notice_speaks_the_language(phone: Client, practice: Practice, language: str) -> None:
    html = open_page(phone, f"/datenschutz/morgenthal/?lang={language}")

    spoken = texts.current(language)
    said = words(html)
    assert f"<h1>{spoken.notice.title}</h1>" in html
    assert [spoken.words.stop_title in said, spoken.periods.chats in said, "{" in said] == [True, True, False]


def test_every_public_page_names_its_styles_as_the_front_serves_them(phone: Client, address: str) -> None:
    html = open_page(phone, address)

    assert settings.STATIC_URL == "/static/"
    assert len(re.findall(r'<link rel="stylesheet" href="/static/css/\w+\.css">', html)) == 6
