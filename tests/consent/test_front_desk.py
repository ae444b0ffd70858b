"""The front desk: the code on screen, who agreed today, and whose number it is."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.doors import create_qr_code
from consent.models import PendingOptIn
from consent.newcomers import MOST_SHOWN
from consent.openings import note_opening
from patients.actions import link
from patients.models import Patient, PatientContact, Relation
from practices.models import AuditEvent, Member, Practice, Role
from practices.scope import practice_scope
from tests.consent.intakes import born
from tests.consent_factories import OTHER_PHONE, make_contact, make_patient, opt_in, send_form
from tests.factories import make_practice
from tests.people import login, make_member

DESK = "/p/morgenthal/front-desk/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def practice(db: None) -> Practice:
    return make_practice()


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, name="Anna Arnold")


@pytest.fixture
def desk(client: Client, anna: Member) -> Client:
    login(client, anna)
    return client


def agreed(practice: Practice, profile_name: str = "Jana Vogt", phone: str = "+491713920010") -> PendingOptIn:
    """Somebody has sent the form and the code."""
    with practice_scope(practice.pk):
        opt_in(make_contact(phone, profile_name=profile_name))
        return PendingOptIn.objects.order_by("created_at").last()  # type: ignore[return-value]


def registered(practice: Practice, *names: str) -> Patient:
    with practice_scope(practice.pk):
        return make_patient(*names)


def text_of(html: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.decode())).replace("\u202f", " ").split())


def links(practice: Practice) -> list[tuple[object, str]]:
    with practice_scope(practice.pk):
        return list(PatientContact.objects.values_list("patient_id", "relation"))


# ── the page ──


def test_the_desk_shows_the_newest_code_that_is_open(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        create_qr_code(practice=practice, name="alt", by=None)
        newest = create_qr_code(practice=practice, name="neu", by=None)

    html = desk.get(DESK).content.decode()

    assert re.findall(r"<small>(\S+)</small>", html) == [f"http://127.0.0.1:8000/q/{newest.token}"]
    assert html.count('<svg class="qr"') == 1


def test_reception_is_told_who_can_make_the_first_code(desk: Client, practice: Practice) -> None:
    html = desk.get(DESK).content

    assert "Die Praxisleitung kann ihn hier anlegen." in text_of(html)
    assert desk.post(f"{DESK}codes/").status_code == 403


def test_a_leader_makes_the_first_code(client: Client, practice: Practice) -> None:
    login(client, make_member(practice, Role.PRACTICE_MANAGER, name="Sabine Kruse"))

    answer = client.post(f"{DESK}codes/")

    assert (answer.status_code, answer["Location"]) == (302, DESK)
    assert '<svg class="qr"' in client.get(DESK).content.decode()


def test_scans_and_forms_of_today_are_counted(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        code = create_qr_code(practice=practice, name="Tresen", by=None)
        for _ in range(3):
            note_opening(code, practice)
        send_form()

    assert "3 Scans, 1 zugestimmt" in text_of(desk.get(DESK).content)


def test_only_the_newest_are_listed_and_all_are_counted(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        forms = [send_form().opt_in.pk for _ in range(MOST_SHOWN + 1)]

    html = desk.get(DESK).content

    assert re.findall(r'id="optin-([-0-9a-f]+)"', html.decode()) == [str(pk) for pk in reversed(forms[1:])]
    assert "51 zugestimmt" in text_of(html)
    assert "Hier stehen die 50 neuesten." in text_of(html)


def test_a_list_that_holds_all_says_nothing_of_more(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        send_form()

    assert "neuesten" not in text_of(desk.get(DESK).content)


def test_what_happened_before_midnight_in_the_practice_is_not_of_today(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        send_form()
        PendingOptIn.objects.update(
            created_at=timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(seconds=1)
        )

    assert "Heute hat noch niemand zugestimmt." in text_of(desk.get(DESK).content)


def test_a_form_without_its_message_waits_without_a_name(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        send_form()

    told = text_of(desk.get(DESK).content)

    assert "Noch ohne Namen" in told
    assert "hat noch nicht geschrieben" in told


def test_the_fragment_asks_for_itself_when_something_changed(desk: Client, practice: Practice) -> None:
    agreed(practice)

    html = desk.get(f"{DESK}newcomers/", headers=HTMX).content.decode()

    assert html.strip().startswith("<section")
    assert f'hx-get="{DESK}newcomers/"' in html
    assert 'hx-trigger="roger:inbox from:body queue:none"' in html


# ── linking ──


def test_a_patient_with_the_name_from_whatsapp_is_suggested_and_linked_with_one_tap(
    desk: Client, practice: Practice, anna: Member
) -> None:
    opt_in_row, patient = agreed(practice), registered(practice, "Jana", "Vogt")
    registered(practice, "Emre", "Demir")
    offered = re.findall(r'name="patient"\s+value="([^"]+)">([^<]+)<', unescape(desk.get(DESK).content.decode()))

    answer = desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", {"patient": offered[0][0]}, headers=HTMX)

    assert offered == [(str(patient.pk), "Ist Jana Vogt *\u202f02.05.1984")]
    assert links(practice) == [(patient.pk, "self")]
    assert "verknüpft von Anna Arnold" in text_of(answer.content)
    with practice_scope(practice.pk):
        assert AuditEvent.objects.get(kind="patient_linked").by == anna


def test_whoever_a_number_was_taken_from_as_wrong_is_linked_by_a_second_press_only(
    desk: Client, practice: Practice
) -> None:
    vogt, form = registered(practice, "Jana", "Vogt"), agreed(practice)
    link_url = f"{DESK}opt-ins/{form.pk}/patient/"
    desk.post(link_url, {"patient": str(vogt.pk)})
    entry = f"/p/morgenthal/consent/persons/{form.contact_id}/wrong-number/"
    desk.post(entry, {"sure": "1", "way": "staff_phone"})
    assert [one.suggestions for one in desk.get(DESK).context["newcomers"]] == [[]]

    asked = desk.post(link_url, {"patient": str(vogt.pk)}, headers=HTMX)
    assert (asked.status_code, "jemand anderem gehört" in text_of(asked.content), links(practice)) == (422, True, [])
    desk.post(link_url, {"after_all": str(vogt.pk)}, headers=HTMX)

    assert links(practice) == [(vogt.pk, "self")]


def test_without_scripts_linking_leads_back_to_the_desk(desk: Client, practice: Practice) -> None:
    opt_in_row, patient = agreed(practice), registered(practice)

    answer = desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", {"patient": str(patient.pk)})

    assert (answer.status_code, answer["Location"]) == (302, DESK)


def test_linking_twice_is_one_link(desk: Client, practice: Practice) -> None:
    opt_in_row, patient = agreed(practice), registered(practice)

    for _ in range(2):
        desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", {"patient": str(patient.pk)})

    assert len(links(practice)) == 1


def test_a_new_patient_is_registered_and_linked(desk: Client, practice: Practice, anna: Member) -> None:
    opt_in_row = agreed(practice, "Mausi")
    fields = {"first_name": "Jana", "last_name": "Vogt", "birth_date": "1984-05-02"}

    answer = desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", fields, headers=HTMX)

    assert "Jana Vogt * 02.05.1984" in text_of(answer.content)
    with practice_scope(practice.pk):
        patient = Patient.objects.get()
        assert (patient.first_name, patient.last_name, patient.birth_date) == ("Jana", "Vogt", "1984-05-02")
        assert AuditEvent.objects.get(kind="patient_registered").by == anna
    assert links(practice) == [(patient.pk, "self")]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"first_name": "Jana", "last_name": "Vogt"}, "Bitte füllen Sie dieses Feld aus."),
        ({"first_name": "Jana", "last_name": "Vogt", "birth_date": "1850-01-01"}, "Bitte prüfen Sie das Geburtsdatum."),
        ({"first_name": "Jana", "last_name": "Vogt", "birth_date": "2999-01-01"}, "Bitte prüfen Sie das Geburtsdatum."),
        (
            {"first_name": "J\x00", "last_name": "Vogt", "birth_date": "1984-05-02"},
            "Der Text enthält unzulässige Zeichen.",
        ),
    ],
)
def test_an_incomplete_patient_comes_back_with_what_was_typed(
    desk: Client, practice: Practice, fields: dict[str, str], error: str
) -> None:
    opt_in_row = agreed(practice)

    answer = desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", fields, headers=HTMX)

    assert answer.status_code == 422
    assert error in text_of(answer.content)
    assert 'value="Vogt"' in answer.content.decode()
    assert links(practice) == []


@pytest.mark.parametrize("patient", ["", "nonsense", "01900000-0000-7000-8000-000000000000"])
def test_a_patient_nobody_knows_is_not_found(desk: Client, practice: Practice, patient: str) -> None:
    opt_in_row = agreed(practice)

    assert desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", {"patient": patient}).status_code == 404


def test_a_form_nobody_has_confirmed_cannot_be_linked(desk: Client, practice: Practice) -> None:
    patient = registered(practice)
    with practice_scope(practice.pk):
        waiting = send_form().opt_in

    answer = desk.post(f"{DESK}opt-ins/{waiting.pk}/patient/", {"patient": str(patient.pk)})

    assert answer.status_code == 404
    assert links(practice) == []


def test_a_patient_of_another_practice_cannot_be_linked(desk: Client, practice: Practice) -> None:
    opt_in_row = agreed(practice)
    stranger = registered(make_practice("zwei"))

    answer = desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", {"patient": str(stranger.pk)})

    assert answer.status_code == 404


# ── who writes for whom ──


def test_c_20_a_mother_is_linked_with_the_custody_she_states(desk: Client, practice: Practice) -> None:
    opt_in_row, mia = agreed(practice, "Daniela"), registered(practice, "Mia", "Krüger", born(8))
    fields = {"patient": str(mia.pk), "relation": "guardian", "custody": "joint"}

    answer = desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", fields, headers=HTMX)

    with practice_scope(practice.pk):
        joined = PatientContact.objects.get()
        assert (joined.patient_id, joined.relation, joined.custody) == (mia.pk, "guardian", "joint")
    assert "Sorgeberechtigte:r" in text_of(answer.content)
    assert f"/p/morgenthal/consent/intake/?contact={joined.contact_id}" in answer.content.decode()


def test_c_20_a_guardian_who_says_nothing_about_the_custody_is_asked(desk: Client, practice: Practice) -> None:
    opt_in_row, mia = agreed(practice, "Daniela"), registered(practice, "Mia", "Krüger", born(8))

    answer = desk.post(
        f"{DESK}opt-ins/{opt_in_row.pk}/patient/", {"patient": str(mia.pk), "relation": "guardian"}, headers=HTMX
    )

    assert answer.status_code == 422
    assert "Bitte fragen Sie nach der Sorge und wählen Sie die Antwort." in text_of(answer.content)
    assert links(practice) == []


def test_c_21_a_child_under_thirteen_is_never_linked_as_the_one_who_writes(desk: Client, practice: Practice) -> None:
    opt_in_row, mia = agreed(practice, "Mia Krüger"), registered(practice, "Mia", "Krüger", born(8))

    answer = desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", {"patient": str(mia.pk)}, headers=HTMX)

    assert answer.status_code == 422
    told = text_of(answer.content)
    assert "WhatsApp ist erst ab 13 Jahren erlaubt." in told
    assert "Verknüpfen Sie die Nummer als die einer sorgeberechtigten Person." in told
    assert links(practice) == []


def test_c_21_a_new_child_under_thirteen_is_not_even_registered(desk: Client, practice: Practice) -> None:
    opt_in_row = agreed(practice, "Mia")
    fields = {"first_name": "Mia", "last_name": "Krüger", "birth_date": born(8)}

    assert desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", fields).status_code == 422
    with practice_scope(practice.pk):
        assert Patient.objects.count() == 0


def test_a_code_sent_by_a_number_that_is_somebody_elses_is_not_given_to_a_second_person(
    desk: Client, practice: Practice
) -> None:
    """Emre used Jana's phone for his form: what he ticked holds for her number, and he is not taken for her."""
    jana, emre = registered(practice), registered(practice, "Emre", "Demir")
    first = agreed(practice)
    desk.post(f"{DESK}opt-ins/{first.pk}/patient/", {"patient": str(jana.pk)})
    second = agreed(practice)

    answer = desk.post(f"{DESK}opt-ins/{second.pk}/patient/", {"patient": str(emre.pk)}, headers=HTMX)

    assert answer.status_code == 422
    assert "Diese Nummer gehört schon einer anderen Person." in text_of(answer.content)
    assert links(practice) == [(jana.pk, "self")]


