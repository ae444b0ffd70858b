"""Ink on ground, computed from the tokens: docs/look.md says which pairs there are, and what it says is true.

Ratio as WCAG 2.2 defines it (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio), cut after one digit, never rounded up.
"""

import math
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CSS = re.sub(r"/\*.*?\*/", "", (ROOT / "static" / "css" / "tokens.css").read_text(), flags=re.DOTALL)
LOOK = (ROOT / "docs" / "look.md").read_text()
COLOUR = re.compile(r"--([a-z-]+):\s*(?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));")
DAY, NIGHT = 0, 1
Pair = tuple[str, str]


def colours(selector: str) -> dict[str, Pair]:
    """What a block of the tokens sets: the colour by day and by night."""
    found = re.search(re.escape(selector) + r"\s*{(.*?)}", CSS, re.DOTALL)
    assert found
    return {name: (day or both, night or both) for name, day, night, both in COLOUR.findall(found[1])}


USUAL = colours("  :root")
MORE = colours(':root[data-contrast="more"]')
# In the order of the table's columns.
THEMES = [
    {name: pair[time] for name, pair in {**USUAL, **more}.items()} for more in ({}, MORE) for time in (DAY, NIGHT)
]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def lowest(ink: str, grounds: list[str]) -> list[str]:
    """In each theme, on the ground where it is hardest to read."""
    worst = (min(ratio(theme[ink], theme[ground]) for ground in grounds) for theme in THEMES)
    return [f"{math.floor(one * 10) / 10:.1f}" for one in worst]


def table(heading: str) -> list[tuple[str, list[str], list[str]]]:
    """Ink, grounds and ratios of each line of the table under the heading."""
    part = LOOK.partition(f"### {heading}\n")[2].partition("\n#")[0]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| `")]
    return [(ink.strip("`"), re.findall(r"`([a-z-]+)`", grounds), ratios) for ink, grounds, *ratios in rows]


LETTERS, SHAPES = table("Letters"), table("Borders and shapes")


@pytest.mark.parametrize(
    ("one", "other", "expected"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#0b5a5e", "#0b5a5e", 1)]
)
def test_a_ratio_is_the_one_of_the_recommendation(one: str, other: str, expected: float) -> None:
    assert ratio(one, other) == pytest.approx(expected, abs=0.005)
    assert ratio(other, one) == ratio(one, other)


@pytest.mark.parametrize(("ink", "grounds", "written"), LETTERS + SHAPES, ids=lambda part: str(part)[:60])
def test_what_the_look_says_about_contrast_is_so(ink: str, grounds: list[str], written: list[str]) -> None:
    assert written == lowest(ink, grounds)


@pytest.mark.parametrize(("ink", "grounds", "written"), LETTERS, ids=lambda part: str(part)[:60])
def test_letters_can_be_read(ink: str, grounds: list[str], written: list[str]) -> None:
    """4.5 to 1 (WCAG AA), and 7 to 1 (AAA) for whoever asks for more."""
    by_day, by_night, more_by_day, more_by_night = map(float, lowest(ink, grounds))

    assert min(by_day, by_night) >= 4.5
    assert min(more_by_day, more_by_night) >= 7


@pytest.mark.parametrize(("ink", "grounds", "written"), SHAPES, ids=lambda part: str(part)[:60])
def test_borders_and_shapes_can_be_seen(ink: str, grounds: list[str], written: list[str]) -> None:
    """3 to 1 (WCAG 1.4.11), and 4.5 to 1 for whoever asks for more."""
    by_day, by_night, more_by_day, more_by_night = map(float, lowest(ink, grounds))

    assert min(by_day, by_night) >= 3
    assert min(more_by_day, more_by_night) >= 4.5


def test_every_colour_stands_in_a_table_or_among_the_quiet_lines() -> None:
    measured = {name for ink, grounds, _ratios in LETTERS + SHAPES for name in (ink, *grounds)}
    quiet = re.findall(r"`([a-z-]+)`", LOOK.partition("Quiet lines carry nothing: ")[2].partition("\n")[0])

    assert len(LETTERS) > 10
    assert sorted(USUAL.keys() - measured) == sorted(quiet)


def test_whoever_asks_for_contrast_gets_real_lines() -> None:
    """The quiet ones too."""
    lines = [name for name in USUAL if name.endswith("line")]

    assert lines
    assert [name for name in lines if min(ratio(theme[name], theme["surface"]) for theme in THEMES[2:]) < 4.5] == []


def test_the_system_and_the_profile_ask_for_the_same_contrast() -> None:
    assert colours(':root:not([data-contrast="normal"])') == MORE
    assert MORE.keys() <= USUAL.keys()


def test_old_phones_get_the_day() -> None:
    old = colours("@supports not (color: light-dark(#000, #fff)) {\n    :root")

    assert len(old) > 20
    assert {name: pair[DAY] for name, pair in old.items()} == {name: USUAL[name][DAY] for name in old}
