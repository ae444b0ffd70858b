"""/d/<token>: what a patient is asked, what opens, what stays shut, and what is written down of it."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.documents import files
from messaging.documents.words import all_words
from messaging.models import Conversation, Note, ProtectedDocument
from patients.models import Contact, Patient, PatientContact
from practices import keys
from practices.bus import bus
from practices.keystore import Subject
from practices.models import AccessLog, Change, Door, Practice
from tests.messaging.documents.desk import (
    BORN,
    WRONG,
    last_message,
    opened,
    page,
    patient_of,
    pdf,
    send,
    sent_document,
)
from tests.messaging.files import HTML, PDF, picture
from tests.people import login, make_member
from tests.whole import languages

GONE = "Dieser Link gilt nicht mehr"


def looks(document: ProtectedDocument) -> list[str]:
    return list(AccessLog.objects.filter(about_id=document.pk).order_by("pk").values_list("kind", flat=True))


def test_the_birth_date_opens_and_the_file_can_be_saved(desk: Client, thread: Conversation, phone: Client) -> None:
    document, path = sent_document(desk, thread)

    file = phone.get(opened(phone, path))

    assert b"".join(file.streaming_content) == PDF  # type: ignore[attr-defined]
    assert file["Content-Type"] == "application/pdf"
    assert file["Content-Disposition"] == 'attachment; filename="Kostenplan.pdf"'
    assert file["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (file["Cache-Control"], file["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert file["Cross-Origin-Resource-Policy"] == "same-origin"
    assert looks(document) == ["document_opened"]


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_messenger_that_fetches_the_link_opens_nothing(
    desk: Client, thread: Conversation, phone: Client, method: str
) -> None:
    document, path = sent_document(desk, thread)

    for _again in range(3):
        assert getattr(phone, method)(path).status_code == 200

    document.refresh_from_db()
    assert (document.opened_at, document.wrong_tries, looks(document)) == (None, 0, [])


def test_before_it_is_opened_the_page_says_nothing_about_anybody(
    desk: Client, thread: Conversation, phone: Client
) -> None:
    _document, path = sent_document(desk, thread, title="Befund", file=pdf("Vogt.pdf"))

    body = phone.get(path).content.decode()

    assert [word for word in ("Befund", "Vogt", "Jana", "1998", "Kostenplan") if word in body] == []
    assert "Geburtsdatum der Person" in body


def test_the_pages_need_neither_cookie_nor_script_nor_anybody_else(
    desk: Client, thread: Conversation, phone: Client
) -> None:
    _document, path = sent_document(desk, thread)

    for answer in (phone.get(path), phone.post(path, WRONG), phone.post(path, BORN), phone.get("/d/nothing")):
        body = answer.content.decode()
        outside = re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]+', body)
        assert (answer.cookies.output(), "<script" in body, outside) == ("", False, [])
        assert answer["Cache-Control"] == "no-store"
        assert 'name="referrer" content="no-referrer"' in body
        assert len(answer.content) < 30_000


@pytest.mark.parametrize("language", languages(sorted(all_words())))
def test_the_pages_speak_the_patients_language(
    desk: Client, thread: Conversation, phone: Client, language: str
) -> None:
    Contact.objects.filter(pk=thread.contact_id).update(language=language)
    _document, path = sent_document(desk, thread)
    words = all_words()[language]

    asked, shown = phone.get(path).content.decode(), phone.post(path, BORN).content.decode()

    assert (words["birth_date"] in asked, words["own_device"] in shown) == (True, True)
    assert ('dir="rtl"' in asked) == (language == "ar")


def test_a_pin_opens_too(desk: Client, thread: Conversation, phone: Client) -> None:
    pin = send(desk, thread, factor="pin").context["pin"]
    document = ProtectedDocument.objects.get()
    path = re.findall(r"/d/\S+", last_message(thread).body or "")[0]
    wrong = f"{(int(pin) + 1) % 10**6:06d}"

    assert phone.post(path, {"pin": wrong}).status_code == 422
    assert phone.post(path, {"pin": f"{pin[:3]} {pin[3:]}"}).status_code == 200
    assert looks(document) == ["document_wrong_try", "document_opened"]


def test_a_picture_is_shown_in_the_page(desk: Client, thread: Conversation, phone: Client) -> None:
    _document, path = sent_document(desk, thread, file=pdf("Bild.png", picture()))

    body = phone.post(path, BORN).content.decode()

    source = re.findall(r'<img class="opened-picture" src="([^"]+)"', body)[0]
    assert phone.get(source)["Content-Type"] == "image/png"


def test_arabic_digits_are_digits(desk: Client, thread: Conversation, phone: Client) -> None:
    _document, path = sent_document(desk, thread)

    assert phone.post(path, {"day": "٢", "month": "١٢", "year": "١٩٩٨"}).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"day": "2", "month": "12"},
        {"day": "31", "month": "2", "year": "1998"},
        {"day": "x", "month": "1", "year": "1"},
    ],
)
def test_what_is_no_date_is_no_try(desk: Client, thread: Conversation, phone: Client, typed: dict[str, str]) -> None:
    document, path = sent_document(desk, thread)

    answer = phone.post(path, typed)

    document.refresh_from_db()
    assert (answer.status_code, document.wrong_tries, looks(document)) == (422, 0, [])
    assert "Bitte geben Sie Tag, Monat und Jahr ein" in answer.content.decode()


# ── guessing ──


def test_five_wrong_tries_lock_for_an_hour_even_the_right_answer(
    desk: Client, thread: Conversation, phone: Client
) -> None:
    document, path = sent_document(desk, thread)

    answers = [phone.post(path, WRONG) for _try in range(5)]
    right = phone.post(path, BORN)

    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 429]
    assert "Verbleibende Versuche: 1." in answers[3].content.decode()
    assert (right.status_code, "tel:" in right.content.decode()) == (429, True)
    assert looks(document) == ["document_wrong_try"] * 5
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert phone.post(path, BORN).status_code == 200
    document.refresh_from_db()
    assert (document.wrong_tries, document.locked_until) == (0, None)


def test_after_twenty_wrong_tries_only_a_new_link_helps(desk: Client, thread: Conversation, phone: Client) -> None:
    document, path = sent_document(desk, thread)
    ProtectedDocument.objects.update(wrong_tries=19)

    last = phone.post(path, WRONG)

    assert "dann bekommen Sie einen neuen Link" in last.content.decode()
    with time_machine.travel(document.expires_at - timedelta(minutes=1)):
        assert phone.post(path, BORN).status_code == 429
    assert "gesperrt nach zu vielen falschen Eingaben" in thread_page(thread)


def thread_page(thread: Conversation) -> str:
    """The panel and the slip, as anybody of the team sees them."""
    browser = Client()
    login(browser, make_member(Practice.objects.get(slug="morgenthal"), name="Zoe Zander"))
    return browser.get(f"/p/morgenthal/inbox/{thread.pk}/").content.decode()


@pytest.mark.usefixtures("desk", "standing_clock")
def test_thirty_misses_a_minute_shut_the_pages_for_that_network(phone: Client) -> None:
    answers = [phone.get(f"/d/{number:022}").status_code for number in range(31)]

    assert (set(answers[:30]), answers[30]) == ({404}, 429)
    assert phone.get("/u/anything").status_code == 429
    assert Client(REMOTE_ADDR="198.51.100.7").get("/d/anything").status_code == 404


@pytest.fixture
def redis_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The bus leads to a port where nobody listens."""
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    bus.cache_clear()
    yield
    monkeypatch.undo()
    bus.cache_clear()