def test_c_22_whoever_shares_the_phone_is_linked_as_family(desk: Client, practice: Practice) -> None:
    jana, emre = registered(practice), registered(practice, "Emre", "Demir")
    opt_in_row = agreed(practice)
    desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", {"patient": str(jana.pk)})

    desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", {"patient": str(emre.pk), "relation": "family"})

    assert sorted(links(practice), key=lambda link: link[1]) == [(emre.pk, "family"), (jana.pk, "self")]


def test_c_20_an_adult_with_a_number_of_its_own_takes_over_from_its_mother(desk: Client, practice: Practice) -> None:
    lea = registered(practice, "Lea", "Krüger", born(18))
    mothers = agreed(practice, "Daniela")
    with practice_scope(practice.pk):
        link(patient=lea, contact=mothers.contact, relation=Relation.GUARDIAN, custody="sole", by=None)  # type: ignore[arg-type]
    own = agreed(practice, "Lea", OTHER_PHONE)

    desk.post(f"{DESK}opt-ins/{own.pk}/patient/", {"patient": str(lea.pk)})

    with practice_scope(practice.pk):
        assert list(PatientContact.objects.values_list("contact", "relation")) == [(own.contact_id, "self")]


# ── searching ──


def test_staff_search_by_name_and_the_list_holds_still_meanwhile(desk: Client, practice: Practice) -> None:
    opt_in_row, patient = agreed(practice, "Mausi"), registered(practice, "Jörg", "Müller")

    answer = desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/candidates/", {"q": "mueller"}, headers=HTMX)

    html = answer.content.decode()
    assert re.findall(r'name="patient"\s+value="([^"]+)"', html) == [str(patient.pk)]
    assert 'value="mueller"' in html
    assert "hx-trigger" not in html


