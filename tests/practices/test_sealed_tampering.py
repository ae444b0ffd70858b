"""Ciphertext that was moved, altered or cut does not open."""

from typing import Any

import pytest
from django.db import connection, models

from messaging.models import Note
from practices import keys
from practices.keys import KeyDestroyed, SealBroken
from practices.models import Practice
from practices.scope import practice_scope
from practices.sealed import SealedField
from practices.tenancy import uuid7
from tests.factories import make_practice
from tests.guards import rows
from tests.practices.sealing import (
    COLUMNS,
    PLAINTEXT,
    each_column,
    each_column_of_practices,
    holding,
    make_note,
    stored,
)

pytestmark = pytest.mark.django_db


@each_column
def test_ciphertext_does_not_open_on_another_row(
    practice: Practice, model: type[models.Model], field: SealedField[Any]
) -> None:
    sealed = stored(rows.saved(model), field.name)

    with pytest.raises(SealBroken):
        getattr(holding(rows.unsaved(model), field, sealed), field.name)


@each_column
def test_ciphertext_does_not_open_in_any_other_column(
    practice: Practice, model: type[models.Model], field: SealedField[Any]
) -> None:
    row = rows.saved(model)
    sealed = stored(row, field.name)
    others = [(other, column) for other, column in COLUMNS if column is not field]

    for other, column in others:
        with pytest.raises(SealBroken):
            getattr(holding(other(pk=row.pk), column, sealed), column.name)


@each_column_of_practices
def test_ciphertext_does_not_open_in_another_practice(
    practice: Practice, model: type[models.Model], field: SealedField[Any]
) -> None:
    row = rows.saved(model)
    sealed = stored(row, field.name)

    with practice_scope(make_practice("fremd").pk), pytest.raises(KeyDestroyed):
        getattr(holding(model(pk=row.pk), field, sealed), field.name)


@each_column_of_practices
def test_ciphertext_does_not_open_in_another_practice_that_has_the_same_key(
    practice: Practice, model: type[models.Model], field: SealedField[Any]
) -> None:
    row = rows.saved(model)
    sealed = stored(row, field.name)
    key = keys.key_numbered(keys.key_number_of(sealed))
    foreign = make_practice("fremd")

    with practice_scope(foreign.pk):
        keys.cache.put((foreign.pk, key.number), key)
        with pytest.raises(SealBroken):
            getattr(holding(model(pk=row.pk), field, sealed), field.name)


@each_column_of_practices
def test_ciphertext_does_not_open_under_another_key(
    practice: Practice, model: type[models.Model], field: SealedField[Any]
) -> None:
    row = rows.saved(model)
    sealed = stored(row, field.name)
    other = keys.key_for("contact", uuid7())
    renamed = sealed[:2] + other.number.to_bytes(8) + sealed[10:]

    with pytest.raises(SealBroken):
        getattr(holding(row, field, renamed), field.name)


def test_a_text_copied_onto_another_row_in_sql_does_not_open(note: Note) -> None:
    other = make_note("Etwas anderes")
    with connection.cursor() as cursor:
        cursor.execute("update messaging_note set body = %s where id = %s", [stored(note, "body"), other.pk])

    with pytest.raises(SealBroken):
        _ = Note.objects.get(pk=other.pk).body


@pytest.mark.parametrize("bit", [0, 7])
def test_no_byte_can_be_altered(note: Note, bit: int) -> None:
    sealed, field = stored(note, "body"), Note._meta.get_field("body")

    for at in range(len(sealed)):
        altered = bytearray(sealed)
        altered[at] ^= 1 << bit
        with pytest.raises(SealBroken):
            _ = holding(note, field, bytes(altered)).body


def test_no_byte_can_be_cut_off_or_added(note: Note) -> None:
    sealed, field = stored(note, "body"), Note._meta.get_field("body")

    for altered in [*(sealed[:length] for length in range(len(sealed))), sealed + b"\0"]:
        with pytest.raises(SealBroken):
            _ = holding(note, field, altered).body


def test_a_row_saved_under_another_id_is_refused_instead_of_becoming_unreadable(note: Note) -> None:
    note.pk = uuid7()

    with pytest.raises(SealBroken):
        note.save()


def test_an_opened_row_saved_under_another_id_is_refused_as_well(note: Note) -> None:
    assert note.body == PLAINTEXT
    note.pk = uuid7()

    with pytest.raises(SealBroken):
        note.save()


def test_a_copy_is_made_by_writing_the_text_on_a_new_row(note: Note) -> None:
    again = Note.objects.create(conversation=note.conversation, contact=note.contact, body=note.body)

    assert Note.objects.get(pk=again.pk).body == PLAINTEXT
    assert stored(again, "body") != stored(note, "body")
