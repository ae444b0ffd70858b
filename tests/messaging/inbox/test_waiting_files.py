"""Files for the next message: checked and cleaned when they are chosen, sealed, sent in order, gone if they are not."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from consent.gate import Consent
from consent.models import ConsentState
from consent.purposes import Purpose
from messaging import leftovers, media, waiting_files
from messaging.actions import send_stored_file
from messaging.attachments import FileGone
from messaging.models import Channel, Conversation, MediaFile, Message
from messaging.undoing import take_back
from patients.models import Relation
from practices.models import AuditEvent, Member, Practice, Role
from tests.messaging.files import EXE, HTML, PDF, SVG, bomb, on_disk, picture
from tests.messaging.inbox.desk import grant, make_conversation, make_patient, receive
from tests.messaging.test_voice import packet, webm
from tests.people import login, make_member

HTMX = {"HX-Request": "true"}
TURNED = 6  # the camera was held upright
GPS = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}


@pytest.fixture
def practice(practice: Practice) -> Practice:
    """It attaches files to chats."""
    Practice.objects.filter(pk=practice.pk).update(files_in_chat=True)
    practice.refresh_from_db()
    return practice


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel)
    make_patient(conversation.contact)
    grant(conversation.contact)
    receive(conversation, "Haben Sie die Unterlagen?")
    return conversation


def address(conversation: Conversation, path: str) -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def choose(browser: Client, conversation: Conversation, content: bytes, name: str = "bild.jpg", **kind: str) -> Any:
    upload = SimpleUploadedFile(name, content, **kind)
    return browser.post(address(conversation, "files/"), {"upload": upload}, headers=HTMX)


def chosen(
    browser: Client, conversation: Conversation, content: bytes, name: str = "bild.jpg", **kind: str
) -> MediaFile:
    answer = choose(browser, conversation, content, name, **kind)
    assert answer.status_code == 200, answer.content
    return MediaFile.objects.latest("pk")


def reply(browser: Client, conversation: Conversation, *files: MediaFile, **fields: object) -> Any:
    ids = [str(one.pk) for one in files]
    form = {"body": "", "file": ids, "right_person": "1", "asked_file": ids} | fields
    return browser.post(address(conversation, "reply/"), form, headers=HTMX)


def photo(width: int = 80, height: int = 40) -> bytes:
    """As a phone takes it: turned, with the place and the camera's name in it."""
    image = Image.new("RGB", (width, height), "navy")
    exif = image.getexif()
    exif[0x0112], exif[0x010F] = TURNED, "Kamera GmbH"
    exif.get_ifd(0x8825).update(GPS)
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def plain(row: MediaFile) -> bytes:
    return b"".join(media.sealed_file(row).read())


def sent(conversation: Conversation) -> list[Message]:
    return list(conversation.messages.filter(direction="out").order_by("pk"))


def test_a_photo_is_turned_upright_and_loses_place_and_camera(desk: Client, conversation: Conversation) -> None:
    row = chosen(desk, conversation, photo())

    with Image.open(io.BytesIO(plain(row))) as kept:
        assert (kept.size, dict(kept.getexif()), kept.info.get("comment")) == ((40, 80), {}, None)
    assert b"Kamera GmbH" not in plain(row)
    assert (row.details["width"], row.details["height"]) == (40, 80)


def test_a_screenshot_loses_its_words_but_stays_sharp(desk: Client, conversation: Conversation) -> None:
    file, words = io.BytesIO(), PngInfo()
    words.add_text("Author", "Anna Arnold")
    Image.new("RGBA", (30, 20), (0, 0, 255, 128)).save(file, "PNG", pnginfo=words)

    row = chosen(desk, conversation, file.getvalue(), "bildschirm.png")

    assert row.details["mime_type"] == "image/png"
    assert b"Anna Arnold" not in plain(row)


def test_a_large_photo_is_made_small_enough_for_whatsapp(desk: Client, conversation: Conversation) -> None:
    noise = Image.effect_noise((4200, 3000), 90).convert("RGB")
    file = io.BytesIO()
    noise.save(file, "JPEG", quality=72)
    assert 5_000_000 < len(file.getvalue()) < 10_000_000

    row = chosen(desk, conversation, file.getvalue())

    assert row.size is not None
    assert row.size < 5_000_000
    assert row.details["width"] == waiting_files.LONGEST_SIDE


