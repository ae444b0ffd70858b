"""What the gate is asked about a real message: by the actions when it is queued, by the outbox when it is claimed."""

import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.actions import withdraw
from consent.gate import Consent, Kind
from consent.models import Channel as ConsentChannel
from consent.models import ConsentState
from consent.purposes import Purpose
from messaging import outbox
from messaging.actions import send_automatic, send_file, send_reaction, send_template, send_text
from messaging.dispatch import SendingRefused
from messaging.models import Conversation, Message, Template
from messaging.resending import resend
from patients.models import Custody, Patient, PatientContact, Relation
from practices.models import Member, Practice, StrangerReply
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import Line
from tests.messaging.files import PDF
from tests.messaging.inbox.desk import (
    forget_keys,
    grant,
    make_contact,
    make_conversation,
    make_patient,
    make_template,
    receive,
)

pytestmark = pytest.mark.django_db

MONDAY_MORNING = datetime(2026, 5, 11, 9, 0, tzinfo=ZoneInfo("Europe/Berlin"))
BULK_TEXT = [{"type": "BODY", "text": "Guten Tag {{1}}, möchten Sie wieder einen Termin vereinbaren?"}]


@pytest.fixture
def conversation(line: Line) -> Iterator[Conversation]:
    """Somebody who agreed to everything has just written; the practice's scope stays open."""
    with practice_scope(line.practice.pk):
        conversation = make_conversation(line.channel)
        grant(conversation.contact, *Purpose)
        receive(conversation)
        yield conversation


@pytest.fixture
def recall(line: Line, conversation: Conversation) -> Template:
    return make_template(line.channel, "recall", purpose=Purpose.RECALL, category="MARKETING", components=BULK_TEXT)


def decide(line: Line, **choices: Any) -> None:
    """The practice decides."""
    Practice.objects.filter(pk=line.practice.pk).update(**choices)


def say(conversation: Conversation, anna: Member | None = None, **fields: Any) -> Message:
    return send_text(
        conversation=conversation, **{"body": "Gern.", "purpose": Purpose.ORGANISATION, "by": anna} | fields
    )


def remind(conversation: Conversation, template: Template, **fields: Any) -> Message:
    given: dict[str, Any] = {"rendered": "Guten Tag", "components": [], "by": None} | fields
    return send_template(conversation=conversation, template=template, **given)


def why(deed: Callable[..., Message], *args: Any, **fields: Any) -> str:
    """The reason of the refusal, or "allowed"."""
    try:
        deed(*args, **fields)
    except SendingRefused as refused:
        return refused.reason
    return "allowed"


def claimed(sent: Message) -> tuple[str, str]:
    """What became of a queued message at its claim."""
    outbox.claim()
    sent.refresh_from_db()
    return sent.state, sent.refusal


# ── the whole practice: M-0, L-1, L-4, L-5 ──


def test_l_1_before_the_go_live_nothing_is_queued_and_nothing_queued_leaves(
    line: Line, conversation: Conversation, anna: Member
) -> None:
    queued = say(conversation, anna)
    decide(line, live_since=None)

    assert why(say, conversation, anna) == "live"
    assert claimed(queued) == ("cancelled", "live")


def test_l_5_the_practices_own_switch_stops_what_is_queued(
    line: Line, conversation: Conversation, anna: Member
) -> None:
    queued = say(conversation, anna)
    decide(line, data_transfer_stopped=True)

    assert why(say, conversation, anna) == "dpf"
    assert claimed(queued) == ("cancelled", "dpf")


def test_l_5_the_operators_switch_stops_every_practice(conversation: Conversation, anna: Member, settings: Any) -> None:
    queued = say(conversation, anna)
    settings.DPF_INVALID = True

    assert why(say, conversation, anna) == "dpf"
    assert claimed(queued) == ("cancelled", "dpf")


def test_l_4_a_practice_that_only_organises_sends_nothing_about_treatment(
    line: Line, conversation: Conversation, anna: Member
) -> None:
    queued = say(conversation, anna, purpose=Purpose.BEHANDLUNG)
    decide(line, offered_purposes=["organisation"])

    assert why(say, conversation, anna, purpose=Purpose.BEHANDLUNG) == "not_offered"
    assert why(say, conversation, anna) == "allowed"
    assert claimed(queued) == ("cancelled", "not_offered")


# ── for whom: C-20, C-21, C-22 ──


