"""/u/<token>: patients hand in papers on our own page, and they stand in the thread."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from messaging import media, receipts
from messaging.actions import mark_seen
from messaging.documents import receiving
from messaging.documents.words import all_words
from messaging.models import Channel, Conversation, MediaFile, Message, UploadInvitation
from patients.models import Contact, PatientContact, Relation
from practices.models import AccessLog, AuditEvent, Change, Door, Member
from tests.messaging.documents.desk import (
    BORN,
    FORM,
    WRONG,
    chosen_form,
    hand_in,
    invite,
    last_message,
    make_link_template,
    page,
    pdf,
    sent_invitation,
    somebody_wrote,
)
from tests.messaging.files import EXE, HTML, PDF, SVG, bomb, on_disk, picture
from tests.messaging.inbox.desk import answer, grant, make_contact, make_conversation, make_patient, receive
from tests.whole import languages


def photo(name: str = "Foto.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture(), "image/png")


def arrived(thread: Conversation) -> list[Message]:
    return [one for one in thread.messages.filter(direction="in").order_by("pk") if one.type in ("image", "document")]


def test_the_invitation_asks_for_papers_and_says_not_to_send_them_in_the_chat(
    desk: Client, thread: Conversation
) -> None:
    invitation, path = sent_invitation(desk, thread, what="das  Bonusheft")

    body = last_message(thread).body or ""
    assert body.startswith("Uns fehlt noch: das Bonusheft.\nBitte schicken Sie uns Unterlagen")
    assert path in body
    assert (invitation.expires_at - invitation.created_at).days in (6, 7)
    assert AuditEvent.objects.filter(kind="upload_invited", about_id=invitation.pk).count() == 1


def test_what_is_missing_names_no_treatment(desk: Client, thread: Conversation) -> None:
    refused = invite(desk, thread, what="das Röntgenbild vom Implantat")

    assert (refused.status_code, UploadInvitation.objects.count()) == (422, 0)
    assert "nennt eine Behandlung" in refused.content.decode()


def test_two_clicks_are_one_invitation(desk: Client, thread: Conversation) -> None:
    client_id = uuid4()

    for _click in range(2):
        assert invite(desk, thread, client_id=client_id).status_code == 303

    assert (UploadInvitation.objects.count(), thread.messages.filter(direction="out").count()) == (1, 1)


def test_a_picture_and_a_pdf_arrive_in_the_thread_sealed_and_marked(
    desk: Client, thread: Conversation, phone: Client
) -> None:
    invitation, path = sent_invitation(desk, thread)

    done = hand_in(phone, path, photo(), pdf("Überweisung.pdf"))

    assert (done.status_code, done.context["received"]) == (200, ["Foto.png", "Überweisung.pdf"])
    first, second = arrived(thread)
    assert [(one.type, one.origin, one.state, one.wamid, one.wamid_hash) for one in (first, second)] == [
        ("image", "patient", "received", None, None),
        ("document", "patient", "received", None, None),
    ]
    files = [MediaFile.objects.get(message=one) for one in (first, second)]
    assert [b"".join(media.sealed_file(file).read()) for file in files] == [picture(), PDF]
    assert [PDF in path.read_bytes() for path in on_disk()] == [False, False]
    shown = desk.get(f"/p/morgenthal/inbox/{thread.pk}/").content.decode()
    assert (shown.count("über den geschützten Link"), "Überweisung.pdf" in shown) == (2, True)
    assert "2 Dateien angekommen" in shown
    invitation.refresh_from_db()
    assert invitation.uploads == 2


def test_the_desk_waits_again_and_the_screens_are_told(desk: Client, thread: Conversation, phone: Client) -> None:
    _invitation, path = sent_invitation(desk, thread)
    then = timezone.now() - timedelta(hours=30)
    Conversation.objects.update(
        closed_at=timezone.now(), waiting_since=None, snoozed_until=timezone.now(), last_inbound_at=then
    )
    form, before = chosen_form(phone, path), Change.objects.count()

    hand_in(phone, path, photo(), form=form)

    thread.refresh_from_db()
    [message] = arrived(thread)
    assert (thread.waiting_since, thread.closed_at, thread.snoozed_until, thread.seen_at) == (
        message.at,
        None,
        None,
        None,
    )
    assert (thread.last_message_id, thread.last_inbound_at) == (message.pk, then), "it opens no service window"
    told = set(Change.objects.order_by("pk")[before:].values_list("kind", "ref"))
    assert {("message", message.pk), ("conversation", thread.pk)} <= told


def test_what_waited_longer_keeps_its_place(desk: Client, thread: Conversation, phone: Client) -> None:
    _invitation, path = sent_invitation(desk, thread)
    since = timezone.now() - timedelta(minutes=40)
    Conversation.objects.update(waiting_since=since)

    hand_in(phone, path, photo())

    thread.refresh_from_db()
    assert thread.waiting_since == since


def test_looking_at_it_sends_no_blue_tick_for_it(
    desk: Client, anna: Member, thread: Conversation, phone: Client
) -> None:
    """WhatsApp knows nothing of it; what it does know is marked as read all the same."""
    written = last_message(thread, "in")
    _invitation, path = sent_invitation(desk, thread)
    hand_in(phone, path, photo())
    [uploaded] = arrived(thread)

    mark_seen(conversation=thread, shown=[written.pk, uploaded.pk], by=anna)

    thread.refresh_from_db()
    assert (thread.receipt_up_to_id, thread.seen_at is not None) == (written.pk, True)
    assert [receipt.message_id for receipt in receipts._claim()] == [written.pk]


def test_the_birth_date_comes_first_where_it_is_known(desk: Client, thread: Conversation, phone: Client) -> None:
    invitation, path = sent_invitation(desk, thread)

    asked, wrong, right = phone.get(path), phone.post(path, WRONG), phone.post(path, BORN)

    assert [FORM.search(one.content.decode()) is not None for one in (asked, wrong, right)] == [False, False, True]
    assert list(AccessLog.objects.filter(about_id=invitation.pk).order_by("pk").values_list("kind", flat=True)) == [
        "upload_wrong_try",
        "upload_opened",
    ]


def test_files_without_the_birth_date_are_not_taken(desk: Client, thread: Conversation, phone: Client) -> None:
    _invitation, path = sent_invitation(desk, thread)
    _other, second = sent_invitation(desk, thread)
    foreign = chosen_form(phone, second)

    for form in ("", "made-up", foreign):
        answered = phone.post(path, {"form": form, "files": [photo()]})
        assert (answered.status_code, "noch nichts angekommen" in answered.content.decode()) == (422, True)
    assert (arrived(thread), on_disk()) == ([], [])


def test_a_page_that_was_open_for_too_long_says_so(desk: Client, thread: Conversation, phone: Client) -> None:
    _invitation, path = sent_invitation(desk, thread)
    form = chosen_form(phone, path)

    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        answered = hand_in(phone, path, photo(), form=form)

    assert (answered.status_code, arrived(thread)) == (422, [])


def test_five_wrong_dates_lock_the_upload_too(desk: Client, thread: Conversation, phone: Client) -> None:
    _invitation, path = sent_invitation(desk, thread)

    assert [phone.post(path, WRONG).status_code for _try in range(5)] == [422] * 4 + [429]
    assert (phone.post(path, BORN).status_code, phone.get(path).status_code) == (429, 429)


def test_a_newcomer_uploads_at_once(desk: Client, channel: Channel, phone: Client) -> None:
    thread = make_conversation(channel)
    grant(thread.contact)
    receive(thread)
    _invitation, path = sent_invitation(desk, thread)

    found = FORM.search(phone.get(path).content.decode())
    assert found
    done = hand_in(phone, path, photo(), form=found[1])

    assert (done.status_code, len(arrived(thread))) == (200, 1)


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_messenger_that_fetches_the_link_changes_nothing(
    desk: Client, thread: Conversation, phone: Client, method: str
) -> None:
    invitation, path = sent_invitation(desk, thread)

    assert getattr(phone, method)(path).status_code == 200

    invitation.refresh_from_db()
    assert (invitation.wrong_tries, invitation.uploads, AccessLog.objects.filter(about_id=invitation.pk).count()) == (
        0,
        0,
        0,
    )


# ── what is not taken ──


@pytest.mark.parametrize(
    ("upload", "fault"),
    [
        (SimpleUploadedFile("a.pdf", HTML), "wrong_type"),
        (SimpleUploadedFile("a.jpg", SVG), "wrong_type"),
        (SimpleUploadedFile("a.pdf", EXE), "wrong_type"),
        (SimpleUploadedFile("a.png", bomb(40_000, 40_000)), "too_many_pixels"),
        (SimpleUploadedFile("a.pdf", b""), "empty"),
        (SimpleUploadedFile("a.pdf", PDF + bytes(25 * 1024 * 1024)), "too_large"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
@pytest.mark.parametrize("language", ["de", "ar"])
def test_one_bad_file_keeps_no_good_one_away_and_is_named_in_the_patients_language(
    desk: Client, thread: Conversation, phone: Client, upload: SimpleUploadedFile, fault: str, language: str
) -> None:
    Contact.objects.filter(pk=thread.contact_id).update(language=language)
    upload.seek(0)
    _invitation, path = sent_invitation(desk, thread)

    answered = hand_in(phone, path, upload, photo())

    sentence = all_words()[language][fault].format(each=25, together=40, most=10)
    assert (answered.status_code, sentence in answered.content.decode()) == (422, True)
    assert (answered.context["received"], len(arrived(thread)), len(on_disk())) == (["Foto.png"], 1, 1)


def test_a_form_without_a_file_says_so(desk: Client, thread: Conversation, phone: Client) -> None:
    _invitation, path = sent_invitation(desk, thread)

    answered = phone.post(path, {"form": chosen_form(phone, path)})

    assert (answered.status_code, "mindestens eine Datei" in answered.content.decode()) == (422, True)


def test_the_eleventh_file_is_one_too_many(desk: Client, thread: Conversation, phone: Client) -> None:
    invitation, path = sent_invitation(desk, thread)
    UploadInvitation.objects.filter(pk=invitation.pk).update(uploads=9)

    answered = hand_in(phone, path, photo("zehn.png"), SimpleUploadedFile("elf.png", picture(width=9)))
    again = phone.post(path, BORN)

    assert (answered.context["received"], [name for name, _why in answered.context["refused"]]) == (
        ["zehn.png"],
        ["elf.png"],
    )
    assert "alle 10 Dateien angekommen" in again.content.decode()
    assert FORM.search(again.content.decode()) is None


def test_a_form_sent_twice_is_one_file_and_says_the_same(desk: Client, thread: Conversation, phone: Client) -> None:
    _invitation, path = sent_invitation(desk, thread)
    form = chosen_form(phone, path)

    answers = [hand_in(phone, path, photo(), form=form) for _click in range(2)]

    assert [one.context["received"] for one in answers] == [["Foto.png"], ["Foto.png"]]
    assert (len(arrived(thread)), len(on_disk())) == (1, 1)


def test_a_page_used_again_with_another_choice_takes_what_is_new(
    desk: Client, thread: Conversation, phone: Client
) -> None:
    """From the browser's memory, or after a broken connection: "received" is said of nothing that was dropped."""
    _invitation, path = sent_invitation(desk, thread)
    form = chosen_form(phone, path)
    hand_in(phone, path, photo(), form=form)

    again = hand_in(phone, path, pdf("Bonusheft.pdf"), photo(), form=form)

    assert again.context["received"] == ["Bonusheft.pdf", "Foto.png"]
    assert [(one.content or {})["filename"] for one in arrived(thread)] == ["Foto.png", "Bonusheft.pdf"]


