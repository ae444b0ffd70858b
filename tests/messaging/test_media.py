"""Files patients send: fetched at once, sealed, shown only if harmless, and an honest word for each that is not."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from messaging import media
from messaging.models import MediaFile, Message
from practices.bus import bus
from practices.models import AccessLog, Practice, Role
from practices.scope import practice_scope
from tests.factories import make_practice
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import PATIENT, Line
from tests.messaging.files import (
    EXE,
    HTML,
    PDF,
    SVG,
    WAITS,
    ask,
    bomb,
    content,
    fetch,
    on_disk,
    only,
    page,
    picture,
    plan,
    received,
    send,
)
from tests.people import login, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(line: Line, client: Client) -> Client:
    """The browser of somebody at the practice."""
    login(client, make_member(line.practice, Role.RECEPTION, name="Anna Arnold"))
    return client


@pytest.fixture
def redis_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The bus leads to a port where nobody listens."""
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    bus.cache_clear()
    yield
    monkeypatch.undo()
    bus.cache_clear()


# ── fetching ──


def test_a_picture_is_expected_with_its_message_and_fetched_at_once(line: Line, whatsapp: FakeWhatsApp) -> None:
    shot = picture()
    send(whatsapp, "image", shot, mime_type="image/png", caption="Links unten")

    before = only(line)
    after = fetch(line)

    assert (before.state, after.state, after.reason, after.size) == ("pending", "stored", "", len(shot))
    with practice_scope(line.practice.pk):
        assert [(one.body, one.type) for one in Message.objects.filter(media=after)] == [("Links unten", "image")]
    assert (after.details["found_type"], after.details["width"], after.details["height"]) == ("image/png", 4, 3)


def test_c_26_on_disk_a_file_is_sealed_and_named_by_its_id_alone(line: Line, whatsapp: FakeWhatsApp) -> None:
    row = received(whatsapp, "document", PDF, mime_type="application/pdf", filename="Befund Erika.pdf")

    [path] = on_disk()
    assert path.relative_to(settings.MEDIA_ROOT) == Path(str(line.practice.pk), row.pk.hex[-2:], row.pk.hex)
    assert path.read_bytes().count(b"PDF") == 0


def test_a_second_delivery_of_the_message_fetches_nothing_again(line: Line, whatsapp: FakeWhatsApp) -> None:
    whatsapp.control("PUT", "faults", json={"webhooks": {"duplicates": 1}})

    row = received(whatsapp, "image", picture())

    assert (row.state, row.attempts, len(on_disk())) == ("stored", 1, 1)


def test_a_voice_note_in_a_films_container_can_be_played(line: Line, whatsapp: FakeWhatsApp) -> None:
    recording = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 64

    row = received(whatsapp, "voice", recording, mime_type="audio/mp4")

    assert (row.state, row.reason, media.is_shown_inline(row)) == ("stored", "", True)


def test_a_dead_id_is_asked_once_and_never_again(line: Line, whatsapp: FakeWhatsApp, desk: Client) -> None:
    send(whatsapp, "image", picture())
    whatsapp.control("POST", "clock", json={"advance_seconds": 8 * 86_400})

    first, second = fetch(line), fetch(line)

    assert (first.state, first.attempts, second.attempts) == ("failed", 1, 1)
    assert "WhatsApp hat sie nicht herausgegeben." in page(desk, line)


def test_an_address_that_has_expired_fails_and_can_be_asked_for_again(
    line: Line, whatsapp: FakeWhatsApp, desk: Client
) -> None:
    plan(whatsapp, action="expired", on="media_url", times=1)
    failed = received(whatsapp, "image", picture())

    answer = desk.post(f"/p/morgenthal/media/{failed.pk}/fetching/")
    again = fetch(line)

    assert (failed.state, answer.status_code, again.state) == ("failed", 303, "stored")


@pytest.mark.parametrize("action", ["redirect", "private_url"])
@pytest.mark.parametrize("location", ["http://169.254.169.254/latest/meta-data/", "https://evil.example/x"])
def test_an_address_elsewhere_is_refused_and_said_so(
    line: Line, whatsapp: FakeWhatsApp, desk: Client, action: str, location: str
) -> None:
    plan(whatsapp, action=action, on="any", location=location)

    row = received(whatsapp, "image", picture())

    assert (row.state, row.attempts, on_disk()) == ("refused", 1, [])
    assert "Aus Sicherheitsgründen nicht geöffnet" in page(desk, line)
    assert ask(desk, row).status_code == 404


