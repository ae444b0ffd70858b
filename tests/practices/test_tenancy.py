"""One practice at a time: the scope, the announced transaction, the wall in PostgreSQL."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from practices.models import AccessLog, AuditEvent, Change, Practice
from practices.postgres.base import NoTransaction
from practices.scope import NoPracticeInScope, practice_scope
from practices.tenancy import scoped_query, uuid7
from tests.factories import make_member, make_practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> tuple[Practice, Practice]:
    return make_practice("eins"), make_practice("zwei")


def test_rows_without_a_scope_raise_instead_of_coming_up_empty() -> None:
    with pytest.raises(NoPracticeInScope):
        Change.objects.count()


def test_a_scope_finds_its_own_rows_only(two: tuple[Practice, Practice]) -> None:
    mine, foreign = two
    with practice_scope(foreign.pk):
        Change.objects.create(kind="message", ref=uuid7())
    with practice_scope(mine.pk):
        own = Change.objects.create(kind="message", ref=uuid7())

        assert list(Change.objects.all()) == [own]


def test_raw_sql_without_any_filter_sees_no_row_of_another_practice(two: tuple[Practice, Practice]) -> None:
    mine, foreign = two
    with practice_scope(foreign.pk):
        Change.objects.create(kind="message", ref=uuid7())

    with practice_scope(mine.pk), connection.cursor() as cursor:
        cursor.execute("select count(*) from practices_change")
        assert cursor.fetchone() == (0,)


def test_raw_sql_outside_every_scope_sees_no_row_at_all(two: tuple[Practice, Practice]) -> None:
    with practice_scope(two[0].pk):
        Change.objects.create(kind="message", ref=uuid7())

    with connection.cursor() as cursor:
        cursor.execute("select count(*) from practices_change")
        assert cursor.fetchone() == (0,)


def test_a_row_for_another_practice_is_refused_by_the_database(two: tuple[Practice, Practice]) -> None:
    mine, foreign = two
    with practice_scope(mine.pk), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Change.objects.create(practice_id=foreign.pk, kind="message", ref=uuid7())


def test_nested_scopes_announce_the_inner_practice_and_then_the_outer_one_again(two: tuple[Practice, Practice]) -> None:
    mine, foreign = two
    with practice_scope(mine.pk):
        Change.objects.create(kind="outer", ref=uuid7())
        with practice_scope(foreign.pk):
            Change.objects.create(kind="inner", ref=uuid7())
            assert [change.kind for change in Change.objects.all()] == ["inner"]
        assert [change.kind for change in Change.objects.all()] == ["outer"]


def test_the_scope_survives_a_rolled_back_savepoint(two: tuple[Practice, Practice]) -> None:
    with practice_scope(two[0].pk):
        with pytest.raises(RuntimeError), transaction.atomic():
            with practice_scope(two[1].pk):
                Change.objects.create(kind="lost", ref=uuid7())
            raise RuntimeError
        Change.objects.create(kind="kept", ref=uuid7())

        assert [change.kind for change in Change.objects.all()] == ["kept"]


@pytest.mark.django_db(transaction=True)
def test_a_statement_in_a_scope_outside_a_transaction_raises(two: tuple[Practice, Practice]) -> None:
    with practice_scope(two[0].pk), pytest.raises(NoTransaction):
        Change.objects.count()


def test_a_reference_to_another_practices_row_is_refused(two: tuple[Practice, Practice]) -> None:
    mine, foreign = two
    stranger = make_member(foreign)
    with practice_scope(mine.pk), pytest.raises(IntegrityError), transaction.atomic():
        AccessLog.objects.create(kind="thread", about_id=uuid7(), member_id=stranger.pk)
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")


@pytest.mark.parametrize(
    "statement", ["update practices_auditevent set kind = 'x'", "delete from practices_auditevent"]
)
def test_the_trail_cannot_be_changed(two: tuple[Practice, Practice], statement: str) -> None:
    with practice_scope(two[0].pk):
        AuditEvent.objects.create(kind="deed", about_kind="practice", about_id=uuid7())

        with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(statement)


def test_ids_are_made_in_order_of_time() -> None:
    ids = [uuid7() for _ in range(500)]

    assert [made.version for made in ids] == [7] * 500
    assert [made.int >> 64 for made in ids] == sorted(made.int >> 64 for made in ids)


def test_a_query_that_is_kept_for_all_scopes_asks_for_the_practice_in_scope_when_it_runs(
    two: tuple[Practice, Practice],
) -> None:
    mine, foreign = two
    with practice_scope(foreign.pk):
        Change.objects.create(kind="foreign", ref=uuid7())
        built_elsewhere = Change.objects.order_by("kind")
        assert [change.kind for change in built_elsewhere] == ["foreign"]
    with practice_scope(mine.pk):
        Change.objects.create(kind="mine", ref=uuid7())

        assert [change.kind for change in built_elsewhere.all()] == ["mine"]
        assert [change.kind for change in Change.objects.exclude(kind="foreign")] == ["mine"]


def test_what_one_query_adds_to_the_kept_one_stays_its_own(two: tuple[Practice, Practice]) -> None:
    with practice_scope(two[0].pk):
        Change.objects.create(kind="message", ref=uuid7())
        assert list(Change.objects.filter(kind="other").order_by("-kind").distinct()[:1]) == []

        assert Change.objects.count() == 1
        assert scoped_query(Change).where.children[1:] == []
        assert scoped_query(Change).order_by == ()