def test_a_webp_becomes_a_jpeg_since_whatsapp_would_make_a_sticker_of_it(
    desk: Client, conversation: Conversation
) -> None:
    row = chosen(desk, conversation, picture(20, 20, "WEBP"), "bild.webp")

    assert (row.details["mime_type"], row.details["kind"], row.details["filename"]) == (
        "image/jpeg",
        "image",
        "bild.jpg",
    )


def test_a_pdf_stays_as_it_is(desk: Client, conversation: Conversation) -> None:
    row = chosen(desk, conversation, PDF, "Heil- und Kostenplan.PDF")

    assert (plain(row), row.details["kind"]) == (PDF, "document")
    assert row.details["filename"] == "Heil-_und_Kostenplan.pdf"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Bilder\\wange.jpg", "wange.jpg"),
        ("a\nb\x00.jpg", "ab.jpg"),
        ("x" * 300 + ".jpg", "x" * 120 + ".jpg"),
        ("….jpg", "Datei.jpg"),
        ("jpg", "jpg.jpg"),
    ],
)
def test_a_name_that_means_harm_is_made_harmless(
    desk: Client, conversation: Conversation, name: str, expected: str
) -> None:
    row = chosen(desk, conversation, picture(form="JPEG"), name)

    assert row.details["filename"] == expected


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (EXE, "Befund.pdf", "Fotos"),
        (HTML, "bild.jpg", "Fotos"),
        (SVG, "bild.svg", "Fotos"),
        (b"", "leer.jpg", "leer"),
        (bomb(50_000, 50_000), "bombe.png", "zu groß"),
        (picture(form="JPEG")[:60], "halb.jpg", ""),
        (b"\x1a\x45\xdf\xa3 no sound", "ton.webm", "Fotos"),
        (b"x" * (10 * 2**20 + 1), "gross.pdf", "10 MB"),
    ],
    ids=["program", "page", "svg", "empty", "bomb", "half", "no sound", "large"],
)
def test_what_may_not_go_out_is_refused_with_a_reason_and_leaves_nothing(
    desk: Client, conversation: Conversation, content: bytes, name: str, why: str
) -> None:
    answer = choose(desk, conversation, content, name)

    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert (MediaFile.objects.count(), on_disk()) == (0, [])


def test_a_recording_of_chromium_goes_out_as_a_voice_note(desk: Client, conversation: Conversation) -> None:
    row = chosen(desk, conversation, webm([packet()] * 60), "Sprachnachricht.webm", content_type="audio/webm")
    reply(desk, conversation, row)

    [message] = sent(conversation)
    assert (message.type, message.content["voice"], plain(row)[:4]) == ("audio", True, b"OggS")
    assert row.details["mime_type"] == "audio/ogg"


def test_a_recording_of_safari_goes_out_as_a_sound(desk: Client, conversation: Conversation) -> None:
    mp4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(64)
    row = chosen(desk, conversation, mp4, "Sprachnachricht.mp4", content_type="audio/mp4")
    reply(desk, conversation, row)

    [message] = sent(conversation)
    assert (message.type, message.content["voice"], row.details["filename"]) == ("audio", False, "Sprachnachricht.m4a")


def test_a_file_added_after_an_answer_was_lost_is_not_taken_for_sent(desk: Client, conversation: Conversation) -> None:
    first, second, said = (
        chosen(desk, conversation, photo()),
        chosen(desk, conversation, photo()),
        {"client_id": uuid4()},
    )
    reply(desk, conversation, first, **said)

    repeated = reply(desk, conversation, first, **said)
    asked = reply(desk, conversation, first, second, **said)

    assert (repeated.status_code, asked.status_code, len(sent(conversation))) == (204, 422, 1)
    assert [file.pk for file in asked.context["composer"].files] == [second.pk]


