"""What text C must say, and how texts are called on their pages."""

from dataclasses import replace

import pytest

from consent import texts
from consent.models import ConsentText
from consent.templatetags.texts import text_name
from consent.texts import direction_of
from consent.texts.mandatory import chat_elements


@pytest.mark.parametrize("version", sorted(texts.CURRENT.values()))
def test_c_02_the_question_in_the_chat_says_all_it_must_in_every_language(version: str) -> None:
    assert set(chat_elements(texts.load(version).chat).values()) == {True}


@pytest.mark.parametrize(
    ("gone", "element"),
    [
        ("{praxis_nominativ}", "chat_practice"),
        ("Meta", "chat_recipient"),
        ("STOP", "chat_withdrawal"),
        ("{optin_url}", "chat_whole_text"),
    ],
)
def test_c_02_what_was_taken_out_of_the_question_is_named(gone: str, element: str) -> None:
    chat = texts.load("de-2026-05").chat

    found = chat_elements(replace(chat, body=chat.body.replace(gone, "…")))

    assert [name for name, is_said in found.items() if not is_said] == [element]


@pytest.mark.parametrize(("language", "written"), [("ar", "rtl"), ("de", "ltr"), ("uk", "ltr")])
def test_arabic_is_written_from_right_to_left(language: str, written: str) -> None:
    assert direction_of(language) == written


def test_every_kind_of_text_has_a_german_name() -> None:
    assert len({text_name(kind) for kind in ConsentText.Kind}) == len(ConsentText.Kind)
