"""Sealed fields: ciphertext in the database, plaintext on the instance, and no third place."""

import json
from typing import Any

import pytest
from django.db import connection, models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from messaging.models import MediaFile, Message, Note, WebhookDelivery
from patients.models import Contact, Patient
from practices import key_rotation, keys, sealed
from practices.keys import KeyDestroyed
from practices.keystore import DataKey
from practices.models import Practice, TotpDevice
from practices.scope import NoPracticeInScope, no_practice, practice_scope
from practices.sealed import MissingSubject, SealedField, open_sealed, seal, warm
from practices.tenancy import uuid7
from tests.factories import make_practice
from tests.guards import rows
from tests.practices.sealing import PLAINTEXT, each_column, holding, make_note, stored

pytestmark = pytest.mark.django_db
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
# The scope and the database stay the same for all examples of a test.
examples = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)


def there_and_back(row: models.Model, name: str, value: Any) -> Any:
    field: Any = row._meta.get_field(name)
    return getattr(holding(row, field, seal(row, field, field.to_bytes(value))), name)


# ── what goes in comes out ──


@examples
@given(text=st.text())
def test_a_text_is_read_as_it_was_written(practice: Practice, text: str) -> None:
    assert there_and_back(Note(contact_id=uuid7()), "body", text) == text


@examples
@given(value=anything)
def test_a_json_value_is_read_as_it_was_written(practice: Practice, value: Any) -> None:
    assert there_and_back(Message(contact_id=uuid7()), "content", value) == value


@examples
@given(content=st.binary())
def test_bytes_are_read_as_they_were_written(practice: Practice, content: bytes) -> None:
    assert there_and_back(WebhookDelivery(), "body", content) == content


@each_column
def test_a_column_is_ciphertext_in_the_database_and_plaintext_on_the_row(
    practice: Practice, model: type[models.Model], field: SealedField[Any]
) -> None:
    row = rows.unsaved(model)
    value = getattr(row, field.name)

    row.save(force_insert=True)

    assert getattr(model._base_manager.get(pk=row.pk), field.name) == value
    assert open_sealed(row, field, stored(row, field.name)) == field.to_bytes(value)
    assert len(stored(row, field.name)) == len(field.to_bytes(value)) + 38


def test_half_a_surrogate_pair_is_kept_as_a_question_mark(practice: Practice) -> None:
    assert there_and_back(Note(contact_id=uuid7()), "body", "\ud83d!") == "?!"


def test_nothing_is_null_and_stays_null(practice: Practice) -> None:
    message = rows.unsaved(Message)
    message.body = None
    message.save()

    assert Message.objects.get(pk=message.pk).body is None
    assert list(Message.objects.filter(body__isnull=True)) == [message]


# ── whose key ──


def test_a_row_that_does_not_say_whose_key_it_needs_is_refused(practice: Practice) -> None:
    with pytest.raises(MissingSubject, match=r"messaging\.Note without contact_id"):
        Note(body=PLAINTEXT).save()


def test_a_contact_and_a_message_share_a_key_and_two_contacts_do_not(note: Note) -> None:
    contact = note.contact
    contact.profile_name = "Jana"
    contact.save()

    assert keys.key_number_of(stored(contact, "profile_name")) == keys.key_number_of(stored(note, "body"))
    assert keys.key_number_of(stored(make_note(), "body")) != keys.key_number_of(stored(note, "body"))


def test_a_patient_is_sealed_with_the_patients_own_key(practice: Practice) -> None:
    patient = Patient.objects.create(first_name="Jana", last_name="Vogt")

    assert keys.key_number_of(stored(patient, "last_name")) == keys.key_for("patient", patient.pk).number


def test_a_second_factor_hangs_on_the_master_and_needs_no_practice() -> None:
    device = rows.saved(TotpDevice)

    with no_practice():
        secret = TotpDevice.objects.get(pk=device.pk).secret

    assert secret == device.secret
    assert keys.key_number_of(stored(device, "secret")) == keys.master_key().number


def test_nothing_is_read_outside_every_scope(note: Note) -> None:
    with no_practice(), pytest.raises(NoPracticeInScope):
        _ = note.body


def test_a_row_is_not_read_in_the_scope_of_another_practice(note: Note) -> None:
    with practice_scope(make_practice("fremd").pk), pytest.raises(KeyDestroyed):
        _ = note.body


def test_media_facts_are_sealed_with_the_contacts_key(practice: Practice) -> None:
    media = rows.saved(MediaFile)

    assert keys.key_number_of(stored(media, "details")) == keys.key_for("contact", media.contact_id).number
    assert json.dumps(media.details).encode() not in stored(media, "details")


# ── old and gone keys ──


def test_rows_of_an_older_key_stay_readable_and_new_ones_have_the_new_key(note: Note) -> None:
    assert key_rotation.rotate("contact", note.contact_id) == 2

    newer = Note.objects.create(conversation=note.conversation, contact=note.contact, body="Neu")

    assert [row.body for row in Note.objects.order_by("at")] == [PLAINTEXT, "Neu"]
    versions = {key.number: key.version for key in DataKey.objects.filter(kind="contact", subject_id=note.contact_id)}
    assert [versions[keys.key_number_of(stored(row, "body"))] for row in (note, newer)] == [1, 2]


def test_an_erased_contacts_rows_do_not_open_and_others_do(note: Note) -> None:
    other = make_note("Etwas anderes")

    assert keys.destroy("contact", note.contact_id) == 1

    with pytest.raises(KeyDestroyed):
        _ = Note.objects.get(pk=note.pk).body
    assert Note.objects.get(pk=other.pk).body == "Etwas anderes"


# ── pages of many rows ──


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_opens_any_number_of_rows_with_the_same_queries(
    practice: Practice, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        rows.saved(Message)
    keys.cache.clear()
    connection.fresh_keys.clear()  # type: ignore[attr-defined]

    with django_assert_num_queries(3):  # rows, their keys, the root
        page = list(Message.objects.all())
        warm(page)
        read = [(message.body, message.content, message.wamid) for message in page]

    assert len(read) == count


def test_warming_needs_no_query_when_the_keys_are_at_hand(
    note: Note, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        warm([note])


def test_more_rows_than_the_cache_has_room_for_are_opened_with_one_query_a_step(
    practice: Practice, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"Person {number}" for number in range(7)]
    made = Contact.objects.bulk_create([Contact(profile_name=name) for name in names])
    monkeypatch.setattr(sealed, "AT_ONCE", 2)
    monkeypatch.setattr(keys.cache, "size", 4)
    keys.cache.clear()
    connection.fresh_keys.clear()  # type: ignore[attr-defined]

    with django_assert_num_queries(6):  # the contacts, their keys in four steps, the root
        contacts = list(Contact.objects.filter(pk__in=[one.pk for one in made]).order_by("pk"))
        warm(contacts)
        read = [one.profile_name for one in contacts]

    assert read == names


def test_a_destroyed_key_among_many_is_told_to_whoever_reads_that_row_alone(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, kept = Contact.objects.create(profile_name="Erika"), Contact.objects.create(profile_name="Emre")
    keys.destroy("contact", gone.pk)
    monkeypatch.setattr(sealed, "AT_ONCE", 1)
    rows_read = [Contact.objects.get(pk=gone.pk), Contact.objects.get(pk=kept.pk)]

    warm(rows_read)

    assert rows_read[1].profile_name == "Emre"
    with pytest.raises(KeyDestroyed):
        _ = rows_read[0].profile_name
