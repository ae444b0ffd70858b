"""What the demo's people agreed to, through the same acts and with the times it would have had."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction

from consent import ledger, read_outs, texts
from consent.actions import ONLY_REMINDERS, confirm_button, confirm_code, withdraw
from consent.guardians import Speaker
from consent.intake import Intake, take_down
from consent.ledger import PATIENT
from consent.models import Channel, ConsentEvent, ConsentText, PendingOptIn
from consent.opt_ins import Form, submit_form
from consent.purposes import Purpose
from consent.states import apply
from consent.wording import BUTTON_NO, current_text, practice_in_scope
from messaging.models import Message
from patients.actions import unlink
from patients.models import Contact, Custody, Relation
from practices.models import Member
from roger.demo.people import Somebody

LANGUAGE = "de"
BEFORE = timedelta(days=23, minutes=17)
UNTIL_SENT = timedelta(minutes=2)
UNTIL_AT_THE_DESK = timedelta(minutes=15)
Type = ConsentEvent.Type


def agree_before(somebody: Somebody, state: str, purposes: Iterable[str], start: datetime) -> None:
    """The consent somebody brought along when a dialogue began."""
    contact = somebody.contact
    if contact is None or state not in {"granted", "pending"}:
        return
    at = start - BEFORE
    if state == "pending":
        _book_waiting(contact, purposes, start)
        return
    code = agree_on_page(purposes, at)
    confirm_code(contact=contact, code=code, message_id=f"demo-{uuid4()}", at=at + UNTIL_SENT)


def agree_for_children(guardian: Somebody, children: Iterable[Somebody], by: Member, start: datetime) -> None:
    """What a mother agreed to for her children at the desk, where she stated the custody they share."""
    for child in children:
        if guardian.contact is None or child.patient is None:
            continue
        act = Intake(
            id=uuid4(),
            contact=guardian.contact,
            patient=child.patient,
            speaker=Speaker(relation=Relation.GUARDIAN, name=guardian.name, custody=Custody.JOINT),
            purposes=frozenset(map(Purpose, child.written["consent"]["purposes"])),
            way=Channel.STAFF_DESK,
            read_out=read_outs.current(LANGUAGE, practice_in_scope()),
            agreed_at=start - BEFORE + UNTIL_AT_THE_DESK,
        )
        take_down(intake=act, by=by)


def agree_on_page(purposes: Iterable[str], at: datetime) -> str:
    """Somebody ticked boxes on the QR page; answers the code that proves the number."""
    form = Form(
        id=uuid4(),
        ticked=frozenset(map(Purpose, purposes)),
        text=current_text(ConsentText.Kind.QR_PAGE, LANGUAGE),
        notice_version=texts.current(LANGUAGE).version,
        occurred_at=at,
    )
    submitted = submit_form(form=form)
    PendingOptIn.objects.filter(pk=submitted.opt_in.pk).update(created_at=at)  # nobody of the demo came in today
    return submitted.code


def _book_waiting(contact: Contact, purposes: Iterable[str], at: datetime) -> None:
    """A number given on the Anamnesebogen, which has not confirmed anything yet."""
    _book(
        contact,
        Type.GRANTED,
        channel=Channel.ANAMNESE_WEB,
        purposes=set(map(Purpose, purposes)),
        act={"boxes": sorted(purposes)},
        at=at,
    )


@transaction.atomic
def _book(
    contact: Contact,
    type_: ConsentEvent.Type,
    *,
    channel: Channel,
    purposes: set[Purpose],
    act: dict[str, object],
    at: datetime,
) -> None:
    held = Contact.objects.filter(pk=contact.pk).locked().get()
    event = ledger.append(
        type=type_,
        channel=channel,
        contact=held,
        text=current_text(ConsentText.Kind.QR_PAGE, LANGUAGE),
        notice_version=texts.current(LANGUAGE).version,
        purposes={purpose: purpose in purposes for purpose in Purpose},
        actor=PATIENT,
        act=act,
        occurred_at=at,
    )
    apply(event)


def act_in_chat(somebody: Somebody, kind: str, purposes: list[str], message: Message, code: str | None) -> None:
    """What a message of the person meant for consent (`expected.consent_events` of its dialogue)."""
    contact, wamid, at = message.contact, message.wamid or "", message.at
    if kind == "confirmed" and code:
        confirm_code(contact=contact, code=code, message_id=wamid, at=at)
    elif kind == "rejected":
        confirm_button(contact=contact, payload=BUTTON_NO, message_id=wamid, at=at)
    elif kind == "withdrawn" and purposes == ["*"]:
        act = {"keyword": "stop", "message_id": wamid}
        withdraw(contact=contact, channel=Channel.WHATSAPP_KEYWORD, act=act, occurred_at=at, reference=wamid)
    elif kind == "withdrawn":
        confirm_button(contact=contact, payload=ONLY_REMINDERS, message_id=wamid, at=at)
    elif kind == "wrong_number":
        _book(
            contact,
            Type.WRONG_NUMBER,
            channel=Channel.WHATSAPP_BUTTON,
            purposes=set(Purpose),
            act={"button": "falsche_nummer", "message_id": wamid},
            at=at,
        )
        if somebody.patient:
            unlink(patient=somebody.patient, contact=contact, by=None)
