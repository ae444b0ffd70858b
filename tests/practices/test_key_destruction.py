"""A destroyed key is gone for good, in every process."""

import time
from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import Settings

from messaging.models import Note
from practices import key_cache, key_rotation, keys
from practices.bus import bus, channel
from practices.key_cache import FORGET
from practices.keys import KeyDestroyed
from practices.keystore import DataKey
from practices.models import Practice
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.factories import make_practice
from tests.guards import rows
from tests.practices.sealing import make_key, really_commits

pytestmark = pytest.mark.django_db


@really_commits
def test_a_destroyed_key_is_gone_for_good(empty_cache: None) -> None:
    with practice_scope(make_practice().pk):
        with transaction.atomic():
            note = rows.saved(Note)
            kept = rows.saved(Note)
        with transaction.atomic():
            assert keys.destroy("contact", note.contact_id) == 1
            assert keys.destroy("contact", uuid7()) == 0
        with transaction.atomic():
            with pytest.raises(KeyDestroyed):
                _ = Note.objects.get(pk=note.pk).body
            assert Note.objects.get(pk=kept.pk).body == kept.body


@really_commits
def test_destroying_that_is_rolled_back_destroys_nothing(empty_cache: None) -> None:
    with practice_scope(make_practice().pk):
        with transaction.atomic():
            note = rows.saved(Note)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            keys.destroy("contact", note.contact_id)
            with pytest.raises(KeyDestroyed):
                _ = Note.objects.get(pk=note.pk).body
            raise ZeroDivisionError
        with transaction.atomic():
            assert Note.objects.get(pk=note.pk).body == note.body


def test_every_version_of_a_key_is_destroyed(practice: Practice) -> None:
    contact_id = uuid7()
    keys.key_for("contact", contact_id)
    key_rotation.rotate("contact", contact_id)

    assert keys.destroy("contact", contact_id) == 2
    assert DataKey.objects.filter(kind="contact").count() == 0


def heard_by_processes() -> int:
    """Waits until this process listens; asks to forget a practice that does not exist."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if listeners := int(bus().publish(channel(FORGET), 0)):
            return listeners
        time.sleep(0.01)
    return 0


def test_what_another_process_destroys_is_forgotten_here() -> None:
    keys.cache.put((7, "destroyed"), make_key())
    keys.cache.put((8, "other"), make_key())
    key_cache.listen(keys.cache)
    assert heard_by_processes() > 0

    bus().publish(channel(FORGET), 7)

    deadline = time.monotonic() + 10
    while keys.cache.get((7, "destroyed")) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert keys.cache.get((7, "destroyed")) is None
    assert keys.cache.get((8, "other")) is not None


@really_commits
def test_destroying_tells_the_other_processes_after_the_commit(empty_cache: None) -> None:
    practice = make_practice()
    with bus().pubsub(ignore_subscribe_messages=True) as other_process:  # type: ignore[no-untyped-call]
        other_process.subscribe(channel(FORGET))
        other_process.get_message(timeout=5)
        with practice_scope(practice.pk), transaction.atomic():
            keys.destroy("contact", uuid7())
            before_the_commit = other_process.get_message(timeout=0.05)
        after_the_commit = other_process.get_message(timeout=5)

    assert before_the_commit is None
    assert after_the_commit is not None
    assert after_the_commit["data"] == str(practice.pk).encode()


@really_commits
def test_what_another_thread_reads_while_a_key_is_being_destroyed_is_forgotten_without_a_broker(
    empty_cache: None, broker_away: None
) -> None:
    practice, contact_id = make_practice(), uuid7()
    with practice_scope(practice.pk):
        with transaction.atomic():
            key = keys.key_for("contact", contact_id)
        with transaction.atomic():
            keys.destroy("contact", contact_id)
            keys.cache.put((practice.pk, key.number), key)  # as another thread does, which still sees the row
        with transaction.atomic(), pytest.raises(KeyDestroyed):
            keys.key_numbered(key.number)


@pytest.fixture
def broker_away(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    bus.cache_clear()
    yield
    bus.cache_clear()
