"""Links in public texts: marks are added, no word is changed."""

import pytest
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from consent.templatetags.phones import as_written
from consent.templatetags.reading import linked

ADDRESS = "https://roger.example/datenschutz/morgenthal/#widerruf"


def test_an_address_is_a_link_that_breaks_after_its_signs() -> None:
    assert linked(f"öffnen Sie {ADDRESS} oder sagen Sie es uns.") == (
        f'öffnen Sie <a class="address" href="{ADDRESS}"><bdi class="ltr">https://<wbr>roger.<wbr>example/<wbr>'
        "datenschutz/<wbr>morgenthal/<wbr>#<wbr>widerruf</bdi></a> oder sagen Sie es uns."
    )


@pytest.mark.parametrize("end", [".", ",", "!", "?", ")", ";"])
def test_the_end_of_a_sentence_belongs_to_no_address(end: str) -> None:
    assert f'href="{ADDRESS}"' in linked(f"({ADDRESS}{end}")


def test_a_number_is_called_by_a_tap() -> None:
    assert linked("Rufen Sie an: 030 23125100.") == (
        'Rufen Sie an: <a href="tel:+493023125100"><bdi class="ltr">030 23125100</bdi></a>.'
    )


@pytest.mark.parametrize("text", ["Art. 9 Abs. 2", "10115 Berlin", "§ 630f BGB", "27.02.1958", "4 Nachrichten", "112."])
def test_other_figures_are_no_number(text: str) -> None:
    assert linked(text) == text


def test_an_e_mail_address_is_a_link() -> None:
    html = linked("Schreiben Sie an praxis@morgenthal.example.")

    assert html.startswith('Schreiben Sie an <a href="mailto:praxis@morgenthal.example">praxis@')
    assert strip_tags(html) == "Schreiben Sie an praxis@morgenthal.example."


def test_what_a_practice_wrote_itself_is_escaped() -> None:
    assert linked('<img src=x onerror="a()"> & Söhne') == "&lt;img src=x onerror=&quot;a()&quot;&gt; &amp; Söhne"


@given(st.text(alphabet="abc ./:#@0123456789-äß\n", max_size=80).map(lambda text: f"{text} https://a.example/{text}"))
def test_no_word_is_changed(text: str) -> None:
    assert strip_tags(linked(text)) == text


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+493023125100", "030 23125 100"),
        ("+491713920010", "0171 3920 010"),
        ("+4922147100", "0221 47100"),
        ("geheim", "geheim"),
    ],
)
def test_numbers_stand_in_groups(number: str, shown: str) -> None:
    assert as_written(number) == shown
