"""Whatever happened to the consents of a person, in whatever order it was told, nothing leaves that may not.

Random histories go through the real acts onto a real ledger; what may be sent is then asked of the real gate and held
to a plain model of the promise: for this patient and this purpose the person's last word was a proven yes. Messages are
queued and claimed in between, so what was allowed when it was written meets what the person said afterwards.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import ledger
from consent.actions import confirm_button, confirm_code, start_again, withdraw
from consent.gate import Kind
from consent.ledger import PATIENT
from consent.models import Channel, ConsentEvent, ConsentState, ConsentText
from consent.purposes import Purpose
from consent.states import apply
from consent.wording import BUTTON_NO, BUTTON_YES, current_text
from messaging import outbox
from messaging.actions import send_template, send_text
from messaging.dispatch import Sending, SendingRefused, require_permission
from messaging.models import Conversation, Message, Template
from messaging.whatsapp.answers import Accepted
from patients.models import Contact, Patient, Relation
from practices.models import Practice
from practices.refusal import Refusal
from practices.scope import practice_scope
from tests.consent_factories import make_contact, send_form
from tests.messaging.factories import Line
from tests.messaging.inbox.desk import make_conversation, make_patient, make_template, receive
from tests.whole import as_many

pytestmark = pytest.mark.django_db
Type = ConsentEvent.Type
EVERY = frozenset(Purpose)
ADVERTISING = frozenset({Purpose.RECALL, Purpose.WERBUNG})
FREE_FORM = (Kind.FREE_TEXT, Kind.AUTOMATIC, Kind.REACTION)
PROACTIVE_AND_REPLIES = (Kind.FREE_TEXT, Kind.TEMPLATE)


@dataclass
class Place:
    """Where one purpose stands for one patient, in the plain model."""

    may: bool = False
    refused_at: datetime | None = None  # since when the person's word is no

    def yes(self, at: datetime) -> None:
        if self.refused_at is None or at >= self.refused_at:
            self.may, self.refused_at = True, None

    def waits(self, at: datetime) -> None:
        """A yes that is not proven yet: it opens nothing, and ends an older no."""
        if not self.may and (self.refused_at is None or at >= self.refused_at):
            self.refused_at = None

    def no(self, at: datetime) -> None:
        self.refused_at = at if self.may or self.refused_at is None else max(self.refused_at, at)
        self.may = False

    def ends(self) -> None:
        """Outdated, or ended by a birthday: to be asked anew, without anybody having said no."""
        self.may = False


@dataclass
class World:
    """A mother with a phone, a patient herself, and her child; and what the model knows of them."""

    contact: Contact
    mother: Patient
    child: Patient
    conversation: Conversation
    templates: dict[Purpose, Template]
    now: datetime
    places: dict[tuple[UUID | None, Purpose], Place] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)  # by the message that carried them
    left: list[tuple[Kind, Purpose, bool]] = field(default_factory=list)  # what went out, and whether it might

    def place(self, purpose: Purpose, patient: UUID | None) -> Place:
        """The mother's own consents are the contact's."""
        return self.places.setdefault((patient if patient == self.child.pk else None, purpose), Place())

    def places_of(self, purposes: frozenset[Purpose], *patients: UUID | None) -> list[Place]:
        return [self.places.setdefault((who, what), Place()) for who in patients for what in purposes]

    @property
    def everybody(self) -> tuple[UUID | None, UUID]:
        return None, self.child.pk

    def is_news(self, reference: str) -> bool:
        """Whether this act was not told before: a webhook may come twice."""
        is_news = reference not in self.heard
        self.heard.add(reference)
        return is_news


def evidence(world: World, type_: Type, purposes: frozenset[Purpose], at: datetime, **more: Any) -> None:
    """One entry of the ledger, for acts that have their own doors elsewhere."""
    contact = Contact.objects.filter(pk=world.contact.pk).locked().get()
    given: dict[str, Any] = {
        "channel": Channel.STAFF_DESK,
        "actor": replace(PATIENT, member_id="1"),  # whoever wrote it down
        "act": {"note": "erfunden"},
        "text": current_text(ConsentText.Kind.QR_PAGE, "de"),
        "notice_version": "de-2026-05",
    } | more
    concerned = {purpose: purpose in purposes for purpose in Purpose}
    apply(ledger.append(type=type_, contact=contact, purposes=concerned, occurred_at=at, **given))


# ── what may happen ──


def form_and_code(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    """The same message again carries the same code."""
    ticked = purposes | {Purpose.ORGANISATION}
    if reference not in world.codes:
        world.codes[reference] = send_form(*ticked, at=at).code
    confirm_code(contact=world.contact, code=world.codes[reference], message_id=reference, at=at)
    if world.is_news(f"confirmed {reference}"):
        for place in world.places_of(ticked, None):
            place.yes(at)


def form_alone(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    """Nobody knows yet whose form it is."""
    send_form(*(purposes | {Purpose.ORGANISATION}), at=at)


def yes_in_chat(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    confirm_button(contact=world.contact, payload=BUTTON_YES, message_id=reference, at=at)
    if world.is_news(f"tap {reference} {at}"):
        for place in world.places_of(frozenset({Purpose.ORGANISATION}), None):
            place.yes(at)


def no_in_chat(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    had_agreed = any(place.may for place in world.places_of(EVERY, *world.everybody))
    confirm_button(contact=world.contact, payload=BUTTON_NO, message_id=reference, at=at)
    if world.is_news(f"tap {reference} {at}"):
        for place in world.places_of(EVERY, *(world.everybody if had_agreed else (None,))):
            place.no(at)


def stop(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    _withdraw(world, at, reference, EVERY, None)


def stop_reminders(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    _withdraw(world, at, reference, ADVERTISING, None)


def stop_for_child(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    _withdraw(world, at, reference, purposes or EVERY, world.child)


def _withdraw(
    world: World, at: datetime, reference: str, purposes: frozenset[Purpose], patient: Patient | None
) -> None:
    act = {"keyword": "stop"}
    withdraw(
        contact=world.contact,
        purposes=purposes,
        patient=patient,
        channel=Channel.WHATSAPP_KEYWORD,
        act=act,
        occurred_at=at,
        reference=reference,
    )
    if world.is_news(f"withdrawn {reference} {at}"):
        for place in world.places_of(purposes, *([patient.pk] if patient else world.everybody)):
            place.no(at)


def start(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    start_again(contact=world.contact, word="START", message_id=reference, at=at)
    for place in world.places_of(frozenset({Purpose.ORGANISATION}), None):
        place.waits(at)


def guardian_at_the_desk(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    evidence(world, Type.GRANTED, purposes, at, patient=world.child)
    for place in world.places_of(purposes, world.child.pk):
        place.waits(at)


def guardian_confirms(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    """Confirms what was taken down for the child, and nothing else."""
    taken_down = ConsentState.objects.filter(contact=world.contact, patient=world.child, purpose__in=purposes)
    purposes = frozenset(Purpose(purpose) for purpose in taken_down.values_list("purpose", flat=True))
    if not purposes:
        return
    evidence(world, Type.CONFIRMED, purposes, at, patient=world.child, channel=Channel.WHATSAPP_BUTTON)
    for place in world.places_of(purposes, world.child.pk):
        place.yes(at)


def guardian_changes(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    evidence(world, Type.GUARDIAN_CHANGED, EVERY, at, patient=world.child)
    for place in world.places_of(EVERY, world.child.pk):
        place.ends()


def import_of_old_paper(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    evidence(world, Type.IMPORTED, purposes, at, channel=Channel.IMPORT, proof_ref={"document": "alt"})
    for place in world.places_of(purposes, None):
        place.waits(at)


def new_text(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    evidence(world, Type.OUTDATED, purposes, at)
    for place in world.places_of(purposes, None):
        place.ends()


def fortnight_over(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    """Ends what waits and nothing else, so nothing changes for what may be sent."""
    evidence(world, Type.EXPIRED, purposes, at)


def wrong_number(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    evidence(world, Type.WRONG_NUMBER, EVERY, at, channel=Channel.WHATSAPP_BUTTON)
    for place in world.places_of(EVERY, *world.everybody):
        place.no(at)


def somebody_writes(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    """About the child or the mother herself; what may not even be queued is not."""
    purpose = min(purposes)
    patient = world.child if len(purposes) > 1 else world.mother
    send = send_template_of if purpose in ADVERTISING else send_words
    with suppress(Refusal):
        send(world, purpose, patient)


def send_words(world: World, purpose: Purpose, patient: Patient) -> None:
    conversation = Conversation.objects.with_people().get()
    send_text(conversation=conversation, body="Guten Tag.", purpose=purpose, patient=patient, by=None)


def send_template_of(world: World, purpose: Purpose, patient: Patient) -> None:
    send_template(
        conversation=Conversation.objects.with_people().get(),
        template=world.templates[purpose],
        rendered="Guten Tag.",
        components=[],
        patient=patient,
        by=None,
    )


def the_worker_comes(world: World, at: datetime, reference: str, purposes: frozenset[Purpose]) -> None:
    """Claims whatever waits, one after the other, and gets WhatsApp's yes to each."""
    while (claims := outbox.claim()) is not None:
        for one in claims:
            sent = Message.objects.get(pk=one.message_id)
            if sent.kind in PROACTIVE_AND_REPLIES:
                may = world.place(Purpose(sent.purpose), sent.concerns_patient_id).may
                world.left.append((Kind(sent.kind), Purpose(sent.purpose), may))
            outbox.record(one, Accepted(f"wamid.{one.attempt_id.hex}"))


