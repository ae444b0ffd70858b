"""The desk writes down the text that was on the screen, or on the paper, whatever else came meanwhile (C-05)."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from consent import read_outs
from consent.gate import Consent
from consent.intake import take_down
from consent.ledger import evidence_of
from consent.models import ConsentEvent, ConsentState
from consent.purposes import Purpose
from consent.wording import practice_in_scope
from patients.actions import link
from patients.models import Contact, Patient
from practices.models import Member, Practice
from practices.scope import practice_scope
from tests.consent.editions import an_edition, ready
from tests.consent.intakes import agree, born, intake, paper
from tests.consent_factories import make_contact, make_patient, opt_in, states_of
from tests.factories import make_practice
from tests.people import login, make_member

PAGE = "/p/morgenthal/consent/intake/"
HOUSE, OWN, NEWER = "de-2026-05", "de-2026-05.m1", "de-2026-05.m2"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def anna(practice: Practice) -> Member:
    ready(practice)
    return make_member(practice, name="Anna Arnold")


@pytest.fixture
def desk(client: Client, anna: Member) -> Client:
    login(client, anna)
    return client


def typed(html: str, **fields: Any) -> dict[str, Any]:
    """Jana Vogt agrees at the counter to what this page shows."""
    return {
        "form_id": str(uuid4()),
        "first_name": "Jana",
        "last_name": "Vogt",
        "birth_date": "1984-05-02",
        "relation": "self",
        "phone": "0171 3920010",
        "way": "staff_desk",
        "day": timezone.localdate().isoformat(),
        "hour": "00:00",
        "language": "de",
        "read_out": note_in(html),
        "organisation": "on",
    } | fields


def a_paper(html: str, day: date, **fields: Any) -> dict[str, Any]:
    return typed(html, way="paper_scan", day=day.isoformat(), hour="", paper=paper(), **fields)


def note_in(html: str) -> str:
    return str(re.findall(r'name="read_out"\s+value="([^"]+)"', html)[0])


def versions_in(html: str) -> list[tuple[str, bool]]:
    return [(version, bool(on)) for version, on in re.findall(r'<option value="(de-2026[^"]*)"( selected)?>', html)]


def opened(desk: Client) -> str:
    return desk.get(PAGE).content.decode()


def shown(desk: Client, fields: dict[str, Any]) -> str:
    """Pressing "Zeigen"."""
    return desk.post(f"{PAGE}draft/", fields).content.decode()


def the_act() -> ConsentEvent:
    return ConsentEvent.objects.select_related("text").get(type="granted")


def text_of_the_act() -> tuple[str, str]:
    text = the_act().text
    assert text is not None
    return text.version, text.language


# ── what was on the screen ──


def test_c_05_the_desk_names_the_text_it_showed_although_a_newer_one_came_meanwhile(desk: Client) -> None:
    html = opened(desk)
    an_edition()

    desk.post(PAGE, typed(html))

    text = the_act().text
    assert text is not None
    assert (text.version, text.body) == (
        HOUSE,
        read_outs.ReadOut(HOUSE, frozenset(Purpose)).page(practice_in_scope()).text,
    )
    assert evidence_of(the_act())["privacy_notice_version"] == HOUSE
    assert note_in(opened(desk)) != note_in(html)


def test_c_05_another_language_that_was_chosen_and_not_shown_is_not_written_down(desk: Client) -> None:
    desk.post(PAGE, typed(opened(desk), language="tr"))

    assert text_of_the_act() == (HOUSE, "de")
    assert (Contact.objects.get().language, Patient.objects.get().language) == ("de", "de")


def test_c_05_a_language_that_was_shown_is(desk: Client) -> None:
    html = shown(desk, typed(opened(desk), language="tr"))

    desk.post(PAGE, typed(html, language="de"))

    assert text_of_the_act() == ("tr-2026-05", "tr")
    assert Contact.objects.get().language == "tr"


def test_c_05_a_form_that_comes_back_with_a_mistake_still_shows_what_was_read_out(desk: Client) -> None:
    html = opened(desk)
    an_edition()

    again = desk.post(PAGE, typed(html, first_name="")).content.decode()
    desk.post(PAGE, typed(again))

    assert text_of_the_act() == (HOUSE, "de")


@pytest.mark.parametrize("kind", ["missing", "made up", "changed", "of another practice", "too old", "of another name"])
def test_c_05_a_note_that_does_not_lead_to_what_was_shown_is_refused_and_nothing_is_stored(
    desk: Client, kind: str
) -> None:
    note = note_in(opened(desk))
    if kind == "of another practice":
        with practice_scope(make_practice("ostufer").pk):
            note = read_outs.sign(read_outs.current("de", practice_in_scope()))
    if kind == "of another name":
        Practice.objects.filter(slug="morgenthal").update(name="Anders")
    if kind == "too old":
        with time_machine.travel(timezone.now() - timedelta(days=15)):
            note = read_outs.sign(read_outs.current("de", practice_in_scope()))
    notes = {"missing": "", "made up": "WyJkZSJd:1xYz:abc", "changed": note[:-2] + "AA"}

    answer = desk.post(PAGE, typed(opened(desk), read_out=notes.get(kind, note)))

    assert answer.status_code == 422
    assert "Lesen Sie den Text, der jetzt dasteht, noch einmal vor." in unescape(answer.content.decode())
    assert (ConsentEvent.objects.count(), Patient.objects.count(), Contact.objects.count()) == (0, 0, 0)


def test_c_01_the_desk_reads_out_only_the_boxes_the_practice_offers(desk: Client) -> None:
    Practice.objects.update(offered_purposes=["organisation", "recall"])
    html = opened(desk)

    desk.post(PAGE, typed(html, recall="on"))

    text = the_act().text
    assert text is not None
    listed = html.partition('id="intake-text"')[2]
    assert ["Neuigkeiten" in words for words in (listed, text.body)] == [False, False]
    assert ["Vorsorge-Erinnerung" in words for words in (listed, text.body)] == [True, True]


def test_c_16_a_purpose_that_did_not_stand_in_the_text_is_refused(desk: Client) -> None:
    Practice.objects.update(offered_purposes=["organisation"])
    html = opened(desk)
    Practice.objects.update(offered_purposes=["organisation", "recall"])

    answer = desk.post(PAGE, typed(html, recall="on"))

    assert "Dieser Zweck stand nicht in dem Text, der gezeigt wurde." in unescape(answer.content.decode())
    assert ConsentEvent.objects.count() == 0


def test_c_20_what_a_guardian_stated_is_in_the_words_that_were_shown(desk: Client) -> None:
    html = opened(desk)
    an_edition(guardian__later="Wird {kind_name} {altersgrenze}, fragen wir neu.")
    fields = typed(html, first_name="Mia", birth_date=born(8), relation="guardian", speaker_name="Daniela Vogt")

    desk.post(PAGE, fields | {"custody": "sole"})

    act = ConsentEvent.objects.exclude(patient=None).get()
    assert "Wird Mia 16 Jahre alt, fragen wir Mia selbst." in evidence_of(act)["act"]["statement"]


# ── a text that counts no longer ──


@pytest.mark.parametrize("is_known", [True, False])
def test_c_06_a_yes_to_a_text_that_had_to_be_renewed_meanwhile_does_not_hold(anna: Member, is_known: bool) -> None:
    contact, patient = make_contact(), make_patient()
    if is_known:
        opt_in(contact)
        link(patient=patient, contact=contact, by=None)
    act = intake(contact, patient, purposes=frozenset({Purpose.ORGANISATION, Purpose.RECALL}))
    an_edition(renews=[Purpose.ORGANISATION, Purpose.RECALL])

    told = take_down(intake=act, by=anna)

    assert not told.is_granted
    assert states_of(contact)[Purpose.ORGANISATION] == Consent.OUTDATED
    assert not ConsentState.objects.filter(state__in=[Consent.GRANTED, Consent.PENDING]).exists()
    assert told.check is None


def test_c_06_a_yes_to_the_new_text_holds_at_once_where_the_number_is_known(anna: Member) -> None:
    contact, patient = make_contact(), make_patient()
    opt_in(contact)
    link(patient=patient, contact=contact, by=None)
    an_edition(renews=[Purpose.ORGANISATION])

    assert agree(contact, patient, anna).is_granted


# ── paper ──


@pytest.fixture
def two_texts(anna: Member) -> None:
    """On Monday at ten the practice published a text of its own, and another one in the afternoon."""
    for hours in (0, 6):
        with time_machine.travel(MONDAY + timedelta(hours=hours), tick=False):
            an_edition(page__title=f"Schreiben Sie uns {hours}")


@pytest.fixture
def later(client: Client, anna: Member, two_texts: None) -> Iterator[Client]:
    with time_machine.travel(MONDAY + timedelta(days=7)):
        login(client, anna)
        yield client


@pytest.mark.parametrize(
    ("days", "version"), [(-1, HOUSE), (-60, HOUSE), (0, OWN), (1, NEWER)], ids=["before", "long", "that", "after"]
)
def test_c_05_a_paper_names_the_text_that_was_valid_on_its_day(later: Client, days: int, version: str) -> None:
    later.post(PAGE, a_paper(opened(later), MONDAY.date() + timedelta(days=days)))

    assert text_of_the_act() == (version, "de")


def test_c_05_the_versions_of_the_papers_day_are_offered_and_the_chosen_one_is_named(later: Client) -> None:
    html = shown(later, a_paper(opened(later), MONDAY.date()))

    later.post(PAGE, a_paper(html, MONDAY.date(), version=NEWER))

    assert versions_in(html) == [(HOUSE, False), (OWN, True), (NEWER, False)]
    assert "Schreiben Sie uns 0" in html
    assert text_of_the_act() == (NEWER, "de")


@pytest.mark.parametrize("version", [NEWER, "nonsense", "tr-2026-05"])
def test_c_05_a_version_that_was_not_valid_on_that_day_is_not_named(later: Client, version: str) -> None:
    day = MONDAY.date() - timedelta(days=1)

    later.post(PAGE, a_paper(opened(later), day, version=version))

    assert text_of_the_act() == (HOUSE, "de")


def test_a_paper_of_today_bears_what_is_shown_and_nothing_is_to_be_chosen(later: Client) -> None:
    html = shown(later, a_paper(opened(later), timezone.localdate()))

    later.post(PAGE, a_paper(html, timezone.localdate(), version=HOUSE))

    assert versions_in(html) == []
    assert text_of_the_act() == (NEWER, "de")


@pytest.mark.parametrize("day", ["2026-04-30", "2001-01-01"])
def test_c_05_a_paper_from_before_the_first_text_is_refused_with_where_it_belongs(desk: Client, day: str) -> None:
    fields = a_paper(opened(desk), date.fromisoformat(day))

    answers = [desk.post(PAGE, fields), desk.post(f"{PAGE}draft/", fields | {"paper": ""})]

    assert [answer.status_code for answer in answers] == [422, 200]
    sentence = "An diesem Tag gab es in dieser Sprache noch keinen unserer Texte."
    assert [sentence in unescape(answer.content.decode()) for answer in answers] == [True, True]
    assert ConsentEvent.objects.count() == 0


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "nonsense", ""])
def test_a_paper_with_an_impossible_day_is_refused_like_any_other_mistake(desk: Client, day: str) -> None:
    fields = a_paper(opened(desk), timezone.localdate()) | {"day": day}

    assert [desk.post(PAGE, fields).status_code, desk.post(f"{PAGE}draft/", fields).status_code] == [422, 200]
