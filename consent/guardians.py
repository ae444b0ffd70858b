"""Who speaks for whom (C-20 to C-22).

A contact's consent for a patient is a consent of its own: (contact, patient). Whoever has custody says so (text F):
alone, or jointly and the other parent agrees. Where a practice wants both parents (L-8), a joint custody needs the
other one's own yes, taken down in the same act with the name: the simplest rule that does not guess.

From the practice's consent age on the child itself has to agree too; from 18 on nobody agrees for it any more. Whoever
has a power of attorney or was appointed by a court (§§ 1814, 1823 BGB) speaks for adults alone; for a child a guardian
appointed by a court has custody (§§ 1773, 1789 BGB).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from consent import ledger
from consent.gate import Consent
from consent.ledger import Actor, ActorKind, Type
from consent.models import Channel, ConsentEvent, ConsentState
from consent.purposes import Purpose
from consent.states import LIVING, apply
from patients import actions as patients
from patients.birthdays import MAJORITY, age_of, born_on
from patients.models import Contact, Custody, Patient, PatientContact, Relation
from practices.models import AuditEvent, Member, Practice
from practices.refusal import Refusal

EVERYTHING = frozenset(Purpose)
SPEAKS_FOR_OTHERS = frozenset({Relation.GUARDIAN, Relation.LEGAL_REPRESENTATIVE})


class MayNotSpeak(Refusal):
    """This person cannot agree for this patient."""

    reason = "may_not_speak"


class EndsConsent(Refusal):
    """With a link that is ended, made or changed ends what was agreed to for the patient, `purposes`, and nobody was
    told yet that it does. `sentence` says what was not done, with a place for the purposes."""

    reason = "ends_consent"

    def __init__(self, purposes: Collection[Purpose], sentence: str) -> None:
        words = ", ".join(str(purpose.label) for purpose in Purpose if purpose in purposes)
        super().__init__(
            sentence % {"purposes": words},
            next_step=_("Das endet damit, und niemand kann es zurückholen, nur neu erfragen."),
        )
        self.purposes = purposes


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Who agrees: the patient itself, or somebody for it. Names are sealed with the evidence.

    other_guardian  the name of the other parent, who has agreed too
    child_agrees    the child agrees itself, being old enough to be asked
    """

    relation: Relation = Relation.SELF
    name: str = ""
    custody: str = ""
    other_guardian: str = ""
    child_agrees: bool = False

    @property
    def speaks_for_others(self) -> bool:
        return self.relation in SPEAKS_FOR_OTHERS

    def actor(self, by: Member) -> Actor:
        """As the ledger names it, with who took it down."""
        kinds = {
            Relation.GUARDIAN: ActorKind.GUARDIAN,
            Relation.LEGAL_REPRESENTATIVE: ActorKind.REPRESENTATIVE,
        }
        if self.relation not in kinds:
            return Actor(kind=ActorKind.PATIENT, member_id=str(by.pk))
        return Actor(
            kind=kinds[self.relation],
            member_id=str(by.pk),
            name=self.name,
            relation=str(self.relation),
            custody=self.custody or None,
        )


def require_voice(speaker: Speaker, patient: Patient, practice: Practice) -> None:
    """Raise MayNotSpeak unless this person may agree for this patient today."""
    if not speaker.speaks_for_others:
        _require_own_voice(patient, practice)
    elif not speaker.name:
        raise MayNotSpeak(_("Bitte tragen Sie ein, wer zustimmt."))
    elif speaker.relation == Relation.GUARDIAN:
        _require_custody(speaker, practice)
        _require_child(speaker, patient, practice)
    else:
        _require_adult(patient)


def _require_own_voice(patient: Patient, practice: Practice) -> None:
    age = age_of(born_on(patient))
    if age is not None and age < practice.consent_age:
        raise MayNotSpeak(
            _("Unter %(age)s Jahren stimmt eine sorgeberechtigte Person zu.") % {"age": practice.consent_age},
            next_step=_("Wählen Sie „Sorgeberechtigte:r“ und nehmen Sie deren Nummer auf."),
        )


