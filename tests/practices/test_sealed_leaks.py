"""Plaintext shows nowhere and leaves by no side door: table, values, repr, pickle, dump, error."""

import copy
import pickle
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models

from messaging.models import Conversation, Message, Note
from practices.keys import SealBroken
from practices.models import Practice, TotpDevice
from practices.sealed import NotSealed, SealedField
from tests.guards import rows
from tests.practices.sealing import (
    PLAINTEXT,
    each_column,
    holding,
    stored,
)

pytestmark = pytest.mark.django_db


def test_bulk_create_seals(practice: Practice) -> None:
    conversation = rows.saved(Conversation)
    made = [Note(conversation=conversation, contact=conversation.contact, body=f"Notiz {n}") for n in range(3)]

    Note.objects.bulk_create(made)

    assert [row.body for row in Note.objects.order_by("pk")] == ["Notiz 0", "Notiz 1", "Notiz 2"]
    assert [stored(row, "body").count(b"Notiz") for row in made] == [0, 0, 0]


@each_column
def test_no_plaintext_in_values_or_in_the_table(
    practice: Practice, model: type[models.Model], field: SealedField[Any]
) -> None:
    row = rows.unsaved(model)
    plaintext = field.to_bytes(getattr(row, field.name))
    row.save(force_insert=True)

    values = model._base_manager.filter(pk=row.pk).values(field.name)[0]
    with connection.cursor() as cursor:
        cursor.execute(f"select t::text from {model._meta.db_table} t")  # noqa: S608
        table = cursor.fetchall()

    assert repr(values) == f"{{{field.name!r}: <sealed>}}"
    assert f"{values[field.name]}" == "<sealed>"
    assert plaintext not in values[field.name]
    assert [plaintext.hex() in line or plaintext.decode() in line for (line,) in table] == [False] * len(table)


@each_column
def test_no_plaintext_in_repr_or_in_what_a_debugger_prints(
    practice: Practice, model: type[models.Model], field: SealedField[Any]
) -> None:
    row = rows.unsaved(model)
    plaintext = field.to_bytes(getattr(row, field.name)).decode()

    assert plaintext not in f"{row!r} {row} {row.__dict__}"
    assert row.__dict__[field.attname].__repr__() == "<opened>"


def test_an_unopened_row_is_pickled_as_ciphertext_and_opens_again(note: Note) -> None:
    pickled = pickle.dumps(note)

    assert PLAINTEXT.encode() not in pickled
    assert pickle.loads(pickled).body == PLAINTEXT  # noqa: S301


def test_an_opened_row_is_not_pickled(note: Note) -> None:
    assert note.body == PLAINTEXT

    with pytest.raises(NotSealed):
        pickle.dumps(note)


def test_a_deep_copy_shares_nothing_that_can_be_changed(practice: Practice) -> None:
    message = rows.saved(Message)
    twin = copy.deepcopy(message)

    twin.content["more"] = 1

    assert "more" not in message.content
    assert PLAINTEXT not in repr(twin.__dict__)


def test_dumpdata_exports_no_secret() -> None:
    rows.saved(TotpDevice)
    said = StringIO()

    with pytest.raises(CommandError, match="secret"):
        call_command("dumpdata", "practices.TotpDevice", stdout=said)

    assert said.getvalue() in ("", "[")


def test_the_error_of_broken_bytes_holds_no_content(note: Note) -> None:
    with pytest.raises(SealBroken) as raised:
        _ = holding(note, Note._meta.get_field("body"), stored(note, "body")[:-1]).body

    assert (raised.value.args, raised.value.__cause__) == ((), None)
