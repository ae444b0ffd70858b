"""The desk's page for consent: search, read out, tick, attach, take down."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent import read_outs
from consent.documents import folder
from consent.ledger import evidence_of
from consent.models import ConsentDocument, ConsentEvent, ConsentState
from consent.purposes import Purpose
from consent.wording import practice_in_scope
from patients.identities import phone_of
from patients.models import Contact, Patient, PatientContact
from practices.models import AccessLog, Member, Practice, Role
from practices.scope import practice_scope
from practices.uploads import LARGEST_FILE
from tests.consent.intakes import PDF, born, paper
from tests.consent_factories import make_contact, make_patient, opt_in
from tests.factories import make_practice
from tests.people import login, make_member

PAGE = "/p/morgenthal/consent/intake/"


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, name="Anna Arnold")


@pytest.fixture
def desk(client: Client, anna: Member) -> Client:
    login(client, anna)
    return client


def typed(**fields: Any) -> dict[str, Any]:
    """Jana Vogt agrees at the counter, a minute ago."""
    now = timezone.localtime() - timedelta(minutes=1)
    return {
        "form_id": str(uuid4()),
        "first_name": "Jana",
        "last_name": "Vogt",
        "birth_date": "1984-05-02",
        "relation": "self",
        "phone": "0171 3920010",
        "way": "staff_desk",
        "day": now.date().isoformat(),
        "hour": now.strftime("%H:%M"),
        "language": "de",
        "read_out": note(),
        "organisation": "on",
    } | fields


def note(language: str = "de") -> str:
    """What the page says about the text it shows now."""
    return read_outs.sign(read_outs.current(language, practice_in_scope()))


def text_of(html: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.decode())).replace("\u202f", " ").split())


def events() -> list[ConsentEvent]:
    return list(ConsentEvent.objects.order_by("seq"))


# ── the page ──


def test_every_box_is_empty_and_the_text_stands_beside_it(desk: Client) -> None:
    html = desk.get(PAGE).content.decode()

    assert not re.search(r'type="checkbox"[^>]*checked', html)
    assert "Ich bin einverstanden, dass die Zahnarztpraxis Morgenthal mir" in text_of(html.encode())
    assert "Sie müssen nicht zustimmen." in text_of(html.encode())


def test_the_text_is_shown_in_the_language_that_is_chosen(desk: Client) -> None:
    html = desk.post(f"{PAGE}draft/", typed(language="en")).content.decode()

    assert re.search(r'id="intake-text"\s+lang="en"\s+dir="ltr"', html)
    assert "You do not have to" in text_of(html.encode()) or "voluntary" in text_of(html.encode()).lower()


def test_a_draft_keeps_what_was_typed_and_stores_nothing(desk: Client) -> None:
    html = desk.post(f"{PAGE}draft/", typed(q="Niemandsen", note="wartet im Flur")).content.decode()

    assert 'value="Jana"' in html
    assert "wartet im Flur" in html
    assert "Niemand mit diesem Namen gefunden." in text_of(html.encode())
    assert (Patient.objects.count(), Contact.objects.count(), events()) == (0, 0, [])


def test_patients_are_found_by_name_and_can_be_chosen(desk: Client) -> None:
    patient = make_patient("Jörg", "Müller", born(40))
    make_patient("Emre", "Demir")

    html = desk.post(f"{PAGE}draft/", typed(q="mueller")).content.decode()

    assert re.findall(r'name="patient"\s+value="([-0-9a-f]+)"', html) == [str(patient.pk)]
    assert "Jörg Müller" in text_of(html.encode())


def test_from_a_conversation_the_number_is_known_and_stays_masked(desk: Client) -> None:
    contact = make_contact()

    html = desk.get(f"{PAGE}?contact={contact.pk}").content.decode()

    assert "0171 39•••10" in html
    assert "3920010" not in html
    assert 'name="phone"' not in html


@pytest.mark.parametrize("contact", ["", "nonsense", "01900000-0000-7000-8000-000000000000"])
def test_a_conversation_nobody_knows_opens_the_empty_page(desk: Client, contact: str) -> None:
    answer = desk.get(f"{PAGE}?contact={contact}")

    assert answer.status_code == 200
    assert 'name="phone"' in answer.content.decode()


def test_whom_the_contact_writes_for_is_offered_first(desk: Client) -> None:
    contact, patient = make_contact(), make_patient()
    PatientContact.objects.create(contact=contact, patient=patient)

    html = desk.get(f"{PAGE}?contact={contact.pk}").content.decode()

    assert re.findall(r'name="patient"\s+value="([-0-9a-f]+)"', html) == [str(patient.pk)]


# ── taking it down ──


def test_c_07_taken_down_leads_to_what_stands_now_and_grants_nothing_yet(desk: Client, anna: Member) -> None:
    answer = desk.post(PAGE, typed(recall="on", note="hat gefragt, wer mitliest"))

    [event] = events()
    assert (answer.status_code, answer["Location"]) == (303, f"{PAGE}{event.pk}/")
    told = text_of(desk.get(answer["Location"]).content)
    assert "Sie gilt, sobald die Nummer sich bestätigt." in told
    assert "Vorsorge-Erinnerung wartet auf Bestätigung der Nummer" in told
    assert set(ConsentState.objects.values_list("purpose", "state")) == {
        ("organisation", "pending"),
        ("recall", "pending"),
    }
    assert evidence_of(event)["actor"]["member_id"] == str(anna.pk)
    assert phone_of(Contact.objects.get()) == "+491713920010"


def test_a_new_patient_is_registered_with_it(desk: Client) -> None:
    desk.post(PAGE, typed())

    patient = Patient.objects.get()
    assert (patient.first_name, patient.last_name, patient.birth_date) == ("Jana", "Vogt", "1984-05-02")
    assert list(PatientContact.objects.values_list("patient", "relation")) == [(patient.pk, "self")]


def test_a_chosen_patient_is_not_registered_again(desk: Client) -> None:
    patient = make_patient()

    desk.post(PAGE, typed(patient=str(patient.pk), first_name="", last_name="", birth_date=""))

    assert Patient.objects.get() == patient
    assert len(events()) == 1


def test_the_same_page_sent_twice_is_one_act(desk: Client) -> None:
    patient = make_patient()
    fields = typed(patient=str(patient.pk))

    answers = [desk.post(PAGE, fields)["Location"] for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(events()) == 1


def test_c_16_a_form_sent_twice_registers_nobody_and_keeps_no_scan_a_second_time(desk: Client) -> None:
    day = (timezone.localtime() - timedelta(days=3)).date()
    fields = typed(way="paper_scan", day=day.isoformat(), hour="")

    answers = [desk.post(PAGE, fields | {"paper": paper()})["Location"] for _ in range(2)]

    assert answers[0] == answers[1]
    assert [table.objects.count() for table in (Patient, ConsentDocument, ConsentEvent)] == [1, 1, 1]
    assert len(list(folder().glob("*/*"))) == 1


def test_without_a_number_of_the_practice_the_page_says_what_else_works(desk: Client) -> None:
    told = text_of(desk.get(desk.post(PAGE, typed())["Location"]).content)

    assert "Die Nummer wurde noch nicht gefragt." in told
    assert "Die Person schreibt der Praxis selbst eine WhatsApp-Nachricht" in told


def test_c_07_a_number_that_somebody_else_has_confirmed_is_said_to_be_asked_in_the_chat(desk: Client) -> None:
    opt_in(make_contact())

    told = text_of(desk.get(desk.post(PAGE, typed(relation="family"))["Location"]).content)

    assert "Sie gilt, sobald die Person sie im Chat bestätigt. Bis dahin schreibt Roger nichts dazu." in told
    assert "Wer von ihr das nächste Mal schreibt, wird im Chat gefragt und tippt auf „Ja, bestätigen“." in told


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("outdated", "Sie gilt nicht, denn es gab einen neuen Text, einen Geburtstag oder eine andere Vertretung."),
        ("expired", "Sie gilt nicht mehr, denn die Nummer hat sich nicht rechtzeitig bestätigt."),
        ("withdrawn", "Sie gilt nicht, denn seither wurde widerrufen oder abgelehnt."),
    ],
)
def test_an_act_that_holds_no_longer_says_why(desk: Client, state: str, sentence: str) -> None:
    where = desk.post(PAGE, typed())["Location"]
    ConsentState.objects.update(state=state)

    assert sentence in text_of(desk.get(where).content)


def test_c_20_a_mother_agrees_for_her_child(desk: Client) -> None:
    fields = typed(
        first_name="Mia",
        last_name="Krüger",
        birth_date=born(8),
        relation="guardian",
        speaker_name="Daniela Krüger",
        custody="joint",
    )

    told = text_of(desk.get(desk.post(PAGE, fields)["Location"]).content)

    assert "Für Mia Krüger" in told
    assert "Zugestimmt hat Daniela Krüger" in told
    assert [(one.patient is None, one.type) for one in events()] == [(True, "granted"), (False, "granted")]
    assert PatientContact.objects.get().relation == "guardian"


def test_c_21_a_child_under_thirteen_with_a_number_of_its_own_is_refused_and_nothing_is_stored(desk: Client) -> None:
    answer = desk.post(PAGE, typed(first_name="Mia", last_name="Krüger", birth_date=born(8)))

    assert answer.status_code == 422
    assert "Unter 16 Jahren stimmt eine sorgeberechtigte Person zu." in text_of(answer.content)
    assert (Patient.objects.count(), Contact.objects.count(), events()) == (0, 0, [])


def test_a_number_that_is_somebody_elses_already_is_refused_with_what_to_do(desk: Client) -> None:
    contact, jana = make_contact(), make_patient()
    opt_in(contact)
    PatientContact.objects.create(contact=contact, patient=jana)

    answer = desk.post(PAGE, typed(first_name="Emre", last_name="Demir"))

    assert answer.status_code == 422
    told = text_of(answer.content)
    assert "Diese Nummer gehört schon einer anderen Person." in told
    assert "Teilen sich beide ein Telefon, geben Sie das beim Verhältnis an." in told
    assert [link.patient_id for link in PatientContact.objects.all()] == [jana.pk]
    assert Patient.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"phone": "12"}, "Das ist keine Telefonnummer. Bitte mit Vorwahl, zum Beispiel 0171 3920010 oder +48 …"),
        ({"phone": ""}, "Das ist keine Telefonnummer. Bitte mit Vorwahl, zum Beispiel 0171 3920010 oder +48 …"),
        (
            {"phone": "DE.1349876"},
            "Das ist keine Telefonnummer. Bitte mit Vorwahl, zum Beispiel 0171 3920010 oder +48 …",
        ),
        ({"organisation": ""}, "Ohne „Termine und Organisation“ geht WhatsApp nicht."),
        ({"first_name": ""}, "Bitte füllen Sie dieses Feld aus."),
        ({"birth_date": "2999-01-01"}, "Bitte prüfen Sie das Geburtsdatum."),
        ({"day": "2999-01-01"}, "Das Datum liegt in der Zukunft."),
        ({"day": "1999-01-01"}, "Bitte prüfen Sie das Datum."),
        ({"way": "paper_scan"}, "Bitte hängen Sie das unterschriebene Papier an."),
        ({"way": "qr_web"}, "Bitte wählen Sie eine der Möglichkeiten."),
        ({"relation": "guardian"}, "Bitte tragen Sie ein, wer zustimmt."),
        ({"note": "\x00"}, "Der Text enthält unzulässige Zeichen."),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_plain_words_and_nothing_is_stored(
    desk: Client, fields: dict[str, str], sentence: str
) -> None:
    answer = desk.post(PAGE, typed(**fields))

    assert answer.status_code == 422
    assert sentence in text_of(answer.content)
    assert (events(), Patient.objects.count(), Contact.objects.count()) == ([], 0, 0)


def test_a_moment_that_is_still_to_come_is_refused(desk: Client) -> None:
    later = timezone.localtime() + timedelta(minutes=30)

    answer = desk.post(PAGE, typed(day=later.date().isoformat(), hour=later.strftime("%H:%M")))

    assert answer.status_code == 422
    assert events() == []


def test_an_act_of_last_week_bears_its_own_time(desk: Client) -> None:
    last_week = timezone.localtime() - timedelta(days=7)

    desk.post(PAGE, typed(day=last_week.date().isoformat(), hour="09:30"))

    [event] = events()
    berlin = event.occurred_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert (berlin.date(), berlin.strftime("%H:%M")) == (last_week.date(), "09:30")


def test_only_what_the_practice_offers_can_be_ticked(desk: Client) -> None:
    Practice.objects.update(offered_purposes=["organisation", "recall"])

    html = desk.get(PAGE).content.decode()
    desk.post(PAGE, typed(behandlung="on"))

    assert [name for name in Purpose.values if f'name="{name}"' in html] == ["organisation", "recall"]
    assert set(ConsentState.objects.values_list("purpose", flat=True)) == {"organisation"}


# ── paper ──


def test_a_scan_is_sealed_and_named_by_the_proof(desk: Client) -> None:
    day = (timezone.localtime() - timedelta(days=3)).date()

    answer = desk.post(PAGE, typed(way="paper_scan", day=day.isoformat(), hour="", paper=paper()))

    document, [event] = ConsentDocument.objects.get(), events()
    evidence = evidence_of(event)
    assert evidence["proof_ref"] == {"document": str(document.pk), "sha256": document.details["sha256"]}
    assert event.occurred_at == datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert f"/p/morgenthal/consent/documents/{document.pk}/" in desk.get(answer["Location"]).content.decode()


def test_a_paper_signed_today_bears_no_hour_that_is_still_to_come(desk: Client) -> None:
    desk.post(PAGE, typed(way="paper_scan", hour="", paper=paper()))

    assert events()[0].occurred_at <= timezone.now()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Die Datei ist leer."),
        (b"MZ" + bytes(200), "Das ist kein PDF und kein Foto (JPEG, PNG, HEIC), auch wenn der Name so endet."),
        (PDF + bytes(2 * LARGEST_FILE), "Die Datei ist zu groß. Bis 10 MB sind möglich."),
    ],
)
def test_a_file_that_is_no_scan_comes_back_with_a_sentence(desk: Client, content: bytes, sentence: str) -> None:
    answer = desk.post(PAGE, typed(way="paper_scan", paper=SimpleUploadedFile("einwilligung.pdf", content)))

    assert answer.status_code == 422
    assert sentence in text_of(answer.content)
    assert (events(), ConsentDocument.objects.count(), Patient.objects.count()) == ([], 0, 0)


def test_more_than_any_scan_has_is_not_even_read(desk: Client) -> None:
    huge = SimpleUploadedFile("einwilligung.pdf", PDF + bytes(26 * 1024**2))

    answer = desk.post(PAGE, typed(way="paper_scan", paper=huge))

    assert answer.status_code == 413
    assert "größer als 25 MB. Es wurde nichts gespeichert." in answer.content.decode()


# ── who may ──


def test_a_trainee_takes_nothing_down(client: Client, practice: Practice) -> None:
    login(client, make_member(practice, Role.TRAINEE, name="Bert Busch"))

    assert (client.get(PAGE).status_code, client.post(PAGE, typed()).status_code) == (403, 403)
    assert events() == []


def test_somebody_of_another_practice_finds_neither_page_nor_act(client: Client, desk: Client) -> None:
    where = desk.post(PAGE, typed())["Location"]
    other, stranger = make_practice("ostufer"), Client()
    with practice_scope(other.pk):
        login(stranger, make_member(other, Role.OWNER, name="Clara Conrad"))

    assert stranger.get(where).status_code == 404
    assert stranger.get(where.replace("morgenthal", "ostufer")).status_code == 404


def test_a_patient_of_another_practice_cannot_be_chosen(desk: Client) -> None:
    with practice_scope(make_practice("ostufer").pk):
        foreign = make_patient()

    assert desk.post(PAGE, typed(patient=str(foreign.pk))).status_code == 404
    assert events() == []


def test_who_looked_at_an_act_is_noted(desk: Client, anna: Member) -> None:
    desk.get(desk.post(PAGE, typed())["Location"])

    seen = AccessLog.objects.get(kind="consent")
    assert (seen.about_id, seen.member) == (events()[0].pk, anna)


def test_the_page_costs_the_same_queries_for_one_and_for_three_found(desk: Client) -> None:
    make_patient("Jana", "Vogt")
    with CaptureQueriesContext(connection) as few:
        desk.post(f"{PAGE}draft/", typed(q="Vogt"))
    for _ in range(2):
        make_patient("Jana", "Vogt")
    with CaptureQueriesContext(connection) as many:
        desk.post(f"{PAGE}draft/", typed(q="Vogt"))

    assert len(many) == len(few)


def test_no_name_and_no_number_stands_in_an_address(desk: Client) -> None:
    patient = make_patient()

    html = desk.post(f"{PAGE}draft/", typed(q="Vogt", patient=str(patient.pk))).content.decode()

    addresses = re.findall(r'(?:href|action|formaction|hx-get|hx-post)="([^"]+)"', html)
    assert [address for address in addresses if re.search(r"Vogt|Jana|3920010", address)] == []