def test_a_file_that_never_ends_is_refused_and_leaves_nothing(line: Line, whatsapp: FakeWhatsApp) -> None:
    plan(whatsapp, action="giant", on="media_download", bytes=101_000_000)

    row = received(whatsapp, "document", PDF, mime_type="application/pdf")

    assert (row.state, on_disk()) == ("refused", [])


def test_an_error_is_tried_again_after_growing_waits_and_then_given_up(line: Line, whatsapp: FakeWhatsApp) -> None:
    plan(whatsapp, action="error", on="media_url", http_status=500, body="empty")
    send(whatsapp, "image", picture())
    waits = []

    with time_machine.travel(timezone.now() + timedelta(seconds=1), tick=False) as clock:
        while (row := fetch(line)).state == MediaFile.State.PENDING:
            waits.append(row.run_after - timezone.now())
            clock.shift(waits[-1] - timedelta(seconds=1))
            assert fetch(line).attempts == row.attempts  # not before its time
            clock.shift(timedelta(seconds=1))

    assert (waits, row.state, row.attempts) == (WAITS, "failed", 4)


def test_a_broken_connection_is_made_good_by_the_next_try(line: Line, whatsapp: FakeWhatsApp) -> None:
    plan(whatsapp, action="reset", on="media_download", times=1)
    row = received(whatsapp, "image", picture())
    assert (row.state, on_disk()) == ("pending", [])

    with time_machine.travel(row.run_after, tick=False):
        assert fetch(line).state == "stored"


def test_after_many_errors_the_endpoint_is_left_alone_and_the_files_wait(line: Line, whatsapp: FakeWhatsApp) -> None:
    send(whatsapp, "image", picture())
    bus().set(f"roger:media-errors:{line.channel.pk}", media.ERRORS_AN_HOUR)

    row = fetch(line)

    assert (row.state, row.attempts) == ("pending", 0)
    assert row.run_after - timezone.now() > timedelta(minutes=14)


def test_errors_are_counted_for_one_hour(line: Line, whatsapp: FakeWhatsApp) -> None:
    plan(whatsapp, action="error", on="media_url", http_status=500)

    received(whatsapp, "image", picture())

    counted = f"roger:media-errors:{line.channel.pk}"
    assert (bus().get(counted), 3590 < bus().ttl(counted) <= 3600) == (b"1", True)


def test_without_redis_files_are_fetched_all_the_same(line: Line, whatsapp: FakeWhatsApp, redis_away: None) -> None:
    assert received(whatsapp, "image", picture()).state == "stored"


def test_without_redis_an_error_is_recorded_all_the_same(line: Line, whatsapp: FakeWhatsApp, redis_away: None) -> None:
    plan(whatsapp, action="error", on="media_url", http_status=500)

    row = received(whatsapp, "image", picture())

    assert (row.state, row.attempts) == ("pending", 1)


def test_a_disk_that_takes_nothing_gives_no_file_up(line: Line, whatsapp: FakeWhatsApp) -> None:
    Path(settings.MEDIA_ROOT).write_text("a file where a folder should be")
    row = received(whatsapp, "image", picture())
    assert (row.state, row.attempts) == ("pending", 0)

    Path(settings.MEDIA_ROOT).unlink()
    with time_machine.travel(row.run_after, tick=False):
        assert fetch(line).state == "stored"


def test_a_worker_that_dies_gives_its_files_back_after_five_minutes(line: Line, whatsapp: FakeWhatsApp) -> None:
    send(whatsapp, "image", picture())
    with practice_scope(line.practice.pk):
        assert media._claim() is not None
        assert not media.fetch_next()

    with time_machine.travel(timezone.now() + media.LEASE, tick=False):
        assert fetch(line).state == "stored"


# ── what a file is ──


def test_a_file_that_arrives_altered_says_so_and_is_only_downloaded(
    line: Line, whatsapp: FakeWhatsApp, desk: Client
) -> None:
    image = {"data_base64": base64.b64encode(picture()).decode()}
    wish = {"from": PATIENT, "to": line.channel.phone, "type": "image", "image": image}
    whatsapp.control("POST", "messages", json=wish)
    [webhook] = whatsapp.bag.take()
    said = json.loads(webhook.content)
    [told] = said["entry"][0]["changes"][0]["value"]["messages"]
    told["image"]["sha256"] = base64.b64encode(b"x" * 32).decode()
    line.deliver(said)

    row = fetch(line)

    assert (row.state, row.reason) == ("stored", "altered")
    assert ask(desk, row).headers["Content-Disposition"] == "attachment"


