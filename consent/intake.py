"""Consent taken down by staff: at the counter, on the phone, or from a signed paper.

Somebody reads the text out, or hands it over, and writes down who agreed to what. Nothing is granted by that: the
number has to prove itself (C-07), so it is asked once (consent/number_checks.py). Only a number that has done so
before, and that the practice knows as the speaker's own, is not asked again.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consent import ledger
from consent.gate import Consent
from consent.guardians import Speaker, hold, join, require_voice
from consent.ledger import Actor, Type, find_act
from consent.models import Channel, ConsentDocument, ConsentEvent, ConsentState, ConsentText
from consent.number_checks import NumberCheck, ask_for_proof, confirm_by_known_number, waiting_acts
from consent.purposes import Purpose
from consent.qr_codes import offered_by
from consent.read_outs import ReadOut
from consent.renewals import agreeing
from consent.states import IN_CHAT, OPENS, apply
from consent.wording import guardian_statement, practice_in_scope
from patients.models import Contact, Patient, PatientContact, Relation
from practices.audit import record
from practices.live import changed
from practices.models import Member, Practice
from practices.refusal import Refusal

WAYS = (Channel.STAFF_DESK, Channel.STAFF_PHONE, Channel.PAPER_SCAN)
READ_OUT = "vorgelesen und bejaht"


class NotTakenDown(Refusal):
    """This act cannot be written down as it was told."""

    reason = "not_taken_down"


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What the desk was told. `id` comes with the form, so that one posted twice is one act.

    read_out    the text that was shown at the desk, or stands on the paper; the event names it (C-05)
    agreed_at   when the person agreed; on paper, the day beside the signature
    document    the scan, for paper only
    """

    id: UUID
    contact: Contact
    patient: Patient
    speaker: Speaker
    purposes: frozenset[Purpose]
    way: Channel
    read_out: ReadOut
    agreed_at: datetime
    note: str = field(default="", repr=False)
    document: ConsentDocument | None = None

    @property
    def is_for_another(self) -> bool:
        """Whether the consent counts for (contact, patient) and not for the contact itself."""
        return self.speaker.relation != Relation.SELF


@dataclass(frozen=True)
class TakenDown:
    """On the ledger: the act itself, whether it holds already, and where the question to the number stands."""

    event: ConsentEvent
    is_granted: bool
    check: NumberCheck | None = None


@transaction.atomic
def take_down(*, intake: Intake, by: Member) -> TakenDown:
    """Write down that somebody agreed. Raises a Refusal, and then nothing is stored.

    Who speaks for a patient agrees to be written to at all as well, since the messages go to that person's phone.
    """
    hold(intake.contact.pk, intake.patient.pk)
    contact: Contact = Contact.objects.get(pk=intake.contact.pk)
    if told := told_before(intake.id, intake.agreed_at):
        return TakenDown(told, _is_granted(told))
    practice = practice_in_scope()
    _require_sense(intake, contact, practice)
    require_voice(intake.speaker, intake.patient, practice)
    is_known = _is_known(intake, contact)
    join(patient=intake.patient, contact=contact, speaker=intake.speaker, by=by, at=timezone.now())
    with agreeing(contact):
        events = _book(intake, contact, by)
        if is_known:  # within, since a text that counts no longer ends what the number would confirm
            _confirm(events, contact)
    record("consent_taken_down", about=contact, by=by, way=str(intake.way), purposes=sorted(intake.purposes))
    changed("contact", contact.pk)
    check = None if is_known else _ask(intake, contact, by)
    return TakenDown(events[-1], _is_granted(events[-1]), check)


def told_before(intake_id: UUID, agreed_at: datetime) -> ConsentEvent | None:
    """The event of a form that was sent before; the caller holds the contact's row."""
    return find_act(Type.GRANTED, agreed_at, _reference(intake_id))


def _require_sense(intake: Intake, contact: Contact, practice: Practice) -> None:
    if Purpose.ORGANISATION not in intake.purposes:
        raise NotTakenDown(_("Ohne „Termine und Organisation“ geht WhatsApp nicht."))
    if not intake.purposes <= set(offered_by(practice)):
        raise NotTakenDown(_("Diesen Zweck bietet Ihre Praxis nicht an."))
    if not intake.purposes <= intake.read_out.purposes:
        raise NotTakenDown(
            _("Dieser Zweck stand nicht in dem Text, der gezeigt wurde."),
            next_step=_("Lesen Sie den Text, der jetzt dasteht, noch einmal vor."),
        )
    if intake.agreed_at > timezone.now():
        raise NotTakenDown(_("Der Zeitpunkt liegt in der Zukunft."))
    if intake.way == Channel.PAPER_SCAN and intake.document is None:
        raise NotTakenDown(_("Bitte hängen Sie das unterschriebene Papier an."))
    if contact.blocked_at:
        raise NotTakenDown(
            _("Diese Nummer ist gesperrt."),
            next_step=_("Fragen Sie nach der richtigen Nummer und nehmen Sie diese auf."),
        )


