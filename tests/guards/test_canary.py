"""Nothing of a patient lies in clear anywhere: database, backup, Redis, queue, logs, addresses, error pages, files.

A patient who does not exist goes through every door (tests/canary/story.py); then all of it is searched, in every
spelling. In clear by decision are only data that are no patient's: the practice's own, staff names and e-mails, consent
texts and templates; and ?q= in the address of a search (tests/canary/story.py: reception_searches).
"""

import base64
import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, override_settings

from messaging.models import MediaFile, Message
from practices.bus import bus
from practices.models import Practice
from practices.scope import practice_scope
from tests.canary import needles, scanner, story
from tests.factories import make_practice
from tests.messaging.factories import make_line

with_rows = pytest.mark.django_db(transaction=True)


@with_rows
@override_settings(ROOT_URLCONF="tests.canary.pages")
def test_a_patient_who_goes_through_every_door_leaves_nothing_in_clear(
    settings: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    day = story.begin()
    settings.D360_TRANSPORT = day.whatsapp
    connection.force_debug_cursor = True  # statements and their values reach the logger of the database too

    with scanner.logged() as log, scanner.published() as bus_traffic:
        story.live_through(day)

    day.whatsapp.end()
    connection.force_debug_cursor = False
    said = capfd.readouterr()
    queues = bus().exists("inbound", "outbound", "background")
    assert what_was_stored(day) == {"received": 10, "sent": 11, "files": 3}
    assert (len(bus_traffic) > 10, len(log.getvalue()) > 1_000, queues) == (True, True, 3)
    assert scanner.in_database() == []
    assert scanner.in_backup(tmp_path) == []
    assert scanner.in_redis() == []
    assert scanner.in_files() == []
    assert needles.hits("log", log.getvalue().encode()) == []
    assert needles.hits("output", f"{said.out}{said.err}".encode()) == []
    assert needles.hits("bus", b"\n".join(bus_traffic)) == []
    assert day.leaks == []


def what_was_stored(day: story.Day) -> dict[str, int]:
    """That the day did take place: sealed is not the same as absent."""
    with practice_scope(day.line.practice.pk), transaction.atomic():
        received = [one.body for one in Message.objects.filter(direction="in")]
        assert needles.WORDS in " ".join(filter(None, received))
        return {
            "received": len(received),
            "sent": Message.objects.filter(direction="out").count(),
            "files": MediaFile.objects.filter(state=MediaFile.State.STORED).count(),
        }


# ── the search itself is honest ──


WAMID = b"wamid." + base64.b64encode(b"\x1c\x18\x0c" + needles.NUMBER.removeprefix("+").encode() + b"\x15\x02\x00")


@pytest.mark.parametrize(
    "leaked",
    [
        f"Frau {needles.LAST_NAME.upper()}".encode(),
        needles.NUMBER.encode(),
        b"Tel. 0171 39200-77, abends",
        b"+49 (171) 392 00 77",
        "0171\u00a039200\u00a077".encode(),
        b"?phone=%2B49%20171%203920077",
        needles.NUMBER.encode().hex().upper().encode(),
        quote(f"{needles.FIRST_NAME} {needles.LAST_NAME}").encode(),
        needles.WORDS.encode("utf-16-le"),
        WAMID,
        b"a" + base64.b64encode(b"x" + needles.NUMBER.encode()),
        base64.urlsafe_b64encode(b"xx" + needles.NUMBER.encode() + b"??>>"),
        base64.b64encode(needles.EMAIL.encode()),
        hashlib.sha256(needles.NUMBER.encode()).digest(),
        hashlib.sha256(b"0171" + needles.NUMBER[6:].encode()).hexdigest().encode(),
    ],
)
def test_every_spelling_is_found(leaked: bytes) -> None:
    assert needles.hits("here", b"\x00\xff before" + leaked + b"after \x00") != []


@pytest.mark.parametrize("innocent", [b"", b"4930 23125101", b"171 then 392 and 0077 apart", bytes(range(256)) * 50])
def test_what_is_not_hers_is_not_found(innocent: bytes) -> None:
    assert needles.hits("here", innocent) == []


@with_rows
def test_a_row_in_clear_is_found_in_database_and_backup(tmp_path: Path) -> None:
    practice = make_practice()
    Practice.objects.filter(pk=practice.pk).update(short_name=needles.LAST_NAME)
    with transaction.atomic():
        line = make_line(practice)
    with practice_scope(practice.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update messaging_channel set api_key = %s where id = %s", [WAMID, line.channel.pk])

    found = {hit.partition(",")[0] for hit in scanner.in_database()}

    assert {"public.practices_practice (text): last name", "public.messaging_channel (binary): number"} <= found
    assert {hit.partition(",")[0] for hit in scanner.in_backup(tmp_path)} == {"backup: last name", "backup: number"}


@pytest.mark.parametrize(
    "leak",
    [
        lambda: bus().set("roger:limit:0171 3920077", 1),
        lambda: bus().rpush("celery", f'{{"kwargs": {{"name": "{needles.LAST_NAME}"}}}}'),
        lambda: bus().hset("roger:presence", needles.EMAIL, 1),
    ],
)
def test_a_key_or_value_in_redis_is_found(leak: Callable[[], object]) -> None:
    leak()

    assert scanner.in_redis() != []


def test_what_is_said_on_the_bus_is_heard() -> None:
    """Without a planted word: all workers of a run share the bus."""
    with scanner.published() as heard:
        bus().publish("roger:anything", "a word")

    assert b"'data': b'a word'" in b"".join(heard)


def test_a_talkative_log_line_is_found_from_debug_on() -> None:
    with scanner.logged() as log:
        logging.getLogger("messaging").debug(f"from {needles.NUMBER}")  # as nobody should write it

    assert needles.hits("log", log.getvalue().encode()) == ["log: number, plain"]


@pytest.mark.parametrize("name", [needles.FILE_NAME, "a"])
def test_a_file_in_clear_is_found_by_name_and_content(name: str) -> None:
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True)
    path.write_text(needles.FILE_WORDS)

    assert {hit.rpartition(": ")[2].partition(",")[0] for hit in scanner.in_files()} >= {"words in the file"}


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(f"<title>Chat mit {needles.FIRST_NAME}</title>"),
        HttpResponse(f'<a href="/p/x/inbox/?q={needles.LAST_NAME}">weiter</a>'),
        HttpResponse(status=302, headers={"Location": "/q/?text=%2B49171%203920077"}),
    ],
)
def test_a_talkative_address_or_title_is_found(response: HttpResponse) -> None:
    response.request = {"PATH_INFO": "/"}  # type: ignore[attr-defined]  # as the test client adds it

    assert len(scanner.in_surroundings(response)) == 1


def test_an_error_page_that_quotes_is_found(client: Client) -> None:
    response = HttpResponse(f"<p>{needles.WORDS}</p>", status=500)
    response.request = {"PATH_INFO": "/"}  # type: ignore[attr-defined]

    assert scanner.in_page(response) == ["page 500: words, plain"]
