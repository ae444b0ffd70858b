"""One patient's page and what is done there: corrected, visits noted, joined, blocked."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.models import ConsentState
from consent.purposes import Purpose
from messaging.inbox.records import listing
from messaging.models import Channel
from patients.actions import block
from patients.appointments import note_appointment
from patients.models import Appointment, BlockReason, Patient, PatientMerge, Relation
from practices.models import AccessLog, AuditEvent, Member, Role
from tests.consent.intakes import born
from tests.messaging.inbox.desk import forget_keys, grant, make_contact, make_conversation, make_patient, receive
from tests.messaging.inbox.patient_pages import LIST, names, register, searches, text_of
from tests.messaging.teamwork.press import said_on, toast
from tests.messaging.teamwork.press import told as events_of
from tests.people import login, make_member

HTMX = {"HX-Request": "true"}
HIDDEN = re.compile(r'<input type="hidden" name="(was_\w+)" value="([^"]*)">')


@pytest.fixture
def lea(channel: Channel) -> Client:
    """The browser of somebody who leads the practice."""
    browser = Client()
    login(browser, make_member(channel.practice, Role.OWNER, name="Lea Lang"))
    return browser


def page_of(patient: Patient, path: str = "") -> str:
    return f"{LIST}{patient.pk}/{path}"


# ── new and corrected ──

NEW = {
    "first_name": "Jana",
    "last_name": "Vogt",
    "birth_date": "1998-12-02",
    "salutation": "Frau",
    "record_number": "P-77",
    "language": "tr",
}


def test_somebody_new_is_registered(desk: Client, channel: Channel, anna: Member) -> None:
    answer = desk.post(f"{LIST}new/", NEW)

    vogt = Patient.objects.get()
    stored = (vogt.first_name, vogt.last_name, vogt.birth_date, vogt.salutation, vogt.record_number, vogt.language)
    assert stored == tuple(NEW.values())
    assert answer["Location"] == page_of(vogt, "#main")
    assert [said_on(desk.get(page_of(vogt))) for _visit in range(2)] == [["Patient:in angelegt"], []]
    assert [event.by for event in AuditEvent.objects.filter(kind="patient_registered")] == [anna]


def test_whoever_may_be_a_patient_already_is_shown_once_before(desk: Client, channel: Channel) -> None:
    register("Jana", "Voogt")

    hint = desk.post(f"{LIST}new/", NEW)
    assert (hint.status_code, Patient.objects.count()) == (422, 1)
    assert "Diese Person gibt es vielleicht schon." in text_of(hint)
    assert "Voogt, Jana" in text_of(hint)
    again = desk.post(f"{LIST}new/", NEW | {"sure": "1"})

    assert (again.status_code, Patient.objects.count()) == (303, 2)


@pytest.mark.parametrize(
    "wrong", [{"first_name": " "}, {"birth_date": ""}, {"birth_date": "1898-01-01"}, {"language": "xx"}]
)
def test_what_is_not_complete_is_asked_for_and_nothing_is_stored(
    desk: Client, channel: Channel, wrong: dict[str, str]
) -> None:
    answer = desk.post(f"{LIST}new/", NEW | wrong)

    assert (answer.status_code, Patient.objects.count()) == (422, 0)
    assert "aria-invalid" in answer.content.decode()


def test_master_data_are_corrected_and_the_trail_names_the_fields(desk: Client, channel: Channel) -> None:
    vogt = register("Jana", "Vogt", salutation="Frau")

    shown = desk.get(page_of(vogt, "details/"))
    desk.post(page_of(vogt, "details/"), NEW | {"last_name": "Krüger", "language": "de"})

    assert 'value="1998-12-02"' in shown.content.decode()
    assert Patient.objects.get().sorting_name == "Krüger, Jana"
    assert [event.codes for event in AuditEvent.objects.filter(kind="patient_changed")] == [
        {"fields": ["last_name", "record_number"]}
    ]


def as_shown(answer: Any) -> dict[str, str]:
    """What a browser sends of a form to correct master data, as it came."""
    form = answer.context["form"]
    typed = {name: str(form[name].value() or "") for name in form.fields if name != "sure"}
    return typed | {unescape(name): unescape(value) for name, value in HIDDEN.findall(answer.content.decode())}


def test_a_form_opened_earlier_takes_nothing_back_that_was_corrected_meanwhile(desk: Client, channel: Channel) -> None:
    vogt = register("Jana", "Vogt")
    opened = as_shown(desk.get(page_of(vogt, "details/")))

    desk.post(page_of(vogt, "details/"), opened | {"birth_date": "1989-12-02"})
    saved = desk.post(page_of(vogt, "details/"), opened | {"language": "tr"})

    stored = Patient.objects.get()
    assert (saved.status_code, stored.birth_date, stored.language) == (303, "1989-12-02", "tr")
    assert [event.codes["fields"] for event in AuditEvent.objects.filter(kind="patient_changed").order_by("pk")] == [
        ["birth_date"],
        ["language"],
    ]


def test_where_two_correct_the_same_both_stand_there_before_the_second_holds(desk: Client, channel: Channel) -> None:
    vogt = register("Jana", "Vogt")
    opened = as_shown(desk.get(page_of(vogt, "details/")))
    desk.post(page_of(vogt, "details/"), opened | {"birth_date": "1989-12-02", "first_name": "Jana Maria"})

    asked = desk.post(page_of(vogt, "details/"), opened | {"birth_date": "1988-12-02"})

    assert (asked.status_code, Patient.objects.get().birth_date) == (422, "1989-12-02")
    assert "Inzwischen steht hier: 02.12.1989. Ihre Angabe gilt, wenn Sie noch einmal speichern." in text_of(asked)
    anew = as_shown(asked)
    assert (anew["birth_date"], anew["first_name"]) == ("1988-12-02", "Jana Maria")
    assert desk.post(page_of(vogt, "details/"), anew).status_code == 303
    assert (Patient.objects.get().birth_date, Patient.objects.get().first_name) == ("1988-12-02", "Jana Maria")


def test_what_is_wrong_in_a_form_makes_nothing_of_meanwhile_forgotten(desk: Client, channel: Channel) -> None:
    vogt = register("Jana", "Vogt")
    opened = as_shown(desk.get(page_of(vogt, "details/")))
    desk.post(page_of(vogt, "details/"), opened | {"last_name": "Krüger"})

    refused = as_shown(desk.post(page_of(vogt, "details/"), opened | {"last_name": "Kruger", "birth_date": ""}))
    asked = desk.post(page_of(vogt, "details/"), refused | {"birth_date": "1998-12-02"})

    assert (asked.status_code, Patient.objects.get().last_name) == (422, "Krüger")


def test_whoever_has_no_date_of_birth_needs_none_to_get_a_number(desk: Client, channel: Channel) -> None:
    vogt = register("Jana", "Vogt", None)

    answer = desk.post(page_of(vogt, "details/"), NEW | {"birth_date": ""})

    assert (answer.status_code, Patient.objects.get().record_number) == (303, "P-77")


# ── one patient ──


def test_the_page_says_who_writes_with_which_consent_and_for_whom_else(desk: Client, channel: Channel) -> None:
    mother = make_contact(profile_name="Daniela")
    daniela = make_patient(mother, first_name="Daniela", last_name="Krüger")
    mia = make_patient(mother, first_name="Mia", last_name="Krüger", birth_date=born(8), relation=Relation.GUARDIAN)
    grant(mother, Purpose.ORGANISATION, patient=mia)
    conversation = make_conversation(channel, mother)
    receive(conversation)

    page = desk.get(page_of(mia))

    [one] = page.context["contacts"]
    assert (one.name, one.relation, one.others) == (
        "Krüger, Daniela",
        "Sorgeberechtigte:r",
        [(daniela.pk, "Krüger, Daniela")],
    )
    assert [granted for _label, _state, granted in one.consents] == [True, False, False, False]
    assert one.thread == conversation
    assert ("8 Jahre" in text_of(page), "<title>Patient:innen – Roger</title>" in page.content.decode()) == (True, True)


def test_who_opened_the_page_is_noted_and_a_leader_sees_everybody(
    desk: Client, lea: Client, anna: Member, channel: Channel
) -> None:
    vogt = make_patient(make_contact())
    desk.get(page_of(vogt))
    lea.get(page_of(vogt))

    annas, leas = desk.get(page_of(vogt)), lea.get(page_of(vogt))
    seen_by_anna = [look.name for look in annas.context["looks"]]
    seen_by_lea = [(look.name, look.times, look.is_me) for look in leas.context["looks"]]

    assert seen_by_anna == ["Anna Arnold"]
    assert seen_by_lea == [("Lea Lang", 2, True), ("Anna Arnold", 2, False)]
    assert [says_who_looked(annas), says_who_looked(leas)] == ["Ihre Zugriffe", "Wer hat hineingesehen"]
    assert set(AccessLog.objects.filter(about_id=vogt.pk).values_list("kind", flat=True)) == {"patient"}


def says_who_looked(page: Any) -> str:
    """The heading over the looks."""
    return str(page.content.decode().partition('<h2 id="who-looked">')[2].partition("</h2>")[0])


def test_a_look_of_last_month_is_none_any_more(desk: Client, channel: Channel, anna: Member) -> None:
    vogt = make_patient(make_contact())
    AccessLog.objects.create(kind="patient", about_id=vogt.pk, member=anna)
    AccessLog.objects.update(at=timezone.now() - timedelta(days=31))

    assert [look.times for look in desk.get(page_of(vogt)).context["looks"]] == [1]  # the one just now


def test_a_page_costs_the_same_queries_for_one_number_and_for_three(desk: Client, channel: Channel) -> None:
    def asked(patient: Patient) -> int:
        forget_keys()
        with CaptureQueriesContext(connection) as queries:
            desk.get(page_of(patient))
        return len(queries)

    mia = make_patient(make_contact(), birth_date=born(8), relation=Relation.GUARDIAN)
    few = asked(mia)
    for _ in range(2):
        make_conversation(channel, contact := make_contact())
        mia.contact_links.create(contact=contact, relation=Relation.FAMILY)
        make_patient(contact)

    assert asked(mia) == few


# ── appointments ──


def test_an_appointment_is_noted_in_the_practices_time_and_called_off(desk: Client, channel: Channel) -> None:
    vogt = make_patient(make_contact())
    day = timezone.localdate() + timedelta(days=3)

    noted = desk.post(page_of(vogt, "appointments/"), {"day": day.isoformat(), "time": "10:40", "words": "Kontrolle"})
    [one] = desk.get(page_of(vogt)).context["appointments"]
    assert (noted.status_code, timezone.localtime(one.starts_at).strftime("%H:%M"), one.words) == (
        303,
        "10:40",
        "Kontrolle",
    )
    called_off = desk.post(page_of(vogt, f"appointments/{one.pk}/cancellation/"))

    assert called_off["Location"] == page_of(vogt, "#visits")
    assert said_on(desk.get(page_of(vogt))) == ["Termin abgesagt"]
    assert "abgesagt" in text_of(desk.get(page_of(vogt)))


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_nobody_means_is_asked_for_again(desk: Client, channel: Channel, day: str) -> None:
    vogt = register("Jana", "Vogt")

    answer = desk.post(page_of(vogt, "appointments/"), {"day": day, "time": "10:40"})

    assert (answer.status_code, Appointment.objects.count()) == (422, 0)
    assert "Bitte prüfen Sie den Tag." in text_of(answer)


def test_two_clicks_note_one_visit(desk: Client, channel: Channel) -> None:
    vogt = register("Jana", "Vogt")
    visit = {"day": "2030-01-02", "time": "10:40", "words": "Kontrolle"}

    for noted in (visit, visit, visit | {"words": "PZR"}, visit | {"time": "11:40"}):
        assert desk.post(page_of(vogt, "appointments/"), noted, headers=HTMX).status_code == 204
    one = Appointment.objects.order_by("pk")[0]
    desk.post(page_of(vogt, f"appointments/{one.pk}/cancellation/"))
    desk.post(page_of(vogt, "appointments/"), visit)

    assert Appointment.objects.count() == 4
    assert AuditEvent.objects.filter(kind="appointment_noted").count() == 4


def test_an_appointment_that_is_over_did_not_take_place_rather_than_being_cancelled(
    desk: Client, channel: Channel
) -> None:
    vogt = make_patient(make_contact())
    one, _ = note_appointment(patient=vogt, starts_at=timezone.now() - timedelta(days=3), words="Kontrolle", by=None)
    offered = text_of(desk.get(page_of(vogt)))

    desk.post(page_of(vogt, f"appointments/{one.pk}/cancellation/"))

    assert "Fand nicht statt" in offered
    assert "Absagen" not in offered
    assert said_on(desk.get(page_of(vogt))) == ["Vermerkt: Der Termin fand nicht statt"]
    assert "fand nicht statt" in text_of(desk.get(page_of(vogt)))


def test_beside_the_thread_the_appointment_is_noted_without_leaving_it(desk: Client, channel: Channel) -> None:
    vogt = make_patient(make_contact())
    visit = {"day": "2030-01-02", "time": "09:00"}

    noted = desk.post(page_of(vogt, "appointments/"), visit, headers=HTMX)
    back = desk.post(page_of(vogt, "appointments/"), visit | {"back": "/p/morgenthal/inbox/"})

    assert (noted.status_code, toast(noted), f"roger:patient-{vogt.pk}" in events_of(noted)) == (
        204,
        "Termin notiert",
        True,
    )
    assert back["Location"] == "/p/morgenthal/inbox/"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_appointment_without_a_time_is_asked_for_again(
    desk: Client, channel: Channel, headers: dict[str, str]
) -> None:
    vogt = make_patient(make_contact())

    answer = desk.post(
        page_of(vogt, "appointments/"), {"day": "2030-01-02", "time": "", "words": "PZR"}, headers=headers
    )

    assert (answer.status_code, Appointment.objects.count()) == (422, 0)
    assert ('value="PZR"' in answer.content.decode(), "aria-invalid" in answer.content.decode()) == (True, True)


def test_an_appointment_of_somebody_else_is_not_found(desk: Client, channel: Channel) -> None:
    vogt, other = make_patient(make_contact()), make_patient(make_contact())
    theirs = Appointment.objects.create(patient=other, starts_at=timezone.now())

    answer = desk.post(page_of(vogt, f"appointments/{theirs.pk}/cancellation/"))

    assert (answer.status_code, Appointment.objects.get().cancelled_at) == (404, None)


# ── two records ──


def test_two_records_are_looked_at_joined_and_parted(desk: Client, channel: Channel) -> None:
    vogt, twice = make_patient(make_contact()), register("Jana", "Voogt", record_number="P-77")
    Appointment.objects.create(patient=twice, starts_at=timezone.now())

    alike = desk.get(page_of(vogt, "second-record/"))
    preview = desk.get(page_of(vogt, f"second-record/{twice.pk}/"))
    assert (names(alike), Patient.objects.exclude(merged_into=None).count()) == (["Voogt, Jana"], 0)
    assert ("Termine 1" in text_of(preview), "aus der zweiten Akte übernommen" in text_of(preview)) == (True, True)
    joined = desk.post(page_of(vogt, f"second-record/{twice.pk}/"))
    assert (joined["Location"], said_on(desk.get(page_of(vogt)))) == (page_of(vogt, "#main"), ["Akten zusammengeführt"])
    assert names(desk.get(LIST)) == ["Vogt, Jana"]
    assert desk.get(page_of(twice))["Location"] == page_of(vogt)
    assert "Die Akte „Voogt, Jana“ wurde am" in text_of(desk.get(page_of(vogt)))

    desk.post(f"{LIST}merges/{PatientMerge.objects.get().pk}/parting/")

    assert said_on(desk.get(page_of(vogt))) == ["Akten wieder getrennt"]
    assert names(desk.get(LIST)) == ["Vogt, Jana", "Voogt, Jana"]
    assert Appointment.objects.get().patient == twice


def test_the_second_record_is_searched_without_its_name_in_the_address(desk: Client, channel: Channel) -> None:
    vogt = make_patient(make_contact())
    register("Ole", "Özkan", "1970-01-01")

    found = desk.post(page_of(vogt, "second-record/"), {"q": "özk"})
    nobody = desk.post(page_of(vogt, "second-record/"), {"q": "niemand"})

    assert (names(found), names(desk.get(page_of(vogt, "second-record/")))) == (["Özkan, Ole"], [])
    assert len(searches()) == 2
    assert "Niemand gefunden" in text_of(nobody)


def test_other_birthdays_are_pointed_out(desk: Client, channel: Channel) -> None:
    vogt, ole = make_patient(make_contact()), register("Ole", "Özkan", "1970-01-01")

    assert "Die Geburtsdaten sind verschieden" in text_of(desk.get(page_of(vogt, f"second-record/{ole.pk}/")))


def test_records_that_cannot_be_one_say_why(desk: Client, channel: Channel) -> None:
    mother = make_contact()
    vogt = make_patient(mother)
    mia = make_patient(mother, relation=Relation.GUARDIAN)

    shown = desk.get(page_of(vogt, f"second-record/{mia.pk}/"))
    refused = desk.post(page_of(vogt, f"second-record/{mia.pk}/"))

    assert [answer.status_code for answer in (shown, refused)] == [200, 422]
    assert "in verschiedenem Verhältnis" in text_of(shown)
    assert 'class="button button--primary"' not in shown.content.decode()


def test_a_merge_that_was_taken_back_says_so_at_the_second_press(desk: Client, channel: Channel) -> None:
    vogt, twice = make_patient(make_contact()), register("Jana", "Voogt")
    desk.post(page_of(vogt, f"second-record/{twice.pk}/"))
    address = f"{LIST}merges/{PatientMerge.objects.get().pk}/parting/"
    desk.post(address)

    again = desk.post(address)

    assert (again.status_code, "nicht mehr zurücknehmen" in text_of(again)) == (422, True)


# ── blocked numbers ──


def test_blocked_numbers_are_listed_with_their_reason_and_leaders_lift_it(
    desk: Client, lea: Client, anna: Member, channel: Channel
) -> None:
    contact = make_contact(profile_name="Störenfried")
    make_conversation(channel, contact)
    block(contact=contact, reason=BlockReason.ABUSE, by=anna)

    page, of_leader = desk.get(f"{LIST}blocked/"), lea.get(f"{LIST}blocked/")

    assert "Störenfried (laut WhatsApp) Beleidigung oder Belästigung" in text_of(page)
    assert ["Sperre aufheben" in text_of(one) for one in (page, of_leader)] == [False, True]


def test_a_block_by_staff_leaves_what_was_agreed_to(lea: Client, anna: Member, channel: Channel) -> None:
    contact = make_contact()
    grant(contact, Purpose.ORGANISATION)
    block(contact=contact, reason=BlockReason.SPAM, by=anna)
    address = f"/p/morgenthal/consent/persons/{contact.pk}/release/"

    question = lea.get(address)
    lea.post(address)

    contact.refresh_from_db()
    assert "Grund: Werbung oder Betrug" in text_of(question)
    assert (contact.blocked_at, contact.blocked_reason, contact.number_proven_at is not None) == (None, "", True)
    assert [state.state for state in ConsentState.objects.all()] == ["granted"]


def test_nobody_blocked_says_where_one_blocks(desk: Client, channel: Channel) -> None:
    assert "Keine Nummer ist gesperrt" in text_of(desk.get(f"{LIST}blocked/"))


def test_many_blocked_numbers_say_how_many_they_are_and_go_on(
    desk: Client, anna: Member, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_BLOCKED", 2)
    for number in "123":
        block(contact=make_contact(profile_name=f"Nummer {number}"), reason=BlockReason.SPAM, by=anna)

    first, second = desk.get(f"{LIST}blocked/"), desk.get(f"{LIST}blocked/", {"page": "2"})

    shown = [re.findall(r"Nummer (\d)", text_of(page)) for page in (first, second)]
    assert shown == [["3", "2"], ["3", "2", "1"]]
    assert [text_of(page).count("Hier stehen die ersten 2 von 3.") for page in (first, second)] == [1, 0]
    assert [page.text.count('href="?page=2"') for page in (first, second)] == [1, 0]


# ── who may ──


def test_a_trainee_reads_and_changes_nothing(bert: Client, channel: Channel) -> None:
    vogt = make_patient(make_contact())

    page = bert.get(page_of(vogt))

    assert (page.status_code, bert.get(LIST).status_code) == (200, 200)
    assert "Stammdaten ändern" not in text_of(page)
    for path in ("details/", "appointments/", "second-record/"):
        assert bert.post(page_of(vogt, path), NEW).status_code == 403


def test_a_stranger_finds_nobody(clara: Client, channel: Channel) -> None:
    vogt = make_patient(make_contact())

    assert [clara.get(address).status_code for address in (LIST, page_of(vogt), f"{LIST}blocked/")] == [404] * 3
    assert clara.get(f"/p/ostufer/patients/{vogt.pk}/").status_code == 404
