"""Two records that are one person: everything of the second goes over to the first, and can be taken back.

Each room moves its own rows, in the order of rooms, in one transaction that holds every contact concerned:

    @dataclass MergeStep(name, label, contacts, count, move, take_back)
    merge_steps.append(MergeStep(...))        in AppConfig.ready

The second record stays, empty, and points to the first (`Patient.merged_into`), so that the ledger, which nobody
rewrites, still says for whom somebody agreed: consent/states.py reads an act for the second as one for the first.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.appointments import last_visit_of, visits_go_to
from patients.models import Appointment, Contact, Patient, PatientContact, PatientMerge
from practices.audit import record
from practices.live import changed, changed_many
from practices.models import Member
from practices.refusal import Refusal
from practices.sealed import seal_anew, warm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

FILLED = ("birth_date", "salutation", "record_number", "last_visit_on")  # what the first takes where it has nothing


@dataclass(frozen=True)
class MergeStep:
    """What one kind of row does when its patient turns out to be another one.

    contacts   whose rows `move` touches; the merge holds them
    count      how many would go over, for the preview
    move       (second, first) → what went over, as JSON: ids
    take_back  (second, first, what went over)
    """

    name: str
    label: "str | _StrPromise"
    contacts: Callable[[Patient], Iterable[UUID]]
    count: Callable[[Patient], int]
    move: Callable[[Patient, Patient], Any]
    take_back: Callable[[Patient, Patient, Any], None]


class CannotMerge(Refusal):
    """These two records cannot be one, or not yet."""

    reason = "cannot_merge"


merge_steps: list[MergeStep] = []


@dataclass(frozen=True)
class Preview:
    """What a merge would do: rows by kind, and which of the first's empty fields are filled from the second."""

    rows: list[tuple[str, int]]
    filled: list[str]

    @property
    def is_empty(self) -> bool:
        return not self.filled and not any(count for _label, count in self.rows)


def preview_merge(*, kept: Patient, merged: Patient) -> Preview:
    """Raises CannotMerge."""
    require_mergeable(kept, merged)
    return Preview([(str(step.label), step.count(merged)) for step in merge_steps], _gaps(kept, merged))


def require_mergeable(kept: Patient, merged: Patient) -> None:
    """Raises CannotMerge for one record, for one that was merged before, and where a number stands to both in different
    ways: which of the two holds, and with it whose consent, is for a person to say first."""
    if kept.pk == merged.pk or kept.merged_into_id or merged.merged_into_id:
        raise CannotMerge(
            _("Eine der beiden Akten ist schon mit einer anderen zusammengeführt."),
            next_step=_("Öffnen Sie die Liste noch einmal."),
        )
    relations = dict(PatientContact.objects.filter(patient=kept).values_list("contact_id", "relation"))
    theirs = PatientContact.objects.filter(patient=merged, contact_id__in=relations)
    if any(relations[contact] != relation for contact, relation in theirs.values_list("contact_id", "relation")):
        raise CannotMerge(
            _("Eine Nummer steht zu den beiden Akten in verschiedenem Verhältnis."),
            next_step=_("Lösen Sie zuerst die Verknüpfung, die nicht stimmt."),
        )


@transaction.atomic
def merge(*, kept: Patient, merged: Patient, by: Member) -> PatientMerge:
    """The two are one from now on. Raises CannotMerge, and then nothing has changed."""
    contacts = _hold(kept, merged)
    kept, merged = _locked(kept, merged)
    require_mergeable(kept, merged)
    moved: dict[str, Any] = {"filled": _fill(kept, merged), "records": _follow(merged, kept)}
    merged.merged_into = kept
    merged.save(update_fields=["merged_into"])
    moved |= {step.name: step.move(merged, kept) for step in merge_steps}
    done = PatientMerge.objects.create(kept=kept, merged=merged, moved=moved, by=by)
    record("patients_merged", about=kept, by=by, merged=str(merged.pk), merge=str(done.pk))
    _tell(kept, merged, contacts)
    return done


@transaction.atomic
def take_merge_back(*, merge: PatientMerge, by: Member) -> None:
    """They are two people after all: what went over goes back, what came since stays. Raises CannotMerge."""
    merge = PatientMerge.objects.select_related("kept", "merged").get(pk=merge.pk)
    contacts = _hold(merge.kept, merge.merged)
    kept, merged = _locked(merge.kept, merge.merged)
    if merge.undone_at or merged.merged_into_id != kept.pk or kept.merged_into_id:
        raise CannotMerge(
            _("Das lässt sich so nicht mehr zurücknehmen."),
            next_step=_("Nehmen Sie zuerst die spätere Zusammenführung zurück."),
        )
    merged.merged_into = None
    merged.save(update_fields=["merged_into"])
    _unfollow(merged, merge.moved["records"])
    for step in reversed(merge_steps):
        step.take_back(merged, kept, merge.moved.get(step.name))
    _empty(kept, merged, merge.moved["filled"])
    PatientMerge.objects.filter(pk=merge.pk).update(undone_at=timezone.now(), undone_by=by)
    record("patients_split", about=kept, by=by, merged=str(merged.pk), merge=str(merge.pk))
    _tell(kept, merged, contacts)


