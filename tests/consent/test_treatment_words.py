"""Words that name a treatment, and words that only look like it (C-23)."""

import pytest

from consent.treatment_words import STEMS, VERSION, WHOLE, treatment_words_in
from roger.demo import material


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ihre Wurzelbehandlung ist am Montag.", ("Wurzelbehandlung",)),
        ("WURZELBEHANDLUNG", ("WURZELBEHANDLUNG",)),
        ("Die Wurzelkanalbehandlungen", ("Wurzelkanalbehandlungen",)),
        ("Termin zur Weisheitszahnentfernung", ("Weisheitszahnentfernung",)),
        ("Roentgenbild und Röntgenbilder", ("Roentgenbild", "Röntgenbilder")),
        ("Ihr Heil- und Kostenplan", ("Heil- und Kostenplan",)),
        ("Ihr HKP liegt bereit", ("HKP",)),
        ("PZR am Dienstag, dann noch eine PZR", ("PZR",)),
        ("nach Ihrer OP", ("OP",)),
        ("die Füllung links", ("Füllung",)),
        ("die Teilkrone", ("Teilkrone",)),
        ("your root  canal treatment", ("root  canal",)),
        ("Zahnfu\u0308llung", ("Zahnfüllung",)),  # the dots as a sign of their own
    ],
)
def test_c_23_a_treatment_is_found_however_it_is_spelled(text: str, words: tuple[str, ...]) -> None:
    assert treatment_words_in(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "Ihr Termin in der Praxis ist eingetragen.",
        "Unterlagen, Rechnung, Bonusheft, Kontrolle, Versichertenkarte",
        "Bei Schmerzen hilft Ihnen die Vertretung weiter.",
        "Das Ausfüllen dauert acht Minuten. Danke für die Erfüllung Ihrer Pflicht.",
        "Option, Parkplatz, Kooperation, kooperativ, Archiv, Brückenstraße 4, Auto",
        "Zeit, Zettel, Haus, Passau",
    ],
)
def test_c_23_what_only_looks_like_one_is_none(text: str) -> None:
    assert treatment_words_in(text) == ()


@pytest.mark.parametrize("template", material.templates(), ids=[one["name"] for one in material.templates()])
def test_c_23_the_templates_a_practice_starts_with_keep_to_it(template: dict[str, object]) -> None:
    said = f"{template['body']} {[button['text'] for button in template['buttons']]}"  # type: ignore[attr-defined]

    assert template["purpose"] != "organisation" or treatment_words_in(said) == ()


def test_the_list_is_versioned_spelled_in_small_letters_and_says_nothing_twice() -> None:
    words = [*STEMS, *WHOLE]

    assert VERSION == "de-2026-05"
    assert words == [word.lower() for word in words]
    assert len(set(words)) == len(words)