def _require_custody(speaker: Speaker, practice: Practice) -> None:
    if speaker.custody not in Custody.values:
        raise MayNotSpeak(_("Bitte fragen Sie nach der Sorge und kreuzen Sie die Antwort an."))
    if practice.guardian_count > 1 and speaker.custody == Custody.JOINT and not speaker.other_guardian:
        raise MayNotSpeak(
            _("In Ihrer Praxis müssen bei gemeinsamer Sorge beide Eltern zustimmen."),
            next_step=_("Fragen Sie auch den anderen Elternteil und tragen Sie den Namen ein."),
        )


def _require_child(speaker: Speaker, patient: Patient, practice: Practice) -> None:
    age = _known_age(patient)
    if age >= MAJORITY:
        raise MayNotSpeak(
            _("Diese Person ist volljährig und stimmt selbst zu."),
            next_step=_("Nehmen Sie ihre eigene Nummer auf, oder wählen Sie „Betreuer:in oder bevollmächtigt“."),
        )
    if age >= practice.consent_age and not speaker.child_agrees:
        raise MayNotSpeak(
            _("Ab %(age)s Jahren muss die oder der Jugendliche selbst einverstanden sein.")
            % {"age": practice.consent_age},
            next_step=_("Fragen Sie nach und kreuzen Sie es an."),
        )


def _require_adult(patient: Patient) -> None:
    if _known_age(patient) < MAJORITY:
        raise MayNotSpeak(
            _("Für Minderjährige stimmt zu, wer das Sorgerecht hat, auch ein Vormund."),
            next_step=_("Wählen Sie „Sorgeberechtigte:r“ und fragen Sie nach der Sorge."),
        )


def _known_age(patient: Patient) -> int:
    age = age_of(born_on(patient))
    if age is None:
        raise MayNotSpeak(
            _("Ohne Geburtsdatum lässt sich nicht sagen, ob jemand für diese Person zustimmen darf."),
            next_step=_("Fragen Sie nach dem Geburtsdatum und legen Sie die Person damit an."),
        )
    return age


# ── links ──


def hold(contact_id: UUID | None, patient_id: UUID | None) -> None:
    """Hold a contact and whoever is guardian of the patient, in id order in one go (design: lock order): when a child
    that has grown up agrees, its guardians' consent for it ends in the same transaction."""
    guardians = PatientContact.objects.filter(patient=patient_id, relation=Relation.GUARDIAN).values("contact_id")
    list(Contact.objects.filter(Q(pk=contact_id) | Q(pk__in=guardians)).locked().values("pk"))


@transaction.atomic
def join(
    *,
    patient: Patient,
    contact: Contact,
    speaker: Speaker,
    ends: Collection[Purpose] = EVERYTHING,
    by: Member | None,
    at: datetime,
) -> list[AuditEvent]:
    """This contact writes for this patient from now on. Whoever has grown up takes over from its guardians.

    `ends` are the purposes whose end whoever links them knows of. Raises EndsConsent where others end too, as `part`.
    Answers the event by which it can be taken back (messaging/teamwork/number_undoing.py): none where they belonged
    together before `at`, or somebody else's link ended. Raises MayNotSpeak for a representative of somebody who is not
    of age; TooYoung, NumberTaken (patients/actions.py).
    """
    hold(contact.pk, patient.pk)
    if speaker.relation == Relation.LEGAL_REPRESENTATIVE:
        _require_adult(patient)
    age = age_of(born_on(patient))
    takes_over = speaker.relation == Relation.SELF and age is not None and age >= MAJORITY
    ending = _ended_by(speaker.relation, contact, patient, takes_over=takes_over)
    if ending.keys() - ends:
        raise EndsConsent(ending, _("Noch nicht zugeordnet: Für diese Person wurde zugestimmt zu „%(purposes)s“."))
    if takes_over:
        return take_over(patient=patient, contact=contact, by=by, at=at)
    joined = patients.link(patient=patient, contact=contact, relation=speaker.relation, custody=speaker.custody, by=by)
    return patients.making_of(joined, since=at)


def _ended_by(
    relation: Relation, contact: Contact, patient: Patient, *, takes_over: bool
) -> dict[Purpose, ConsentState]:
    """What holds or waits and ends when this contact gets this relation to the patient: what it agreed to as guardian,
    if it is none any more; with who takes over, what every guardian did."""
    ending: dict[Purpose, ConsentState] = {}
    for link in _guardians_of(patient):
        if takes_over or (link.contact_id == contact.pk and relation != Relation.GUARDIAN):
            ending |= _living(link.contact, patient)
    return ending


