"""What a page shows of a patient's photo, and the way on from a message that did not arrive."""

import io
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from messaging import media, outbox
from messaging.attachments import FileGone
from messaging.models import Channel, Conversation, MediaFile, Message
from messaging.resending import resend
from patients.models import ContactIdentity
from patients.phone import shown
from practices.models import AccessLog, Member, Practice
from practices.preferences import change_preferences
from tests.messaging.files import PDF
from tests.messaging.inbox.desk import answer, grant, make_conversation, make_patient, receive
from tests.messaging.inbox.test_media import stored
from tests.messaging.inbox.test_waiting_files import chosen, photo, plain, reply

HTMX = {"HX-Request": "true"}


@pytest.fixture
def conversation(channel: Channel, practice: Practice) -> Conversation:
    Practice.objects.filter(pk=practice.pk).update(files_in_chat=True)
    conversation = make_conversation(channel)
    make_patient(conversation.contact)
    grant(conversation.contact)
    receive(conversation)
    return conversation


def preview(browser: Client, row: MediaFile, practice: str = "morgenthal") -> Any:
    return browser.get(f"/p/{practice}/media/{row.pk}/preview/")


def test_c_26_a_preview_is_upright_and_says_nothing_of_place_or_camera(
    desk: Client, conversation: Conversation
) -> None:
    row = stored(conversation, photo(), "image/jpeg", "wange.jpg", "image")

    response = preview(desk, row)

    with Image.open(io.BytesIO(response.content)) as shown:
        assert (shown.size, dict(shown.getexif())) == ((40, 80), {})
    assert (response.headers["Content-Type"], b"Kamera GmbH" in response.content) == ("image/jpeg", False)
    assert response.headers["Content-Security-Policy"].endswith("sandbox")


def test_the_original_stays_as_it_came(desk: Client, conversation: Conversation) -> None:
    row = stored(conversation, photo(), "image/jpeg", "wange.jpg", "image")

    preview(desk, row)

    assert plain(row) == photo()


def test_looking_at_a_preview_is_noted(desk: Client, anna: Member, conversation: Conversation) -> None:
    row = stored(conversation, photo(), "image/jpeg", "wange.jpg", "image")

    preview(desk, row)

    assert [(one.member, one.about_id) for one in AccessLog.objects.filter(kind="media")] == [(anna, row.pk)]


def test_the_thread_shows_the_preview_and_links_the_original(desk: Client, conversation: Conversation) -> None:
    row = stored(conversation, photo(), "image/jpeg", "wange.jpg", "image")

    page = desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").content.decode()

    assert f'data-preview="/p/morgenthal/media/{row.pk}/preview/"' in page
    assert f'href="/p/morgenthal/media/{row.pk}/"' in page


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [(PDF, "application/pdf"), (photo()[:200], "image/jpeg"), (b"nothing", "application/octet-stream")],
)
def test_what_is_no_picture_has_no_preview(
    desk: Client, conversation: Conversation, content: bytes, mime_type: str
) -> None:
    assert preview(desk, stored(conversation, content, mime_type, "a.bin", "document")).status_code == 404


def test_a_preview_of_a_file_that_is_gone_is_404(desk: Client, conversation: Conversation) -> None:
    row = stored(conversation, photo(), "image/jpeg", "wange.jpg", "image")
    media.sealed_file(row).path.unlink()

    assert preview(desk, row).status_code == 404


def test_a_stranger_sees_no_preview(clara: Client, conversation: Conversation) -> None:
    row = stored(conversation, photo(), "image/jpeg", "wange.jpg", "image")

    assert (preview(clara, row).status_code, preview(clara, row, "ostufer").status_code) == (404, 404)


@pytest.mark.parametrize(
    ("state", "offers"),
    [("failed", True), ("unconfirmed", True), ("cancelled", True), ("read", False), ("queued", False)],
)
def test_where_nothing_arrived_one_may_ring(
    desk: Client, anna: Member, conversation: Conversation, state: str, offers: bool
) -> None:
    message = answer(conversation, "Bis morgen", by=anna, state=state)

    page = desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").content.decode()

    assert (f'id="dial-{message.pk}"' in page) == offers


def test_the_number_to_ring_is_noted_like_every_look_at_it(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    phone = ContactIdentity.objects.get().value

    response = desk.post(f"/p/morgenthal/inbox/{conversation.pk}/number/", {"call": "1"}, headers=HTMX)

    assert f'href="tel:{phone}"' in response.content.decode()
    assert shown(phone) in response.content.decode()
    assert [one.member for one in AccessLog.objects.filter(kind="number")] == [anna]


def test_who_has_no_number_cannot_be_rung(desk: Client, conversation: Conversation) -> None:
    ContactIdentity.objects.all().delete()

    response = desk.post(f"/p/morgenthal/inbox/{conversation.pk}/number/", {"call": "1"}, headers=HTMX)

    assert "keine Nummer bekannt" in response.content.decode()


def failed_file(desk: Client, conversation: Conversation) -> Message:
    """A PDF with a text that WhatsApp did not take."""
    reply(desk, conversation, chosen(desk, conversation, PDF, "Plan.pdf"), body="Bitte sehr")
    Message.objects.filter(direction="out").update(state="failed")
    return Message.objects.get(direction="out")


def press_again(desk: Client, message: Message) -> Any:
    return desk.post(f"/p/morgenthal/inbox/{message.conversation_id}/messages/{message.pk}/resending/", headers=HTMX)


def test_a_file_that_did_not_arrive_is_sent_again_as_a_file_of_its_own(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    change_preferences(member=anna, undo_seconds=0)
    message = failed_file(desk, conversation)

    response = press_again(desk, message)

    copy = Message.objects.filter(direction="out").latest("pk")
    assert response.status_code == 200
    assert (copy.state, copy.type, copy.body, copy.content["filename"]) == (
        "queued",
        "document",
        "Bitte sehr",
        "Plan.pdf",
    )
    assert plain(copy.media.get()) == plain(message.media.get()) == PDF
    assert copy.media.get().pk != message.media.get().pk
    assert [one.attachment.filename for one in outbox.claim() or [] if one.attachment] == ["Plan.pdf"]


def test_two_presses_send_a_file_again_once(desk: Client, conversation: Conversation) -> None:
    message = failed_file(desk, conversation)

    for _ in range(2):
        press_again(desk, message)

    assert Message.objects.filter(direction="out").count() == 2


def test_a_file_that_is_gone_is_not_sent_again(desk: Client, anna: Member, conversation: Conversation) -> None:
    message = failed_file(desk, conversation)
    media.sealed_file(message.media.get()).path.unlink()

    with pytest.raises(FileGone):
        resend(message=message, by=anna, client_id=message.pk)

    assert press_again(desk, message).status_code == 422
    assert Message.objects.filter(direction="out").count() == 1


def test_what_was_agreed_to_no_more_is_not_sent_again(desk: Client, conversation: Conversation) -> None:
    message = failed_file(desk, conversation)
    Practice.objects.update(files_in_chat=False)

    response = press_again(desk, message)

    assert (response.status_code, Message.objects.filter(direction="out").count()) == (422, 1)
