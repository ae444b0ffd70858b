"""Staff send a protected document: what goes over WhatsApp, what is kept, and what the thread and panel say."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import check_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from consent.gate import Consent
from consent.models import ConsentState
from consent.purposes import Purpose
from messaging.documents import files
from messaging.documents.words import all_words
from messaging.drafts import draft_of
from messaging.models import Channel, Conversation, Message, ProtectedDocument
from messaging.undoing import TooLate, can_be_taken_back, take_back
from patients.models import Contact, Relation
from practices.models import AccessLog, AuditEvent, Door, Member, Role
from tests.messaging.documents.desk import (
    last_message,
    make_link_template,
    page,
    patient_of,
    pdf,
    send,
    sent_document,
    sent_invitation,
    somebody_wrote,
)
from tests.messaging.files import EXE, HTML, PDF, SVG, bomb, on_disk, picture
from tests.messaging.inbox.desk import grant, make_contact, make_conversation, make_patient, receive
from tests.people import login, make_member
from tests.whole import languages


def test_whatsapp_reads_that_something_lies_there_and_nothing_of_what_it_is(desk: Client, thread: Conversation) -> None:
    document, path = sent_document(desk, thread, title="Befund Wurzelbehandlung", file=pdf("Befund_Vogt.pdf"))

    body = last_message(thread).body or ""
    assert body.startswith("Ihre Praxis hat ein Dokument für Sie hinterlegt.")
    assert path in body
    assert [word for word in ("Befund", "Wurzel", "Vogt", "Jana", str(document.pk)) if word in body] == []
    day = timezone.localtime(document.expires_at).strftime("%d.%m.%Y")
    assert body.endswith(f"Der Link gilt bis {day}.")


def test_the_file_lies_sealed_apart_from_the_files_of_the_chat(desk: Client, thread: Conversation) -> None:
    document, _path = sent_document(desk, thread)

    [path] = on_disk()
    assert path == files.path_of(document)
    assert path.parent.parent.name == "documents"
    assert (PDF in path.read_bytes(), b"".join(files.sealed_file(document).read())) == (False, PDF)
    assert (document.size, document.details["sha256"]) == (len(PDF), hashlib.sha256(PDF).hexdigest())


def test_the_token_stands_in_the_message_alone(desk: Client, thread: Conversation) -> None:
    document, path = sent_document(desk, thread)

    [door] = Door.objects.filter(kind="document")
    assert (door.object_id, door.expires_at, len(path)) == (document.pk, document.expires_at, len("/d/") + 22)
    [event] = AuditEvent.objects.filter(kind="document_sent")
    assert (event.codes, event.about_id) == ({"factor": "birth_date", "days": 14}, document.pk)


@pytest.mark.parametrize("send_one", [sent_document, sent_invitation])
def test_what_leads_to_an_open_door_is_revoked_and_not_taken_back(
    desk: Client, anna: Member, thread: Conversation, send_one: Callable[[Client, Conversation], tuple[Any, str]]
) -> None:
    guarded, _path = send_one(desk, thread)

    offered = can_be_taken_back(thread, anna)
    with pytest.raises(TooLate):
        take_back(conversation=thread, messages=[guarded.message], by=anna)

    guarded.refresh_from_db()
    assert (offered, guarded.message) == ([], last_message(thread))
    assert draft_of(thread, anna) is None


@pytest.mark.parametrize("days", [7, 14, 30])
def test_it_lasts_as_long_as_was_chosen(desk: Client, thread: Conversation, days: int) -> None:
    document, _path = sent_document(desk, thread, days=str(days))

    assert (document.expires_at - document.created_at).days in (days - 1, days)


def test_a_pin_is_shown_once_and_kept_as_a_hash(desk: Client, thread: Conversation) -> None:
    shown = send(desk, thread, factor="pin")

    document = ProtectedDocument.objects.get()
    pin = shown.context["pin"]
    assert (len(pin), pin.isdecimal(), pin in shown.content.decode()) == (6, True, True)
    assert check_password(pin, document.pin_hash)
    assert pin not in document.pin_hash
    assert "die wir Ihnen am Telefon sagen" in (last_message(thread).body or "")
    assert pin not in (last_message(thread).body or "")


def test_the_second_of_two_clicks_shows_the_pin_that_holds(desk: Client, thread: Conversation) -> None:
    """The browser shows nothing of the first answer."""
    client_id = uuid4()

    first, second = (send(desk, thread, factor="pin", client_id=client_id) for _click in range(2))

    pins = [answer.context["pin"] for answer in (first, second)]
    document = ProtectedDocument.objects.get()
    assert [check_password(pin, document.pin_hash) for pin in pins] == [False, True]
    assert pins[1] in second.content.decode()
    assert ["allein diese PIN" in answer.content.decode() for answer in (first, second)] == [False, True]
    assert AuditEvent.objects.filter(kind="document_pin_renewed", about_id=document.pk).count() == 1


@pytest.mark.parametrize("end", ["opened_at", "revoked_at"])
def test_after_it_was_opened_or_withdrawn_there_is_no_new_pin(desk: Client, thread: Conversation, end: str) -> None:
    client_id = uuid4()
    first = send(desk, thread, factor="pin", client_id=client_id)
    ProtectedDocument.objects.update(**{end: timezone.now()})

    again = send(desk, thread, factor="pin", client_id=client_id)

    assert (again.context["pin"], "wurde schon gesendet" in again.content.decode()) == ("", True)
    assert check_password(first.context["pin"], ProtectedDocument.objects.get().pin_hash)


def test_a_colleague_gets_no_new_pin(desk: Client, channel: Channel, thread: Conversation) -> None:
    client_id, colleague = uuid4(), Client()
    login(colleague, make_member(channel.practice, Role.DENTIST, name="Lea Lang"))
    send(desk, thread, factor="pin", client_id=client_id)

    assert send(colleague, thread, factor="pin", client_id=client_id).context["pin"] == ""


def test_two_clicks_are_one_document_and_one_message(desk: Client, thread: Conversation) -> None:
    client_id = uuid4()

    for _click in range(2):
        assert send(desk, thread, client_id=client_id).status_code == 303

    assert (ProtectedDocument.objects.count(), thread.messages.filter(direction="out").count()) == (1, 1)
    assert len(on_disk()) == 1


def test_another_file_under_the_same_id_is_not_taken_for_sent(desk: Client, thread: Conversation) -> None:
    client_id = uuid4()
    send(desk, thread, title="Kostenplan", client_id=client_id)

    asked = send(desk, thread, title="Befund", file=pdf("Befund.pdf", PDF + b"%"), client_id=client_id)
    before = ProtectedDocument.objects.count()
    anew = asked.context["form"]["client_id"].value()
    sent = send(desk, thread, title="Befund", file=pdf("Befund.pdf", PDF + b"%"), client_id=anew)

    assert (asked.status_code, before, sent.status_code) == (422, 1, 303)
    assert "Ihre vorige Fassung ist schon hinausgegangen." in asked.content.decode()
    titles = [one.details["title"] for one in ProtectedDocument.objects.order_by("pk")]
    assert titles == ["Kostenplan", "Befund"]


def test_somebody_without_a_known_birth_date_gets_a_pin_or_nothing(desk: Client, channel: Channel) -> None:
    thread = somebody_wrote(channel, birth_date=None)

    refused = send(desk, thread, factor="birth_date")
    shown = desk.get(page(thread))

    assert (refused.status_code, ProtectedDocument.objects.count()) == (422, 0)
    assert "kein Geburtsdatum bekannt" in refused.content.decode()
    assert shown.context["form"]["factor"].value() == "pin"


def test_a_newcomer_nobody_knows_gets_a_pin(desk: Client, channel: Channel) -> None:
    thread = make_conversation(channel)
    grant(thread.contact)
    receive(thread)

    document, _path = sent_document(desk, thread, factor="pin")

    assert document.patient is None


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (SimpleUploadedFile("a.pdf", HTML), "kein PDF und kein Bild"),
        (SimpleUploadedFile("a.pdf", SVG), "kein PDF und kein Bild"),
        (SimpleUploadedFile("a.pdf", EXE), "kein PDF und kein Bild"),
        (SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\nnothing"), "kein PDF und kein Bild"),
        (SimpleUploadedFile("a.webp", picture(form="WEBP")), "kein PDF und kein Bild"),
        (SimpleUploadedFile("a.png", bomb(30_000, 30_000)), "zu viele Bildpunkte"),
        (SimpleUploadedFile("a.pdf", b""), "Die Datei ist leer"),
        (SimpleUploadedFile("a.pdf", PDF + bytes(10 * 1024 * 1024)), "zu groß"),
        (None, "Bitte wählen Sie eine Datei"),
    ],
    ids=["html", "svg", "exe", "broken", "webp", "bomb", "empty", "large", "none"],
)
def test_what_is_no_pdf_and_no_picture_is_refused_when_it_is_chosen(
    desk: Client, thread: Conversation, upload: SimpleUploadedFile | None, sentence: str
) -> None:
    refused = send(desk, thread, file=upload)

    assert (refused.status_code, sentence in refused.content.decode()) == (422, True)
    assert (ProtectedDocument.objects.count(), on_disk(), Door.objects.filter(kind="document").count()) == (0, [], 0)
    assert not thread.messages.filter(direction="out").exists()


def test_a_refused_sending_leaves_nothing(desk: Client, thread: Conversation) -> None:
    ConsentState.objects.update(state=Consent.WITHDRAWN)

    refused, shown = send(desk, thread), desk.get(page(thread))

    assert (refused.status_code, ProtectedDocument.objects.count(), on_disk()) == (422, 0, [])
    assert not thread.messages.filter(direction="out").exists()
    assert "widerrufen" in shown.content.decode()
    assert 'id="send-document"' not in shown.content.decode()


def test_organisation_is_the_purpose_and_enough(desk: Client, channel: Channel) -> None:
    thread = make_conversation(channel, make_contact())
    make_patient(thread.contact)
    grant(thread.contact, Purpose.ORGANISATION)
    receive(thread)

    sent_document(desk, thread)

    assert last_message(thread).purpose == Purpose.ORGANISATION


# ── families ──


@pytest.fixture
def family(channel: Channel) -> Conversation:
    """A mother who writes for two children; she agreed for each."""
    thread = make_conversation(channel, make_contact(profile_name="Jana Hoffmann"))
    for first_name, born in (("Mia", "2019-05-05"), ("Leo", "2021-08-09")):
        child = make_patient(
            thread.contact,
            first_name=first_name,
            last_name="Hoffmann",
            birth_date=born,
            relation=Relation.GUARDIAN,
        )
        grant(thread.contact, patient=child)
    receive(thread)
    return thread


def test_a_family_is_asked_for_whom_and_the_message_says_it(desk: Client, family: Conversation) -> None:
    mia = next(link.patient for link in family.contact.patient_links.all() if link.patient.first_name == "Mia")

    unsaid = send(desk, family)
    document, _path = sent_document(desk, family, patient=str(mia.pk))

    message = last_message(family)
    assert (unsaid.status_code, document.patient, message.concerns_patient) == (422, mia, mia)
    assert "Es geht um Mia." in (message.body or "")


def test_where_only_one_of_them_may_be_written_about_that_one_is_chosen_all_the_same(
    desk: Client, family: Conversation
) -> None:
    mia = next(link.patient for link in family.contact.patient_links.all() if link.patient.first_name == "Mia")
    ConsentState.objects.exclude(patient=mia).update(state=Consent.WITHDRAWN)

    shown, unsaid = desk.get(page(family)), send(desk, family)

    assert [name for _pk, name in shown.context["form"].fields["patient"].choices] == [
        "Bitte wählen",
        "Mia Hoffmann, 2019",
    ]
    assert (unsaid.status_code, sorted(unsaid.context["form"].errors)) == (422, ["patient"])


def test_a_child_of_somebody_else_cannot_be_chosen(desk: Client, family: Conversation) -> None:
    stranger = make_patient(make_contact(), first_name="Ben")

    assert send(desk, family, patient=str(stranger.pk)).status_code == 422
    assert ProtectedDocument.objects.count() == 0


def test_the_page_knows_from_which_size_on_a_file_is_refused_and_says_it_in_the_same_words(
    desk: Client, thread: Conversation
) -> None:
    """A script refuses it there: of what is far too large the server reads nothing, and answers no form."""
    shown, refused = (
        desk.get(page(thread)).content.decode(),
        send(desk, thread, file=pdf(content=b"%" * (10 * 2**20 + 1))),
    )

    words = shown.partition('<template data-larger-than="10485760">')[2].partition("</template>")[0]
    assert "Die Datei ist zu groß. Bis 10 MB sind möglich." in words
    assert refused.context["form"].errors["file"] == ["Die Datei ist zu groß. Bis 10 MB sind möglich."]
    assert re.search(r'js/document-file(\.\w+)?\.js"\s+nonce="[^"]+"', shown)


# ── languages and the window ──


@pytest.mark.parametrize("language", languages(sorted(all_words())))
def test_the_message_speaks_the_patients_language(desk: Client, thread: Conversation, language: str) -> None:
    Contact.objects.filter(pk=thread.contact_id).update(language=language)

    sent_document(desk, thread)

    beginning = all_words()[language]["ready_birth_date"].partition("{url}")[0]
    assert (last_message(thread).body or "").startswith(beginning)


def test_every_language_has_every_sentence_with_the_same_blanks() -> None:
    words = all_words()
    blanks = {
        language: {name: sorted(part.split("}")[0] for part in said.split("{")[1:]) for name, said in table.items()}
        for language, table in words.items()
    }

    assert sorted(words) == ["ar", "de", "en", "pl", "ru", "tr", "uk"]
    assert [language for language in words if blanks[language] != blanks["de"]] == []
    assert [name for name in words["de"] if len({table[name] for table in words.values()}) == 1] == []


@pytest.mark.usefixtures("monday")
def test_outside_the_window_the_template_goes_with_the_token_on_its_button(
    desk: Client, channel: Channel, settings: Any
) -> None:
    thread = somebody_wrote(channel)
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=30))
    make_link_template(channel, settings.BASE_URL)

    document, path = sent_document(desk, thread, greeting="Frau Vogt", visit="2026-11-20")

    message = last_message(thread)
    assert message.type == "template"
    assert message.body == (
        "Guten Tag Frau Vogt, Ihre Unterlagen zum Termin am 20.11.2026 liegen bereit. Gilt bis 14.12.2026."
    )
    assert message.content["components"][1] == {
        "type": "button",
        "sub_type": "url",
        "index": "1",
        "parameters": [{"type": "text", "text": path.removeprefix("/d/")}],
    }
    assert Client().get(path).status_code == 200
    assert document.message == message


@pytest.mark.usefixtures("monday")
def test_outside_the_window_greeting_and_visit_are_asked_for_and_prefilled(
    desk: Client, channel: Channel, settings: Any
) -> None:
    thread = somebody_wrote(channel)
    Conversation.objects.update(last_inbound_at=None)
    make_link_template(channel, settings.BASE_URL)

    shown, refused = desk.get(page(thread)), send(desk, thread, greeting="", visit="")

    assert shown.context["form"]["greeting"].value() == "Frau Vogt"
    assert (refused.status_code, sorted(refused.context["form"].errors)) == (422, ["greeting", "visit"])


@pytest.mark.usefixtures("monday")
@pytest.mark.parametrize(
    "flaw",
    [
        {"status": "paused"},
        {"components": [{"type": "BODY", "text": "Guten Tag {{1}}"}]},
        {"components": [{"type": "BODY", "text": "Guten Tag {{9}}"}]},
        {"language": "fr"},
    ],
    ids=["paused", "without button", "foreign blank", "language"],
)
def test_without_a_fitting_template_the_page_says_so(
    desk: Client, channel: Channel, settings: Any, flaw: dict[str, Any]
) -> None:
    thread = somebody_wrote(channel)
    Conversation.objects.update(last_inbound_at=None)
    make_link_template(channel, settings.BASE_URL, **flaw)

    shown, refused = desk.get(page(thread)), send(desk, thread, greeting="Frau Vogt", visit="2026-11-20")

    assert "keine freigegebene Vorlage" in shown.content.decode()
    assert (refused.status_code, ProtectedDocument.objects.count()) == (422, 0)


def test_a_button_that_leads_to_somebody_elses_page_is_never_used(
    desk: Client, channel: Channel, settings: Any
) -> None:
    thread = somebody_wrote(channel)
    Conversation.objects.update(last_inbound_at=None)
    make_link_template(channel, "https://boese.example")

    assert "keine freigegebene Vorlage" in desk.get(page(thread)).content.decode()


# ── who may ──


def test_a_trainee_reads_the_list_and_sends_nothing(bert: Client, desk: Client, thread: Conversation) -> None:
    document, _path = sent_document(desk, thread)

    assert send(bert, thread).status_code == 403
    assert bert.get(page(thread)).status_code == 403
    assert bert.post(f"{page(thread)}{document.pk}/revocation/").status_code == 403
    panel = bert.get(f"/p/morgenthal/inbox/{thread.pk}/").content.decode()
    assert ("noch nicht geöffnet" in panel, "Endgültig zurückziehen" in panel) == (True, False)


def test_somebody_at_another_practice_learns_nothing(clara: Client, desk: Client, thread: Conversation) -> None:
    document, _path = sent_document(desk, thread)

    for path in (page(thread), f"{page(thread)}{document.pk}/media/"):
        assert clara.get(path).status_code == 404
        assert clara.get(path.replace("morgenthal", "ostufer")).status_code == 404
    assert clara.post(f"{page(thread)}{document.pk}/revocation/".replace("morgenthal", "ostufer")).status_code == 404


def test_a_document_of_another_thread_is_not_there(desk: Client, thread: Conversation, channel: Channel) -> None:
    document, _path = sent_document(desk, thread)
    other = somebody_wrote(channel)

    assert desk.get(f"{page(other)}{document.pk}/media/").status_code == 404
    assert desk.post(f"{page(other)}{document.pk}/revocation/").status_code == 404


def test_staff_look_at_what_they_sent_and_that_is_noted(desk: Client, thread: Conversation, anna: Member) -> None:
    document, _path = sent_document(desk, thread)

    answer = desk.get(f"{page(thread)}{document.pk}/media/")

    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert AccessLog.objects.filter(kind="document", about_id=document.pk, member=anna).count() == 1


def test_what_is_sent_answers_what_was_seen(desk: Client, thread: Conversation) -> None:
    newest = desk.get(page(thread)).context["form"]["after"].value()

    sent_document(desk, thread, after=str(newest))

    thread.refresh_from_db()
    assert thread.waiting_since is None
    assert Message.objects.get(pk=newest).direction == "in"
    assert patient_of(thread).first_name == "Jana"
