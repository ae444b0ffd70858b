"""When a document's time is over its file is destroyed; the row stays as evidence. Nobody is forgotten by halves."""

import os
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from messaging.documents import expiry, files
from messaging.forgetting import forget_chat
from messaging.models import Conversation, ProtectedDocument, UploadInvitation
from messaging.tasks import expire_documents, tidy
from patients.forgetting import forget_contact
from patients.models import Contact
from practices.models import AuditEvent, Door
from practices.scope import current_practice_id
from roger.tasks import HOURLY
from tests.messaging.documents.desk import BORN, opened, page, sent_document, sent_invitation
from tests.messaging.files import on_disk

LATER = timedelta(days=15)


def test_after_its_day_the_file_and_its_key_are_gone_and_the_row_says_what_was(
    desk: Client, thread: Conversation, phone: Client, committed: Any
) -> None:
    document, path = sent_document(desk, thread)
    opened(phone, path)

    with committed():
        count = expiry.expire(now=timezone.now() + LATER)

    document = ProtectedDocument.objects.get()
    assert (count, on_disk(), document.file_key) == (1, [], None)
    assert (document.details["title"], len(document.details["sha256"]), document.opened_at is not None) == (
        "Kostenplan",
        64,
        True,
    )
    assert AuditEvent.objects.get(kind="document_expired").codes == {"was_opened": True}
    assert phone.get(path).status_code == 404


def test_a_second_night_finds_nothing(desk: Client, thread: Conversation) -> None:
    sent_document(desk, thread)
    expiry.expire(now=timezone.now() + LATER)

    assert expiry.expire(now=timezone.now() + LATER) == 0


def test_what_is_not_over_stays(desk: Client, thread: Conversation, phone: Client, committed: Any) -> None:
    _document, path = sent_document(desk, thread)

    with committed():
        assert expiry.expire(now=timezone.now() + timedelta(days=13)) == 0

    opened(phone, path)


def test_it_runs_every_hour_for_every_practice(desk: Client, thread: Conversation) -> None:
    sent_document(desk, thread)
    ProtectedDocument.objects.update(expires_at=timezone.now())

    expire_documents(practice_id=current_practice_id())

    assert expire_documents.name in HOURLY
    assert ProtectedDocument.objects.get().file_key is None


def test_withdrawing_destroys_the_file_at_once(desk: Client, thread: Conversation, committed: Any) -> None:
    document, _path = sent_document(desk, thread)

    with committed():
        for _click in range(2):
            desk.post(f"{page(thread)}{document.pk}/revocation/")

    document = ProtectedDocument.objects.get()
    assert (on_disk(), document.file_key, document.revoked_at is not None) == ([], None, True)
    assert AuditEvent.objects.filter(kind="document_revoked").count() == 1
    assert Door.objects.get(kind="document").revoked_at is not None
    shown = desk.get(f"/p/morgenthal/inbox/{thread.pk}/").content.decode()
    assert ("zurückgezogen, nicht geöffnet" in shown, "Endgültig zurückziehen" in shown) == (True, False)
    assert desk.get(f"{page(thread)}{document.pk}/media/").status_code == 404


def test_a_withdrawal_from_an_open_page_swaps_nothing(desk: Client, thread: Conversation) -> None:
    document, _path = sent_document(desk, thread)

    answer = desk.post(f"{page(thread)}{document.pk}/revocation/", headers={"HX-Request": "true"})

    assert answer.status_code == 204


def old(path: Any) -> None:
    then = (timezone.now() - timedelta(hours=25)).timestamp()
    os.utime(path, (then, then))


def test_files_that_no_row_names_are_swept_after_a_day(desk: Client, thread: Conversation) -> None:
    document, _path = sent_document(desk, thread)
    kept, orphan = files.path_of(document), files.path_of(ProtectedDocument(contact=thread.contact))
    draft, foreign = orphan.with_suffix(".part"), files.folder() / "ab" / "notes.txt"
    for path in (orphan, draft, foreign):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    fresh = files.path_of(ProtectedDocument(contact=thread.contact))
    fresh.parent.mkdir(parents=True, exist_ok=True)
    fresh.write_bytes(b"")
    for path in (kept, orphan, draft, foreign):
        old(path)

    tidy(practice_id=current_practice_id())

    assert [path.exists() for path in (kept, orphan, draft, foreign, fresh)] == [True, False, False, True, True]


def test_whoever_is_forgotten_leaves_no_document_and_no_open_door(
    desk: Client, thread: Conversation, phone: Client, committed: Any
) -> None:
    _document, path = sent_document(desk, thread)
    _invitation, upload = sent_invitation(desk, thread)

    with committed():
        held = Contact.objects.select_for_update().get(pk=thread.contact_id)
        assert forget_contact(contact=held, before=timezone.now() + timedelta(minutes=1))

    assert (ProtectedDocument.objects.count(), UploadInvitation.objects.count(), on_disk()) == (0, 0, [])
    assert not Door.objects.filter(kind__in=("document", "upload"), revoked_at=None).exists()
    assert (phone.get(path).status_code, phone.get(upload).status_code) == (404, 404)


def test_somebody_who_wrote_again_keeps_everything(desk: Client, thread: Conversation) -> None:
    sent_document(desk, thread)

    assert forget_chat(thread.contact, timezone.now() - timedelta(days=1)) is None
    assert ProtectedDocument.objects.count() == 1


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_link_that_never_left_is_said_so(desk: Client, thread: Conversation, state: str) -> None:
    sent_document(desk, thread)
    thread.messages.filter(direction="out").update(state=state)

    assert "Link nicht angekommen" in desk.get(f"/p/morgenthal/inbox/{thread.pk}/").content.decode()


def test_a_link_that_is_sent_once_more_shows_there_what_comes_of_it(
    desk: Client, thread: Conversation, phone: Client
) -> None:
    document, path = sent_document(desk, thread)
    _invitation, _upload = sent_invitation(desk, thread)
    failed = list(thread.messages.filter(direction="out").order_by("pk"))
    thread.messages.filter(direction="out").update(state="failed")

    for message in failed:
        assert desk.post(f"/p/morgenthal/inbox/{thread.pk}/messages/{message.pk}/resending/").status_code == 303
    phone.post(path, BORN)

    shown = desk.get(f"/p/morgenthal/inbox/{thread.pk}/")
    document.refresh_from_db()
    assert document.message_id not in [message.pk for message in failed]
    assert "Link nicht angekommen" not in shown.content.decode()
    led = {line.pk: line.led.words for line in shown.context["messages"] if line.led}
    assert [pk for pk in led if pk in [message.pk for message in failed]] == []
    assert led[document.message_id].startswith("geöffnet am")
    assert len(led) == 2
