"""Carrying a list out: what lands on the ledger, once each, and never against what people decided themselves."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent import ledger
from consent.actions import Outcome, withdraw
from consent.documents import sealed_file
from consent.gate import Consent
from consent.imports import lists, running
from consent.models import (
    Channel,
    ConsentDocument,
    ConsentEvent,
    ConsentImport,
    ConsentImportRow,
    ConsentState,
    ConsentText,
)
from consent.opt_ins import expire_opt_ins
from consent.overview import Waiting, waiting
from consent.purposes import Purpose
from consent.renewals import outdate
from consent.states import rebuild
from consent.tasks import run_import, tidy
from consent.verification import verify
from patients.actions import link
from patients.models import Contact, ContactIdentity, Patient, PatientContact
from practices.bus import bus
from practices.models import AuditEvent, Change, Member, Practice
from practices.scope import practice_scope
from tests.at_once import at_once
from tests.consent.editions import an_edition, ready
from tests.consent.imports.making import carried_out, checked, old_form, verdicts
from tests.consent.imports.rows import EMRE, HEAD, JANA, WORDING, csv_of, jana
from tests.consent_factories import OTHER_PHONE, PHONE, make_contact, make_patient, opt_in, states_of, tap
from tests.factories import make_member, make_practice

ORGANISATION, BEHANDLUNG, RECALL, WERBUNG = Purpose
NONE = dict.fromkeys(Purpose, Consent.NONE)
WITHDRAWN = dict.fromkeys(Purpose, Consent.WITHDRAWN)


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice)


def contact_of(phone: str = PHONE) -> Contact:
    return make_contact(phone)


def events() -> list[tuple[str, str]]:
    return list(ConsentEvent.objects.order_by("seq").values_list("type", "channel"))


# ── a yes ──


def test_c_19_an_old_yes_has_date_text_and_document_and_waits_for_the_number(practice: Practice, anna: Member) -> None:
    content = csv_of((*JANA, "Ordner 12"), head=(*HEAD, "Ablage"))

    listing = carried_out(content, practice, anna, old_form(ORGANISATION, RECALL))

    event = ConsentEvent.objects.get()
    evidence = ledger.evidence_of(event)
    assert states_of(contact_of()) == NONE | {ORGANISATION: Consent.PENDING, RECALL: Consent.PENDING}
    assert (event.type, event.channel) == ("imported", "import")
    assert event.occurred_at == datetime(2023, 5, 24, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    text = ConsentText.objects.get(kind="imported")
    assert (event.text, text.version, text.body) == (text, "alt-2021-03-01", WORDING)
    assert evidence["proof_ref"] == {
        "document": str(listing.document_id),
        "sha256": hashlib.sha256(content).hexdigest(),
        "row": 2,
        "form": None,
        "paper": "Ordner 12",
    }
    assert evidence["purposes"] == {"organisation": True, "behandlung": False, "recall": True, "werbung": False}
    assert (evidence["actor"]["kind"], evidence["actor"]["member_id"]) == ("patient", str(anna.pk))
    assert (evidence["phone"], evidence["privacy_notice_version"]) == (PHONE, "alt-2021-03-01")


def test_the_file_itself_is_kept_sealed_and_the_rows_are_emptied(practice: Practice, anna: Member) -> None:
    content = csv_of(JANA, EMRE, jana(Handy="kaputt"))

    listing = carried_out(content, practice, anna)

    file = sealed_file(ConsentDocument.objects.get())
    assert b"".join(file.read()) == content
    assert b"Vogt" not in file.path.read_bytes()
    assert list(ConsentImportRow.objects.filter(belongs_to=listing, cells__isnull=False)) == []
    assert verdicts(listing) == {2: "grant", 3: "withdraw", 4: "phone_invalid"}


def test_the_patient_is_registered_with_the_number_and_who_brought_them(practice: Practice, anna: Member) -> None:
    carried_out(csv_of((*JANA, "4711"), head=(*HEAD, "Pat-Nr")), practice, anna)

    patient = Patient.objects.get()
    assert (patient.first_name, patient.last_name, patient.birth_date) == ("Jana", "Vogt", "1984-05-02")
    assert patient.record_number == "4711"
    assert list(PatientContact.objects.values_list("patient_id", "contact_id", "relation")) == [
        (patient.pk, contact_of().pk, "self")
    ]
    deeds = AuditEvent.objects.filter(kind__in=["patient_registered", "patient_linked"], by=anna)
    assert sorted(deeds.values_list("kind", flat=True)) == ["patient_linked", "patient_registered"]


def test_a_patient_the_practice_has_is_found_and_not_registered_again(practice: Practice, anna: Member) -> None:
    known = make_patient()

    carried_out(csv_of(JANA), practice, anna)

    assert list(Patient.objects.values_list("pk", flat=True)) == [known.pk]
    assert PatientContact.objects.get().patient_id == known.pk


def test_a_patient_with_two_numbers_is_registered_once(practice: Practice, anna: Member) -> None:
    carried_out(csv_of(JANA, jana(Handy="0171 3920011")), practice, anna)

    assert (Patient.objects.count(), PatientContact.objects.count()) == (1, 2)


def test_a_link_that_stands_is_not_made_twice(practice: Practice, anna: Member) -> None:
    link(patient=make_patient(), contact=make_contact(PHONE), by=None)

    carried_out(csv_of(JANA), practice, anna)

    assert (Patient.objects.count(), PatientContact.objects.count()) == (1, 1)


def test_c_08_an_imported_yes_expires_14_days_after_it_was_taken_over(practice: Practice, anna: Member) -> None:
    carried_out(csv_of(JANA), practice, anna)
    taken_over = timezone.now()

    assert expire_opt_ins(now=taken_over + timedelta(days=13)) == 0
    assert expire_opt_ins(now=taken_over + timedelta(days=15)) == 1
    assert states_of(contact_of())[ORGANISATION] == Consent.EXPIRED


def test_c_06_an_old_yes_that_has_to_be_agreed_to_anew_is_carried_out_and_stops_with_the_next_run(
    practice: Practice, anna: Member
) -> None:
    ready(practice)
    an_edition(renews=[ORGANISATION])

    listing = carried_out(csv_of(JANA), practice, anna)
    at_first = states_of(contact_of())[ORGANISATION]
    outdate()

    assert verdicts(listing) == {2: "grant_outdated"}
    assert (at_first, states_of(contact_of())[ORGANISATION]) == (Consent.PENDING, Consent.OUTDATED)
    assert Patient.objects.count() == 1


def test_c_08_an_imported_yes_is_not_said_to_expire_soon_on_its_first_day(practice: Practice, anna: Member) -> None:
    carried_out(csv_of(JANA), practice, anna)
    taken_over = timezone.now()

    days = [0, 10, 12]

    assert [waiting(taken_over + timedelta(days=day)) for day in days] == [Waiting(1, 0), Waiting(1, 0), Waiting(1, 1)]


def test_c_08_the_same_list_gives_no_second_try(practice: Practice, anna: Member) -> None:
    carried_out(csv_of(JANA), practice, anna)
    again = checked(csv_of(JANA), practice, anna)
    expire_opt_ins(now=timezone.now() + timedelta(days=15))
    after = checked(csv_of(JANA), practice, anna)

    assert (verdicts(again), verdicts(after)) == ({2: "stands_here"}, {2: "decided_here"})


def test_c_07_a_tap_proves_the_number_and_confirms_what_was_taken_over(practice: Practice, anna: Member) -> None:
    carried_out(csv_of(JANA), practice, anna, old_form(ORGANISATION, RECALL))

    act = tap(contact_of(), "ja_bestaetigen")

    assert (act.outcome, act.purposes) == (Outcome.GRANTED, frozenset({ORGANISATION, RECALL}))
    assert states_of(contact_of()) == NONE | {ORGANISATION: Consent.GRANTED, RECALL: Consent.GRANTED}
    assert ConsentEvent.objects.get(type="confirmed").text == ConsentText.objects.get(kind="imported")


# ── a no ──


def test_c_19_a_no_in_the_list_is_a_withdrawal_that_counts_at_once(practice: Practice, anna: Member) -> None:
    carried_out(csv_of(EMRE), practice, anna)

    event = ConsentEvent.objects.get()
    evidence = ledger.evidence_of(event)
    assert states_of(contact_of(OTHER_PHONE)) == WITHDRAWN
    assert (event.type, event.channel, evidence["cancelled"]) == ("withdrawn", "import", 0)
    assert event.occurred_at == datetime(2022, 2, 1, 11, tzinfo=UTC)
    assert evidence["proof_ref"]["row"] == 2
    assert Patient.objects.count() == 0  # a no needs no patient


def test_a_no_without_a_day_counts_from_now(practice: Practice, anna: Member) -> None:
    before = timezone.now().replace(microsecond=0)

    carried_out(csv_of(jana(WhatsApp="nein", Datum_der_Einwilligung="")), practice, anna)

    assert before <= ConsentEvent.objects.get().occurred_at <= timezone.now()


def test_yes_and_no_in_one_row_are_two_acts(practice: Practice, anna: Member) -> None:
    head = (*HEAD[:5], "Termine", "Recall", "Werbung")

    carried_out(csv_of((*JANA[:5], "ja", "nein", ""), head=head), practice, anna)

    assert events() == [("withdrawn", "import"), ("imported", "import")]
    assert states_of(contact_of()) == NONE | {ORGANISATION: Consent.PENDING, RECALL: Consent.WITHDRAWN}


def test_a_newer_no_ends_an_older_yes(practice: Practice, anna: Member) -> None:
    with time_machine.travel(datetime(2021, 5, 1, 9, tzinfo=UTC)):
        opt_in(make_contact(PHONE))

    carried_out(csv_of(jana(WhatsApp="nein")), practice, anna)

    assert states_of(contact_of()) == WITHDRAWN


# ── what people decided themselves ──


def test_an_older_row_leaves_a_newer_decision_alone(practice: Practice, anna: Member) -> None:
    contact = make_contact(PHONE)
    opt_in(contact, [ORGANISATION, WERBUNG])
    before = states_of(contact)

    listing = checked(csv_of(jana(WhatsApp="nein"), EMRE), practice, anna)
    lists.start(listing=listing, by=anna)
    running.run(seconds=5)

    assert states_of(contact) == before
    assert verdicts(listing) == {2: "decided_here", 3: "withdraw"}


def test_whoever_decides_between_the_look_and_the_deed_is_heard(practice: Practice, anna: Member) -> None:
    listing = checked(csv_of(JANA, EMRE), practice, anna)
    contact = make_contact(PHONE)
    withdraw(contact=contact, channel=Channel.STAFF_PHONE, act={"note": "rief an"}, occurred_at=timezone.now(), by=anna)

    lists.start(listing=listing, by=anna)
    running.run(seconds=5)

    assert states_of(contact) == WITHDRAWN
    assert verdicts(listing) == {2: "refused_here", 3: "withdraw"}
    assert Patient.objects.count() == 0


def test_the_states_can_be_rebuilt_and_the_chain_holds(practice: Practice, anna: Member) -> None:
    carried_out(csv_of(JANA, EMRE), practice, anna)
    before = sorted(ConsentState.objects.values_list("contact_id", "purpose", "state"))

    rebuild()

    assert sorted(ConsentState.objects.values_list("contact_id", "purpose", "state")) == before
    assert verify().ok


# ── the worker ──


def many(amount: int) -> bytes:
    numbers = [f"0171 39200{place:02d}" for place in range(100)] + [f"0176 040690{place:02d}" for place in range(100)]
    return csv_of(*(jana(Vorname=f"Jana{place}", Handy=numbers[place]) for place in range(amount)))


def test_starting_rings_for_the_worker_who_finishes_the_list(
    practice: Practice, anna: Member, django_capture_on_commit_callbacks: Any
) -> None:
    listing = checked(csv_of(JANA), practice, anna)

    with django_capture_on_commit_callbacks(execute=True):
        lists.start(listing=listing, by=anna)
    rung = bus().exists(f"roger:wake:consent.run_import:{practice.pk}")
    run_import(practice_id=practice.pk)

    assert rung == 1

    listing.refresh_from_db()
    assert listing.state == ConsentImport.State.DONE
    assert listing.done_at is not None
    assert AuditEvent.objects.get(kind="import_done").codes == {"rows": 1, "carried_out": 1}


def test_a_list_that_was_begun_goes_on_where_it_stopped_and_no_row_comes_twice(
    practice: Practice, anna: Member
) -> None:
    listing = checked(many(130), practice, anna)
    lists.start(listing=listing, by=anna)

    is_more = running.run(seconds=0)  # this worker's turn ends after one batch
    begun = ConsentEvent.objects.count()
    while running.run(seconds=0):
        pass

    assert (is_more, begun, ConsentEvent.objects.count()) == (True, running.BATCH, 130)
    assert ContactIdentity.objects.count() == 130


def test_every_batch_is_told_to_the_page(practice: Practice, anna: Member) -> None:
    listing = checked(many(130), practice, anna)
    lists.start(listing=listing, by=anna)
    running.run(seconds=30)

    told = Change.objects.filter(kind="import", ref=listing.pk).count()
    assert told == 4  # started, two batches, done


def test_the_sweep_finds_a_list_the_broker_forgot(practice: Practice, anna: Member) -> None:
    lists.start(listing=checked(csv_of(JANA), practice, anna), by=anna)

    with connection.cursor() as cursor:
        cursor.execute("select practice_id, count from pending_work() where kind = 'import'")
        waiting = cursor.fetchall()

    assert waiting == [(practice.pk, 1)]


def test_a_batch_takes_few_queries_beside_one_for_each_event(practice: Practice, anna: Member) -> None:
    lists.start(listing=checked(many(60), practice, anna), by=anna)

    with CaptureQueriesContext(connection) as queries:
        running.run(seconds=0)

    assert len(queries) <= 60 + 50


def test_two_lists_are_carried_out_one_after_the_other(practice: Practice, anna: Member) -> None:
    first, second = checked(csv_of(JANA), practice, anna), checked(csv_of(EMRE), practice, anna)
    lists.start(listing=second, by=anna)
    lists.start(listing=first, by=anna)

    while running.run(seconds=0):
        pass

    assert set(ConsentImport.objects.values_list("state", flat=True)) == {"done"}


def test_another_practices_lists_are_not_touched(practice: Practice, anna: Member) -> None:
    other = make_practice("ziegler")
    lists.start(listing=checked(csv_of(JANA), practice, anna), by=anna)

    with practice_scope(other.pk):
        run_import(practice_id=other.pk)

    assert list(ConsentImport.objects.values_list("state", flat=True)) == ["running"]


def test_the_night_throws_away_what_nobody_carried_out(
    practice: Practice, anna: Member, django_capture_on_commit_callbacks: Any
) -> None:
    abandoned = checked(csv_of(JANA), practice, anna)
    path = sealed_file(ConsentDocument.objects.get()).path

    with time_machine.travel(timezone.now() + timedelta(days=13)):
        tidy(practice_id=practice.pk)
    still = ConsentImportRow.objects.count()
    with time_machine.travel(timezone.now() + timedelta(days=15)), django_capture_on_commit_callbacks(execute=True):
        tidy(practice_id=practice.pk)

    abandoned.refresh_from_db()
    assert (still, ConsentImportRow.objects.count(), ConsentDocument.objects.count()) == (1, 0, 0)
    assert (abandoned.state, abandoned.document_id) == ("discarded", None)
    assert not path.exists()


def test_workers_at_the_same_moment_take_each_row_once(transactional_db: None) -> None:
    practice = make_practice()
    anna = make_member(practice)
    with practice_scope(practice.pk), transaction.atomic():
        lists.start(listing=checked(many(120), practice, anna), by=anna)

    def work() -> None:
        while running.run(seconds=0):
            pass

    errors = at_once(practice, [work, work, work])

    with practice_scope(practice.pk), transaction.atomic():
        assert errors == []
        assert ConsentEvent.objects.count() == 120
        assert ConsentImport.objects.get().state == "done"
        assert verify().ok