def test_too_much_at_once_is_said_without_reading_it(desk: Client, thread: Conversation, phone: Client) -> None:
    _invitation, path = sent_invitation(desk, thread)

    answered = phone.post(path, {"form": "x"}, headers={"Content-Length": str(receiving.TOGETHER + 1)})

    assert (answered.status_code, "höchstens 40 MB" in answered.content.decode()) == (413, True)


def test_whoever_has_no_link_cannot_send_much_either(phone: Client, db: None) -> None:
    answered = phone.post("/u/nothing", b"x", content_type="text/plain", CONTENT_LENGTH=str(10**10))

    assert answered.status_code == 404


def test_a_name_with_tricks_is_kept_without_them(desk: Client, thread: Conversation, phone: Client) -> None:
    _invitation, path = sent_invitation(desk, thread)

    hand_in(phone, path, SimpleUploadedFile("Foto\u202egnp.exe", picture()))

    assert (arrived(thread)[0].content or {})["filename"] == "Fotognp.png"


# ── the end ──


def test_a_withdrawn_invitation_takes_nothing_more_and_keeps_what_came(
    desk: Client, thread: Conversation, phone: Client
) -> None:
    invitation, path = sent_invitation(desk, thread)
    form = chosen_form(phone, path)
    hand_in(phone, path, photo(), form=form)

    for _click in range(2):
        assert desk.post(f"{page(thread, 'upload-invitations')}{invitation.pk}/revocation/").status_code == 303

    for refused in (phone.get(path), hand_in(phone, path, photo(), form=form)):
        assert (refused.status_code, "tel:" in refused.content.decode()) == (404, True)
    assert len(arrived(thread)) == 1
    assert AuditEvent.objects.filter(kind="upload_invitation_revoked").count() == 1