def test_each_file_is_a_message_and_the_text_stands_beneath_the_first(desk: Client, conversation: Conversation) -> None:
    first, second = chosen(desk, conversation, PDF, "a.pdf"), chosen(desk, conversation, photo(), "b.jpg")

    answer = reply(desk, conversation, second, first, body="Beides für Sie.")

    messages = sent(conversation)
    assert answer.status_code == 204
    assert [(one.type, one.body) for one in messages] == [("image", "Beides für Sie."), ("document", None)]
    assert [one.media.get() for one in messages] == [second, first]


def test_a_text_too_long_for_a_caption_goes_before(desk: Client, conversation: Conversation) -> None:
    row = chosen(desk, conversation, PDF, "a.pdf")

    reply(desk, conversation, row, body="x" * 1025)

    assert [(one.type, len(one.body or "")) for one in sent(conversation)] == [("text", 1025), ("document", 0)]


def test_a_voice_note_has_no_caption_so_the_text_goes_before(desk: Client, conversation: Conversation) -> None:
    row = chosen(desk, conversation, webm([packet()] * 9), "ton.webm", content_type="audio/webm")

    reply(desk, conversation, row, body="Hören Sie bitte:")

    assert [(one.type, one.body) for one in sent(conversation)] == [("text", "Hören Sie bitte:"), ("audio", None)]


def test_two_clicks_send_each_file_once(desk: Client, conversation: Conversation) -> None:
    row, client_id = chosen(desk, conversation, PDF, "a.pdf"), uuid4()

    answers = [reply(desk, conversation, row, body="Bitte", client_id=client_id) for _ in range(2)]

    assert [one.status_code for one in answers] == [204, 204]
    assert len(sent(conversation)) == 1


def test_c_25_whoever_chooses_somebody_else_of_a_family_after_the_question_is_asked_again(
    desk: Client, conversation: Conversation
) -> None:
    mia, ben = (
        make_patient(conversation.contact, first_name=name, birth_date="2019-05-05", relation=Relation.GUARDIAN)
        for name in ("Mia", "Ben")
    )
    for child in (mia, ben):
        grant(conversation.contact, patient=child)
    row = chosen(desk, conversation, photo())

    asked = reply(desk, conversation, row, right_person="", patient=mia.pk)
    of_mia = asked.context["composer"].asked_patient
    of_other = reply(desk, conversation, row, patient=ben.pk, asked_patient=of_mia)
    done = reply(desk, conversation, row, patient=ben.pk, asked_patient=ben.pk)

    assert [one.status_code for one in (asked, of_other, done)] == [422, 422, 204]
    assert (of_mia, "Es geht um Vogt, Ben" in of_other.content.decode()) == (str(mia.pk), True)


def test_c_25_files_ask_once_to_whom_they_go(desk: Client, conversation: Conversation) -> None:
    row = chosen(desk, conversation, PDF, "a.pdf")

    asked = reply(desk, conversation, row, right_person="")
    confirmed = reply(desk, conversation, row)

    page = asked.content.decode()
    assert (asked.status_code, confirmed.status_code) == (422, 204)
    assert "Geht die Datei an Vogt, Jana" in page
    assert "02.12.1998" in page
    assert len(sent(conversation)) == 1


def test_c_25_a_file_that_stands_in_the_box_again_after_the_question_is_asked_about_too(
    desk: Client, conversation: Conversation
) -> None:
    meant, taken_away = (chosen(desk, conversation, PDF, f"{name}.pdf") for name in "ab")

    asked = reply(desk, conversation, meant, right_person="", asked_file=[])
    again = reply(desk, conversation, meant, taken_away, asked_file=[str(meant.pk)])
    confirmed = reply(desk, conversation, meant, taken_away)

    assert [one.status_code for one in (asked, again, confirmed)] == [422, 422, 204]
    assert asked.context["composer"].asked_files == (meant.pk,)
    assert "Gehen die 2 Dateien an Vogt, Jana" in again.content.decode()
    assert len(sent(conversation)) == 2


