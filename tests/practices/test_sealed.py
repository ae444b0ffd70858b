"""Sealed fields: ciphertext in the database, plaintext on the instance, and no third place."""

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any, TypeVar

import pytest
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.db.models import Case, Count, F, Max, Q, Subquery, Value, When, Window
from django.db.models.functions import Concat, Length, RowNumber
from django.forms import model_to_dict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from messaging.models import Conversation, MediaFile, Message, Note, WebhookDelivery
from patients.models import Contact, Patient
from practices import key_rotation, keys
from practices.keys import KeyDestroyed, SealBroken
from practices.keystore import DataKey
from practices.models import Practice, TotpDevice
from practices.postgres.bulk import insert_many, update_many
from practices.scope import NoPracticeInScope, no_practice, practice_scope
from practices.sealed import MissingSubject, NotSealed, Sealed, SealedField, open_sealed, seal, warm
from practices.tenancy import SealedColumn, uuid7
from tests.factories import make_practice
from tests.guards import rows

pytestmark = pytest.mark.django_db

PLAINTEXT = "Der Zahn oben links tut weh"
COLUMNS = [(model, field) for model in rows.all_models() for field in rows.sealed_fields(model)]
OF_PRACTICES = [(model, field) for model, field in COLUMNS if field.subject != "system"]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
# The scope and the database stay the same for all examples of a test.
examples = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)


M = TypeVar("M", bound=models.Model)


def called(value: Any) -> str | None:
    return f"{value.model._meta.label}.{value.name}" if isinstance(value, SealedField) else None


each_column = pytest.mark.parametrize(("model", "field"), COLUMNS, ids=called)
each_column_of_practices = pytest.mark.parametrize(("model", "field"), OF_PRACTICES, ids=called)


@pytest.fixture
def practice() -> Iterator[Practice]:
    made = make_practice()
    with practice_scope(made.pk):
        yield made


@pytest.fixture
def note(practice: Practice) -> Note:
    return make_note()


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


# ── moved, altered, cut ──


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


# ── what the database cannot answer ──

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


# ── nothing shows, nothing leaves ──


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


# ── sealed anew only when changed ──


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


def test_media_facts_are_sealed_with_the_contacts_key(practice: Practice) -> None:
    media = rows.saved(MediaFile)

    assert keys.key_number_of(stored(media, "details")) == keys.key_for("contact", media.contact_id).number
    assert json.dumps(media.details).encode() not in stored(media, "details")
