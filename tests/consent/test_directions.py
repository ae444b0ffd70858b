"""Which way a text is written is known in one place, for pages, messages and the proof."""

import pytest
from django.template import Context, Template

from consent import texts


@pytest.mark.parametrize(
    ("language", "direction"), [("ar", "rtl"), ("ar-EG", "rtl"), ("he", "rtl"), ("ur", "rtl"), ("de", "ltr")]
)
def test_a_language_is_written_the_same_way_wherever_it_is_shown(language: str, direction: str) -> None:
    shown = Template("{% load texts %}{{ language|direction }}").render(Context({"language": language}))

    assert (shown, texts.direction_of(language)) == (direction, direction)


def test_every_language_of_the_house_knows_its_direction() -> None:
    assert {one: texts.current(one).direction for one in texts.CURRENT} == {
        one: texts.direction_of(one) for one in texts.CURRENT
    }