def test_after_seven_days_the_link_is_over(desk: Client, thread: Conversation, phone: Client) -> None:
    invitation, path = sent_invitation(desk, thread)

    with time_machine.travel(invitation.expires_at + timedelta(seconds=1)):
        assert phone.get(path).status_code == 404


def test_a_number_that_writes_for_the_patient_no_more_hands_nothing_in(
    desk: Client, thread: Conversation, phone: Client
) -> None:
    _invitation, path = sent_invitation(desk, thread)
    PatientContact.objects.filter(contact=thread.contact).delete()

    assert phone.post(path, BORN).status_code == 404


def test_in_a_family_it_says_whom_it_concerns(desk: Client, channel: Channel, phone: Client) -> None:
    thread = make_conversation(channel, make_contact())
    for first_name, born in (("Mia", "2019-05-05"), ("Leo", "2021-08-09")):
        child = make_patient(thread.contact, first_name=first_name, birth_date=born, relation=Relation.GUARDIAN)
        grant(thread.contact, patient=child)
    receive(thread)
    mia = next(link.patient for link in thread.contact.patient_links.all() if link.patient.first_name == "Mia")
    _invitation, path = sent_invitation(desk, thread, patient=str(mia.pk))

    shown = phone.post(path, {"day": "5", "month": "5", "year": "2019"})
    found = FORM.search(shown.content.decode())
    assert found
    hand_in(phone, path, photo(), form=found[1])

    assert arrived(thread)[0].concerns_patient == mia


