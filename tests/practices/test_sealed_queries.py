"""What the database cannot answer about ciphertext is refused, and nothing else is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db.models import Case, Count, F, Max, Q, Subquery, Value, When, Window
from django.db.models.functions import Concat, Length, RowNumber
from django.forms import model_to_dict

from messaging.models import Conversation, Message, Note, WebhookDelivery
from patients.models import Contact
from practices.models import Practice
from practices.postgres.bulk import insert_many, update_many
from practices.sealed import NotSealed, Sealed, open_sealed
from practices.tenancy import SealedColumn
from tests.guards import rows
from tests.practices.sealing import PLAINTEXT, stored

pytestmark = pytest.mark.django_db


REFUSED: dict[str, Callable[[], Any]] = {
    "filter": lambda: Note.objects.filter(body=PLAINTEXT),
    "filter null": lambda: Note.objects.filter(body=None),
    "filter contains": lambda: Note.objects.filter(body__contains="Zahn"),
    "filter in": lambda: Note.objects.filter(body__in=[PLAINTEXT]),
    "filter greater": lambda: Note.objects.filter(Q(body__gt="A")),
    "filter across a relation": lambda: Note.objects.filter(contact__profile_name="Jana"),
    "exclude": lambda: Note.objects.exclude(body=PLAINTEXT),
    "get_or_create": lambda: Note.objects.get_or_create(body=PLAINTEXT),
    "order_by": lambda: Note.objects.order_by("body"),
    "order_by descending": lambda: Note.objects.order_by("at", "-body"),
    "order_by across a relation": lambda: Conversation.objects.order_by("contact__profile_name"),
    "order_by an expression": lambda: list(Note.objects.order_by(F("body").desc())),
    "latest": lambda: Note.objects.latest("body"),
    "annotate": lambda: Note.objects.annotate(text=F("body")),
    "annotate with a function": lambda: Note.objects.annotate(length=Length("body")),
    "annotate across a relation": lambda: Note.objects.annotate(name=F("contact__profile_name")),
    "annotate with a case": lambda: Note.objects.annotate(text=Case(When(at=None, then="body"))),
    "annotate with a window": lambda: Note.objects.annotate(row=Window(RowNumber(), order_by="body")),
    "alias": lambda: Note.objects.alias(text=Concat("body", Value("!"))),
    "aggregate": lambda: Note.objects.aggregate(Max("body")),
    "aggregate across a relation": lambda: Conversation.objects.aggregate(Count("notes__body")),
    "values with an expression": lambda: Note.objects.values(text=F("body")),
    "compare with another column": lambda: Message.objects.filter(wamid_hash=F("wamid")),
    "subquery": lambda: Contact.objects.filter(pk__in=Subquery(Note.objects.values(text=F("body")))),
    "update": lambda: Note.objects.update(body="Neu"),
    "update with ciphertext": lambda: Note.objects.update(body=Sealed(b"x" * 60)),
    "update from a sealed column": lambda: Message.objects.update(refusal=F("body")),
    "update with a function of it": lambda: Message.objects.update(refusal=Concat(F("refusal"), F("body"))),
}


@pytest.mark.parametrize("query", REFUSED)
def test_the_database_is_not_asked_about_ciphertext(note: Note, query: str) -> None:
    with pytest.raises(FieldError):
        REFUSED[query]()


def test_bulk_update_of_a_sealed_column_is_refused(note: Note) -> None:
    note.body = "Neu"

    with pytest.raises(SealedColumn, match=r"messaging\.Note\.body is sealed"):
        Note.objects.bulk_update([note], ["body"])


@pytest.mark.parametrize("name", ["body", "content"])
def test_a_bulk_statement_that_would_write_plaintext_is_refused(practice: Practice, name: str) -> None:
    message = rows.saved(Message)

    with pytest.raises(NotSealed, match=name):
        update_many([message], [name])


def test_a_bulk_statement_seals_new_rows(practice: Practice) -> None:
    message = rows.unsaved(Message)

    insert_many([message])

    assert Message.objects.get(pk=message.pk).body == message.body
    assert open_sealed(message, Message._meta.get_field("body"), stored(message, "body")).decode() == message.body


def test_a_form_is_never_filled_with_plaintext_by_itself(note: Note) -> None:
    assert "body" not in model_to_dict(note)


def test_bulk_update_of_other_columns_leaves_the_sealed_ones_alone(note: Note) -> None:
    before = stored(note, "body")
    note.at = note.at.replace(year=2020)

    Note.objects.bulk_update([note], ["at"])

    assert Note.objects.get(pk=note.pk).at.year == 2020
    assert stored(note, "body") == before


def test_a_conflict_cannot_put_the_ciphertext_of_one_id_onto_another(note: Note) -> None:
    again = Note(pk=note.pk, conversation=note.conversation, contact=note.contact, body="Neu")

    with pytest.raises(SealedColumn):
        Note.objects.bulk_create(
            [again], update_conflicts=True, unique_fields=["practice", "id"], update_fields=["body"]
        )


def test_a_query_with_f_on_other_columns_works(note: Note) -> None:
    assert (
        Message.objects.order_by("?", "-at", "pk").filter(at=F("provider_at")).update(attempts=F("attempts") + 1) == 0
    )
    assert [found.at for found in Note.objects.annotate(since=F("at")).order_by("since")] == [note.at]


def test_a_sealed_column_can_be_emptied_in_sql(practice: Practice) -> None:
    delivery = rows.saved(WebhookDelivery)

    WebhookDelivery.objects.update(body=None)

    assert WebhookDelivery.objects.get(pk=delivery.pk).body is None


def test_an_expression_assigned_to_a_row_is_refused(note: Note) -> None:
    note.body = F("at")

    with pytest.raises(AttributeError):
        note.save()
