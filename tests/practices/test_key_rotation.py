"""Keys rotate without loss, and a merged contact's are handed over."""

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from pytest_django import Settings

from messaging.models import Note
from patients.models import Contact
from practices import key_rotation, keys
from practices.key_rotation import NotRotatable
from practices.keys import INDEX, NOBODY, Key, KeyDestroyed
from practices.keystore import DataKey, Subject
from practices.models import Practice, TotpDevice
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.factories import make_practice
from tests.guards import rows
from tests.practices.sealing import forget_all, really_commits

pytestmark = pytest.mark.django_db


# ── rotating ──


def test_a_new_master_takes_over_without_a_gap(practice: Practice, settings: Settings) -> None:
    note, device = rows.saved(Note), rows.saved(TotpDevice)
    settings.ROGER_MASTER_KEY_PREVIOUS = [settings.ROGER_MASTER_KEY]
    settings.ROGER_MASTER_KEY = secrets.token_bytes(32)
    forget_all()

    assert Note.objects.get(pk=note.pk).body == note.body
    assert TotpDevice.objects.get(pk=device.pk).secret == device.secret
    call_command("keys", "rotate-master", stdout=StringIO())

    settings.ROGER_MASTER_KEY_PREVIOUS = []
    forget_all()
    assert Note.objects.get(pk=note.pk).body == note.body
    assert TotpDevice.objects.get(pk=device.pk).secret == device.secret


def test_rotating_the_master_says_what_it_did_and_finds_nothing_the_second_time(
    practice: Practice, settings: Settings
) -> None:
    rows.saved(Note)
    rows.saved(TotpDevice)
    with practice_scope(make_practice("zwei").pk):
        rows.saved(Note)
    settings.ROGER_MASTER_KEY_PREVIOUS = [settings.ROGER_MASTER_KEY]
    settings.ROGER_MASTER_KEY = secrets.token_bytes(32)
    said = StringIO()

    call_command("keys", "rotate-master", stdout=said)
    call_command("keys", "rotate-master", stdout=said)

    assert said.getvalue().splitlines() == [
        "2 practices and 1 second factors now hang on ROGER_MASTER_KEY.",
        "0 practices and 0 second factors now hang on ROGER_MASTER_KEY.",
    ]


def test_a_new_root_changes_neither_rows_nor_blind_indexes(practice: Practice) -> None:
    note = rows.saved(Note)
    phone, body = keys.blind_index("phone", "+491713920001"), Note.objects.values_list("body")[0]
    former = DataKey.objects.get(kind=Subject.ROOT)
    said = StringIO()

    call_command("keys", "rotate-practice", practice.slug, stdout=said)

    forget_all()
    assert said.getvalue() == "morgenthal has a new root key; 4 keys were wrapped anew.\n"
    assert Note.objects.get(pk=note.pk).body == note.body
    assert Note.objects.values_list("body")[0] == body
    assert keys.blind_index("phone", "+491713920001") == phone
    wrapped_by = {keys.key_number_of(bytes(row.wrapped)) for row in DataKey.objects.exclude(kind=Subject.ROOT)}
    assert wrapped_by == {keys.key_for(Subject.ROOT, NOBODY).number} != {former.number}


def test_a_former_root_still_opens_what_a_slow_process_wraps_with_it(practice: Practice) -> None:
    root = keys.key_for(Subject.ROOT, NOBODY)
    key_rotation.rotate_root()
    contact_id = uuid7()
    late = keys.new_data_key("contact", contact_id, version=1)
    late.wrapped = Key.of(root.number, root.material, "wrap").seal(
        material := secrets.token_bytes(32), keys._wrapping_context(late)
    )
    late.commitment = keys.commitment(material)
    late.save()

    assert keys.key_for("contact", contact_id).material == material


def test_rotating_an_unknown_practice_says_so() -> None:
    with pytest.raises(CommandError, match="no practice nirgends"):
        call_command("keys", "rotate-practice", "nirgends")


def test_the_command_needs_a_deed() -> None:
    with pytest.raises(CommandError, match="deed"):
        call_command("keys")


def test_a_rotated_key_seals_and_the_former_one_only_opens(practice: Practice) -> None:
    contact_id = uuid7()
    former = keys.key_for("contact", contact_id)

    assert [key_rotation.rotate("contact", contact_id) for _ in range(2)] == [2, 3]

    assert keys.key_for("contact", contact_id).number != former.number
    assert keys.key_numbered(former.number).material == former.material
    states = DataKey.objects.filter(kind="contact").order_by("version").values_list("state", flat=True)
    assert list(states) == ["retired", "retired", "active"]


def test_an_index_key_is_not_rotated(practice: Practice) -> None:
    keys.index_key("phone")

    with pytest.raises(NotRotatable):
        key_rotation.rotate(Subject.PRACTICE, INDEX)


def test_the_practices_own_key_and_its_index_key_are_two(practice: Practice) -> None:
    assert keys.key_for(Subject.PRACTICE, NOBODY).material != keys.key_for(Subject.PRACTICE, INDEX).material


@really_commits
def test_rotating_while_others_write_loses_no_row(empty_cache: None) -> None:
    practice = make_practice()
    with practice_scope(practice.pk), transaction.atomic():
        contact = rows.saved(Contact)
    done = threading.Event()

    def keep_writing(_: int) -> int:
        written = 0
        while not done.is_set():
            with practice_scope(practice.pk), transaction.atomic():
                note = rows.unsaved(Note)
                note.contact, note.body = contact, "Notiz"
                note.save()
                written += 1
        connections.close_all()
        return written

    with ThreadPoolExecutor(3) as threads:
        writing = threads.map(keep_writing, range(3))
        for _ in range(5):
            with practice_scope(practice.pk):
                key_rotation.rotate("contact", contact.pk)
                key_rotation.rotate_root()
        done.set()
        written = sum(writing)

    keys.cache.clear()
    with practice_scope(practice.pk), transaction.atomic():
        assert [note.body for note in Note.objects.all()] == ["Notiz"] * written


# ── handing over ──


def test_a_merged_contacts_rows_stay_readable_and_die_with_the_one_that_stays(practice: Practice) -> None:
    note, stays = rows.saved(Note), rows.saved(Contact)

    assert key_rotation.hand_over("contact", note.contact_id, stays.pk) == 1
    Note.objects.update(contact=stays)

    assert Note.objects.get(pk=note.pk).body == note.body
    assert keys.destroy("contact", note.contact_id) == 0
    assert keys.destroy("contact", stays.pk) == 2
    with pytest.raises(KeyDestroyed):
        _ = Note.objects.get(pk=note.pk).body


def test_a_key_that_was_handed_over_seals_nothing_new(practice: Practice) -> None:
    gone, stays = uuid7(), uuid7()
    handed, own = keys.key_for("contact", gone), keys.key_for("contact", stays)

    key_rotation.hand_over("contact", gone, stays)

    assert keys.key_for("contact", stays).number == own.number
    assert keys.key_for("contact", gone).number not in (handed.number, own.number)


def test_handing_over_no_key_at_all_does_no_harm(practice: Practice) -> None:
    assert key_rotation.hand_over("contact", uuid7(), uuid7()) == 0
