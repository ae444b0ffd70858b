"""A text that must be agreed to anew (C-06): whose consent stops, whose does not, and what is counted beforehand."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import ledger, renewals, texts
from consent.actions import Outcome, confirm_button, confirm_code, withdraw
from consent.gate import Consent
from consent.ledger import PATIENT, evidence_of
from consent.models import Channel, ConsentEvent, ConsentText
from consent.purposes import Purpose
from consent.rendering import placeholders_in
from consent.renewal_words import CHANGED, CHOOSE_AGAIN
from consent.renewals import Reached, Round, ask_next, outdate, preview, progress, waiting_people
from consent.states import apply, rebuild
from consent.tasks import ask_anew as ask_anew_task
from consent.tasks import outdate as outdate_task
from consent.texts.mandatory import banned_claims
from consent.wording import current_text
from patients.models import Contact
from practices.models import Practice, Role
from practices.scope import practice_scope
from tests.at_once import at_once
from tests.consent.editions import an_edition, ready
from tests.consent_factories import make_contact, make_patient, opt_in, send_form, states_of, tap
from tests.factories import make_member, make_practice
from tests.whole import as_many

MONDAY_MORNING = datetime(2026, 11, 30, 9, tzinfo=UTC)
ORGANISATION, BEHANDLUNG, RECALL, WERBUNG = Purpose
PHONES = [f"+49171392001{number}" for number in range(10)]


@pytest.fixture(autouse=True)
def set_up(request: pytest.FixtureRequest) -> None:
    if "practice" in request.fixturenames:
        ready(request.getfixturevalue("practice"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[UUID, frozenset[Purpose]]]:
    """Stands where the room above has registered: everybody can be reached in the chat."""
    calls: list[tuple[UUID, frozenset[Purpose]]] = []

    def ask(contact: Contact, purposes: frozenset[Purpose]) -> Reached:
        calls.append((contact.pk, purposes))
        Contact.objects.filter(pk=contact.pk).update(opt_in_prompted_at=timezone.now())
        return Reached.CHAT

    monkeypatch.setattr(renewals, "_ask", [ask])
    monkeypatch.setattr(renewals, "_ways", [lambda about: dict.fromkeys(about, Reached.CHAT)])
    return calls


def people(count: int, *purposes: Purpose) -> list[Contact]:
    """As many who agreed to the text that holds, on the page."""
    found = [make_contact(phone) for phone in PHONES[:count]]
    for contact in found:
        opt_in(contact, purposes or (ORGANISATION,))
    return found


def all_of_it() -> int:
    """Batches until nobody is left; answers how many people that were."""
    return sum(iter(partial(outdate, limit=2), 0))


# ── whose consent stops ──


@pytest.mark.usefixtures("practice")
def test_c_06_a_text_that_must_be_renewed_stops_the_purpose_for_those_who_agreed_to_an_older_one() -> None:
    [jana] = people(1, ORGANISATION, WERBUNG)

    an_edition(renews=[WERBUNG])
    count = outdate()

    assert count == 1
    assert states_of(jana) == {
        ORGANISATION: Consent.GRANTED,
        BEHANDLUNG: Consent.NONE,
        RECALL: Consent.NONE,
        WERBUNG: Consent.OUTDATED,
    }


@pytest.mark.usefixtures("practice")
def test_c_06_the_event_names_the_rule_the_new_text_and_what_it_ends() -> None:
    [jana] = people(1, ORGANISATION, WERBUNG)
    confirmed = ConsentEvent.objects.latest("seq")

    edition = an_edition(renews=[WERBUNG])
    outdate()

    event = ConsentEvent.objects.latest("seq")
    evidence = evidence_of(event)
    assert (event.type, event.contact, event.channel) == ("outdated", jana, Channel.WHATSAPP_KEYWORD)
    assert (event.text.version, event.text.kind) == (edition.version, ConsentText.Kind.QR_PAGE)  # type: ignore[union-attr]
    assert evidence["purposes"] == {"organisation": False, "behandlung": False, "recall": False, "werbung": True}
    assert (evidence["act"], evidence["actor"]["kind"]) == ({"rule": "new_text"}, "system")
    assert evidence["refers_to"] == str(confirmed.pk)


@pytest.mark.usefixtures("practice")
def test_c_06_a_new_wording_alone_stops_nothing() -> None:
    [jana] = people(1)

    an_edition()

    assert outdate() == 0
    assert states_of(jana)[ORGANISATION] == Consent.GRANTED


@pytest.mark.usefixtures("practice")
def test_c_06_whoever_agreed_to_the_new_text_meanwhile_is_left_alone() -> None:
    jana, kim = people(2)
    an_edition(renews=[ORGANISATION])
    opt_in(kim)

    count = all_of_it()

    assert count == 1
    assert (states_of(jana)[ORGANISATION], states_of(kim)[ORGANISATION]) == (Consent.OUTDATED, Consent.GRANTED)


@pytest.mark.usefixtures("practice")
def test_a_yes_to_the_new_text_before_the_run_is_on_the_ledger_after_the_end_of_the_older_one() -> None:
    [jana] = people(1)
    an_edition(renews=[ORGANISATION])

    tap(jana)

    types = list(ConsentEvent.objects.order_by("seq").values_list("type", flat=True))
    assert types == ["granted", "confirmed", "outdated", "granted"]
    assert states_of(jana)[ORGANISATION] == Consent.GRANTED


@pytest.mark.usefixtures("practice")
def test_whoever_agrees_to_the_new_text_afterwards_holds_the_purpose_again() -> None:
    [jana] = people(1)
    an_edition(renews=[ORGANISATION])
    outdate()

    act = opt_in(jana)

    assert act.outcome == Outcome.GRANTED
    assert states_of(jana)[ORGANISATION] == Consent.GRANTED
    assert outdate() == 0


@pytest.mark.usefixtures("practice")
def test_a_later_wording_keeps_what_was_agreed_to_since_the_renewal() -> None:
    an_edition(renews=[ORGANISATION], page__title="Neuer Empfänger")
    [jana] = people(1)

    an_edition(page__title="Nur ein Wort")

    assert outdate() == 0
    assert states_of(jana)[ORGANISATION] == Consent.GRANTED


@pytest.mark.usefixtures("practice")
def test_somebody_who_skipped_two_versions_is_affected_by_the_renewal_between_them() -> None:
    [jana] = people(1)
    an_edition(renews=[ORGANISATION], page__title="Neuer Empfänger")
    an_edition(page__title="Nur ein Wort")

    assert outdate() == 1
    assert states_of(jana)[ORGANISATION] == Consent.OUTDATED


@pytest.mark.usefixtures("practice")
def test_a_text_of_another_language_is_not_affected() -> None:
    john = make_contact()
    submitted = send_form(ORGANISATION, language="en")
    confirm_code(contact=john, code=submitted.code, message_id="wamid.john", at=timezone.now())

    an_edition(renews=[ORGANISATION])

    assert outdate() == 0
    assert states_of(john)[ORGANISATION] == Consent.GRANTED


@pytest.mark.usefixtures("practice")
def test_a_yes_in_the_chat_is_affected_as_well() -> None:
    contact = make_contact()
    tap(contact)

    an_edition(renews=[ORGANISATION])

    assert outdate() == 1
    assert states_of(contact)[ORGANISATION] == Consent.OUTDATED


@pytest.mark.usefixtures("practice")
def test_whoever_withdrew_has_nothing_to_renew() -> None:
    [jana] = people(1)
    withdraw(contact=jana, channel=Channel.STAFF_DESK, act={"note": "x"}, occurred_at=timezone.now())

    an_edition(renews=[ORGANISATION])

    assert outdate() == 0
    assert states_of(jana)[ORGANISATION] == Consent.WITHDRAWN


@pytest.mark.usefixtures("practice")
def test_the_wording_of_an_old_form_counts_as_older_than_any_text_of_ours() -> None:
    contact = make_contact()
    edition = an_edition(renews=[ORGANISATION])
    old = ConsentText.objects.create(
        kind=ConsentText.Kind.IMPORTED, version=edition.version, language="de", body="Ja.", sha256="0" * 64
    )
    _tap_on(contact, old)

    assert states_of(contact)[ORGANISATION] == Consent.OUTDATED


def _tap_on(contact: Contact, text: ConsentText) -> Outcome:
    act = confirm_button(
        contact=contact, payload="ja_einverstanden", message_id=f"wamid.{uuid4().hex}", at=timezone.now(), text=text
    )
    return act.outcome


@pytest.mark.usefixtures("practice")
def test_the_state_is_the_same_when_the_ledger_is_folded_anew() -> None:
    [jana] = people(1, ORGANISATION, WERBUNG)
    an_edition(renews=[WERBUNG])
    outdate()
    before = states_of(jana)

    rebuild()

    assert states_of(jana) == before


def test_what_a_guardian_agreed_to_for_a_child_stops_for_that_child(practice: Practice) -> None:
    mother, mia = make_contact(), make_patient("Mia")
    agreed = ledger.append(
        type=ConsentEvent.Type.GRANTED,
        channel=Channel.WHATSAPP_BUTTON,
        contact=mother,
        patient=mia,
        text=current_text(ConsentText.Kind.CHAT, "de"),
        notice_version="de-2026-05",
        purposes={purpose: purpose == ORGANISATION for purpose in Purpose},
        actor=PATIENT,
        act={"button": "ja_einverstanden", "message_id": "wamid.mia"},
        occurred_at=timezone.now(),
    )
    apply(agreed)
    an_edition(renews=[ORGANISATION])

    assert outdate() == 1
    assert states_of(mother, mia.pk)[ORGANISATION] == Consent.OUTDATED
    assert states_of(mother)[ORGANISATION] == Consent.NONE


# ── a page or question that was open while the new text came ──


@pytest.mark.usefixtures("practice")
def test_c_06_a_form_of_the_older_text_that_is_confirmed_afterwards_proves_the_number_and_grants_nothing() -> None:
    contact, submitted = make_contact(), send_form(ORGANISATION)
    an_edition(renews=[ORGANISATION])

    act = confirm_code(contact=contact, code=submitted.code, message_id="wamid.1", at=timezone.now())

    contact.refresh_from_db()
    assert act.outcome == Outcome.OUTDATED
    assert states_of(contact)[ORGANISATION] == Consent.OUTDATED
    assert contact.number_proven_at is not None
    types = list(ConsentEvent.objects.order_by("seq").values_list("type", flat=True))
    assert types == ["granted", "confirmed", "outdated"]


@pytest.mark.usefixtures("practice")
def test_a_form_of_the_older_text_still_grants_what_need_not_be_renewed_and_that_alone_is_thanked_for() -> None:
    contact, submitted = make_contact(), send_form(ORGANISATION, WERBUNG)
    an_edition(renews=[WERBUNG])

    act = confirm_code(contact=contact, code=submitted.code, message_id="wamid.1", at=timezone.now())

    assert (act.outcome, act.purposes) == (Outcome.GRANTED, frozenset({ORGANISATION}))
    assert states_of(contact)[WERBUNG] == Consent.OUTDATED


@pytest.mark.usefixtures("practice")
def test_a_tap_under_the_older_question_grants_nothing() -> None:
    contact, old = make_contact(), current_text(ConsentText.Kind.CHAT, "de")
    an_edition(renews=[ORGANISATION])

    assert _tap_on(contact, old) == Outcome.OUTDATED
    assert _tap_on(contact, current_text(ConsentText.Kind.CHAT, "de")) == Outcome.GRANTED


# ── a run that breaks off, and two at once ──


@pytest.mark.django_db(transaction=True)
def test_c_06_a_run_that_was_killed_half_way_goes_on_and_stops_each_once() -> None:
    practice = ready(make_practice())
    with practice_scope(practice.pk):
        with transaction.atomic():
            contacts = people(5)
            an_edition(renews=[ORGANISATION])
        outdate(limit=2)
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            outdate(limit=2)
            raise KeyboardInterrupt  # the worker dies before it commits

        rest = all_of_it()

    assert rest == 3
    with practice_scope(practice.pk), transaction.atomic():
        stopped = list(ConsentEvent.objects.filter(type="outdated").values_list("contact_id", flat=True))
        assert sorted(stopped) == sorted(contact.pk for contact in contacts)


@pytest.mark.django_db(transaction=True)
def test_four_runs_at_once_stop_each_once() -> None:
    practice = ready(make_practice())
    with practice_scope(practice.pk), transaction.atomic():
        people(8)
        an_edition(renews=[ORGANISATION])

    errors = at_once(practice, [all_of_it] * 4)

    assert errors == []
    with practice_scope(practice.pk), transaction.atomic():
        all_of_it()
        assert ConsentEvent.objects.filter(type="outdated").count() == 8


def test_the_tasks_stop_everybody_and_ask_them_by_day(practice: Practice, asked: list[object]) -> None:
    with time_machine.travel(MONDAY_MORNING):
        contacts = people(3)
        an_edition(renews=[ORGANISATION])

        outdate_task(practice_id=practice.pk)
        ask_anew_task(practice_id=practice.pk)

    assert [states_of(contact)[ORGANISATION] for contact in contacts] == [Consent.OUTDATED] * 3
    assert len(asked) == 3


# ── asking ──


@pytest.mark.usefixtures("practice")
def test_everybody_is_asked_once_about_what_stopped(asked: list[tuple[UUID, frozenset[Purpose]]]) -> None:
    contacts = people(3, ORGANISATION, WERBUNG)
    an_edition(renews=[WERBUNG])
    all_of_it()

    first = ask_next(limit=2)
    second = ask_next(after=first.last, limit=2)
    again = ask_next()

    assert sorted(asked) == sorted((contact.pk, frozenset({WERBUNG})) for contact in contacts)
    assert [one.reached[Reached.CHAT] for one in (first, second, again)] == [2, 1, 0]
    assert again.reached[Reached.ASKED] == 3


@pytest.mark.usefixtures("practice")
def test_where_nobody_is_left_the_round_says_so(asked: list[object]) -> None:
    assert ask_next() == Round(None, dict.fromkeys(Reached, 0))
    assert asked == []


@pytest.mark.usefixtures("practice", "asked")
def test_the_progress_counts_each_person_once_and_names_who_is_left() -> None:
    jana, kim, lea, mia = people(4)
    an_edition(renews=[ORGANISATION])
    before = progress("de")
    all_of_it()
    ask_next(limit=1)
    opt_in(kim)
    withdraw(contact=lea, channel=Channel.STAFF_DESK, act={"note": "x"}, occurred_at=timezone.now())

    after = progress("de")

    assert (before.still_to_stop, before.affected, before.is_over) == (4, 0, False)
    assert (after.still_to_stop, after.affected, after.renewed, after.ended) == (0, 4, 1, 1)
    assert (after.asked, after.left) == (1, 1)
    assert [(one.contact_id, one.was_asked) for one in waiting_people("de")] == [(jana.pk, True), (mia.pk, False)]


def test_the_task_asks_nobody_in_quiet_hours(practice: Practice, asked: list[object]) -> None:
    with time_machine.travel(MONDAY_MORNING - timedelta(hours=3)):
        people(1)
        an_edition(renews=[ORGANISATION])
        all_of_it()

        ask_anew_task(practice_id=practice.pk)

    assert asked == []


# ── what is counted before anybody decides ──


@pytest.mark.usefixtures("practice", "asked")
def test_c_06_the_preview_counts_people_by_purpose_and_language() -> None:
    people(3, ORGANISATION, WERBUNG)
    opt_in(make_contact(PHONES[3]))
    john = make_contact(PHONES[4])
    submitted = send_form(ORGANISATION, language="en")
    confirm_code(contact=john, code=submitted.code, message_id="wamid.john", at=timezone.now())

    found = preview("de", [ORGANISATION, WERBUNG])

    assert (found.people, found.by_purpose) == (4, {ORGANISATION: 4, WERBUNG: 3})
    assert found.reached == {Reached.CHAT: 4, Reached.TEMPLATE: 0, Reached.DESK: 0, Reached.ASKED: 0}
    assert found.elsewhere == {"en": 1}


@pytest.mark.usefixtures("practice")
def test_c_06_the_preview_says_exactly_whom_the_publication_then_stops() -> None:
    people(3, ORGANISATION, WERBUNG)
    make_member(Practice.objects.get(), Role.OWNER)
    foreseen = preview("de", [WERBUNG]).people

    an_edition(renews=[WERBUNG])

    assert (foreseen, all_of_it()) == (3, 3)


# ── the words, and a history nobody thought of ──


@pytest.mark.parametrize("words", [CHANGED, CHOOSE_AGAIN])
def test_the_words_exist_in_each_language_of_a_page_and_claim_nothing(words: dict[str, str]) -> None:
    assert set(texts.CURRENT) - set(words) == set()
    assert [banned_claims(word) for word in words.values()] == [()] * len(words)


def test_the_words_name_what_stopped_and_where_to_choose_again() -> None:
    assert {tuple(sorted(placeholders_in(word))) for word in CHOOSE_AGAIN.values()} == {("purposes", "url")}


@pytest.mark.usefixtures("practice")
@settings(
    max_examples=as_many(whole=12, everyday=4),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.sampled_from(["agree", "chat", "stop", "word", "renew", "run"]), min_size=3, max_size=8))
def test_nobody_holds_a_purpose_under_an_older_text_once_the_run_is_over(steps: list[str]) -> None:
    """Against a plain model: what counts is whether the last yes came after the last renewal."""
    holds, is_old = False, False
    contact = make_contact()
    withdraw(contact=contact, channel=Channel.STAFF_DESK, act={"note": "x"}, occurred_at=timezone.now())
    for step in steps:
        take(step, contact)
        if step in {"agree", "chat"}:
            holds, is_old = True, False
        elif step == "stop":
            holds = False
        elif step == "renew":
            is_old = holds
        elif step == "run" and is_old:
            holds, is_old = False, False
    all_of_it()

    expected = holds and not is_old
    assert (states_of(contact)[ORGANISATION] == Consent.GRANTED) is expected


def take(step: str, contact: Contact) -> None:
    """One deed of the person or the practice."""
    match step:
        case "agree":
            opt_in(contact)
        case "chat":
            tap(contact)
        case "stop":
            withdraw(contact=contact, channel=Channel.STAFF_DESK, act={"note": "x"}, occurred_at=timezone.now())
        case "word":
            an_edition(page__title=f"Wort {uuid4().hex}")
        case "renew":
            an_edition(page__title=f"Neu {uuid4().hex}", renews=[ORGANISATION])
        case "run":
            all_of_it()