@pytest.fixture
def mia(conversation: Conversation) -> Patient:
    """A child of the person who writes, for whom that person agreed to organisation."""
    child = make_patient(conversation.contact, first_name="Mia", birth_date="2018-02-01", relation=Relation.GUARDIAN)
    grant(conversation.contact, Purpose.ORGANISATION, patient=child)
    return child


@pytest.fixture
def ben(conversation: Conversation) -> Patient:
    """Another child, for whom nobody agreed to anything."""
    return make_patient(conversation.contact, first_name="Ben", birth_date="2020-02-01", relation=Relation.GUARDIAN)


def test_c_22_two_children_one_phone_each_message_names_its_child_and_needs_that_childs_consent(
    conversation: Conversation, anna: Member, mia: Patient, ben: Patient
) -> None:
    assert why(say, conversation, anna) == "patient"
    assert why(say, conversation, anna, patient=ben) == "consent"

    sent = say(conversation, anna, patient=mia)

    assert (sent.concerns_patient, sent.state) == (mia, "queued")


def test_c_22_the_childs_consent_is_asked_again_at_the_claim(
    conversation: Conversation, anna: Member, mia: Patient
) -> None:
    sent = say(conversation, anna, patient=mia)
    ConsentState.objects.filter(patient=mia).update(state=Consent.WITHDRAWN)

    assert claimed(sent) == ("cancelled", "consent")


def test_c_22_the_mothers_own_consent_does_not_speak_for_the_child_nor_the_childs_for_her(
    conversation: Conversation, anna: Member, mia: Patient
) -> None:
    mother = make_patient(conversation.contact, first_name="Jana")

    assert why(say, conversation, anna, patient=mia, purpose=Purpose.BEHANDLUNG) == "consent"
    assert why(say, conversation, anna, patient=mother, purpose=Purpose.BEHANDLUNG) == "allowed"


def test_c_22_who_writes_only_for_one_child_still_has_to_be_chosen_for(
    conversation: Conversation, anna: Member, mia: Patient
) -> None:
    assert [why(say, conversation, anna), why(say, conversation, anna, patient=mia)] == ["patient", "allowed"]


def test_c_22_who_writes_for_itself_alone_names_nobody(conversation: Conversation, anna: Member) -> None:
    make_patient(conversation.contact)

    assert say(conversation, anna).concerns_patient is None


def test_c_22_a_patient_of_another_number_gets_nothing_here(
    line: Line, conversation: Conversation, anna: Member
) -> None:
    stranger = make_patient(make_contact(), first_name="Emre")

    assert why(say, conversation, anna, patient=stranger) == "patient"


def test_c_22_whoever_was_detached_meanwhile_gets_nothing_that_was_queued(
    conversation: Conversation, anna: Member, mia: Patient
) -> None:
    sent = say(conversation, anna, patient=mia)
    PatientContact.objects.filter(patient=mia).delete()

    assert claimed(sent) == ("cancelled", "patient")


def test_c_22_a_repetition_is_for_the_same_child(conversation: Conversation, anna: Member, mia: Patient) -> None:
    sent = say(conversation, anna, patient=mia)
    Message.objects.filter(pk=sent.pk).update(state=Message.State.FAILED)

    assert resend(message=sent, by=anna, client_id=uuid7()).concerns_patient == mia


def test_an_emoji_needs_no_name_but_the_consent_of_somebody(
    conversation: Conversation, anna: Member, mia: Patient
) -> None:
    said = conversation.messages.get()
    ConsentState.objects.filter(patient=None).delete()

    def react(**fields: Any) -> Message:
        return send_reaction(
            conversation=conversation, target=said, emoji="👍", purpose=Purpose.ORGANISATION, by=anna, **fields
        )

    assert [why(react), why(react, patient=mia)] == ["consent", "allowed"]


@pytest.mark.parametrize(("born", "said"), [("2013-05-12", "child_number"), ("2013-05-11", "guardians")])
@time_machine.travel(MONDAY_MORNING, tick=False)
def test_c_21_a_child_under_thirteen_is_never_written_to_as_itself(
    conversation: Conversation, anna: Member, born: str, said: str
) -> None:
    grant_again(conversation)
    make_patient(conversation.contact, birth_date=born)

    assert why(say, conversation, anna) == said


