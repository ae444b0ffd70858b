import hashlib
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consent import texts
from consent.purposes import Purpose
from consent.rendering import (
    BannedClaim,
    MissingElement,
    MissingPlaceholder,
    canonical,
    digest,
    placeholders,
    render,
    render_page,
)
from consent.texts import Button, ChatMessage, Document, MessageKey
from practices.refusal import Refusal
from tests.consent.practice_data import PRACTICE

GERMAN = texts.load("de-2026-05")


def test_the_page_is_shown_with_the_practices_own_data() -> None:
    page = render_page(GERMAN, PRACTICE).document

    assert page.title == "Mit der Zahnarztpraxis Dr. Morgenthal über WhatsApp schreiben"
    assert page.sections[0].text.startswith("Zahnarztpraxis Dr. Morgenthal, Am Beispielpark 3, 10115 Berlin. Unsere")
    assert page.emergency.text.endswith(
        "030 23125 100. Wenn wir geschlossen haben: 030 23125 999. Bei Lebensgefahr: 112."
    )
    assert page.purposes[3].explanation.endswith("höchstens 4 Nachrichten im Jahr.")
    assert [choice.purpose for choice in page.purposes] == list(Purpose)
    assert page.version_label == "Text de-2026-05"


def test_a_short_message_is_filled_whole() -> None:
    stopped = render(GERMAN.messages[MessageKey.OPTOUT_ALL], PRACTICE)

    assert stopped.text == (
        "Ihr Widerruf ist gespeichert (11.05.2026, 09:07 Uhr). Sie bekommen von der Zahnarztpraxis Dr. Morgenthal "
        "keine WhatsApp-Nachrichten mehr. Ihre Termine bleiben bestehen. Sie erreichen uns weiter unter "
        "030 23125 100. Möchten Sie WhatsApp wieder nutzen? Schreiben Sie START."
    )
    assert stopped.document.body == stopped.text


@pytest.mark.parametrize("version", texts.published())
def test_nothing_in_braces_is_left_in_any_text(version: str) -> None:
    text_set = texts.load(version)
    documents: list[Document] = [text_set.prefilled, text_set.chat, text_set.notice, *text_set.messages.values()]

    rendered = [render_page(text_set, PRACTICE).text, *(render(document, PRACTICE).text for document in documents)]

    assert [text for text in rendered if "{" in text or "}" in text] == []


# C-02: an empty placeholder blocks the text


@pytest.mark.parametrize("name", [name for name in placeholders(GERMAN.page) if name != "text_version"])
@pytest.mark.parametrize("empty", [None, "", "  \n\t "])
def test_a_page_with_a_missing_or_empty_value_is_not_shown(name: str, empty: str | None) -> None:
    values = {key: value for key, value in PRACTICE.items() if key != name}
    if empty is not None:
        values[name] = empty

    with pytest.raises(MissingPlaceholder) as refused:
        render_page(GERMAN, values)

    assert refused.value.names == (name,)


def test_all_missing_values_are_named_at_once_in_the_order_of_the_text() -> None:
    with pytest.raises(MissingPlaceholder) as refused:
        render(GERMAN.messages[MessageKey.OPTIN_DONE], {"uhrzeit": "09:07"})

    assert refused.value.names == ("datum", "zwecke", "widerruf_link", "datenschutz_url")
    assert refused.value.for_person == (
        "Der Text ist nicht vollständig. Es fehlt: datum, zwecke, widerruf_link, datenschutz_url."
    )


@pytest.mark.parametrize("misspelt", ["{Praxis Name}", "{praxis-name}", "{{1}}", "{}", "{ praxis_name }"])
def test_a_misspelt_placeholder_is_missing_and_never_shown(misspelt: str) -> None:
    with pytest.raises(MissingPlaceholder) as refused:
        render(ChatMessage(f"Guten Tag, {misspelt}!"), PRACTICE)

    assert refused.value.names == (misspelt.strip("{}"),)


def test_buttons_are_filled_too() -> None:
    asked = ChatMessage("Bitte wählen Sie.", (Button("anruf", "Anruf {praxis_telefon}"),))

    assert render(asked, PRACTICE).document.buttons == (Button("anruf", "Anruf 030 23125 100"),)


