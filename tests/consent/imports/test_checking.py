"""The dry run: what each row would come to, among its own and beside what Roger knows. Nothing is carried out."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.actions import withdraw
from consent.imports import lists
from consent.imports.lists import map_and_check
from consent.imports.mapping import Field
from consent.imports.verdicts import EXPLAINED, Verdict
from consent.models import Channel, ConsentEvent, ConsentImport, ConsentState
from consent.purposes import Purpose
from patients.actions import link, register_patient
from patients.models import Contact, ContactIdentity, Patient, Relation
from practices.models import Member, Practice
from tests.consent.editions import an_edition, ready
from tests.consent.imports.making import checked, old_form, uploaded, verdicts
from tests.consent.imports.rows import EMRE, HEAD, JANA, csv_of, jana
from tests.consent_factories import PHONE, make_contact, make_patient, opt_in
from tests.factories import make_member

ORGANISATION, BEHANDLUNG, RECALL, WERBUNG = Purpose


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice)


def of(practice: Practice, anna: Member, *rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> list[str]:
    """The verdicts of these rows, in their order."""
    return [*verdicts(checked(csv_of(*rows, head=head), practice, anna)).values()]


def test_a_dry_run_writes_verdicts_and_nothing_else(practice: Practice, anna: Member) -> None:
    listing = checked(csv_of(JANA, EMRE), practice, anna)

    listing.refresh_from_db()
    assert (listing.state, verdicts(listing)) == (ConsentImport.State.CHECKED, {2: "grant", 3: "withdraw"})
    counts = (ConsentEvent, ConsentState, Contact, ContactIdentity, Patient)
    assert [rows.objects.count() for rows in counts] == [0, 0, 0, 0, 0]


def test_a_list_can_be_looked_through_again_with_other_columns(practice: Practice, anna: Member) -> None:
    listing = uploaded(csv_of(jana(WhatsApp="vielleicht")), anna)
    mapped = {Field(name): place for name, place in listing.mapping.items()}
    map_and_check(listing=listing, mapped=mapped, all_agreed=False, practice=practice, by=anna)
    before = verdicts(listing)

    without: dict[Field, int] = {field: place for field, place in mapped.items() if field != Field.ANSWER}
    map_and_check(listing=listing, mapped=without, all_agreed=True, practice=practice, by=anna)

    assert (before, verdicts(listing)) == ({2: "answer_unclear"}, {2: "grant"})


def test_every_row_gets_a_verdict_and_a_broken_one_stops_no_other(practice: Practice, anna: Member) -> None:
    found = of(practice, anna, jana(Handy="kaputt"), JANA, jana(Handy=""), EMRE)

    assert found == ["phone_invalid", "grant", "phone_missing", "withdraw"]


# ── rows among each other ──


def test_of_one_persons_rows_the_newest_counts(practice: Practice, anna: Member) -> None:
    older, newer = jana(Datum_der_Einwilligung="01.01.2020"), jana(Datum_der_Einwilligung="01.01.2024")

    assert of(practice, anna, older, newer, older) == ["duplicate", "grant", "duplicate"]


def test_a_spelling_of_the_number_makes_no_other_person(practice: Practice, anna: Member) -> None:
    assert of(practice, anna, JANA, jana(Handy="+49 171 3920010")) == ["duplicate", "grant"]


def test_a_no_outweighs_a_yes_to_the_same_number_even_a_newer_one(practice: Practice, anna: Member) -> None:
    no = jana(WhatsApp="nein", Datum_der_Einwilligung="01.01.2020")

    assert of(practice, anna, JANA, no) == ["contradiction", "withdraw"]


def test_c_22_a_number_of_several_people_is_for_the_desk(practice: Practice, anna: Member) -> None:
    brother = jana(Vorname="Jan", Geburtsdatum="03.06.1986")

    assert of(practice, anna, JANA, brother, EMRE) == ["shared_number", "shared_number", "withdraw"]


# ── and what Roger knows ──


def test_an_older_row_never_overrides_what_was_decided_here(practice: Practice, anna: Member) -> None:
    opt_in(make_contact(PHONE))

    assert of(practice, anna, JANA) == ["stands_here"]
    assert of(practice, anna, jana(WhatsApp="nein")) == ["decided_here"]


def test_whoever_withdrew_here_is_not_brought_back_by_a_paper(practice: Practice, anna: Member) -> None:
    contact = make_contact(PHONE)
    at = timezone.now() - timedelta(days=900)
    withdraw(contact=contact, channel=Channel.STAFF_PHONE, act={"note": "rief an"}, occurred_at=at, by=anna)
    newer = f"{timezone.localdate() - timedelta(days=30):%d.%m.%Y}"

    assert of(practice, anna, jana(Datum_der_Einwilligung=newer)) == ["refused_here"]
    assert of(practice, anna, jana(WhatsApp="nein", Datum_der_Einwilligung=newer)) == ["refused_here"]


def test_a_newer_no_counts_against_an_older_yes_and_an_undated_one_is_asked_about(
    practice: Practice, anna: Member
) -> None:
    contact = make_contact(PHONE)
    opt_in(contact)
    ConsentState.objects.filter(contact=contact).update(since=datetime(2022, 1, 1, tzinfo=UTC))

    assert of(practice, anna, jana(WhatsApp="nein")) == ["withdraw"]
    assert of(practice, anna, jana(WhatsApp="nein", Datum_der_Einwilligung="")) == ["no_undated"]


def test_an_undated_no_counts_where_nothing_stands(practice: Practice, anna: Member) -> None:
    assert of(practice, anna, jana(WhatsApp="nein", Datum_der_Einwilligung="")) == ["withdraw"]


def test_a_blocked_number_is_named(practice: Practice, anna: Member) -> None:
    contact = make_contact(PHONE)
    Contact.objects.filter(pk=contact.pk).update(blocked_at=timezone.now())

    assert of(practice, anna, JANA) == ["blocked"]


def test_a_number_that_is_somebody_elses_own_is_named(practice: Practice, anna: Member) -> None:
    link(patient=make_patient("Uwe", "Klein", "1950-01-01"), contact=make_contact(PHONE), by=None)

    assert of(practice, anna, JANA) == ["number_taken"]


def test_a_number_of_who_speaks_for_this_patient_is_not_taken_for_the_patients_own(
    practice: Practice, anna: Member
) -> None:
    patient, contact = make_patient(), make_contact(PHONE)
    link(patient=patient, contact=contact, relation=Relation.LEGAL_REPRESENTATIVE, by=None)

    assert of(practice, anna, JANA) == ["number_taken"]


def test_the_own_number_of_the_same_patient_is_fine(practice: Practice, anna: Member) -> None:
    link(patient=make_patient(), contact=make_contact(PHONE), by=None)

    assert of(practice, anna, JANA) == ["grant"]


# ── whose row it is ──

WITH_RECORD = (*HEAD, "Pat-Nr")


def recorded(
    number: str, first_name: str = "Jana", last_name: str = "Vogt", born: str | None = "1984-05-02"
) -> Patient:
    return register_patient(first_name=first_name, last_name=last_name, birth_date=born, record_number=number, by=None)


def test_a_record_number_against_the_name_is_named(practice: Practice, anna: Member) -> None:
    recorded("7", "Uwe", "Klein")

    assert of(practice, anna, (*JANA, "7"), head=WITH_RECORD) == ["patient_differs"]


def test_a_record_number_needs_no_name(practice: Practice, anna: Member) -> None:
    recorded("7")
    nameless = jana(Nachname="", Vorname="", Geburtsdatum="")

    assert of(practice, anna, (*nameless, "7"), (*EMRE, "8"), head=WITH_RECORD) == ["grant", "withdraw"]


def test_an_unknown_record_number_without_a_name_is_nobody(practice: Practice, anna: Member) -> None:
    assert of(practice, anna, (*jana(Nachname="", Vorname=""), "99"), head=WITH_RECORD) == ["name_missing"]


def test_a_child_on_the_paper_is_recognised_by_the_records(practice: Practice, anna: Member) -> None:
    recorded("7", born="2012-01-01")

    assert of(practice, anna, (*jana(Geburtsdatum=""), "7"), head=WITH_RECORD) == ["minor"]


def test_without_a_date_of_birth_nobody_is_taken_over(practice: Practice, anna: Member) -> None:
    assert of(practice, anna, jana(Geburtsdatum="")) == ["birth_date_missing"]


def test_two_patients_of_one_name_and_birthday_are_not_told_apart(practice: Practice, anna: Member) -> None:
    make_patient()
    make_patient()

    assert of(practice, anna, JANA) == ["patient_unclear"]


# ── how much it costs ──


def test_the_queries_are_the_same_for_one_row_and_for_many(practice: Practice, anna: Member) -> None:
    opt_in(make_contact("+491713920012"))
    one = uploaded(csv_of(JANA), anna)
    rows = [jana(Vorname=f"Jana{number}", Handy=f"0171 39200{number:02d}") for number in range(10, 60)]
    many = uploaded(csv_of(*rows), anna)

    taken = []
    for listing in (one, many):
        mapped = {Field(name): place for name, place in listing.mapping.items()}
        with CaptureQueriesContext(connection) as queries:
            map_and_check(listing=listing, mapped=mapped, all_agreed=False, practice=practice, by=anna)
        taken.append(len(queries))

    assert taken[0] == taken[1]


def test_what_the_practice_offers_and_asks_for_counts(practice: Practice, anna: Member) -> None:
    practice.offered_purposes, practice.consent_age = ["organisation"], 18
    practice.save(update_fields=["offered_purposes", "consent_age"])
    form = old_form(ORGANISATION, RECALL)

    assert verdicts(checked(csv_of(JANA), practice, anna, form=form)) == {2: "not_offered"}
    assert of(practice, anna, jana(Geburtsdatum="24.05.2006")) == ["minor"]


def test_a_list_that_was_thrown_away_is_not_looked_through(practice: Practice, anna: Member) -> None:
    listing = uploaded(csv_of(JANA), anna)
    lists.discard(listing=listing, by=anna)

    with pytest.raises(lists.NotPossibleNow):
        map_and_check(listing=listing, mapped={Field.PHONE: 3}, all_agreed=True, practice=practice, by=anna)


# ── a newer text of ours ──


def test_c_06_a_yes_to_an_old_form_has_to_be_agreed_to_anew_where_a_newer_text_asks_for_it(
    practice: Practice, anna: Member
) -> None:
    ready(practice)
    before = verdicts(checked(csv_of(JANA), practice, anna))
    an_edition(renews=[ORGANISATION])

    after = verdicts(checked(csv_of(JANA, EMRE), practice, anna))

    assert before == {2: "grant"}
    assert after == {2: "grant_outdated", 3: "withdraw"}
    assert str(EXPLAINED[Verdict.GRANT_OUTDATED].sentence) == (
        "Wird eingetragen. Ein neuerer Text verlangt neue Zustimmung: "
        "Was er betrifft, gilt erst, wenn die Person neu zustimmt."
    )


@pytest.mark.parametrize(
    ("renewed", "language", "verdict"),
    [(WERBUNG, "de", "grant"), (ORGANISATION, "en", "grant"), (ORGANISATION, "de", "grant_outdated")],
)
def test_a_renewal_of_another_purpose_or_language_leaves_an_old_yes_as_it_is(
    practice: Practice, anna: Member, renewed: Purpose, language: str, verdict: str
) -> None:
    ready(practice)
    an_edition(renews=[renewed], language=language)

    assert of(practice, anna, JANA) == [verdict]