Happening = Callable[[World, datetime, str, frozenset[Purpose]], None]
HAPPENINGS: list[Happening] = [
    *(form_and_code, form_alone, yes_in_chat, no_in_chat, stop, stop_reminders, stop_for_child, start),
    *(guardian_at_the_desk, guardian_confirms, guardian_changes, import_of_old_paper, new_text, fortnight_over),
    wrong_number,
]
# Mostly a yes, so that there is something to take back.
YES = [form_and_code, form_and_code, yes_in_chat, guardian_confirms]
SENDING = [somebody_writes] * 8 + [the_worker_comes] * 4
happenings = st.sampled_from([*HAPPENINGS, *YES, *SENDING])
histories = st.lists(
    st.tuples(
        happenings,
        st.integers(-72, 0),  # hours: told late, and in any order
        st.sampled_from(["wamid.a", "wamid.b", "wamid.c", ""]),  # the same act twice, or one of its own
        st.frozensets(st.sampled_from(Purpose), min_size=1),
    ),
    max_size=14,
)
sends = st.lists(
    st.tuples(
        st.sampled_from([Kind.FREE_TEXT, Kind.AUTOMATIC, Kind.REACTION, Kind.TEMPLATE, Kind.BULK]),
        st.sampled_from(Purpose),
        st.sampled_from(["nobody", "mother", "child"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def awake() -> str:
    """A time zone in which it is no Sunday: those are quiet all day."""
    places = ("Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago")
    return next(place for place in places if timezone.localtime(timezone.now(), ZoneInfo(place)).weekday() != 6)


@pytest.fixture
def world(line: Line) -> Iterator[World]:
    """The practice's scope stays open."""
    Practice.objects.update(quiet_from="00:00", quiet_until="00:00", timezone=awake())
    with practice_scope(line.practice.pk):
        contact = make_contact()
        conversation = make_conversation(line.channel, contact)
        mother = make_patient(contact)
        child = make_patient(contact, first_name="Mia", birth_date="2020-02-02", relation=Relation.GUARDIAN)
        plain = [{"type": "BODY", "text": "Guten Tag."}]
        templates = {
            purpose: make_template(
                line.channel,
                f"t_{purpose}",
                purpose=purpose,
                components=plain,
                category="MARKETING" if purpose in ADVERTISING else "UTILITY",
            )
            for purpose in Purpose
        }
        receive(conversation)
        yield World(contact, mother, child, conversation, templates, timezone.now())


def may_leave(world: World, kind: Kind, purpose: Purpose, whom: str, is_open: bool) -> bool:
    """What the real gate says."""
    conversation = Conversation.objects.select_related("channel", "contact").get()
    conversation.last_inbound_at = timezone.now() if is_open else timezone.now() - timedelta(hours=25)
    patient = {"nobody": None, "mother": world.mother.pk, "child": world.child.pk}[whom]
    template = world.templates[purpose] if kind in {Kind.TEMPLATE, Kind.BULK} else None
    sending = Sending(conversation=conversation, kind=kind, purpose=purpose, patient_id=patient, template=template)
    try:
        require_permission(sending)
    except SendingRefused:
        return False
    return True


def is_forbidden(world: World, kind: Kind, purpose: Purpose, whom: str, is_open: bool) -> bool:
    """What the promise says."""
    place = world.place(purpose, world.child.pk if whom == "child" else None)
    names_nobody = whom == "nobody" and kind != Kind.REACTION
    return not place.may or names_nobody or (kind in FREE_FORM and not is_open)


def happen(world: World, history: list[tuple[Happening, int, str, frozenset[Purpose]]]) -> None:
    for happening, hours, reference, purposes in history:
        at = (world.now + timedelta(hours=hours)).replace(microsecond=0)
        # One message is one act, however often it is told.
        happening(world, at, f"{happening.__name__} {reference or uuid4().hex}", purposes)


def forget(world: World) -> None:
    world.places.clear()
    world.heard.clear()
    world.codes.clear()
    world.left.clear()


@settings(
    max_examples=as_many(whole=60, everyday=15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=histories, attempts=sends)
def test_c_09_no_history_of_consents_lets_out_what_the_promise_forbids(
    world: World, history: list[Any], attempts: list[Any]
) -> None:
    forget(world)
    with transaction.atomic():
        happen(world, history)
        the_worker_comes(world, world.now, "", EVERY)

        broken = [one for one in attempts if may_leave(world, *one) and is_forbidden(world, *one)]

        transaction.set_rollback(True)
    assert broken == []
    assert [one for one in world.left if not one[-1]] == []


def test_what_is_written_after_a_yes_leaves_and_what_waits_when_a_no_comes_does_not(world: World) -> None:
    """So that the histories above have something to find: messages do leave in them."""
    now, news = world.now, frozenset({Purpose.RECALL})
    form_and_code(world, now, "wamid.yes", news)
    somebody_writes(world, now, "", frozenset({Purpose.ORGANISATION}))
    somebody_writes(world, now, "", news)
    the_worker_comes(world, now, "", EVERY)
    somebody_writes(world, now, "", frozenset({Purpose.ORGANISATION}))
    wrong_number(world, now + timedelta(minutes=1), "", EVERY)  # a bare entry, which cancels nothing by itself
    the_worker_comes(world, now, "", EVERY)

    assert world.left == [
        (Kind.FREE_TEXT, Purpose.ORGANISATION, True),
        (Kind.TEMPLATE, Purpose.RECALL, True),
    ]


@settings(
    max_examples=as_many(whole=15, everyday=5),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=histories, purposes=st.frozensets(st.sampled_from(Purpose), min_size=1))
def test_after_any_history_a_plain_new_yes_lets_the_answer_out_again(
    world: World, history: list[Any], purposes: frozenset[Purpose]
) -> None:
    forget(world)
    with transaction.atomic():
        happen(world, history)

        form_and_code(world, world.now + timedelta(minutes=1), "wamid.new", purposes)

        wanted = [*purposes, Purpose.ORGANISATION]
        said = [may_leave(world, Kind.FREE_TEXT, purpose, "mother", True) for purpose in wanted]
        transaction.set_rollback(True)
    assert said == [True] * len(wanted)
