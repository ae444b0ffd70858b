"""Who agreed today, for the front desk: each with the patients it may be. A fixed number of queries."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import models
from django.urls import reverse

from consent.forms import PatientForm, RelationForm
from consent.models import PendingOptIn
from consent.not_whose import not_whose
from consent.openings import start_of_today
from consent.opt_ins import ticked_in
from patients.birthdays import born_on
from patients.identities import phone_of
from patients.models import Contact, Patient, Relation
from patients.search import find_patients, who_it_may_be
from practices.models import AuditEvent, Practice
from practices.sealed import warm

MOST_SHOWN = 50  # a page that people look through; whoever posts forms by machine fills no more than that


@dataclass(frozen=True)
class Suggestion:
    """A patient a newcomer may be."""

    patient_pk: UUID
    name: str
    birth_date: date | None

    @classmethod
    def of(cls, patient: Patient) -> "Suggestion":
        return cls(patient.pk, f"{patient.first_name} {patient.last_name}", born_on(patient))


@dataclass
class Newcomer:
    """One form of today (templates/consent/_newcomers.html)."""

    pk: UUID
    at: datetime
    purposes: str
    name: str = ""
    phone: str = ""
    is_confirmed: bool = False
    linked_by: str = ""
    patient_name: str = ""
    birth_date: date | None = None
    suggestions: list[Suggestion] = field(default_factory=list)
    link_url: str = ""
    search_url: str = ""
    is_open: bool = False
    query: str = ""
    form: PatientForm = field(default_factory=PatientForm)
    relation: RelationForm = field(default_factory=RelationForm)
    refusal: str = ""
    after_all: str = ""
    linked_as: str = ""
    contact_id: UUID | None = None


@dataclass(frozen=True)
class Asked:
    """The newcomer staff deals with: a name to look for, a form that was not complete, or why it may not be so."""

    opt_in_id: UUID
    query: str = ""
    form: PatientForm = field(default_factory=PatientForm)
    relation: RelationForm = field(default_factory=RelationForm)
    refusal: str = ""
    after_all: str = ""  # the patient whom a second press links in spite of the refusal


def agreed_today(practice: Practice) -> int:
    """How many forms were sent today."""
    return _forms_of_today(practice).count()


def newest_of_today(practice: Practice, asked: Asked | None = None) -> list[Newcomer]:
    """Newest first, MOST_SHOWN at most."""
    opt_ins = list(
        _forms_of_today(practice)
        .select_related("contact")
        .prefetch_related("contact__identities", "contact__patient_links__patient")
        .order_by("-created_at", "-pk")[:MOST_SHOWN]
    )
    contacts = [opt_in.contact for opt_in in opt_ins if opt_in.contact]
    warm([*opt_ins, *contacts, *(row for contact in contacts for row in _sealed_rows(contact))])
    linkers, newcomers = _linkers(contacts), [_newcomer(practice, opt_in) for opt_in in opt_ins]
    for newcomer, opt_in in zip(newcomers, opt_ins, strict=True):
        if opt_in.contact:
            _describe(newcomer, opt_in.contact, linkers)
    _suggest(newcomers, asked)
    return newcomers


def _forms_of_today(practice: Practice) -> models.QuerySet[PendingOptIn]:
    """Whoever came from the website agrees in the chat only, and is counted then."""
    agreed = models.Q(widget=None) | models.Q(used_at__isnull=False)
    return PendingOptIn.objects.filter(agreed, created_at__gte=start_of_today(practice))


def _sealed_rows(contact: Contact) -> list[models.Model]:
    return [*contact.identities.all(), *(link.patient for link in contact.patient_links.all())]


def _newcomer(practice: Practice, opt_in: PendingOptIn) -> Newcomer:
    ticked = [str(purpose.label) for purpose, said in ticked_in(opt_in).items() if said]
    newcomer = Newcomer(opt_in.pk, opt_in.created_at, ", ".join(ticked))
    where = {"practice": practice.slug, "opt_in_id": opt_in.pk}
    newcomer.link_url = reverse("consent:link_opt_in", kwargs=where)
    newcomer.search_url = reverse("consent:candidates", kwargs=where)
    return newcomer


def _describe(newcomer: Newcomer, contact: Contact, linkers: dict[UUID, str]) -> None:
    newcomer.is_confirmed, newcomer.contact_id = True, contact.pk
    newcomer.name, newcomer.phone = contact.profile_name or "", phone_of(contact) or ""
    for link in contact.patient_links.all():
        newcomer.linked_by = linkers.get(link.pk, "Roger")
        newcomer.patient_name = newcomer.name = f"{link.patient.first_name} {link.patient.last_name}"
        newcomer.birth_date = born_on(link.patient)
        newcomer.linked_as = str(link.get_relation_display()) if link.relation != Relation.SELF else ""


def _linkers(contacts: list[Contact]) -> dict[UUID, str]:
    """By link: the name of who made it."""
    links = [link.pk for contact in contacts for link in contact.patient_links.all()]
    deeds = AuditEvent.objects.filter(kind="patient_linked", about_id__in=links).exclude(by=None)
    return dict(deeds.order_by("at").values_list("about_id", "by__user__name"))


def _suggest(newcomers: list[Newcomer], asked: Asked | None) -> None:
    unlinked = [newcomer for newcomer in newcomers if newcomer.is_confirmed and not newcomer.linked_by]
    by_name = who_it_may_be({newcomer.name for newcomer in unlinked if newcomer.name})
    told = not_whose(newcomer.contact_id for newcomer in unlinked if newcomer.contact_id)
    for newcomer in newcomers:  # a page may be older than a link, so the refusal is said there too
        newcomer.refusal = asked.refusal if asked and asked.opt_in_id == newcomer.pk else ""
    for newcomer in unlinked:
        wrong = told.get(newcomer.contact_id) if newcomer.contact_id else None
        patients = [one for one in by_name.get(newcomer.name, []) if wrong is None or not wrong.concerns(one.pk)]
        if asked and asked.opt_in_id == newcomer.pk:
            newcomer.is_open, newcomer.query, newcomer.form = True, asked.query, asked.form
            newcomer.relation, newcomer.after_all = asked.relation, asked.after_all
            patients = find_patients(asked.query) if asked.query else patients
        newcomer.suggestions = [Suggestion.of(patient) for patient in patients]
