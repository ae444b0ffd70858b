"""The patient panel: consent on top, the window, the patients, how consent came (templates/messaging/_panel.html)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.gate import Consent
from consent.models import Channel, ConsentEvent, ConsentState, ConsentText
from consent.purposes import Purpose
from messaging.inbox.panel_people import (
    NumberShown,
    Writer,
    birthday_words,
    may_be,
    number_shown,
    other_threads,
    others_writing,
    username,
)
from messaging.inbox.panel_sections import sections_for
from messaging.inbox.records.forms import AppointmentForm, BlockForm
from messaging.inbox.records.listing import Row
from messaging.inbox.records.looks import Look, looks_at, title_of_looks
from messaging.models import Conversation, Label
from patients.appointments import Visits
from patients.birthdays import age_of, born_on, in_days
from patients.models import Custody, PatientContact, Relation, RightsRequest
from patients.rights import open_requests
from practices.models import Member

OPT_INS = 6
LOOKS = 5
STATE = (
    *("purpose", "state", "since", "patient_id", "event__type", "event__channel"),
    *("event__text__kind", "event__text__version"),
)
STANDING = {
    Consent.PENDING: "pending",
    Consent.EXPIRED: "pending",
    Consent.WITHDRAWN: "withdrawn",
    Consent.REJECTED: "withdrawn",
}


@dataclass(frozen=True)
class ConsentShown:
    """`state` is given, pending, missing or withdrawn; `since` is UTC."""

    state: str
    purposes: list[tuple[str, bool]] = field(default_factory=list)
    since: datetime | None = None
    source: str = ""
    text_version: str = ""
    sentence: str = ""
    proof_url: str = ""


@dataclass(frozen=True)
class PatientShown:
    pk: UUID
    name: str
    birth_date: date | None
    age: int | None
    relation: str
    number: str
    birthday: str
    visits: Visits
    writers: list[Writer]
    consents: list[tuple[str, str, bool]] = field(default_factory=list)  # for whom somebody else writes


@dataclass(frozen=True)
class Panel:
    consent: ConsentShown
    window_until: datetime | None
    window_minutes: int
    patients: list[PatientShown]
    optins: list[tuple[datetime, str]]
    requests: list[RightsRequest]
    sections: list[tuple[str, str, dict[str, Any]]]
    suggestions: list[Row]
    labels: list[Label]
    notes: list[UUID]
    threads: list[tuple[UUID, datetime | None, str]]
    looks: list[Look]
    looks_title: str
    username: str
    number: NumberShown
    form: AppointmentForm = field(default_factory=AppointmentForm)
    block: BlockForm = field(default_factory=BlockForm)


def panel_of(
    conversation: Conversation, states: list[ConsentState], member: Member, visits: Mapping[UUID, Visits]
) -> Panel:
    """What the panel says; `states` as `states_of` read them, `visits` of everybody it is about. A fixed number of
    queries, however large the family."""
    until, links = conversation.window_open_until, _links(conversation)
    own = [state for state in states if state.patient_id is None]
    others = {(one.patient_id, one.purpose): Consent(one.state) for one in states if one.patient_id}
    return Panel(
        consent=replace(consent_shown(own), proof_url=_proof_url(conversation, member)),
        window_until=until,
        window_minutes=max(0, int((until - timezone.now()).total_seconds() // 60)) if until else 0,
        patients=_patients(conversation, links, others, visits),
        optins=_opt_ins(conversation),
        requests=open_requests(conversation.contact),
        sections=sections_for(conversation, member),
        suggestions=may_be(conversation.contact),
        labels=[link.label for link in conversation.label_links.all()],
        notes=list(conversation.notes.order_by("-at", "-pk").values_list("pk", flat=True)),
        threads=other_threads(conversation),
        looks=looks_at(
            [conversation.pk, conversation.contact_id, *(link.patient_id for link in links)], member, most=LOOKS
        ),
        looks_title=title_of_looks(member),
        username=username(conversation.contact),
        number=number_shown(conversation),
    )


def _proof_url(conversation: Conversation, member: Member) -> str:
    where = {"practice": member.practice.slug, "contact_id": conversation.contact_id}
    return reverse("consent:person", kwargs=where)


def states_of(conversation: Conversation) -> list[ConsentState]:
    """Where the contact's consents stand, its own and those for others, with the act that decided each; one query."""
    states = ConsentState.objects.filter(contact_id=conversation.contact_id)
    return list(states.select_related("event__text").only(*STATE))


