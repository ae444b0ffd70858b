"""Whose turn it is: one file after the other, and none that cannot be fetched stands before the rest."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from messaging import media, tasks
from messaging.models import MediaFile, Message
from patients.identities import find_or_create_contact
from practices import keys
from practices.background import alone
from practices.bus import bus
from practices.keystore import DataKey, Subject
from practices.models import Role
from practices.scope import practice_scope
from tests.factories import make_practice
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import PATIENT, Line, make_line
from tests.messaging.files import WAITS, fetch, fetch_all, on_disk, picture, send
from tests.messaging.inbox.desk import forget_keys
from tests.people import login, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(line: Line, client: Client) -> Client:
    """The browser of somebody at the practice."""
    login(client, make_member(line.practice, Role.RECEPTION, name="Anna Arnold"))
    return client


def test_a_file_whose_worker_dies_each_time_is_given_up(line: Line, whatsapp: FakeWhatsApp) -> None:
    send(whatsapp, "image", picture())
    with time_machine.travel(timezone.now() + timedelta(seconds=1), tick=False) as clock:
        for _attempt in range(len(WAITS) + 1):
            with practice_scope(line.practice.pk):
                assert media._claim() is not None
            clock.shift(media.LEASE)

        row = fetch(line)

    assert (row.state, row.reason, row.attempts) == ("failed", "gave_up", 4)


def test_a_file_of_somebody_who_was_erased_is_given_up_and_keeps_back_no_other(
    line: Line, whatsapp: FakeWhatsApp, desk: Client
) -> None:
    send(whatsapp, "image", picture())
    erased = erase(line)
    other = "+49176040690" + "13"
    whatsapp.control("POST", "people", json={"phone": other, "name": "Jonas"})
    file = {"data_base64": base64.b64encode(picture()).decode()}
    wish = {"from": other, "to": line.channel.phone, "type": "image", "image": file}
    whatsapp.control("POST", "messages", json=wish)
    whatsapp.deliver()

    tried = fetch_all(line)

    with practice_scope(line.practice.pk):
        states = list(MediaFile.objects.order_by("pk").values_list("state", "reason", "attempts"))
    assert (tried, states) == (1, [("failed", "gone", 0), ("stored", "", 1)])
    desk.post(f"/p/morgenthal/media/{erased}/fetching/")
    assert fetch_all(line) == 0


def test_a_file_of_somebody_who_is_erased_meanwhile_leaves_nothing(line: Line, whatsapp: FakeWhatsApp) -> None:
    send(whatsapp, "image", picture())
    settings.D360_TRANSPORT = Meanwhile(whatsapp, lambda: erase(line))

    assert fetch_all(line) == 1

    with practice_scope(line.practice.pk):
        assert list(MediaFile.objects.values_list("state", "reason")) == [("failed", "gone")]
        assert DataKey.objects.filter(kind=Subject.CONTACT).count() == 0
    assert on_disk() == []


def test_a_file_whose_message_is_deleted_meanwhile_leaves_nothing(line: Line, whatsapp: FakeWhatsApp) -> None:
    send(whatsapp, "image", picture())
    settings.D360_TRANSPORT = Meanwhile(whatsapp, lambda: delete_messages(line))

    assert fetch_all(line) == 1

    assert on_disk() == []


def erase(line: Line) -> UUID:
    """Destroy the key of the one person whose file there is; answers which file."""
    with practice_scope(line.practice.pk), transaction.atomic():
        row = MediaFile.objects.get()
        keys.destroy(Subject.CONTACT, row.contact_id)
    forget_keys()
    return row.pk


def delete_messages(line: Line) -> None:
    with practice_scope(line.practice.pk), transaction.atomic():
        Message.objects.all().delete()


class Meanwhile(httpx.BaseTransport):
    """360dialog, while something happens here between the address of a file and the file."""

    def __init__(self, whatsapp: FakeWhatsApp, deed: Callable[[], object]) -> None:
        self.whatsapp, self.deeds = whatsapp, [deed]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.whatsapp.handle_request(request)
        while self.deeds:
            self.deeds.pop()()
        return answer


# ── one at a time ──


def test_a_task_fetches_one_file_and_wakes_for_the_next(line: Line, whatsapp: FakeWhatsApp) -> None:
    for _file in range(2):
        send(whatsapp, "image", picture())
    awake = f"roger:wake:messaging.fetch_media:{line.practice.pk}"

    tasks.fetch_media(practice_id=line.practice.pk)
    first = (stored_files(line), bus().exists(awake))
    tasks.fetch_media(practice_id=line.practice.pk)
    second = (stored_files(line), bus().exists(awake))

    assert (first, second) == ((1, 1), (2, 0))


def test_while_one_file_is_fetched_no_other_process_fetches_one(line: Line, whatsapp: FakeWhatsApp) -> None:
    send(whatsapp, "image", picture())

    with alone("media", seconds=30) as is_ours:
        tasks.fetch_media(practice_id=line.practice.pk)
        during = stored_files(line)
    tasks.fetch_media(practice_id=line.practice.pk)

    assert (is_ours, during, stored_files(line)) == (True, 0, 1)


def test_whoever_was_turned_away_is_woken_first(
    line: Line, whatsapp: FakeWhatsApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_practice("ostufer")
    for _file in range(2):
        send(whatsapp, "image", picture())
    with practice_scope(other.pk), transaction.atomic():
        channel = make_line(other, number="1000000002", waba="2000000002").channel
        contact, _is_new = find_or_create_contact(phone=PATIENT, profile_name=None)
        details = {"id": "1", "sha256": None, "mime_type": None}
        MediaFile.objects.create(contact=contact, channel=channel, details=details)
    bus().flushdb()

    tasks.fetch_media(practice_id=line.practice.pk)

    queue = [json.loads(each) for each in bus().lrange("background", 0, -1)]
    woken = [json.loads(base64.b64decode(each["body"]))[1]["practice_id"] for each in reversed(queue)]
    assert woken == [other.pk, line.practice.pk]


def test_the_celery_limits_bound_one_file_whatever_hangs(line: Line, whatsapp: FakeWhatsApp) -> None:
    send(whatsapp, "image", picture())
    settings.D360_TRANSPORT = Hanging()

    row = fetch(line)

    assert (row.state, row.attempts, on_disk()) == ("pending", 1, [])
    task = tasks.fetch_media
    assert (task.soft_time_limit, task.time_limit, media.LEASE.total_seconds()) == (75, 90, 300)


class Hanging(httpx.BaseTransport):
    """360dialog that drips its headers for ever, until celery says that it is enough."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise SoftTimeLimitExceeded


def stored_files(line: Line) -> int:
    with practice_scope(line.practice.pk), transaction.atomic():
        return MediaFile.objects.filter(state="stored").count()
