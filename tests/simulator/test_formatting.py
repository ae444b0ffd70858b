"""How texts, times and sizes read on a phone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from simulator.phones.formatting import clock_time, day_name, initials, rich_text, size_of

BERLIN = ZoneInfo("Europe/Berlin")


def at(day: int, hour: int = 12) -> float:
    """A day of November 2026 in Berlin, as seconds."""
    return datetime(2026, 11, day, hour, tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("einfach", "einfach"),
        ("*fett*", "<strong>fett</strong>"),
        ("_schräg_", "<em>schräg</em>"),
        ("~weg~", "<s>weg</s>"),
        ("```fest *so*```", "<code>fest <strong>so</strong></code>"),
        ("2*3*4", "2*3*4"),
        ("* Liste *", "* Liste *"),
        ("datei_name_hier", "datei_name_hier"),
        ("a < b & c", "a &lt; b &amp; c"),
        (
            "siehe https://praxis.example/a_b_c.",
            'siehe <a href="https://praxis.example/a_b_c" target="_blank" rel="noopener noreferrer">'
            "https://praxis.example/a_b_c</a>.",
        ),
        ("javascript:alert(1)", "javascript:alert(1)"),
        (
            "http://127.0.0.1:8000/w/abc*x*",
            '<a href="http://127.0.0.1:8000/w/abc*x*" target="_blank" rel="noopener noreferrer">'
            "http://127.0.0.1:8000/w/abc*x*</a>",
        ),
    ],
)
def test_marks_and_links_become_html_and_nothing_else_does(text: str, html: str) -> None:
    assert rich_text(text) == html


@pytest.mark.parametrize(
    ("day", "name"), [(22, "Heute"), (21, "Gestern"), (20, "Freitag"), (16, "Montag"), (15, "15.11.2026")]
)
def test_days_read_as_people_say_them(day: int, name: str) -> None:
    assert day_name(at(day), at(22)) == name


def test_midnight_in_berlin_parts_the_days() -> None:
    assert day_name(at(21, 23), at(22, 0)) == "Gestern"


def test_times_are_those_of_berlin() -> None:
    assert clock_time(1763800000) == "09:26"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Jana Vogt", "JV"), ("Erika", "E"), ("Dr. Anna von Berg", "DB"), ("+491713920001", "#"), ("", "#")],
)
def test_initials_are_one_or_two_letters(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(("size", "words"), [(1, "1 KB"), (40_960, "40 KB"), (1_572_864, "1,5 MB")])
def test_sizes_are_rounded(size: int, words: str) -> None:
    assert size_of(size) == words