def merges_of(patient: Patient) -> list[PatientMerge]:
    """What was merged into this record and can be taken back, the newest first."""
    found = PatientMerge.objects.filter(kept=patient, undone_at=None).select_related("merged", "by__user")
    rows = list(found.order_by("-at", "-pk"))
    warm(row.merged for row in rows)
    return rows


# ── the records themselves ──


def _hold(*patients: Patient) -> set[UUID]:
    """Hold every contact concerned, in id order in one go (design: lock order)."""
    found = {contact for patient in patients for step in merge_steps for contact in step.contacts(patient)}
    return set(Contact.objects.filter(pk__in=found).locked().values_list("pk", flat=True))


def _locked(kept: Patient, merged: Patient) -> tuple[Patient, Patient]:
    rows = Patient.objects.filter(pk__in=[kept.pk, merged.pk]).order_by("pk").select_for_update(no_key=True)
    found = {row.pk: row for row in rows}
    return found[kept.pk], found[merged.pk]


def _gaps(kept: Patient, merged: Patient) -> list[str]:
    return [name for name in FILLED if not getattr(kept, name) and getattr(merged, name)]


def _fill(kept: Patient, merged: Patient) -> list[str]:
    names = _gaps(kept, merged)
    for name in names:
        setattr(kept, name, getattr(merged, name))
    if names:
        kept.save(update_fields=names)
    return names


def _empty(kept: Patient, merged: Patient, filled: list[str]) -> None:
    """What was filled in goes again, unless it was corrected since: then somebody knew it of the first."""
    names = [name for name in filled if getattr(kept, name) == getattr(merged, name)]
    for name in names:
        setattr(kept, name, last_visit_of(kept) if name == "last_visit_on" else None)
    if names:
        kept.save(update_fields=names)


def _follow(merged: Patient, kept: Patient) -> list[str]:
    """Records that had been merged into the second point to the first now, so that nobody has to follow two steps."""
    followers = Patient.objects.filter(merged_into=merged)
    ids = [str(pk) for pk in followers.order_by("pk").values_list("pk", flat=True)]
    followers.update(merged_into=kept)
    return ids


def _unfollow(merged: Patient, ids: list[str]) -> None:
    Patient.objects.filter(pk__in=ids).update(merged_into=merged)


def _tell(kept: Patient, merged: Patient, contacts: set[UUID]) -> None:
    changed_many([("contact", contact) for contact in sorted(contacts)])
    for patient in (kept, merged):
        changed("patient", patient.pk)


# ── the rows of this room ──


def _contacts(patient: Patient) -> Iterable[UUID]:
    return PatientContact.objects.filter(patient=patient).values_list("contact_id", flat=True)


def _move_links(merged: Patient, kept: Patient) -> dict[str, Any]:
    """Who wrote for the second writes for the first; who did for both keeps the first's link."""
    theirs = PatientContact.objects.filter(patient=merged).order_by("pk")
    twice = theirs.filter(contact__in=PatientContact.objects.filter(patient=kept).values("contact"))
    dropped = [[str(row.contact_id), row.relation, row.custody] for row in twice]
    twice.delete()
    moved = [str(pk) for pk in theirs.values_list("pk", flat=True)]
    PatientContact.objects.filter(pk__in=moved).update(patient=kept)
    return {"moved": moved, "dropped": dropped}


def _take_links_back(merged: Patient, kept: Patient, moved: dict[str, Any]) -> None:
    """A link that stood for both is two again where it still stands: somebody may have removed or changed it since."""
    PatientContact.objects.filter(pk__in=moved["moved"], patient=kept).update(patient=merged)
    standing = PatientContact.objects.filter(patient=kept).values_list("contact_id", "relation")
    relations = {str(contact_id): relation for contact_id, relation in standing}
    for contact_id, relation, custody in moved["dropped"]:
        if relations.get(contact_id) == relation:
            PatientContact.objects.create(patient=merged, contact_id=contact_id, relation=relation, custody=custody)


def _move_appointments(merged: Patient, kept: Patient) -> list[str]:
    return [str(row.pk) for row in _hand_over(Appointment.objects.filter(patient=merged), kept)]


def _take_appointments_back(merged: Patient, kept: Patient, moved: list[str]) -> None:
    back = _hand_over(Appointment.objects.filter(pk__in=moved, patient=kept), merged)
    visits_go_to(merged, back, former=kept)


def _hand_over(appointments: Any, to: Patient) -> list[Appointment]:
    """Their words are sealed with the key of whoever's they are, so that they go with it."""
    rows = list(appointments.order_by("pk"))
    warm(rows)
    for row in rows:
        seal_anew(row, "words") if row.words is not None else None
        row.patient = to
        row.save(update_fields=["patient", "words"])
    return rows


merge_steps.extend(
    (
        MergeStep(
            "links",
            gettext_lazy("Nummern, die für sie oder ihn schreiben"),
            _contacts,
            lambda patient: PatientContact.objects.filter(patient=patient).count(),
            _move_links,
            _take_links_back,
        ),
        MergeStep(
            "appointments",
            gettext_lazy("Termine"),
            lambda _patient: (),
            lambda patient: Appointment.objects.filter(patient=patient).count(),
            _move_appointments,
            _take_appointments_back,
        ),
    )
)
