"""Doors: a token leads to one row of one practice, until it is closed or expires. Nothing else is told."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection

from practices import doors
from practices.models import Door, Practice
from practices.tenancy import uuid7
from tests.factories import make_practice

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def practice() -> Practice:
    return make_practice()


def test_a_token_is_128_random_bits_for_a_url() -> None:
    tokens = {doors.new_token() for _ in range(1000)}

    assert {len(token) for token in tokens} == {22}
    assert len(tokens) == 1000
    assert all(token.replace("-", "a").replace("_", "a").isalnum() for token in tokens)


def test_a_token_leads_to_its_row(practice: Practice) -> None:
    token, row = doors.new_token(), uuid7()
    doors.install(Door.Kind.QR, token, leads_to=practice, object_id=row)

    door = doors.resolve(Door.Kind.QR, token)

    assert door is not None
    assert (door.leads_to, door.object_id, door.secret_hash) == (practice, row, None)


def test_the_table_holds_neither_token_nor_secret(practice: Practice) -> None:
    token, secret = doors.new_token(), doors.new_token()
    doors.install(Door.Kind.WEBHOOK, token, leads_to=practice, object_id=uuid7(), secret=secret)

    with connection.cursor() as cursor:
        cursor.execute("select d::text, token_hash, secret_hash from practices_door d")
        row, token_hash, secret_hash = cursor.fetchone()

    assert bytes(token_hash) == hashlib.sha256(token.encode()).digest()
    assert bytes(secret_hash) == hashlib.sha256(secret.encode()).digest()
    assert [text in row for text in (token, secret, token.encode().hex(), secret.encode().hex())] == [False] * 4


@pytest.mark.parametrize("token", ["", "unknown", "ü" * 22, "\ud83d", "x" * 10_000, "\0"])
def test_an_unknown_token_leads_nowhere(practice: Practice, token: str) -> None:
    doors.install(Door.Kind.QR, doors.new_token(), leads_to=practice, object_id=uuid7())

    assert doors.resolve(Door.Kind.QR, token) is None


def test_a_token_opens_only_doors_of_its_kind(practice: Practice) -> None:
    token = doors.new_token()
    doors.install(Door.Kind.QR, token, leads_to=practice, object_id=uuid7())

    opened = [kind for kind in Door.Kind if doors.resolve(kind, token)]

    assert opened == [Door.Kind.QR]


def test_a_door_with_an_end_is_open_until_then(practice: Practice) -> None:
    token = doors.new_token()
    doors.install(
        Door.Kind.ANAMNESIS, token, leads_to=practice, object_id=uuid7(), expires_at=NOON + timedelta(hours=1)
    )

    open_at = [minutes for minutes in (0, 59, 60, 61) if is_open_at(NOON + timedelta(minutes=minutes), token)]

    assert open_at == [0, 59]


def is_open_at(moment: datetime, token: str) -> bool:
    with time_machine.travel(moment, tick=False):
        return doors.resolve(Door.Kind.ANAMNESIS, token) is not None


def test_closing_shuts_every_door_to_a_row_and_no_other(practice: Practice) -> None:
    row, other = uuid7(), uuid7()
    tokens = [doors.new_token() for _ in range(4)]
    doors.install(Door.Kind.QR, tokens[0], leads_to=practice, object_id=row)
    doors.install(Door.Kind.QR, tokens[1], leads_to=practice, object_id=row)
    doors.install(Door.Kind.API, tokens[2], leads_to=practice, object_id=row)
    doors.install(Door.Kind.QR, tokens[3], leads_to=practice, object_id=other)

    assert doors.close(Door.Kind.QR, row) == 2
    assert doors.close(Door.Kind.QR, row) == 0

    still_open = [bool(doors.resolve(Door.Kind.QR, token) or doors.resolve(Door.Kind.API, token)) for token in tokens]
    assert still_open == [False, False, True, True]


def test_whose_a_door_was_is_known_after_it_closed_and_opens_nothing(practice: Practice) -> None:
    token, row = doors.new_token(), uuid7()
    doors.install(Door.Kind.DOCUMENT, token, leads_to=practice, object_id=row)
    doors.close(Door.Kind.DOCUMENT, row)

    assert doors.resolve(Door.Kind.DOCUMENT, token) is None
    assert doors.practice_behind(Door.Kind.DOCUMENT, token) == practice
    assert doors.practice_behind(Door.Kind.UPLOAD, token) is None
    assert doors.practice_behind(Door.Kind.DOCUMENT, doors.new_token()) is None


def test_one_token_cannot_lead_to_two_places(practice: Practice) -> None:
    token = doors.new_token()
    doors.install(Door.Kind.QR, token, leads_to=practice, object_id=uuid7())

    with pytest.raises(IntegrityError):
        doors.install(Door.Kind.UPLOAD, token, leads_to=practice, object_id=uuid7())