def test_a_refused_reply_keeps_the_order_of_its_files(desk: Client, conversation: Conversation) -> None:
    files = [chosen(desk, conversation, PDF, f"{name}.pdf") for name in "abc"]
    wanted = [files[2], files[0], files[1]]

    asked = reply(desk, conversation, *wanted, right_person="")

    assert [one.pk for one in asked.context["composer"].files] == [one.pk for one in wanted]


def test_what_was_chosen_waits_in_the_box_of_whoever_chose_it(
    desk: Client, anna: Member, channel: Channel, conversation: Conversation
) -> None:
    row = chosen(desk, conversation, PDF, "a.pdf")
    other, colleague = make_conversation(channel), Client()
    grant(other.contact)
    receive(other)
    login(colleague, make_member(anna.practice, Role.RECEPTION, name="Jonas Fechner"))

    def waiting(browser: Client, of: Conversation) -> list[UUID]:
        return [one.pk for one in browser.get(address(of, "")).context["composer"].files]

    assert waiting(desk, conversation) == [row.pk]
    assert waiting(desk, other) == []
    assert waiting(colleague, conversation) == []


def test_nobody_sends_what_somebody_else_chose(desk: Client, anna: Member, conversation: Conversation) -> None:
    row = chosen(desk, conversation, PDF, "a.pdf")
    colleague = Client()
    login(colleague, make_member(anna.practice, Role.RECEPTION, name="Jonas Fechner"))

    answer = reply(colleague, conversation, row)

    assert (answer.status_code, sent(conversation)) == (422, [])
    assert "nicht mehr da" in answer.content.decode()


def test_a_file_of_another_thread_is_never_sent_here(
    desk: Client, channel: Channel, conversation: Conversation
) -> None:
    other = make_conversation(channel)
    grant(other.contact)
    receive(other)
    row = chosen(desk, other, PDF, "geheim.pdf")

    answer = reply(desk, conversation, row, body="Bitte")

    assert (answer.status_code, sent(conversation)) == (422, [])


def test_of_two_windows_with_the_same_file_the_second_is_told_that_it_is_gone(
    desk: Client, conversation: Conversation
) -> None:
    row = chosen(desk, conversation, PDF, "a.pdf")
    reply(desk, conversation, row)

    second = reply(desk, conversation, row, body="Anbei der Plan.")

    assert (second.status_code, second.context["composer"].text) == (422, "Anbei der Plan.")
    assert "nicht mehr da" in second.content.decode()
    assert len(sent(conversation)) == 1