def test_a_program_that_calls_itself_pdf_is_kept_with_a_warning_and_never_shown(
    line: Line, whatsapp: FakeWhatsApp, desk: Client
) -> None:
    row = received(whatsapp, "document", EXE, mime_type="application/pdf", filename="Rechnung.pdf")

    answer = ask(desk, row)

    assert (row.state, row.reason) == ("stored", "type_mismatch")
    assert answer.headers["Content-Type"] != "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Rechnung.pdf"'


@pytest.mark.parametrize("kind", ["document", "image"])
@pytest.mark.parametrize(
    "told",
    [(SVG, "image/svg+xml", "bild.svg"), (HTML, "text/html", "seite.html"), (HTML, "image/png", "foto.png")],
    ids=lambda told: told[2],
)
def test_svg_and_html_are_never_shown_inline_whatever_they_call_themselves(
    whatsapp: FakeWhatsApp, desk: Client, kind: str, told: tuple[bytes, str, str]
) -> None:
    data, mime_type, filename = told

    row = received(whatsapp, kind, data, mime_type=mime_type, filename=filename)

    answer = ask(desk, row)

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].partition(";")[0] == "attachment"
    assert 'data-unveil="' not in page(desk, whatsapp.line).partition('id="thread-flow"')[2]


@pytest.mark.parametrize(("width", "height"), [(9_000, 9_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_of_pixels_is_not_shown_in_the_page(
    line: Line, whatsapp: FakeWhatsApp, desk: Client, width: int, height: int
) -> None:
    row = received(whatsapp, "image", bomb(width, height), mime_type="image/png")

    assert (row.reason, media.is_shown_inline(row)) == ("too_many_pixels", False)
    assert ask(desk, row).headers["Content-Disposition"] == "attachment"


def test_a_picture_that_hides_its_size_is_not_shown_in_the_page(line: Line, whatsapp: FakeWhatsApp) -> None:
    comment = b"\xff\xfe\xff\xff" + b"x" * 65_533
    jpeg = picture(form="JPEG")

    row = received(whatsapp, "image", jpeg[:2] + comment * 5 + jpeg[2:], mime_type="image/jpeg")

    assert (row.state, row.details["found_type"], media.is_shown_inline(row)) == ("stored", "image/jpeg", False)


def test_an_ordinary_photo_is_shown_in_the_page(line: Line, whatsapp: FakeWhatsApp, desk: Client) -> None:
    row = received(whatsapp, "image", picture(form="JPEG"), mime_type="image/jpeg")

    answer = ask(desk, row)

    assert (answer.headers["Content-Type"], "Content-Disposition" in answer.headers) == ("image/jpeg", False)
    assert 'data-unveil="image"' in page(desk, line)


# ── the view ──


@pytest.fixture
def text(line: Line, whatsapp: FakeWhatsApp) -> MediaFile:
    """A file of ten known bytes."""
    return received(whatsapp, "document", b"abcdefghij", mime_type="text/plain", filename="Müller\r\n\u202etxt.exe")


def test_a_file_comes_whole_with_headers_that_let_nothing_run(desk: Client, text: MediaFile) -> None:
    answer = ask(desk, text)

    assert (answer.status_code, content(answer)) == (200, b"abcdefghij")
    assert {name: answer.headers[name] for name in HARMLESS} == HARMLESS


HARMLESS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'; "
    "sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Accept-Ranges": "bytes",
    "Content-Length": "10",
    "Content-Type": "application/octet-stream",
}


def test_a_file_name_cannot_break_out_of_its_header(desk: Client, text: MediaFile) -> None:
    header = ask(desk, text).headers["Content-Disposition"]

    assert header == "attachment; filename*=utf-8''M%C3%BCller%20txt.exe"


@pytest.mark.parametrize(
    ("asked", "part", "place"),
    [
        ("bytes=0-3", b"abcd", "bytes 0-3/10"),
        ("bytes=4-", b"efghij", "bytes 4-9/10"),
        ("bytes=9-9", b"j", "bytes 9-9/10"),
        ("bytes=5-999", b"fghij", "bytes 5-9/10"),
        ("bytes=-3", b"hij", "bytes 7-9/10"),
        ("bytes=-999", b"abcdefghij", "bytes 0-9/10"),
    ],
)
def test_a_range_gives_that_part(desk: Client, text: MediaFile, asked: str, part: bytes, place: str) -> None:
    answer = ask(desk, text, range=asked)

    assert (answer.status_code, content(answer), answer.headers["Content-Range"]) == (206, part, place)
    assert answer.headers["Content-Length"] == str(len(part))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0", "bytes=6-5"])
def test_a_range_outside_the_file_is_416(desk: Client, text: MediaFile, asked: str) -> None:
    answer = ask(desk, text, range=asked)

    assert (answer.status_code, answer.content, answer.headers["Content-Range"]) == (416, b"", "bytes */10")


@pytest.mark.parametrize(
    "asked", ["bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", f"bytes={'9' * 30}-", "x" * 99]
)
def test_a_range_nobody_understands_is_the_whole_file(desk: Client, text: MediaFile, asked: str) -> None:
    answer = ask(desk, text, range=asked)

    assert (answer.status_code, content(answer)) == (200, b"abcdefghij")


def test_a_range_across_chunks_is_put_together(line: Line, whatsapp: FakeWhatsApp, desk: Client) -> None:
    whole = bytes(range(256)) * 1024
    row = received(whatsapp, "document", whole, mime_type="text/plain")

    answer = ask(desk, row, range="bytes=65530-131080")

    assert content(answer) == whole[65530:131081]


def test_every_opening_is_noted_and_the_parts_of_one_are_one(line: Line, desk: Client, text: MediaFile) -> None:
    for asked in ("bytes=0-3", "bytes=4-7", "bytes=-2"):
        content(ask(desk, text, range=asked))

    with practice_scope(line.practice.pk):
        [opened] = AccessLog.objects.filter(kind="media")
        assert (opened.about_id, opened.member is not None) == (text.pk, True)


@pytest.mark.parametrize("asked", ["bytes=1-", "bytes=-9", "bytes=4-7"])
def test_who_begins_in_the_middle_has_opened_it_too(line: Line, desk: Client, text: MediaFile, asked: str) -> None:
    for _part in range(3):
        content(ask(desk, text, range=asked))

    assert openings(line) == 1


def test_every_whole_file_and_every_beginning_is_an_opening(line: Line, desk: Client, text: MediaFile) -> None:
    for headers in ({}, {}, {"range": "bytes=0-"}):
        content(ask(desk, text, **headers))

    assert openings(line) == 3


def test_an_hour_later_the_middle_is_an_opening_again(line: Line, desk: Client, text: MediaFile) -> None:
    content(ask(desk, text, range="bytes=1-"))
    with practice_scope(line.practice.pk):
        AccessLog.objects.update(at=timezone.now() - timedelta(minutes=61))

    content(ask(desk, text, range="bytes=1-"))

    assert openings(line) == 2


def test_each_person_opens_for_themselves(line: Line, desk: Client, client: Client, text: MediaFile) -> None:
    content(ask(desk, text, range="bytes=1-"))
    login(client, make_member(line.practice, Role.OWNER, name="Clara Conrad"))

    content(ask(client, text, range="bytes=1-"))

    assert openings(line) == 2


def openings(line: Line) -> int:
    with practice_scope(line.practice.pk):
        return AccessLog.objects.filter(kind="media").count()


def test_a_file_that_is_gone_from_the_disk_is_404(desk: Client, text: MediaFile) -> None:
    [path] = on_disk()
    path.unlink()

    assert ask(desk, text).status_code == 404


def test_another_practice_finds_nothing_under_either_address(client: Client, text: MediaFile) -> None:
    other: Practice = make_practice("ostufer")
    login(client, make_member(other, Role.OWNER, name="Clara Conrad"))

    for slug in ("morgenthal", "ostufer"):
        assert client.get(f"/p/{slug}/media/{text.pk}/").status_code == 404
        assert client.post(f"/p/{slug}/media/{text.pk}/fetching/").status_code == 404


def test_without_a_login_there_is_no_file(client: Client, text: MediaFile) -> None:
    answer = client.get(f"/p/morgenthal/media/{text.pk}/")

    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/login/")


def test_another_site_cannot_embed_a_file(desk: Client, text: MediaFile) -> None:
    assert ask(desk, text, sec_fetch_site="cross-site").status_code == 403


def test_deleting_a_message_leaves_no_row_of_its_file(line: Line, text: MediaFile) -> None:
    with practice_scope(line.practice.pk):
        Message.objects.filter(media=text).delete()
        assert MediaFile.objects.count() == 0
