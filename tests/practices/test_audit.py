"""The trail: in the deed's transaction, ids and codes only, never changed; and what of a login is kept."""

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client

from practices.audit import looked_at, record
from practices.models import AccessLog, AuditEvent, LoginEvent, Member, Practice, Role
from practices.scope import NoPracticeInScope, practice_scope
from tests.people import PASSWORD, login, make_member, make_practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    return make_practice()


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, Role.OWNER)


def test_a_deed_is_on_the_trail_with_who_and_about_what(practice: Practice, anna: Member) -> None:
    with practice_scope(practice.pk):
        record("member_invited", about=anna, by=anna, role="trainee", count=1)

        event = AuditEvent.objects.get(kind="member_invited")

    assert (event.by_id, event.about_kind, event.about_id) == (anna.pk, "member", anna.pk)
    assert event.codes == {"role": "trainee", "count": 1}


def test_a_deed_undone_leaves_no_trail(practice: Practice, anna: Member) -> None:
    with practice_scope(practice.pk):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            record("member_invited", about=anna, by=anna)
            raise ZeroDivisionError

        assert AuditEvent.objects.filter(kind="member_invited").count() == 0


def test_outside_a_practice_there_is_no_trail_to_write_on(anna: Member) -> None:
    with pytest.raises(NoPracticeInScope):
        record("member_invited", about=anna, by=anna)


@pytest.mark.parametrize("deed", ["update practices_auditevent set kind = 'x'", "delete from practices_auditevent"])
def test_the_application_cannot_change_the_trail(practice: Practice, anna: Member, deed: str) -> None:
    refused = pytest.raises(ProgrammingError, match="permission denied")

    with practice_scope(practice.pk), refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(deed)


def test_looking_is_logged_with_who_looked(practice: Practice, anna: Member) -> None:
    with practice_scope(practice.pk):
        looked_at("anamnesis", about=anna, by=anna)

        assert list(AccessLog.objects.values_list("kind", "about_id", "member_id")) == [("anamnesis", anna.pk, anna.pk)]


def test_a_login_is_kept_without_the_household_it_came_from(anna: Member) -> None:
    login(Client(REMOTE_ADDR="198.51.100.77"), anna)
    login(Client(REMOTE_ADDR="2001:db8:1:2:3::9"), anna)

    kept = list(LoginEvent.objects.filter(kind="logged_in").order_by("pk").values_list("user_id", "network"))

    assert kept == [(anna.user_id, "198.51.100.0"), (anna.user_id, "2001:db8:1::")]


def test_what_was_typed_is_kept_nowhere(client: Client, anna: Member) -> None:
    client.post("/login/", {"username": "niemand@praxis.example", "password": f"{PASSWORD}x"})

    with connection.cursor() as cursor:
        cursor.execute("select e::text from practices_loginevent e")
        kept = " ".join(row for (row,) in cursor.fetchall())

    assert [typed in kept for typed in ("niemand", PASSWORD, "127.0.0.1")] == [False, False, False]