def test_a_search_that_finds_nobody_says_so(desk: Client, practice: Practice) -> None:
    opt_in_row = agreed(practice, "Mausi")

    answer = desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/candidates/", {"q": "xaver"})

    assert answer.status_code == 200
    assert "Niemand mit diesem Namen gefunden." in text_of(answer.content)


def test_opening_the_search_shows_both_forms(desk: Client, practice: Practice) -> None:
    opt_in_row = agreed(practice)

    html = desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/candidates/", headers=HTMX).content.decode()

    names = re.findall(r'<input[^>]*?\sname="(\w+)"', html)
    assert [name for name in names if name != "csrfmiddlewaretoken"] == ["q", "first_name", "last_name", "birth_date"]


def test_a_search_for_nobodys_form_is_not_found(desk: Client, practice: Practice) -> None:
    assert desk.post(f"{DESK}opt-ins/{uuid4()}/candidates/").status_code == 404


# ── who may ──


def test_a_trainee_sees_who_agreed_and_links_nobody(client: Client, practice: Practice) -> None:
    opt_in_row, patient = agreed(practice), registered(practice)
    login(client, make_member(practice, Role.TRAINEE, name="Bert Busch"))

    page = client.get(DESK)
    answer = client.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", {"patient": str(patient.pk)})

    assert "Jana Vogt" in text_of(page.content)
    assert "opt-ins" not in page.content.decode()
    assert answer.status_code == 403
    assert links(practice) == []