@pytest.mark.parametrize(
    ("age", "born", "said"),
    [
        (16, "2010-05-12", "allowed"),
        (16, "2010-05-11", "outgrown"),
        (14, "2010-05-12", "outgrown"),
        (18, "2010-05-11", "allowed"),
        (18, "2008-05-11", "outgrown"),
    ],
)
@time_machine.travel(MONDAY_MORNING, tick=False)
def test_c_20_on_the_birthday_the_guardians_yes_ends(
    line: Line, conversation: Conversation, anna: Member, age: int, born: str, said: str
) -> None:
    grant_again(conversation)
    decide(line, consent_age=age)
    child = make_patient(conversation.contact, first_name="Mia", birth_date=born, relation=Relation.GUARDIAN)
    grant(conversation.contact, Purpose.ORGANISATION, patient=child)

    assert why(say, conversation, anna, patient=child) == said


def grant_again(conversation: Conversation) -> None:
    """The fixture's person wrote by the real clock; here it is another day."""
    receive(conversation)


def test_c_20_a_young_person_with_an_own_number_needs_a_guardian_who_agreed(
    line: Line, conversation: Conversation, anna: Member
) -> None:
    today = timezone.localdate()
    young = make_patient(conversation.contact, birth_date=f"{today.year - 14}-01-01")
    mother = make_contact()
    PatientContact.objects.create(patient=young, contact=mother, relation=Relation.GUARDIAN)

    before = why(say, conversation, anna)
    grant(mother, Purpose.ORGANISATION, patient=young)

    assert [before, why(say, conversation, anna)] == ["guardians", "allowed"]
    assert why(say, conversation, anna, purpose=Purpose.RECALL) == "guardians"


@pytest.mark.parametrize("custody", [Custody.SOLE, Custody.JOINT])
def test_l_8_where_both_parents_must_agree_a_statement_of_custody_speaks_for_both(
    line: Line, conversation: Conversation, anna: Member, mia: Patient, custody: Custody
) -> None:
    decide(line, guardian_count=2)
    before = why(say, conversation, anna, patient=mia)
    PatientContact.objects.filter(patient=mia).update(custody=custody)

    assert [before, why(say, conversation, anna, patient=mia)] == ["guardians", "allowed"]


def test_l_8_or_the_other_parent_agrees_over_the_own_phone(
    line: Line, conversation: Conversation, anna: Member, mia: Patient
) -> None:
    decide(line, guardian_count=2)
    father = make_contact()
    PatientContact.objects.create(patient=mia, contact=father, relation=Relation.GUARDIAN)
    grant(father, Purpose.ORGANISATION, patient=mia)

    assert why(say, conversation, anna, patient=mia) == "allowed"


# ── measure and quiet: C-27 ──


def at(clock: str) -> datetime:
    return datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-05-11T07:59", "quiet"),
        ("2026-05-11T08:00", "allowed"),
        ("2026-05-11T19:59", "allowed"),
        ("2026-05-11T20:00", "quiet"),
        ("2026-05-10T12:00", "quiet"),
    ],
)
def test_c_27_recalls_rest_at_night_and_on_sundays_in_the_practices_time_zone(
    conversation: Conversation, recall: Template, now: str, said: str
) -> None:
    with time_machine.travel(at(now), tick=False):
        assert why(remind, conversation, recall, kind=Kind.BULK) == said
        assert why(say, conversation) == "allowed"


def test_c_27_what_meets_the_quiet_hours_on_its_way_waits_until_they_end(
    conversation: Conversation, recall: Template
) -> None:
    with time_machine.travel(at("2026-05-09T19:59"), tick=False):
        queued = remind(conversation, recall, kind=Kind.BULK)
    with time_machine.travel(at("2026-05-09T20:01"), tick=False):
        assert claimed(queued) == ("queued", "")

    assert queued.run_after == at("2026-05-11T08:00")


def test_c_27_one_recall_in_five_months_and_two_without_an_answer(
    line: Line, conversation: Conversation, recall: Template
) -> None:
    said = []
    for day in ("2026-01-12", "2026-02-12", "2026-06-11", "2026-06-12", "2026-12-14"):
        with time_machine.travel(at(f"{day}T10:00"), tick=False):
            conversation.last_inbound_at = at("2026-01-05T10:00")
            said.append(why(remind, conversation, recall))

    assert said == ["allowed", "recall_pause", "recall_pause", "allowed", "recall_tries"]


