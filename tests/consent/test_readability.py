"""How hard a text is to read: counted by hand here."""

import pytest

from consent import texts
from consent.readability import Reading, measure


def test_lix_is_words_per_sentence_and_long_words_in_a_hundred() -> None:
    # Ten words, two sentences; "Einwilligung" and "Schweigepflicht" have more than six letters.
    found = measure("Wir brauchen Ihre Zeit und Ihre Einwilligung. Auch zur Schweigepflicht.", "de")

    assert found == Reading(words=10, sentences=2, long_words=3, lix=35, verdict="leicht zu lesen")


@pytest.mark.parametrize(
    ("text", "lix", "verdict"),
    [
        ("Wir sind da. Sie auch. Das ist gut.", 3, "sehr leicht zu lesen"),
        ("Bitte schreiben Sie uns, wenn Sie einen Termin wieder absagen müssen.", 29, "sehr leicht zu lesen"),
        ("Datenschutzgrundverordnung verlangt Rechtsgrundlagen.", 103, "sehr schwer, wie ein Gesetz"),
    ],
)
def test_each_level_has_its_words(text: str, lix: int, verdict: str) -> None:
    found = measure(text, "de")

    assert found is not None
    assert (found.lix, found.verdict) == (lix, verdict)


def test_abbreviations_and_numbers_end_no_sentence() -> None:
    found = measure("Grundlage ist Art. 6 Abs. 1 Buchst. a der Verordnung.", "de")

    assert found is not None
    assert found.sentences == 1


def test_a_line_ends_a_sentence() -> None:
    found = measure("Wer schreibt mit Ihnen\nDie Praxis", "de")

    assert found is not None
    assert found.sentences == 2


@pytest.mark.parametrize("language", ["en", "tr", "ar"])
def test_other_languages_are_measured_by_their_sentences_alone(language: str) -> None:
    found = measure("One two three. Four five six.", language)

    assert found is not None
    assert (found.lix, found.words_per_sentence, found.verdict) == (None, 3, "kurze Sätze, gut zu lesen")


def test_long_sentences_are_called_long() -> None:
    found = measure(" ".join(["word"] * 25), "en")

    assert found is not None
    assert found.verdict == "lange Sätze, bitte teilen"


@pytest.mark.parametrize("text", ["", " \n ", "112 … 360"])
def test_what_has_no_words_is_not_measured(text: str) -> None:
    assert measure(text, "de") is None


def test_the_german_page_of_the_house_reads_no_harder_than_a_newspaper() -> None:
    found = measure(texts.load("de-2026-05").page.plain(), "de")

    assert found is not None
    assert found.lix is not None
    assert found.lix < 50