@pytest.mark.usefixtures("monday")
def test_outside_the_window_the_template_asks(desk: Client, channel: Channel, settings: Any) -> None:
    thread = somebody_wrote(channel)
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=30))
    make_link_template(channel, settings.BASE_URL, "unterlagen_anfordern")

    _invitation, path = sent_invitation(desk, thread, what="das Bonusheft", greeting="Frau Vogt", visit="2026-12-04")

    assert last_message(thread).body == (
        "Guten Tag Frau Vogt, für Ihren Termin am 04.12.2026 fehlt uns noch: das Bonusheft. Bitte hochladen."
    )
    assert Client().get(path).status_code == 200


def test_a_trainee_and_a_stranger_ask_for_nothing(
    bert: Client, clara: Client, desk: Client, thread: Conversation
) -> None:
    invitation, _path = sent_invitation(desk, thread)
    revocation = f"{page(thread, 'upload-invitations')}{invitation.pk}/revocation/"

    assert (invite(bert, thread).status_code, bert.post(revocation).status_code) == (403, 403)
    assert clara.post(revocation.replace("morgenthal", "ostufer")).status_code == 404
    assert Door.objects.filter(kind="upload", revoked_at=None).count() == 1


def test_our_own_answer_before_it_is_no_obstacle(desk: Client, thread: Conversation, phone: Client) -> None:
    _invitation, path = sent_invitation(desk, thread)
    answer(thread)

    hand_in(phone, path, photo())

    thread.refresh_from_db()
    assert thread.waiting_since is not None


# ── while it is on its way ──


@pytest.mark.parametrize("language", languages(sorted(all_words())))
def test_a_script_of_ours_alone_says_that_it_is_uploading_in_the_patients_language(
    desk: Client, thread: Conversation, phone: Client, language: str
) -> None:
    Contact.objects.filter(pk=thread.contact_id).update(language=language)
    _invitation, path = sent_invitation(desk, thread)

    asked, shown = phone.get(path), phone.post(path, BORN)

    page_of_files = shown.content.decode()
    [script] = re.findall(r"<script[^>]*>", page_of_files)
    [nonce] = re.findall(r'nonce="([^"]+)"', script)
    assert ('src="/static/js/upload' in script, nonce in shown["Content-Security-Policy"]) == (True, True)
    assert f'role="status" data-sending hidden>\n        <p>{all_words()[language]["sending"]}</p>' in page_of_files
    assert "<script" not in asked.content.decode()  # the date needs none


def test_every_language_says_it_in_words_of_its_own() -> None:
    said = [words["sending"] for words in all_words().values()]

    assert len(set(said)) == len(said) == 7