def test_a_file_that_goes_between_choosing_and_queueing_takes_its_message_along(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    row = chosen(desk, conversation, PDF, "a.pdf")
    MediaFile.objects.all().delete()

    with pytest.raises(FileGone):
        send_stored_file(conversation=conversation, file=row, caption="", purpose=Purpose.BEHANDLUNG, by=anna)

    assert sent(conversation) == []


@pytest.mark.parametrize("method", ["post", "delete"])
def test_a_file_that_is_removed_is_gone_with_its_key(
    desk: Client, anna: Member, conversation: Conversation, method: str, django_capture_on_commit_callbacks: Any
) -> None:
    row = chosen(desk, conversation, PDF, "a.pdf")

    with django_capture_on_commit_callbacks(execute=True):
        answer = getattr(desk, method)(address(conversation, f"files/{row.pk}/"), headers=HTMX)

    assert (answer.status_code, MediaFile.objects.count(), on_disk()) == (204, 0, [])
    assert AuditEvent.objects.get(kind="file_not_sent").by == anna


def test_what_was_sent_cannot_be_removed(desk: Client, conversation: Conversation) -> None:
    row = chosen(desk, conversation, PDF, "a.pdf")
    reply(desk, conversation, row)

    desk.delete(address(conversation, f"files/{row.pk}/"))

    assert MediaFile.objects.filter(pk=row.pk).exists()


def test_taking_a_message_back_gives_its_files_back(desk: Client, anna: Member, conversation: Conversation) -> None:
    row = chosen(desk, conversation, PDF, "a.pdf")
    reply(desk, conversation, row, body="Bitte sehr")

    take_back(conversation=conversation, messages=sent(conversation), by=anna)

    composer = desk.get(address(conversation, "")).context["composer"]
    assert ([one.pk for one in composer.files], composer.text) == ([row.pk], "Bitte sehr")
    assert plain(row) == PDF


def test_files_that_are_taken_back_come_back_in_the_order_they_had_and_before_what_was_chosen_since(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    first, second, third = (chosen(desk, conversation, PDF, f"{name}.pdf") for name in "abc")
    reply(desk, conversation, third, first, second, body="Alles für Sie")

    take_back(conversation=conversation, messages=sent(conversation), by=anna)
    later = chosen(desk, conversation, PDF, "d.pdf")

    composer = desk.get(address(conversation, "")).context["composer"]
    assert [one.pk for one in composer.files] == [third.pk, first.pk, second.pk, later.pk]


def test_after_a_day_what_was_never_sent_goes(
    desk: Client, conversation: Conversation, django_capture_on_commit_callbacks: Any
) -> None:
    old, fresh = chosen(desk, conversation, PDF, "alt.pdf"), chosen(desk, conversation, PDF, "neu.pdf")
    went_out = chosen(desk, conversation, PDF, "gesendet.pdf")
    reply(desk, conversation, went_out)
    now = timezone.now()
    MediaFile.objects.filter(pk__in=[old.pk, went_out.pk]).update(created_at=now - timedelta(hours=25))

    with django_capture_on_commit_callbacks(execute=True):
        removed = waiting_files.tidy(now=now)

    assert removed == 1
    assert set(MediaFile.objects.values_list("pk", flat=True)) == {fresh.pk, went_out.pk}
    assert len(on_disk()) == 2
    assert leftovers.remove(now=now) == 0


def test_ten_files_are_enough(desk: Client, conversation: Conversation) -> None:
    for number in range(10):
        chosen(desk, conversation, PDF, f"{number}.pdf")

    answer = choose(desk, conversation, PDF, "elf.pdf")

    assert (answer.status_code, "Zehn" in answer.content.decode()) == (422, True)


def test_where_the_practice_allows_no_files_the_box_says_why(
    desk: Client, practice: Practice, conversation: Conversation
) -> None:
    Practice.objects.filter(pk=practice.pk).update(files_in_chat=False)

    page = desk.get(address(conversation, ""))
    answer = choose(desk, conversation, PDF, "a.pdf")

    assert (page.context["composer"].files_go, answer.status_code) == (False, 422)
    assert "am Empfang mit" in page.content.decode()
    assert MediaFile.objects.count() == 0


def test_without_consent_for_treatment_no_file_goes(desk: Client, conversation: Conversation) -> None:
    row = chosen(desk, conversation, PDF, "a.pdf")
    ConsentState.objects.filter(purpose=Purpose.BEHANDLUNG).update(state=Consent.WITHDRAWN)

    answer = reply(desk, conversation, row)

    assert (answer.status_code, sent(conversation)) == (422, [])
    assert "Dateien gehen nicht in den Chat" in answer.content.decode()
    assert not desk.get(address(conversation, "")).context["composer"].files_go


def test_without_a_script_a_file_is_chosen_by_a_form_of_its_own(desk: Client, conversation: Conversation) -> None:
    upload = SimpleUploadedFile("a.pdf", PDF)

    answer = desk.post(address(conversation, "files/"), {"upload": upload})

    assert (answer.status_code, answer.headers["Location"]) == (303, address(conversation, ""))
    assert "a.pdf" in desk.get(address(conversation, "")).content.decode()


def test_an_upload_without_a_file_says_so(desk: Client, conversation: Conversation) -> None:
    answer = desk.post(address(conversation, "files/"), {}, headers=HTMX)

    assert (answer.status_code, "keine Datei angekommen" in answer.content.decode()) == (422, True)


def test_a_trainee_and_a_stranger_choose_nothing(bert: Client, clara: Client, conversation: Conversation) -> None:
    assert choose(bert, conversation, PDF, "a.pdf").status_code == 403
    assert choose(clara, conversation, PDF, "a.pdf").status_code == 404
    assert (MediaFile.objects.count(), on_disk()) == (0, [])