def test_c_27_an_answer_lets_the_tries_begin_anew(conversation: Conversation, recall: Template) -> None:
    for day in ("2025-01-13", "2025-07-14"):
        with time_machine.travel(at(f"{day}T10:00"), tick=False):
            conversation.last_inbound_at = None
            remind(conversation, recall)

    with time_machine.travel(at("2026-01-12T10:00"), tick=False):
        silent = why(remind, conversation, recall)
        conversation.last_inbound_at = at("2025-07-15T10:00")
        assert [silent, why(remind, conversation, recall)] == ["recall_tries", "allowed"]


def test_c_27_what_never_left_counts_against_nothing(conversation: Conversation, recall: Template) -> None:
    with time_machine.travel(MONDAY_MORNING, tick=False):
        first = remind(conversation, recall)
        Message.objects.filter(pk=first.pk).update(state=Message.State.CANCELLED)

        assert why(remind, conversation, recall) == "allowed"


def test_c_27_a_queued_recall_does_not_stand_in_its_own_way(conversation: Conversation, recall: Template) -> None:
    with time_machine.travel(MONDAY_MORNING, tick=False):
        queued = remind(conversation, recall, by=None)

        assert claimed(queued) == ("sending", "")


def test_c_27_there_are_four_pieces_of_news_in_any_year(line: Line, conversation: Conversation) -> None:
    news = make_template(line.channel, "news", purpose=Purpose.WERBUNG, category="MARKETING", components=BULK_TEXT)
    days = ("2025-06-02", "2025-09-01", "2025-12-01", "2026-03-02", "2026-06-01", "2026-06-03")

    said = []
    for day in days:
        with time_machine.travel(at(f"{day}T10:00"), tick=False):
            said.append(why(remind, conversation, news))

    assert said == ["allowed", "allowed", "allowed", "allowed", "advertising_cap", "allowed"]


def test_c_12_a_doubt_of_a_day_pauses_what_is_queued_but_no_answer(
    line: Line, conversation: Conversation, anna: Member
) -> None:
    template = make_template(line.channel)
    queued = remind(conversation, template, by=anna)
    conversation.possible_withdrawal_at = timezone.now() - timedelta(hours=25)
    conversation.save(update_fields=["possible_withdrawal_at"])

    assert claimed(queued) == ("cancelled", "possible_withdrawal")
    assert why(say, conversation, anna) == "allowed"


# ── what a message is: C-23, C-25 ──