def test_somebody_of_another_practice_finds_no_desk(client: Client, practice: Practice) -> None:
    opt_in_row = agreed(practice)
    login(client, make_member(make_practice("zwei"), Role.OWNER, name="Clara Conrad"))

    assert client.get(DESK).status_code == 404
    assert client.post(f"{DESK}opt-ins/{opt_in_row.pk}/candidates/").status_code == 404
    assert client.get("/p/zwei/front-desk/").status_code == 200
    assert client.post(f"/p/zwei/front-desk/opt-ins/{opt_in_row.pk}/candidates/").status_code == 404


def test_the_list_costs_the_same_queries_for_one_and_for_three(desk: Client, practice: Practice) -> None:
    opt_in_row, patient = agreed(practice, "Jana Vogt"), registered(practice, "Jana", "Vogt")
    desk.post(f"{DESK}opt-ins/{opt_in_row.pk}/patient/", {"patient": str(patient.pk)})
    agreed(practice, "Emre Demir", OTHER_PHONE)

    with CaptureQueriesContext(connection) as few:
        desk.get(f"{DESK}newcomers/")
    for number in range(20, 23):
        agreed(practice, "Emre Demir", f"+4917139200{number}")
        registered(practice, "Emre", "Demir")
    with CaptureQueriesContext(connection) as many:
        desk.get(f"{DESK}newcomers/")

    assert len(many) == len(few)


def test_no_name_stands_in_an_address(desk: Client, practice: Practice) -> None:
    agreed(practice)
    with time_machine.travel(timezone.now()):
        html = desk.get(DESK).content.decode()

    addresses = re.findall(r'(?:href|action|hx-get|hx-post)="([^"]+)"', html)
    assert [address for address in addresses if "Vogt" in address or "Jana" in address] == []
