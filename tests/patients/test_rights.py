"""What somebody asks for under the DSGVO is due within a month, on the practice's calendar (Art. 12(3))."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from patients.identities import find_or_create_contact
from patients.models import Contact, RightsRequest
from patients.rights import a_month_after, open_request, open_requests, settle_request
from practices.models import AuditEvent
from practices.scope import practice_scope
from tests.factories import make_member, make_practice

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
ERASURE = RightsRequest.Right.ERASURE


@pytest.fixture
def contact() -> Iterator[Contact]:
    practice = make_practice()
    with practice_scope(practice.pk):
        yield find_or_create_contact(phone="+491713920010")[0]


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-05-11T10:00", "2026-06-11"),
        ("2026-01-31T10:00", "2026-02-28"),
        ("2028-01-31T10:00", "2028-02-29"),
        ("2026-12-15T10:00", "2027-01-15"),
        ("2026-03-28T23:30", "2026-04-28"),  # the clocks change between
        ("2026-09-30T23:59", "2026-10-30"),
    ],
)
def test_a_month_ends_with_the_same_day_or_the_months_last(contact: Contact, asked: str, due: str) -> None:
    end = a_month_after(datetime.fromisoformat(asked).replace(tzinfo=BERLIN))

    assert end.astimezone(BERLIN) == datetime.fromisoformat(f"{due}T23:59:59").replace(tzinfo=BERLIN)


def test_the_day_is_the_practices_not_that_of_utc(contact: Contact) -> None:
    late_in_utc = datetime.fromisoformat("2026-05-11T22:30:00+00:00")  # half past midnight in Berlin

    assert a_month_after(late_in_utc).astimezone(BERLIN).date().isoformat() == "2026-06-12"


def test_asking_again_keeps_the_first_date_and_a_settled_one_opens_anew(contact: Contact) -> None:
    first_at, later = (datetime.fromisoformat(f"2026-05-{day}T10:00:00+02:00") for day in (11, 20))
    first = open_request(contact=contact, right=ERASURE, words="Daten löschen", at=first_at)
    again = open_request(contact=contact, right=ERASURE, words="Daten löschen!", at=later)

    assert (again, open_requests(contact)) == (first, [first])

    member = make_member(contact.practice)
    assert [settle_request(request=first, by=member) for _time in range(2)] == [True, False]
    third = open_request(contact=contact, right=ERASURE, words="Und?", at=later)

    assert (third != first, open_requests(contact)) == (True, [third])
    kinds = AuditEvent.objects.filter(kind__startswith="rights_request").values_list("kind", flat=True)
    assert sorted(kinds) == ["rights_request_opened"] * 2 + ["rights_request_settled"]


def test_another_right_is_another_request(contact: Contact) -> None:
    at = datetime.fromisoformat("2026-05-11T10:00:00+02:00")

    both = [open_request(contact=contact, right=right, words="bitte", at=at) for right in RightsRequest.Right]

    assert sorted(one.pk for one in open_requests(contact)) == sorted(one.pk for one in both)
