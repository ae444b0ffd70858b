"""How a person works: defaults, what may be chosen, and that nothing anybody wrote there can break a page."""

from dataclasses import asdict
from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practices.models import AuditEvent, Member, Practice
from practices.preferences import Preferences, change_preferences, preferences_of
from tests.factories import make_member


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice)


def stored(member: Member) -> dict[str, Any]:
    return dict(Member.objects.get(practice=member.practice, pk=member.pk).preferences)


@pytest.mark.django_db
def test_who_has_chosen_nothing_works_with_the_defaults(anna: Member) -> None:
    assert preferences_of(anna) == Preferences()
    assert asdict(Preferences()) == {
        "enter_sends": False,
        "undo_seconds": 5,
        "shortcuts_on": True,
        "order": "longest",
        "panel_folded": False,
        "tone_volume": 40,
        "tones_from": time(7),
        "tones_until": time(20),
        "notify": False,
        "notify_content": False,
        "shield_after_minutes": 5,
        "theme": "system",
        "contrast": "system",
    }


@pytest.mark.django_db
def test_what_somebody_chooses_stays_beside_what_they_chose_before(anna: Member) -> None:
    change_preferences(member=anna, theme="dark", tones_from=time(8, 30))

    answered = change_preferences(member=anna, enter_sends=True)

    chosen = Preferences(theme="dark", tones_from=time(8, 30), enter_sends=True)
    assert answered == chosen
    assert preferences_of(anna) == chosen
    assert preferences_of(Member.objects.get(practice=anna.practice, pk=anna.pk)) == chosen


@pytest.mark.django_db
def test_only_what_differs_from_the_default_is_kept(anna: Member) -> None:
    change_preferences(member=anna, theme="dark", undo_seconds=10)
    change_preferences(member=anna, theme="system")

    assert stored(anna) == {"undo_seconds": 10}


@pytest.mark.django_db
def test_a_tab_that_was_opened_earlier_takes_nothing_back(anna: Member) -> None:
    earlier = Member.objects.get(practice=anna.practice, pk=anna.pk)
    change_preferences(member=anna, theme="dark")

    change_preferences(member=earlier, order="newest")

    assert stored(anna) == {"theme": "dark", "order": "newest"}


@pytest.mark.parametrize(
    "changes",
    [
        {"theme": "pink"},
        {"contrast": "less"},
        {"order": "random"},
        {"undo_seconds": 31},
        {"undo_seconds": -1},
        {"undo_seconds": True},
        {"undo_seconds": "5"},
        {"tone_volume": 101},
        {"shield_after_minutes": 11},
        {"notify": "yes"},
        {"tones_from": "25:00"},
        {"tones_until": 20},
        {"no_such_thing": 1},
    ],
)
@pytest.mark.django_db
def test_what_there_is_not_to_choose_is_refused_and_nothing_kept(anna: Member, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        change_preferences(member=anna, **{"theme": "dark", **changes})

    assert stored(anna) == {}


@pytest.mark.django_db
def test_the_trail_names_what_was_changed_and_not_to_what(anna: Member) -> None:
    change_preferences(member=anna, theme="dark", notify_content=True)
    change_preferences(member=anna, theme="dark")

    trail = list(AuditEvent.objects.values_list("kind", "about_id", "by_id", "codes"))
    assert trail == [("preferences_changed", anna.pk, anna.pk, {"names": ["notify_content", "theme"]})]


WHATEVER = st.dictionaries(
    st.sampled_from([*asdict(Preferences()), "gone_since"]),
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.integers(), max_size=2),
)


@given(WHATEVER)
def test_whatever_stands_in_the_column_is_read_as_something_allowed(column: dict[str, Any]) -> None:
    read = preferences_of(Member(practice_id=1, preferences=column))

    assert preferences_of(Member(practice_id=1, preferences=asdict(read))) == read
    assert read.theme in ("system", "light", "dark")
    assert 0 <= read.tone_volume <= 100
    assert 0 <= read.undo_seconds <= 30
