"""Full years, by the practice's calendar."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from patients.birthdays import age_of, born_on
from patients.models import Patient
from practices.scope import practice_scope

NOON = datetime(2026, 5, 11, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("born", "now", "age"),
    [
        ("2010-05-12", NOON, 15),
        ("2010-05-11", NOON, 16),
        ("2010-05-11", datetime(2026, 5, 10, 21, 59, tzinfo=UTC), 15),  # a minute before midnight in Berlin
        ("2010-05-11", datetime(2026, 5, 10, 22, 0, tzinfo=UTC), 16),
        ("2008-02-29", datetime(2026, 2, 28, 12, 0, tzinfo=UTC), 17),
        ("2008-02-29", datetime(2026, 3, 1, 12, 0, tzinfo=UTC), 18),
        ("2026-05-11", NOON, 0),
        (None, NOON, None),
        ("", NOON, None),
        ("11.05.2010", NOON, None),
    ],
)
def test_c_20_the_birthday_begins_at_midnight_where_the_practice_is(born: str | None, now: datetime, age: int) -> None:
    with practice_scope(1):
        assert age_of(born_on(Patient(birth_date=born)), now.astimezone(ZoneInfo("Europe/Berlin")).date()) == age
