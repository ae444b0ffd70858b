"""The announced practice: no transaction, thread, cursor or reused connection ever shows another's rows."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.db import OperationalError, ProgrammingError, connection, connections, transaction
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from hypothesis.strategies import sampled_from

from practices.models import Change, Practice
from practices.postgres.base import NoTransaction
from practices.scope import no_practice, practice_in_scope, practice_scope
from practices.tenancy import uuid7
from tests.factories import make_practice
from tests.whole import as_many

pytestmark = pytest.mark.django_db(transaction=True)

Pair = tuple[Practice, Practice]


@pytest.fixture
def two() -> Pair:
    return make_practice("eins"), make_practice("zwei")


@pytest.fixture
def told(two: Pair) -> Pair:
    """Two practices with three changes each, called after the practice."""
    for practice in two:
        with practice_scope(practice.pk), transaction.atomic():
            Change.objects.bulk_create(Change(kind=practice.slug, ref=uuid7()) for _ in range(3))
    return two


def visible() -> list[str]:
    """What SQL without any filter sees at this moment."""
    with connection.cursor() as cursor:
        cursor.execute("select kind from practices_change order by kind")
        return [kind for (kind,) in cursor.fetchall()]


def announced() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('app.practice_id', true)")
        return str(cursor.fetchone()[0] or "") or None


# ── threads and connections ──


def test_eight_threads_of_two_practices_never_see_each_other(told: Pair) -> None:
    def work(number: int) -> set[tuple[str, ...]]:
        practice = told[number % 2]
        seen = set()
        for _ in range(200):
            with practice_scope(practice.pk), transaction.atomic():
                seen.add((practice.slug, *visible()))
        connections.close_all()
        return seen

    with ThreadPoolExecutor(8) as threads:
        seen = set().union(*threads.map(work, range(8)))

    assert seen == {("eins", "eins", "eins", "eins"), ("zwei", "zwei", "zwei", "zwei")}


def test_a_thread_that_alternates_sees_the_practice_of_each_transaction(told: Pair) -> None:
    seen = []
    for number in range(100):
        with practice_scope(told[number % 2].pk), transaction.atomic():
            seen.append(set(visible()))

    assert seen == [{"eins"}, {"zwei"}] * 50


def test_a_new_thread_starts_outside_every_scope(told: Pair) -> None:
    inherited: list[int | None] = []
    with practice_scope(told[0].pk):
        thread = threading.Thread(target=lambda: inherited.append(practice_in_scope()))
        thread.start()
        thread.join()

    assert inherited == [None]


def test_a_reused_connection_knows_nothing_of_the_transaction_before(told: Pair) -> None:
    with practice_scope(told[0].pk), transaction.atomic():
        assert len(visible()) == 3
    pid = connection.connection.info.backend_pid

    assert (visible(), announced()) == ([], None)
    with transaction.atomic():
        assert (visible(), announced()) == ([], None)
    assert connection.connection.info.backend_pid == pid


def test_leaving_every_scope_within_a_transaction_closes_the_wall(told: Pair) -> None:
    with practice_scope(told[0].pk), transaction.atomic():
        before = visible()
        with no_practice():
            within = visible()
        after = visible()

    assert (before, within, after) == (["eins"] * 3, [], ["eins"] * 3)


def test_the_practice_is_announced_only_when_it_changes(told: Pair) -> None:
    with practice_scope(told[0].pk), transaction.atomic():
        visible()
        with connection.cursor() as cursor:
            cursor.execute("set local app.practice_id = ''")
        unannounced = visible()

    assert unannounced == []  # nothing was announced again for the second query


# ── errors ──


def test_after_a_database_error_the_same_practice_is_announced_again(told: Pair) -> None:
    with practice_scope(told[0].pk), transaction.atomic():
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select * from does_not_exist")

        assert visible() == ["eins"] * 3


def test_after_an_error_in_a_nested_scope_the_outer_practice_is_back(told: Pair) -> None:
    with practice_scope(told[0].pk), transaction.atomic():
        with pytest.raises(ProgrammingError), practice_scope(told[1].pk), transaction.atomic():
            assert visible() == ["zwei"] * 3
            connection.cursor().execute("select * from does_not_exist")

        assert visible() == ["eins"] * 3


def test_a_savepoint_rolled_back_by_hand_takes_the_announcement_made_in_it_along(told: Pair) -> None:
    with practice_scope(told[0].pk), transaction.atomic():
        savepoint = transaction.savepoint()
        with practice_scope(told[1].pk), pytest.raises(ProgrammingError):
            assert visible() == ["zwei"] * 3
            connection.cursor().execute("select * from does_not_exist")

        transaction.savepoint_rollback(savepoint)

        with practice_scope(told[1].pk):
            assert visible() == ["zwei"] * 3


def test_a_commit_by_hand_ends_the_announcement_as_well(told: Pair) -> None:
    transaction.set_autocommit(False)
    try:
        for _ in range(2):
            with practice_scope(told[0].pk), transaction.atomic():
                assert visible() == ["eins"] * 3
            transaction.commit()
    finally:
        transaction.set_autocommit(True)


def test_a_failed_transaction_leaves_nothing_behind(told: Pair) -> None:
    with pytest.raises(ProgrammingError), practice_scope(told[0].pk), transaction.atomic():
        visible()
        connection.cursor().execute("select * from does_not_exist")

    with practice_scope(told[1].pk), transaction.atomic():
        assert visible() == ["zwei"] * 3


def test_a_lost_connection_looks_like_one_to_django_and_the_next_one_works(told: Pair) -> None:
    visible()
    terminate(connection.connection.info.backend_pid)

    with pytest.raises(OperationalError), practice_scope(told[0].pk), transaction.atomic():
        visible()

    connection.close_if_unusable_or_obsolete()
    with practice_scope(told[0].pk), transaction.atomic():
        assert visible() == ["eins"] * 3


def terminate(pid: int) -> None:
    with psycopg.connect(os.environ["ROGER_TEST_SUPERUSER_URL"], autocommit=True) as superuser:
        superuser.execute("select pg_terminate_backend(%s, 5000)", [pid])


# ── cursors that stay open ──


def test_a_cursor_keeps_reading_its_own_practice_while_another_is_in_scope(told: Pair) -> None:
    with practice_scope(told[0].pk), transaction.atomic():
        reading = Change.objects.iterator(chunk_size=1)
        kinds = [next(reading).kind]
        with practice_scope(told[1].pk):
            kinds.append(next(reading).kind)
            assert visible() == ["zwei"] * 3
        kinds.extend(change.kind for change in reading)

    assert kinds == ["eins"] * 3


def test_a_queryset_built_in_one_scope_reads_the_one_it_runs_in(told: Pair) -> None:
    with transaction.atomic():
        with practice_scope(told[0].pk):
            changes = Change.objects.all()
        with practice_scope(told[1].pk):
            assert {change.kind for change in changes} == {"zwei"}


def test_locked_rows_are_the_practices_own(told: Pair) -> None:
    with practice_scope(told[0].pk), transaction.atomic():
        assert {change.kind for change in Change.objects.select_for_update(skip_locked=True)} == {"eins"}


def test_an_update_of_everything_changes_only_the_practices_own_rows(told: Pair) -> None:
    with practice_scope(told[0].pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update practices_change set kind = 'changed'")
        assert cursor.rowcount == 3
    with practice_scope(told[1].pk), transaction.atomic():
        assert visible() == ["zwei"] * 3


def test_an_iterator_outside_a_transaction_is_refused(told: Pair) -> None:
    with practice_scope(told[0].pk), pytest.raises(NoTransaction):
        next(Change.objects.iterator())


# ── everything at once ──


class TwoTenants(RuleBasedStateMachine):
    """Scopes and transactions of two practices, nested and rolled back at will on one connection, beside a model
    that knows who wrote what. `open` holds what is entered, innermost last."""

    def __init__(self) -> None:
        super().__init__()
        self.practices = [make_practice(f"p{uuid7()}").pk for _ in range(2)]
        self.open: list[ExitStack] = []
        self.before: list[dict[int, list[UUID]] | None] = []
        self.written: dict[int, list[UUID]] = {practice: [] for practice in self.practices}

    def enter(self, block: AbstractContextManager[object], before: dict[int, list[UUID]] | None) -> None:
        stack = ExitStack()
        stack.enter_context(block)
        self.open.append(stack)
        self.before.append(before)

    @rule(which=sampled_from([0, 1]))
    def enter_scope(self, which: int) -> None:
        self.enter(practice_scope(self.practices[which]), None)

    @rule()
    def leave_all_scopes(self) -> None:
        self.enter(no_practice(), None)

    @rule()
    def begin(self) -> None:
        self.enter(transaction.atomic(), {practice: list(refs) for practice, refs in self.written.items()})

    @precondition(lambda self: self.open)
    @rule()
    def leave(self) -> None:
        self.before.pop()
        self.open.pop().close()

    @precondition(lambda self: self.open and self.before[-1] is not None)
    @rule()
    def roll_back(self) -> None:
        before = self.before.pop()
        assert before is not None
        self.written = before
        with pytest.raises(ZeroDivisionError), self.open.pop():
            raise ZeroDivisionError

    @precondition(lambda _: connection.in_atomic_block and practice_in_scope() is not None)
    @rule()
    def write(self) -> None:
        change = Change.objects.create(kind="told", ref=uuid7())
        self.written[practice_in_scope() or 0].append(change.ref)

    @precondition(lambda _: connection.in_atomic_block)
    @rule(which=sampled_from([0, 1]))
    def fail_in_a_scope_within(self, which: int) -> None:
        with pytest.raises(ProgrammingError), transaction.atomic(), practice_scope(self.practices[which]):
            refs()
            connection.cursor().execute("select * from does_not_exist")

    @invariant()
    def sees_its_own_rows_only(self) -> None:
        practice = practice_in_scope()
        if practice and not connection.in_atomic_block:
            with pytest.raises(NoTransaction):
                refs()
            return
        assert refs() == (sorted(self.written[practice]) if practice else [])

    def teardown(self) -> None:
        while self.open:
            self.leave()


def refs() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("select ref from practices_change order by ref")
        return [ref for (ref,) in cursor.fetchall()]


def test_no_order_of_scopes_and_transactions_shows_a_foreign_row() -> None:
    run_state_machine_as_test(
        TwoTenants,
        settings=settings(max_examples=as_many(whole=100, everyday=30), stateful_step_count=20, deadline=None),
    )


# ── what it reads ──


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-23 10:15:30.123456+01", datetime(2026, 11, 23, 9, 15, 30, 123456, tzinfo=UTC)),
        ("2026-07-01 00:00:00+00", datetime(2026, 7, 1, tzinfo=UTC)),
        ("1899-12-31 23:59:59.5+00", datetime(1899, 12, 31, 23, 59, 59, 500000, tzinfo=UTC)),
        (None, None),
    ],
)
def test_a_time_is_read_in_utc(written: str | None, read: datetime | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select %s::timestamptz", [written])
        [found] = cursor.fetchone()

    assert (found, found and found.tzinfo) == (read, read and UTC)