# Literal, and nothing more


@pytest.mark.parametrize(
    "value",
    [
        "{praxis_telefon}",
        "{0}",
        "{self.__class__}",
        "%(praxis_telefon)s",
        "$praxis_telefon",
        r"\1 \g<0>",
        "<b>Müller & Söhne</b>",
        "{{ praxis_telefon }}",
    ],
)
def test_a_value_is_shown_as_it_is(value: str) -> None:
    message = ChatMessage("Von {praxis_name}, {praxis_telefon}.")

    assert render(message, {**PRACTICE, "praxis_name": value}).text == f"Von {value}, 030 23125 100."


def test_a_value_of_several_lines_becomes_one() -> None:
    address = {"praxis_anschrift": " Am Beispielpark 3\r\n10115\u2028Berlin "}

    assert render(ChatMessage("({praxis_anschrift})"), address).text == "(Am Beispielpark 3 10115 Berlin)"


def test_percent_signs_and_single_braces_in_a_text_mean_nothing() -> None:
    assert render(ChatMessage("100 % Einsatz } und {"), {}).text == "100 % Einsatz } und {"


# What is hashed is what was seen


def test_the_hash_is_that_of_the_text_in_utf_8() -> None:
    page = render_page(GERMAN, PRACTICE)

    assert page.sha256 == hashlib.sha256(page.text.encode("utf-8")).hexdigest()
    assert page.text == canonical(page.document.plain())


def test_the_same_data_gives_the_same_hash_and_other_data_another() -> None:
    again = render_page(GERMAN, dict(reversed(PRACTICE.items())))
    moved = render_page(GERMAN, {**PRACTICE, "praxis_anschrift": "Am Beispielpark 4, 10115 Berlin"})

    assert render_page(GERMAN, PRACTICE).sha256 == again.sha256
    assert render_page(GERMAN, PRACTICE).sha256 != moved.sha256


def test_the_hash_does_not_hang_on_line_ends_or_composed_letters() -> None:
    assert digest("Größe \r\nzwei") == digest(unicodedata.normalize("NFD", "Größe\nzwei"))


@given(st.text(max_size=100))
@example("Text\n\n")
@example("\x1e\r")
def test_what_is_canonical_stays_as_it_is(text: str) -> None:
    once = canonical(text)

    assert canonical(once) == once


@given(st.dictionaries(st.sampled_from(sorted(PRACTICE)), st.text(min_size=1, max_size=20)))
def test_whatever_a_practice_is_called_the_page_is_whole_or_refused(changes: dict[str, str]) -> None:
    values = {**PRACTICE, **changes}
    empty = {name for name in placeholders(GERMAN.page) if name != "text_version" and not values[name].split()}

    try:
        title = render_page(GERMAN, values).document.title
    except MissingPlaceholder as refused:
        assert set(refused.names) == empty
    else:
        assert (empty, title) == (set(), f"Mit {' '.join(values['praxis_dativ'].split())} über WhatsApp schreiben")


# What may not be published


def test_a_text_with_a_banned_claim_is_not_shown() -> None:
    claim = "Niemand kann {was}."

    with pytest.raises(BannedClaim) as refused:
        render(ChatMessage(claim), {"was": "mitlesen"})

    assert refused.value.claims == ("nobody_reads",)


def test_a_page_that_leaves_out_what_it_must_say_is_not_shown() -> None:
    silent = replace(GERMAN.page, withdrawal=replace(GERMAN.page.withdrawal, text="Schreiben Sie uns."))

    with pytest.raises(MissingElement) as refused:
        render_page(replace(GERMAN, page=silent), PRACTICE)

    assert refused.value.elements == ("withdrawal",)


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (MissingPlaceholder(("datum",)), "missing_placeholder"),
        (BannedClaim(("conformity",)), "banned_claim"),
        (MissingElement(("usa",)), "missing_element"),
    ],
)
def test_every_refused_text_has_its_code_its_sentence_and_a_next_step(refusal: Refusal, reason: str) -> None:
    assert refusal.reason == reason
    assert refusal.for_person.endswith(".")
    assert refusal.next_step.endswith(".")
