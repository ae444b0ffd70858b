"""The practice's software finds patients by their number there and tells their appointments."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from patients import directory
from patients.actions import register_patient
from patients.models import Appointment, Patient
from practices.models import ApiToken, AuditEvent
from practices.scope import practice_scope
from tests.factories import make_practice
from tests.messaging.factories import Line, make_line
from tests.messaging.test_api import token_for

pytestmark = pytest.mark.django_db

AT = "2030-05-12T10:40:00+02:00"
Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def nobody_known() -> Iterator[None]:
    directory._known.clear()
    yield
    directory._known.clear()


@pytest.fixture
def vogt(line: Line) -> Patient:
    with practice_scope(line.practice.pk):
        return register_patient(
            first_name="Jana", last_name="Vogt", birth_date="1998-12-02", record_number="P-77", by=None
        )


@pytest.fixture
def api(line: Line, client: Client) -> Call:
    """One call with a token that may write."""
    writing = token_for(line)

    def call(method: str, path: str, data: dict[str, Any] | None = None, *, token: str = writing) -> Any:
        headers = {"authorization": f"Bearer {token}"}
        return client.generic(method, f"/api/v1/{path}", _json(data), content_type="application/json", headers=headers)

    return call


def _json(data: dict[str, Any] | None) -> str:
    return json.dumps(data) if data is not None else ""


def stored(line: Line) -> list[Appointment]:
    with practice_scope(line.practice.pk):
        return list(Appointment.objects.order_by("starts_at"))


def test_a_patient_is_found_by_the_number_in_the_practice_software(api: Call, vogt: Patient) -> None:
    [found] = api("GET", "patients/?record_number=p-77").json()["results"]

    assert (found["id"], found["last_name"], found["record_number"]) == (str(vogt.pk), "Vogt", "P-77")
    assert api("GET", "patients/?record_number=P-7").json()["results"] == []
    assert len(api("GET", "patients/").json()["results"]) == 1


@pytest.fixture
def merged(line: Line, vogt: Patient) -> None:
    """Jana Vogt stood there a second time, under another number."""
    with practice_scope(line.practice.pk):
        twice = register_patient(first_name="Jana", last_name="Vogt", record_number="P-78", by=None)
        Patient.objects.filter(pk=twice.pk).update(merged_into=vogt)


@pytest.mark.usefixtures("merged")
def test_a_merged_record_is_listed_no_more_and_its_number_leads_to_the_one_that_holds_it(
    api: Call, vogt: Patient
) -> None:
    found = [api("GET", f"patients/{query}").json()["results"] for query in ("", "?record_number=p-78")]

    assert [[one["id"] for one in each] for each in found] == [[str(vogt.pk)]] * 2


@pytest.mark.usefixtures("merged")
def test_an_appointment_told_by_the_number_of_a_merged_record_is_the_kept_ones(api: Call, vogt: Patient) -> None:
    answer = api("POST", "appointments/", {"record_number": "P-78", "starts_at": AT, "foreign_key": "A-1"})
    listed = api("GET", "appointments/?record_number=P-78").json()["results"]

    assert (answer.status_code, answer.json()["patient"]) == (201, str(vogt.pk))
    assert [one["foreign_key"] for one in listed] == ["A-1"]


@pytest.mark.usefixtures("merged")
def test_a_number_of_a_merged_record_that_somebody_else_has_too_is_nobodys(
    api: Call, line: Line, vogt: Patient
) -> None:
    with practice_scope(line.practice.pk):
        register_patient(first_name="Ole", last_name="Özkan", record_number="P-78", by=None)

    answer = api("POST", "appointments/", {"record_number": "P-78", "starts_at": AT, "foreign_key": "A-1"})

    assert (answer.status_code, stored(line)) == (400, [])


def test_an_appointment_is_told_by_record_number_and_the_same_twice_is_one(
    api: Call, line: Line, vogt: Patient
) -> None:
    told = {"record_number": "P-77", "starts_at": AT, "words": "Kontrolle", "foreign_key": "A-1"}

    first, again = api("POST", "appointments/", told), api("POST", "appointments/", told)
    moved = api("POST", "appointments/", told | {"starts_at": "2030-05-13T08:00:00+02:00"})

    assert [answer.status_code for answer in (first, again, moved)] == [201, 200, 200]
    assert first.json()["id"] == moved.json()["id"]
    [one] = stored(line)
    assert (one.patient_id, one.source, one.starts_at) == (vogt.pk, "api", datetime(2030, 5, 13, 6, 0, tzinfo=UTC))
    with practice_scope(line.practice.pk):
        assert AuditEvent.objects.filter(kind="appointment_changed", by=None).count() == 1


def test_an_appointment_is_told_by_the_patients_id_also_of_a_merged_record(
    api: Call, line: Line, vogt: Patient
) -> None:
    with practice_scope(line.practice.pk):
        twice = register_patient(first_name="Jana", last_name="Vogt", by=None)
        Patient.objects.filter(pk=twice.pk).update(merged_into=vogt)

    answer = api("POST", "appointments/", {"patient": str(twice.pk), "starts_at": AT, "foreign_key": "A-1"})

    assert (answer.status_code, answer.json()["patient"]) == (201, str(vogt.pk))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"record_number": "P-99"}, 404),
        ({"record_number": "P-77", "patient": "01a20000-0000-7000-8000-000000000000"}, 400),
        ({"starts_at": "morgen"}, 400),
        ({"foreign_key": ""}, 400),
        ({"words": "x" * 121}, 400),
    ],
)
def test_what_is_not_clear_is_not_stored(
    api: Call, line: Line, vogt: Patient, change: dict[str, str], status: int
) -> None:
    told = {"record_number": "P-77", "starts_at": AT, "foreign_key": "A-1"} | change

    assert (api("POST", "appointments/", told).status_code, stored(line)) == (status, [])


def test_a_number_that_two_patients_have_is_nobodys(api: Call, line: Line, vogt: Patient) -> None:
    with practice_scope(line.practice.pk):
        register_patient(first_name="Ole", last_name="Özkan", record_number="P-77", by=None)

    answer = api("POST", "appointments/", {"record_number": "P-77", "starts_at": AT, "foreign_key": "A-1"})

    assert (answer.status_code, stored(line)) == (400, [])


def test_appointments_are_listed_by_whose_they_are_and_by_their_own_number(api: Call, vogt: Patient) -> None:
    for key in ("A-1", "A-2"):
        api("POST", "appointments/", {"record_number": "P-77", "starts_at": AT, "words": "PZR", "foreign_key": key})

    def keys(query: str) -> list[str]:
        return [one["foreign_key"] for one in api("GET", f"appointments/?{query}").json()["results"]]

    assert sorted(keys("record_number=P-77")) == sorted(keys(f"patient={vogt.pk}")) == ["A-1", "A-2"]
    assert (keys("foreign_key=A-2"), keys("record_number=P-78")) == (["A-2"], [])
    assert api("GET", "appointments/?patient=nonsense").status_code == 400


def test_a_cancelled_appointment_stays_in_the_list_and_twice_is_once(api: Call, line: Line, vogt: Patient) -> None:
    told = api("POST", "appointments/", {"record_number": "P-77", "starts_at": AT, "foreign_key": "A-1"}).json()

    answers = [api("DELETE", f"appointments/{told['id']}/").status_code for _ in range(2)]

    assert (answers, stored(line)[0].cancelled_at is not None) == ([204, 204], True)
    with practice_scope(line.practice.pk):
        assert AuditEvent.objects.filter(kind="appointment_cancelled").count() == 1


def test_what_reception_noted_by_hand_the_software_cannot_cancel(api: Call, line: Line, vogt: Patient) -> None:
    with practice_scope(line.practice.pk):
        by_hand = Appointment.objects.create(patient=vogt, starts_at=datetime(2030, 1, 1, tzinfo=UTC))

    assert api("DELETE", f"appointments/{by_hand.pk}/").status_code == 404


def test_a_token_that_may_read_tells_nothing(api: Call, line: Line, vogt: Patient) -> None:
    reading = token_for(line, ApiToken.Scope.READ)
    told = {"record_number": "P-77", "starts_at": AT, "foreign_key": "A-1"}

    assert api("GET", "patients/", token=reading).status_code == 200
    assert (api("POST", "appointments/", told, token=reading).status_code, stored(line)) == (403, [])


def test_another_practices_token_finds_nobody_and_cancels_nothing(api: Call, line: Line, vogt: Patient) -> None:
    told = api("POST", "appointments/", {"record_number": "P-77", "starts_at": AT, "foreign_key": "A-1"}).json()
    foreign = token_for(make_line(make_practice("ostufer"), number="1000000002", waba="2000000002"))

    assert api("GET", "patients/?record_number=P-77", token=foreign).json()["results"] == []
    assert api("DELETE", f"appointments/{told['id']}/", token=foreign).status_code == 404
    assert stored(line)[0].cancelled_at is None


def test_the_description_names_the_new_addresses(client: Client) -> None:
    described = client.get("/api/schema/", headers={"accept": "application/vnd.oai.openapi+json"}).json()

    assert {"/api/v1/patients/", "/api/v1/appointments/", "/api/v1/appointments/{appointment_id}/"} <= set(
        described["paths"]
    )
    assert set(described["paths"]["/api/v1/appointments/"]) == {"get", "post"}
