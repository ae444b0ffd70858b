"""A text is sealed anew only when it changed."""

import pytest
from pytest_django import DjangoAssertNumQueries

from messaging.models import Message, Note
from practices.models import Practice
from tests.guards import rows
from tests.practices.sealing import PLAINTEXT, stored

pytestmark = pytest.mark.django_db


def test_an_unchanged_text_keeps_its_ciphertext(note: Note) -> None:
    before = stored(note, "body")
    note.body = str(note.body)

    note.save()

    assert stored(note, "body") == before


def test_a_changed_text_is_sealed_anew(note: Note) -> None:
    before = stored(note, "body")
    note.body = "Neu"

    note.save()

    assert Note.objects.get(pk=note.pk).body == "Neu"
    assert stored(note, "body") != before


def test_a_row_that_was_never_opened_is_saved_as_it_is(note: Note) -> None:
    before = stored(note, "body")

    note.save()

    assert stored(note, "body") == before


def test_a_change_inside_a_json_value_is_noticed(practice: Practice) -> None:
    message = rows.saved(Message)
    message = Message.objects.get(pk=message.pk)
    message.content["more"] = [1]

    message.save()

    assert Message.objects.get(pk=message.pk).content["more"] == [1]


def test_an_unchanged_json_value_keeps_its_ciphertext(practice: Practice) -> None:
    message = Message.objects.get(pk=rows.saved(Message).pk)
    before = stored(message, "content")
    assert list(message.content) == ["marker"]

    message.save()

    assert stored(message, "content") == before


def test_emptying_a_text_and_writing_it_again_works(note: Note) -> None:
    message = Message.objects.get(pk=rows.saved(Message).pk)
    message.body = None
    message.save()
    message.body = PLAINTEXT
    message.save()

    assert Message.objects.get(pk=message.pk).body == PLAINTEXT


def test_a_deferred_text_is_fetched_when_it_is_read(
    note: Note, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    deferred = Note.objects.defer("body").get(pk=note.pk)

    with django_assert_num_queries(1):
        assert deferred.body == PLAINTEXT
    with django_assert_num_queries(0):
        assert deferred.body == PLAINTEXT


def test_saving_a_row_with_a_deferred_text_leaves_it_alone(note: Note) -> None:
    before = stored(note, "body")
    deferred = Note.objects.defer("body").get(pk=note.pk)

    deferred.save()
    assert deferred.body == PLAINTEXT
    deferred.save()

    assert stored(note, "body") == before


def test_a_refreshed_row_shows_what_somebody_else_wrote(note: Note) -> None:
    assert note.body == PLAINTEXT
    other = Note.objects.get(pk=note.pk)
    other.body = "Neu"
    other.save()

    note.refresh_from_db()
    note.save()

    assert note.body == "Neu"
    assert Note.objects.get(pk=note.pk).body == "Neu"