def test_without_redis_a_patients_link_opens_all_the_same_and_tries_still_count(
    desk: Client, thread: Conversation, phone: Client, request: pytest.FixtureRequest
) -> None:
    """Misses of a network are counted there; the tries of a document stand on its row."""
    document, path = sent_document(desk, thread)
    request.getfixturevalue("redis_away")

    statuses = [phone.post(path, WRONG).status_code, phone.get("/d/nothing").status_code]
    statuses.append(phone.post(path, BORN).status_code)

    assert statuses == [422, 404, 200]
    assert looks(document) == ["document_wrong_try", "document_opened"]


# ── links that lead nowhere ──


def revoked(desk: Client, thread: Conversation, document: ProtectedDocument) -> None:
    assert desk.post(f"{page(thread)}{document.pk}/revocation/").status_code == 303


def expired(_desk: Client, _thread: Conversation, document: ProtectedDocument) -> None:
    past = timezone.now() - timedelta(seconds=1)
    ProtectedDocument.objects.filter(pk=document.pk).update(expires_at=past)
    Door.objects.filter(object_id=document.pk).update(expires_at=past)


def unlinked(_desk: Client, thread: Conversation, _document: ProtectedDocument) -> None:
    PatientContact.objects.filter(contact=thread.contact).delete()


