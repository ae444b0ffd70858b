"""Notes, stored bytes and keys for the tests of what is sealed."""

import secrets
from typing import Any, TypeVar

import pytest
from django.db import connection, models

from messaging.models import Note
from practices import keys
from practices.keys import Key
from practices.sealed import Sealed, SealedField
from tests.guards import rows

really_commits = pytest.mark.django_db(transaction=True)
PLAINTEXT = "Der Zahn oben links tut weh"
COLUMNS = [(model, field) for model in rows.all_models() for field in rows.sealed_fields(model)]
OF_PRACTICES = [(model, field) for model, field in COLUMNS if field.subject != "system"]


M = TypeVar("M", bound=models.Model)


def called(value: Any) -> str | None:
    return f"{value.model._meta.label}.{value.name}" if isinstance(value, SealedField) else None


each_column = pytest.mark.parametrize(("model", "field"), COLUMNS, ids=called)
each_column_of_practices = pytest.mark.parametrize(("model", "field"), OF_PRACTICES, ids=called)


def make_note(body: str = PLAINTEXT) -> Note:
    made = rows.unsaved(Note)
    made.body = body
    made.save()
    return Note.objects.get(pk=made.pk)


def stored(row: models.Model, name: str) -> bytes:
    """The bytes that lie in the database."""
    return bytes(type(row)._base_manager.values_list(name, flat=True).get(pk=row.pk))


def holding(row: M, field: SealedField[Any], sealed: bytes) -> M:
    """The row as if it had come from the database with these bytes in that column."""
    row.__dict__[field.attname] = Sealed(sealed)
    return row


def make_key() -> Key:
    return Key.of(secrets.randbits(63), secrets.token_bytes(32), "seal")


def forget_all() -> None:
    """As in a process that has just started, in the middle of a transaction."""
    keys.cache.clear()
    connection.fresh_keys.clear()  # type: ignore[attr-defined]
