"""Patients (treated people), contacts (WhatsApp people) and who belongs to whom."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from practices.models import Member
from practices.sealed import SealedTextField
from practices.tenancy import PracticeManager, PracticeOwned, PracticeQuerySet


class PatientQuerySet(PracticeQuerySet["Patient"]):
    def standing(self) -> "PatientQuerySet":
        """Without records that were found to be somebody else's a second time (patients/merging.py)."""
        return self.filter(merged_into=None)


PatientManager = PracticeManager.from_queryset(PatientQuerySet)


class Patient(PracticeOwned):
    """A treated person. Master data is sealed with the patient's own key."""

    first_name = SealedTextField(subject="patient")
    last_name = SealedTextField(subject="patient")
    birth_date = SealedTextField(subject="patient", null=True)  # ISO date
    salutation = SealedTextField(subject="patient", null=True)
    record_number = SealedTextField(subject="patient", null=True)  # in the practice software
    language = models.CharField(max_length=10, default="de")  # clear: one of a handful, needed to choose texts
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    last_visit_on = models.DateField(null=True)  # clear: a day without a reason; from appointments or by hand
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[PatientManager["Patient"]] = PatientManager()

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def sorting_name(self) -> str:
        """ "Vogt, Jana", as practice software lists people."""
        return f"{self.last_name}, {self.first_name}"


class BlockReason(models.TextChoices):
    ABUSE = "abuse", _("Beleidigung oder Belästigung")
    SPAM = "spam", _("Werbung oder Betrug")
    WRONG_NUMBER = "wrong_number", _("Falsche Nummer")
    WISH = "wish", _("Auf eigenen Wunsch")


class ContactQuerySet(PracticeQuerySet["Contact"]):
    def locked(self) -> "ContactQuerySet":
        """Locked in id order, the first lock of every transaction that takes one (design: lock order)."""
        return self.order_by("pk").select_for_update(no_key=True)


ContactManager = PracticeManager.from_queryset(ContactQuerySet)


class Contact(PracticeOwned):
    """A WhatsApp person: somebody the practice can write to, known by one or more identities."""

    profile_name = SealedTextField(subject="contact", null=True)  # what the person calls itself; proves nothing
    language = models.CharField(max_length=10, default="de")
    number_proven_at = models.DateTimeField(null=True)  # C-07: a message or a tap came from this number
    blocked_at = models.DateTimeField(null=True)  # staff decided: nothing goes out
    blocked_reason = models.CharField(max_length=20, choices=BlockReason.choices, blank=True)
    identity_changed_at = models.DateTimeField(null=True)  # another number or device: a person must look first
    opt_in_prompted_at = models.DateTimeField(null=True)  # C-10: at most once in 30 days
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ContactManager["Contact"]] = ContactManager()

    def __str__(self) -> str:
        return str(self.pk)


class ContactIdentity(PracticeOwned):
    """One way WhatsApp names a contact. Any may be missing, none is more than one contact's in a practice."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Telefonnummer")  # E.164
        BSUID = "bsuid", _("WhatsApp-Kennung")
        PARENT_BSUID = "parent_bsuid", _("übergeordnete WhatsApp-Kennung")
        USERNAME = "username", _("Benutzername")  # shown, never a key: mutable and reusable

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="identities", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    value_hash = models.BinaryField()  # keyed, to find it by equality
    value = SealedTextField(subject="contact")
    created_at = models.DateTimeField(auto_now_add=True)
    stated_at = models.DateTimeField(null=True)  # the person gave it as its own, which proves nothing
    confirmed_at = models.DateTimeField(null=True)  # somebody of the team asked back whether what was stated is right
    ended_at = models.DateTimeField(null=True)  # the number now belongs to somebody else

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "kind", "value_hash"],
                condition=models.Q(ended_at=None),
                name="identity_of_one_contact",
            ),
        ]
        indexes = [models.Index(fields=["practice", "contact"], name="identity_contact")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_only_stated(self) -> bool:
        """Nothing is sent there and nobody is found by it, until somebody asked back or WhatsApp names it."""
        return self.stated_at is not None and self.confirmed_at is None


class Relation(models.TextChoices):
    SELF = "self", _("Patient:in selbst")
    GUARDIAN = "guardian", _("Sorgeberechtigte:r")
    LEGAL_REPRESENTATIVE = "legal_representative", _("Betreuer:in oder bevollmächtigt")
    FAMILY = "family", _("Angehörige:r")


class Custody(models.TextChoices):
    """Who has custody of a child, in the guardian's own words (text F)."""

    SOLE = "sole", _("allein sorgeberechtigt")
    JOINT = "joint", _("gemeinsam sorgeberechtigt, der andere Elternteil ist einverstanden")


class PatientContact(PracticeOwned):
    """Who writes for whom: n to m, since a mother writes for three children and a patient has two numbers."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="contact_links", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="patient_links", db_index=False)
    relation = models.CharField(max_length=20, choices=Relation.choices, default=Relation.SELF)
    custody = models.CharField(max_length=10, choices=Custody.choices, blank=True)  # C-20: as the guardian stated it
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["practice", "patient", "contact"], name="patient_contact_once"),
        ]
        indexes = [models.Index(fields=["practice", "contact"], name="patient_contact_by_contact")]

    def __str__(self) -> str:
        return f"{self.relation} {self.pk}"


class Appointment(PracticeOwned):
    """A visit as the practice noted it, by hand or through the API. Its time is clear, as that of a message is."""

    class Source(models.TextChoices):
        HAND = "hand", _("von Hand")
        API = "api", _("aus der Praxissoftware")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="appointments", db_index=False)
    starts_at = models.DateTimeField()
    words = SealedTextField(subject="patient", null=True)  # "Kontrolle bei Dr. Morgenthal"
    source = models.CharField(max_length=5, choices=Source.choices, default=Source.HAND)
    foreign_key = models.CharField(max_length=64, blank=True)  # its number in the practice software
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "source", "foreign_key"],
                condition=~models.Q(foreign_key=""),
                name="appointment_of_foreign_key",
            ),
        ]
        indexes = [models.Index(fields=["practice", "patient", "starts_at"], name="appointment_patient")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def has_begun(self) -> bool:
        """Nobody can cancel it any more, only say that it did not take place."""
        return self.starts_at <= timezone.now()


class PatientMerge(PracticeOwned):
    """Two records that were one person. `moved` names what went over, so that it can be taken back."""

    kept = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+", db_index=False)
    merged = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+", db_index=False)
    moved = models.JSONField(default=dict)  # kind → ids
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(PracticeOwned.Meta):
        indexes = [
            models.Index(fields=["practice", "kept"], name="patient_merge_kept"),
            models.Index(fields=["practice", "merged"], name="patient_merge_merged"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RightsRequest(PracticeOwned):
    """What somebody asks for under the DSGVO, kept until it is settled (Art. 12(3): within a month)."""

    class Right(models.TextChoices):
        ACCESS = "access", _("Auskunft (Art. 15)")
        ERASURE = "erasure", _("Löschung (Art. 17)")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="rights_requests", db_index=False)
    right = models.CharField(max_length=12, choices=Right.choices)
    words = SealedTextField(subject="contact", null=True)  # as the person wrote it
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(PracticeOwned.Meta):
        indexes = [
            models.Index(
                fields=["practice", "due_at"], condition=models.Q(settled_at=None), name="rights_request_open"
            ),
            models.Index(fields=["practice", "contact"], name="rights_request_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.right} {self.pk}"
