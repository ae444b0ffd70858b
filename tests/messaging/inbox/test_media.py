"""A patient's file: opened chunk by chunk, in ranges, never as anything that could run in our page."""

import io

import pytest
from django.test import Client
from PIL import Image

from messaging.attachments import attach
from messaging.media import sealed_file
from messaging.models import Channel, Conversation, MediaFile
from practices.models import AccessLog, Member
from tests.messaging.inbox.desk import make_conversation, receive


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    return make_conversation(channel)


def picture() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((300, 300), 90).convert("RGB").save(file, "PNG")
    return file.getvalue()


def stored(conversation: Conversation, content: bytes, mime_type: str, filename: str, kind: str) -> MediaFile:
    message = receive(conversation, None, type=kind)
    return attach(message, io.BytesIO(content), mime_type=mime_type, filename=filename)


def address(row: MediaFile, path: str = "") -> str:
    return f"/p/morgenthal/media/{row.pk}/{path}"


def body(response: object) -> bytes:
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def test_a_picture_is_shown_whole_and_its_opening_noted(desk: Client, anna: Member, conversation: Conversation) -> None:
    content = picture()
    row = stored(conversation, content, "image/png", "wange.png", "image")

    response = desk.get(address(row))

    [entry] = AccessLog.objects.all()
    assert (response.status_code, response.headers["Content-Type"], body(response)) == (200, "image/png", content)
    assert response.headers["Content-Disposition"] == 'inline; filename="wange.png"'
    assert (entry.kind, entry.member, entry.about_id) == ("media", anna, row.pk)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=70000-", 70000, None), ("bytes=-5", -5, None), ("bytes=65530-65545", 65530, 65546)],
)
def test_a_player_may_ask_for_a_part(
    desk: Client, conversation: Conversation, asked: str, start: int, end: int | None
) -> None:
    content = picture()
    row = stored(conversation, content, "image/png", "wange.png", "image")

    response = desk.get(address(row), headers={"Range": asked})

    expected = content[start:end]
    first = start if start >= 0 else len(content) + start
    assert (response.status_code, body(response)) == (206, expected)
    assert response.headers["Content-Range"] == f"bytes {first}-{first + len(expected) - 1}/{len(content)}"
    assert response.headers["Content-Length"] == str(len(expected))


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=5-2", "bytes=-0"])
def test_a_part_outside_the_file_is_416(desk: Client, conversation: Conversation, asked: str) -> None:
    row = stored(conversation, picture(), "image/png", "wange.png", "image")

    assert desk.get(address(row), headers={"Range": asked}).status_code == 416


@pytest.mark.parametrize("asked", ["bytes=-", "lines=1-2", "bytes=1-2,5-6", "x"])
def test_a_range_nobody_understands_is_answered_whole(desk: Client, conversation: Conversation, asked: str) -> None:
    row = stored(conversation, picture(), "image/png", "wange.png", "image")

    assert desk.get(address(row), headers={"Range": asked}).status_code == 200


@pytest.mark.parametrize(
    ("content", "mime_type", "filename"),
    [
        (b"<script>alert(1)</script>", "text/html", "seite.html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml", "bild.svg"),
        (b"%PDF-1.4\n", "application/pdf", "plan.pdf"),
        (b"nothing anybody knows", "application/octet-stream", "x.bin"),
    ],
)
def test_whatever_is_no_picture_sound_or_film_is_downloaded_and_may_do_nothing(
    desk: Client, conversation: Conversation, content: bytes, mime_type: str, filename: str
) -> None:
    row = stored(conversation, content, mime_type, filename, "document")

    response = desk.get(address(row))

    assert response.headers["Content-Disposition"] == f'attachment; filename="{filename}"'
    assert response.headers["Content-Type"] != mime_type or mime_type == "application/pdf" or filename == "x.bin"
    assert response.headers["Content-Security-Policy"].endswith("sandbox")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_not_there_yet_or_any_more_is_404(desk: Client, conversation: Conversation) -> None:
    row = stored(conversation, picture(), "image/png", "wange.png", "image")
    pending = receive(conversation, None, type="image")
    waiting = MediaFile.objects.create(
        message=pending, contact_id=pending.contact_id, channel_id=pending.channel_id, details={}
    )
    sealed_file(row).path.unlink()

    assert (desk.get(address(row)).status_code, desk.get(address(waiting)).status_code) == (404, 404)


def test_a_file_that_could_not_be_fetched_is_tried_again(desk: Client, conversation: Conversation) -> None:
    row = stored(conversation, picture(), "image/png", "wange.png", "image")
    MediaFile.objects.filter(pk=row.pk).update(state="failed", attempts=4)

    response = desk.post(address(row, "fetching/"), headers={"HX-Request": "true"})

    row.refresh_from_db()
    assert (response.status_code, row.state, row.attempts) == (204, "pending", 0)


def test_a_trainee_may_look_but_not_fetch_and_a_stranger_neither(
    bert: Client, clara: Client, conversation: Conversation
) -> None:
    row = stored(conversation, picture(), "image/png", "wange.png", "image")

    assert (bert.get(address(row)).status_code, bert.post(address(row, "fetching/")).status_code) == (200, 403)
    assert (clara.get(address(row)).status_code, clara.post(address(row, "fetching/")).status_code) == (404, 404)
    assert clara.get(f"/p/ostufer/media/{row.pk}/").status_code == 404