@transaction.atomic
def take_over(*, patient: Patient, contact: Contact, by: Member | None, at: datetime) -> list[AuditEvent]:
    """A grown-up child writes itself: its guardians write for it no longer and their consent for it ends.

    What a guardian agreed to for itself, or for other children, stays. Answers as `join`. Raises TooYoung or
    NumberTaken.
    """
    hold(contact.pk, patient.pk)
    former = [link for link in _guardians_of(patient) if link.contact_id != contact.pk]
    joined = patients.link(patient=patient, contact=contact, by=by)
    for link in former:
        end_consent(contact=link.contact, patient=patient, rule="taken_over", at=at, by=by)
        patients.unlink(patient=patient, contact=link.contact, by=by)
    return [] if former else patients.making_of(joined, since=at)


@transaction.atomic
def part(
    *, patient: Patient, contact: Contact, ends: Collection[Purpose] = (), by: Member, at: datetime
) -> list[AuditEvent]:
    """This contact does not write for this patient after all; what it agreed to for it would have to be asked anew.

    `ends` are the purposes whose end whoever parts them was told. Raises EndsConsent where others end too, and then
    nothing happens. Answers the event by which it can be taken back: none where consent ended, for the ledger only
    grows and a yes that was ended needs somebody who says it again.
    """
    hold(contact.pk, None)
    living = _living(contact, patient)
    if living.keys() - ends:
        raise EndsConsent(living, _("Noch nicht gelöst: Hier wurde zugestimmt zu „%(purposes)s“."))
    end_consent(contact=contact, patient=patient, rule="relation_changed", at=at, by=by)
    events = patients.unlink(patient=patient, contact=contact, by=by)
    return [] if living else events


def _guardians_of(patient: Patient) -> list[PatientContact]:
    links = PatientContact.objects.filter(patient=patient, relation=Relation.GUARDIAN)
    return list(links.select_related("contact").order_by("pk"))


def end_consent(
    *, contact: Contact, patient: Patient, rule: str, at: datetime, by: Member | None = None
) -> ConsentEvent | None:
    """What this contact agreed to for this patient has to be asked anew; None if nothing held. Holds the contact's row.

    `rule` says why: consent_age, majority, taken_over, relation_changed.
    """
    living = _living(contact, patient)
    if not living:
        return None
    newest = list(living.values())[-1].event
    event = ledger.append(
        type=Type.GUARDIAN_CHANGED,
        channel=Channel(newest.channel) if by is None else Channel.STAFF_DESK,
        contact=contact,
        patient=patient,
        purposes={purpose: purpose in living for purpose in Purpose},
        actor=Actor.member(by) if by else ledger.SYSTEM,
        act={"rule": rule},
        refers_to=newest,
        proof_ref=ledger.evidence_of(newest)["proof_ref"],
        occurred_at=at,
    )
    apply(event)
    return event


def _living(contact: Contact, patient: Patient) -> dict[Purpose, ConsentState]:
    """What this contact agreed to for this patient and holds or waits, the oldest act first."""
    rows = ConsentState.objects.filter(contact=contact, patient=patient, state__in=LIVING).select_related("event")
    return {Purpose(row.purpose): row for row in rows.order_by("event__seq")}


def end_with_guardianship(contact: Contact, patient: Patient, by: Member | None) -> None:
    """A guardian becomes a representative or family: what it agreed to for the child does not go over."""
    end_consent(contact=contact, patient=patient, rule="relation_changed", at=timezone.now(), by=by)


def consents_for(contact: Contact) -> dict[Patient, dict[Purpose, Consent]]:
    """What a contact agreed to for each patient it speaks for; the contact's own is not among it."""
    rows = ConsentState.objects.filter(contact=contact).exclude(patient=None).select_related("patient")
    found: dict[Patient, dict[Purpose, Consent]] = {}
    for row in rows.order_by("patient_id"):
        if row.patient:
            found.setdefault(row.patient, {})[Purpose(row.purpose)] = Consent(row.state)
    return found