def test_c_23_a_template_that_names_a_treatment_is_refused_for_organisation(
    line: Line, conversation: Conversation, anna: Member
) -> None:
    words = [{"type": "BODY", "text": "Guten Tag {{1}}, Ihre Wurzelbehandlung ist am {{2}} um 9 Uhr."}]
    spoken = make_template(line.channel, "termin", components=words)
    on_button = make_template(
        line.channel, "knopf", components=[{"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "PZR ja"}]}]
    )
    discreet = make_template(line.channel)

    said = [why(remind, conversation, one, by=anna) for one in (spoken, on_button, discreet)]

    assert said == ["names_treatment", "names_treatment", "allowed"]


@pytest.mark.parametrize(
    ("allows", "purposes", "said"),
    [
        (False, tuple(Purpose), "file"),
        (True, (Purpose.ORGANISATION,), "file"),
        (True, (Purpose.ORGANISATION, Purpose.BEHANDLUNG), "allowed"),
    ],
)
def test_c_25_a_file_needs_the_practices_decision_and_consent_to_treatment(
    line: Line, anna: Member, allows: bool, purposes: tuple[Purpose, ...], said: str
) -> None:
    with practice_scope(line.practice.pk):
        conversation = make_conversation(line.channel)
        grant(conversation.contact, *purposes)
        receive(conversation)
        decide(line, files_in_chat=allows)

        def attach() -> Message:
            return send_file(
                conversation=conversation,
                content=io.BytesIO(PDF),
                mime_type="application/pdf",
                filename="Plan.pdf",
                size=len(PDF),
                caption="",
                purpose=Purpose.ORGANISATION,
                by=anna,
            )

        assert why(attach) == said


# ── people who have not agreed: L-9, L-10 ──


@pytest.fixture
def stranger(line: Line) -> Iterator[Conversation]:
    with practice_scope(line.practice.pk):
        conversation = make_conversation(line.channel)
        receive(conversation, "Nehmen Sie noch neue Patienten auf?")
        yield conversation


def test_l_9_by_default_a_stranger_gets_no_free_reply(stranger: Conversation, anna: Member) -> None:
    assert why(say, stranger, anna) == "consent"


def test_l_9_one_free_reply_is_one_and_passes_its_own_claim(line: Line, stranger: Conversation, anna: Member) -> None:
    decide(line, stranger_reply=StrangerReply.ONE_REPLY)

    reply = say(stranger, anna)

    assert why(say, stranger, anna) == "consent"
    assert claimed(reply) == ("sending", "")


def test_l_9_who_chooses_silence_asks_nobody_and_answers_only_what_was_tapped(
    line: Line, stranger: Conversation
) -> None:
    decide(line, stranger_reply=StrangerReply.NOTHING)

    def answer(kind: Kind, asked: bool) -> str:
        return why(send_automatic, conversation=stranger, kind=kind, body="…", asked_by_person=asked)

    assert [answer(Kind.OPT_IN_PROMPT, False), answer(Kind.CANNED_REPLY, False)] == ["strangers", "strangers"]
    assert [answer(Kind.OPT_IN_PROMPT, True), answer(Kind.CANNED_REPLY, True)] == ["allowed", "allowed"]
    assert {one.refusal for one in stranger.messages.filter(direction="out")} == {""}


def test_l_10_after_stop_one_note_goes_in_a_day_where_the_practice_wants_it(
    line: Line, conversation: Conversation
) -> None:
    withdraw(
        contact=conversation.contact,
        channel=ConsentChannel.WHATSAPP_KEYWORD,
        act={"keyword": "stop"},
        occurred_at=timezone.now(),
    )

    def note() -> str:
        return why(send_automatic, conversation=conversation, kind=Kind.AFTER_STOP, body="…")

    off = note()
    decide(line, reply_after_stop=True)

    assert [off, note(), note()] == ["after_stop", "allowed", "after_stop"]


def test_c_08_the_number_is_checked_once_and_the_check_passes_its_own_claim(line: Line, anna: Member) -> None:
    with practice_scope(line.practice.pk):
        conversation = make_conversation(line.channel)
        conversation.contact.number_proven_at = None
        conversation.contact.save()
        grant(conversation.contact, Purpose.ORGANISATION, state=Consent.PENDING)
        template = make_template(line.channel, "optin_bestaetigung")

        check = remind(conversation, template, kind=Kind.NUMBER_CHECK)

        assert (check.purpose, why(remind, conversation, template, kind=Kind.NUMBER_CHECK)) == ("", "number_checked")
        assert claimed(check) == ("sending", "")


# ── C-09: asked at the claim, under its locks ──


def test_c_09_withdrawn_between_queueing_and_sending_ends_as_cancelled_with_its_reason(
    conversation: Conversation, anna: Member, whatsapp: FakeWhatsApp
) -> None:
    queued = say(conversation, anna)
    ConsentState.objects.update(state=Consent.WITHDRAWN)

    outbox.drain()

    queued.refresh_from_db()
    assert (queued.state, queued.refusal, whatsapp.sent()) == ("cancelled", "consent", [])


GATE_READS = ["practices_practice", "patients_patientcontact", "consent_consentstate"]


def table_of(query: dict[str, str]) -> str:
    """Which table a query reads; empty for what writes."""
    _select, _from, rest = query["sql"].partition(' FROM "')
    return rest.split('"')[0] if query["sql"].startswith("SELECT") else ""


def test_an_ordinary_answer_asks_three_questions_of_the_database(conversation: Conversation, anna: Member) -> None:
    make_patient(conversation.contact)
    say(conversation, anna)
    conversation = Conversation.objects.select_related("channel", "contact").get()

    with CaptureQueriesContext(connection) as asked:
        say(conversation, anna)

    assert [table for table in map(table_of, asked) if table in GATE_READS] == GATE_READS


def test_a_claim_of_many_reads_practice_and_people_once(line: Line, anna: Member) -> None:
    with practice_scope(line.practice.pk):
        counts = []
        for people in (2, 6):
            for _ in range(people):
                conversation = make_conversation(line.channel)
                make_patient(conversation.contact)
                grant(conversation.contact, Purpose.ORGANISATION)
                receive(conversation)
                say(conversation, anna)
            forget_keys()
            with CaptureQueriesContext(connection) as asked:
                assert len(outbox.claim() or []) == people
            tables = [table_of(query) for query in asked]
            counts.append((tables.count("practices_practice"), tables.count("patients_patientcontact")))

    assert counts == [(1, 1), (1, 1)]