def patient_deleted(_desk: Client, thread: Conversation, _document: ProtectedDocument) -> None:
    patient_of(thread).delete()


def blocked(_desk: Client, thread: Conversation, _document: ProtectedDocument) -> None:
    Contact.objects.filter(pk=thread.contact_id).update(blocked_at=timezone.now())


def of_doubtful_identity(_desk: Client, thread: Conversation, _document: ProtectedDocument) -> None:
    Contact.objects.filter(pk=thread.contact_id).update(identity_changed_at=timezone.now())


def contact_erased(_desk: Client, thread: Conversation, _document: ProtectedDocument) -> None:
    keys.destroy(Subject.CONTACT, thread.contact_id)


def patient_erased(_desk: Client, thread: Conversation, _document: ProtectedDocument) -> None:
    keys.destroy(Subject.PATIENT, patient_of(thread).pk)


def birth_date_taken_back(_desk: Client, thread: Conversation, _document: ProtectedDocument) -> None:
    patient = patient_of(thread)
    patient.birth_date = None
    patient.save(update_fields=["birth_date"])


def file_lost(_desk: Client, _thread: Conversation, document: ProtectedDocument) -> None:
    files.path_of(document).unlink()


ENDS: list[Callable[[Client, Conversation, ProtectedDocument], None]] = [
    *(revoked, expired, unlinked, patient_deleted, blocked, of_doubtful_identity, contact_erased, patient_erased),
    *(birth_date_taken_back, file_lost),
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_what_is_over_opens_no_more_not_even_for_who_has_the_ticket(
    desk: Client,
    thread: Conversation,
    phone: Client,
    end: Callable[[Client, Conversation, ProtectedDocument], None],
) -> None:
    document, path = sent_document(desk, thread)
    file = opened(phone, path)
    assert phone.get(file).status_code == 200

    end(desk, thread, document)

    for answer in (phone.get(path), phone.post(path, BORN), phone.get(file)):
        body = answer.content.decode()
        assert (answer.status_code, GONE in body, "tel:" in body) == (404, True, True)
        assert [word for word in ("Kostenplan", "Vogt", "Jana") if word in body] == []


def test_an_unknown_link_names_no_practice(desk: Client, thread: Conversation, phone: Client) -> None:
    sent_document(desk, thread)

    answer = phone.get("/d/AAAAAAAAAAAAAAAAAAAAAA")

    assert (answer.status_code, GONE in answer.content.decode()) == (404, True)
    assert "Morgenthal" not in answer.content.decode()


def test_a_token_opens_no_other_kind_of_door(desk: Client, thread: Conversation, phone: Client) -> None:
    _document, path = sent_document(desk, thread)

    assert phone.get(path.replace("/d/", "/u/")).status_code == 404
    assert phone.get(path.replace("/d/", "/w/")).status_code == 404


def test_a_ticket_is_good_for_a_quarter_of_an_hour_and_for_one_document(
    desk: Client, thread: Conversation, phone: Client
) -> None:
    _one, first = sent_document(desk, thread)
    _other, second = sent_document(desk, thread)
    file = opened(phone, first)
    ticket = file.rpartition("/")[2]

    assert phone.get(f"{second}/{ticket}").status_code == 404
    assert phone.get(f"{first}/{ticket[:-1]}x").status_code == 404
    assert phone.get(f"{first}/nothing").status_code == 404
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert phone.get(file).status_code == 404


def test_the_patient_is_asked_under_the_record_that_stayed_where_two_were_merged(
    desk: Client, thread: Conversation, phone: Client
) -> None:
    _document, path = sent_document(desk, thread)
    kept = Patient.objects.create(first_name="Jana", last_name="Vogt", birth_date="1998-12-02")
    Patient.objects.filter(pk=patient_of(thread).pk).update(merged_into=kept)
    PatientContact.objects.filter(contact=thread.contact).update(patient=kept)

    assert phone.post(path, BORN).status_code == 200


def test_a_merged_record_nobody_links_to_opens_nothing(desk: Client, thread: Conversation, phone: Client) -> None:
    _document, path = sent_document(desk, thread)
    kept = Patient.objects.create(first_name="Jana", last_name="Vogt", birth_date="1998-12-02")
    Patient.objects.filter(pk=patient_of(thread).pk).update(merged_into=kept)

    assert phone.post(path, BORN).status_code == 404


def test_a_pdf_with_a_page_inside_is_only_ever_saved(desk: Client, thread: Conversation, phone: Client) -> None:
    _document, path = sent_document(desk, thread, file=pdf("a.html", PDF + HTML))

    file = phone.get(opened(phone, path))

    assert (file["Content-Type"], file["Content-Disposition"]) == ("application/pdf", 'attachment; filename="a.pdf"')


def test_another_site_cannot_make_a_browser_try(desk: Client, thread: Conversation, phone: Client) -> None:
    document, path = sent_document(desk, thread)

    answer = phone.post(path, BORN, headers={"Sec-Fetch-Site": "cross-site"})

    assert (answer.status_code, looks(document)) == (403, [])


# ── the receipt ──


def test_the_first_opening_is_told_in_the_thread_and_later_ones_are_only_logged(
    desk: Client, thread: Conversation, phone: Client
) -> None:
    document, path = sent_document(desk, thread)
    before = Change.objects.count()

    phone.post(path, BORN)
    document.refresh_from_db()
    first = document.opened_at
    phone.post(path, BORN)

    document.refresh_from_db()
    assert document.opened_at == first
    assert [note.body for note in Note.objects.all()] == ["Geschütztes Dokument „Kostenplan“ wurde geöffnet."]
    assert looks(document) == ["document_opened"] * 2
    told = Change.objects.order_by("pk")[before:].values_list("kind", "ref")
    assert set(told) == {("message", document.message_id), ("conversation", thread.pk)}
    shown = desk.get(f"/p/morgenthal/inbox/{thread.pk}/").content.decode()
    assert shown.count(f"geöffnet am {timezone.localtime(first):%d.%m., %H:%M}") == 2  # on the slip and in the panel
    assert "wurde geöffnet." in shown


def test_the_receipt_is_german_whatever_the_patient_reads(desk: Client, thread: Conversation, phone: Client) -> None:
    Contact.objects.filter(pk=thread.contact_id).update(language="en")
    _document, path = sent_document(desk, thread)

    phone.post(path, BORN)

    assert Note.objects.get().body == "Geschütztes Dokument „Kostenplan“ wurde geöffnet."


def test_reading_the_list_of_documents_costs_the_same_with_one_and_with_three(
    desk: Client, thread: Conversation
) -> None:
    counts = []
    for _more in range(3):
        sent_document(desk, thread)
        with CaptureQueriesContext(connection) as captured:
            desk.get(f"/p/morgenthal/inbox/{thread.pk}/")
        counts.append(len(captured))

    assert len(set(counts)) == 1, counts