def _is_known(intake: Intake, contact: Contact) -> bool:
    """The number proved itself, nothing has changed since, and it was this person's, for this patient, before today.

    A number that was mistyped may be somebody's who writes already. So whoever else that number writes for does not
    count, and neither does a link that only stands because of an act nobody has confirmed.
    """
    if contact.number_proven_at is None or contact.identity_changed_at is not None:
        return False
    is_written_to = ConsentState.objects.filter(
        contact=contact, patient=None, purpose=Purpose.ORGANISATION, state=Consent.GRANTED
    )
    links = PatientContact.objects.filter(contact=contact, patient=intake.patient, relation=intake.speaker.relation)
    return is_written_to.exists() and links.exists() and _is_last_yes_proven(intake, contact)


def _is_last_yes_proven(intake: Intake, contact: Contact) -> bool:
    """Whether the number itself stood behind what was last agreed to here; also where nothing ever was."""
    patient = intake.patient if intake.is_for_another else None
    acts = ConsentEvent.objects.filter(contact=contact, patient=patient, type__in=OPENS - {Type.RENEWED})
    last = acts.order_by("-seq").first()
    return last is None or last.type == Type.CONFIRMED or last.channel in IN_CHAT


# ── onto the ledger ──


def _book(intake: Intake, contact: Contact, by: Member) -> list[ConsentEvent]:
    """The act, and before it the speaker's own consent to be written to, unless that stands or waits already."""
    own = [] if not intake.is_for_another or _has_own(contact) else [_append_own(intake, contact, by)]
    return [*own, _append(intake, contact, by)]


def _has_own(contact: Contact) -> bool:
    own = ConsentState.objects.filter(contact=contact, patient=None, purpose=Purpose.ORGANISATION)
    return own.filter(state__in=(Consent.GRANTED, Consent.PENDING)).exists()


def _append_own(intake: Intake, contact: Contact, by: Member) -> ConsentEvent:
    event = ledger.append(
        type=Type.GRANTED,
        channel=intake.way,
        contact=contact,
        text=intake.read_out.text(ConsentText.Kind.QR_PAGE),
        notice_version=intake.read_out.version,
        purposes={purpose: purpose == Purpose.ORGANISATION for purpose in Purpose},
        actor=Actor(kind=ledger.ActorKind.PATIENT, member_id=str(by.pk), name=intake.speaker.name or None),
        act=_act(intake),
        proof_ref=_proof(intake),
        occurred_at=intake.agreed_at,
    )
    apply(event)
    return event


def _append(intake: Intake, contact: Contact, by: Member) -> ConsentEvent:
    speaks = intake.speaker.speaks_for_others
    kind = ConsentText.Kind.GUARDIAN if intake.speaker.relation == Relation.GUARDIAN else ConsentText.Kind.QR_PAGE
    event = ledger.append(
        type=Type.GRANTED,
        channel=intake.way,
        contact=contact,
        patient=intake.patient if intake.is_for_another else None,
        text=intake.read_out.text(kind),
        notice_version=intake.read_out.version,
        purposes={purpose: purpose in intake.purposes for purpose in Purpose},
        actor=intake.speaker.actor(by),
        act=_act(intake) | (_statement(intake) if speaks else {}),
        proof_ref=_proof(intake),
        occurred_at=intake.agreed_at,
        reference=_reference(intake.id),
    )
    apply(event)
    return event


def _act(intake: Intake) -> dict[str, object]:
    done: dict[str, object] = {"boxes": sorted(intake.purposes), "note": intake.note or None}
    if intake.document:
        return done | {"signature": intake.document.details["sha256"]}
    return done | {"words": READ_OUT}


def _statement(intake: Intake) -> dict[str, object]:
    """What was said about the patient, word for word, with the name: here it is sealed, in the text it would not be."""
    speaker = intake.speaker
    if speaker.relation != Relation.GUARDIAN:
        return {}
    said = guardian_statement(intake.read_out.words, practice_in_scope(), intake.patient, speaker.custody)
    return {
        "statement": said,
        "other_guardian": speaker.other_guardian or None,
        "child_agrees": speaker.child_agrees or None,
    }


def _proof(intake: Intake) -> dict[str, str] | None:
    if intake.document is None:
        return None
    return {"document": str(intake.document.pk), "sha256": str(intake.document.details["sha256"])}


def _reference(intake_id: UUID) -> str:
    return f"intake {intake_id}"


# ── and then ──


def _confirm(events: list[ConsentEvent], contact: Contact) -> None:
    proven_at = contact.number_proven_at or timezone.now()
    for event in events:
        confirm_by_known_number(event, contact, proven_at)


def _ask(intake: Intake, contact: Contact, by: Member) -> NumberCheck | None:
    """Somebody nobody has heard of yet is asked in the language the text was read in; nobody where nothing waits."""
    if contact.number_proven_at is None and contact.language != intake.read_out.language:
        contact.language = intake.read_out.language
        contact.save(update_fields=["language"])
    return ask_for_proof(contact, intake.agreed_at, by) if waiting_acts(contact) else None


def _is_granted(event: ConsentEvent) -> bool:
    states = ConsentState.objects.filter(contact=event.contact_id, patient=event.patient_id)
    return states.filter(purpose=Purpose.ORGANISATION, state=Consent.GRANTED).exists()