def consent_shown(states: list[ConsentState]) -> ConsentShown:
    """The consents as the panel's head: given if anything is granted, else what stands in the way."""
    granted = {state.purpose for state in states if state.state == Consent.GRANTED}
    purposes = [(str(purpose.label), purpose in granted) for purpose in Purpose]
    if granted:
        newest = max((state for state in states if state.purpose in granted), key=lambda state: state.since)
        return ConsentShown("given", purposes, newest.since, _source(newest.event), _version(newest.event))
    if not states:
        return ConsentShown("missing", sentence=_("Es darf nichts gesendet werden. Zeigen Sie den QR-Code am Empfang."))
    newest = max(states, key=lambda state: state.since)
    standing = STANDING.get(Consent(newest.state), "missing")
    return ConsentShown(standing, since=newest.since, source=_source(newest.event), sentence=_sentence(newest))


def _sentence(state: ConsentState) -> str:
    return {
        Consent.PENDING: _("Die Nummer muss noch bestätigt werden, mit einer Nachricht oder einem Tippen in WhatsApp."),
        Consent.EXPIRED: _("Die Nummer wurde nicht bestätigt. Bitte lassen Sie den QR-Code neu scannen."),
        Consent.WITHDRAWN: _("Es wird nichts mehr gesendet. Wer wieder schreiben möchte, sendet START."),
        Consent.REJECTED: _("Die Person möchte keine Nachrichten. Bitte rufen Sie an."),
        Consent.OUTDATED: _("Der Text hat sich geändert. Bitte fragen Sie neu."),
    }.get(Consent(state.state), "")


def _source(event: ConsentEvent) -> str:
    """How it came: the form that was agreed to, where the chat only proved its number."""
    if event.type == ConsentEvent.Type.CONFIRMED and event.text and event.text.kind == ConsentText.Kind.QR_PAGE:
        return _("QR-Code, im Chat bestätigt")
    return str(Channel(event.channel).label)


def _version(event: ConsentEvent) -> str:
    return event.text.version if event.text else ""


def _links(conversation: Conversation) -> list[PatientContact]:
    return sorted(conversation.contact.patient_links.all(), key=lambda link: (link.relation != Relation.SELF, link.pk))


def _patients(
    conversation: Conversation,
    links: list[PatientContact],
    others: dict[tuple[UUID, str], Consent],
    visits: Mapping[UUID, Visits],
) -> list[PatientShown]:
    writers = others_writing(conversation, [link.patient_id for link in links])
    return [_patient(link, others, visits[link.patient_id], writers.get(link.patient_id, [])) for link in links]


def _patient(
    link: PatientContact, others: dict[tuple[UUID, str], Consent], visits: Visits, writers: list[Writer]
) -> PatientShown:
    birth_date = born_on(link.patient)
    return PatientShown(
        pk=link.patient_id,
        birthday=birthday_words(in_days(birth_date)),
        visits=visits,
        writers=writers,
        name=link.patient.sorting_name,
        birth_date=birth_date,
        age=age_of(birth_date),
        relation=_relation(link),
        number=link.patient.record_number or "",
        consents=[] if link.relation == Relation.SELF else _consents(link, others),
    )


def _relation(link: PatientContact) -> str:
    """How the contact stands to the patient, with the custody it states."""
    if link.relation == Relation.SELF:
        return ""
    words = str(Relation(link.relation).label)
    return f"{words}, {Custody(link.custody).label}" if link.custody else words


def _consents(link: PatientContact, others: dict[tuple[UUID, str], Consent]) -> list[tuple[str, str, bool]]:
    """Each purpose, where the consent for this patient stands in words, and whether it holds."""
    states = [(purpose, others.get((link.patient_id, purpose), Consent.NONE)) for purpose in Purpose]
    return [(str(purpose.label), str(state.label), state == Consent.GRANTED) for purpose, state in states]


def _opt_ins(conversation: Conversation) -> list[tuple[datetime, str]]:
    """The last acts of consent, oldest first; their evidence stays sealed."""
    events = ConsentEvent.objects.filter(contact_id=conversation.contact_id).order_by("-seq")
    acts = events.values_list("occurred_at", "type", "channel")[:OPT_INS]
    return [(at, f"{ConsentEvent.Type(kind).label}, {Channel(channel).label}") for at, kind, channel in acts][::-1]
