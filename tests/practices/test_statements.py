"""What is asked again is planned once per connection, and however many values a statement has, it is taken (ADR 31)."""

import pytest
from django.db import connection, transaction

from practices.models import Change, Practice
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.factories import make_practice

pytestmark = pytest.mark.django_db(transaction=True)

TAKEN_BY_THE_PROTOCOL = 65_535  # values of a statement that the server binds


@pytest.fixture
def practice() -> Practice:
    return make_practice("eins")


def kinds(practice: Practice) -> list[str]:
    with practice_scope(practice.pk), transaction.atomic():
        return list(Change.objects.filter(kind__in=["eins", "zwei"]).values_list("kind", flat=True))


def planned() -> list[str]:
    """The statements about changes whose plan this connection keeps."""
    with connection.cursor() as cursor:
        cursor.execute("select statement from pg_prepared_statements where statement like %s", ["%practices_change%"])
        return [statement for (statement,) in cursor.fetchall()]


def test_what_is_asked_again_is_planned_once_for_every_practice_and_shows_each_its_own(practice: Practice) -> None:
    other = make_practice("zwei")
    for each in (practice, other):
        with practice_scope(each.pk), transaction.atomic():
            Change.objects.create(kind=each.slug, ref=uuid7())

    seen = [kinds(each) for each in (practice, other) * 10]

    assert seen == [["eins"], ["zwei"]] * 10
    assert len([statement for statement in planned() if statement.startswith("SELECT")]) == 1


def test_more_values_than_the_protocol_takes_are_stored_and_found(practice: Practice) -> None:
    with practice_scope(practice.pk), transaction.atomic():
        changes = [Change(kind="eins", ref=uuid7()) for _ in range(TAKEN_BY_THE_PROTOCOL // 2)]
        Change.objects.bulk_create(changes)
        asked = [change.ref for change in changes] + [uuid7() for _ in range(TAKEN_BY_THE_PROTOCOL)]
        assert Change.objects.filter(ref__in=asked).count() == len(changes)


def test_a_percent_sign_in_one_of_many_values_stays_as_it_is(practice: Practice) -> None:
    with practice_scope(practice.pk), transaction.atomic():
        Change.objects.bulk_create(Change(kind="100 % %s", ref=uuid7()) for _ in range(1_000))
        assert Change.objects.filter(kind="100 % %s").count() == 1_000
