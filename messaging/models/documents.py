"""Files that travel by Roger's own pages instead of the chat."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.models.conversations import Conversation
from messaging.models.messages import Message
from patients.models import Contact, Patient
from practices.models import Member
from practices.sealed import SealedBytesField, SealedJSONField
from practices.tenancy import PracticeOwned


class ProtectedDocument(PracticeOwned):
    """A file a patient fetches from Roger's own page, with a second factor and until a day (C-25).

    The address is a Door; its token stands in the message and nowhere else. Sealed like media.
    """

    class Factor(models.TextChoices):
        BIRTH_DATE = "birth_date", _("Geburtsdatum")
        PIN = "pin", _("PIN")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="documents", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    details = SealedJSONField(subject="contact")  # {"title", "filename", "mime_type", "sha256"}
    file_key = SealedBytesField(subject="contact", null=True)
    size = models.BigIntegerField(null=True)  # plaintext bytes
    factor = models.CharField(max_length=10, choices=Factor.choices)
    pin_hash = models.CharField(max_length=128, blank=True)
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)  # the first time; each is in the access log
    revoked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(PracticeOwned.Meta):
        indexes = [
            models.Index(fields=["practice", "contact"], name="document_contact"),
            models.Index(fields=["practice", "message"], name="document_message"),
            models.Index(fields=["practice", "expires_at"], name="document_expiry"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class UploadInvitation(PracticeOwned):
    """Where a patient hands in files on Roger's own page. What comes becomes messages of the thread."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    uploads = models.PositiveSmallIntegerField(default=0)
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(PracticeOwned.Meta):
        indexes = [models.Index(fields=["practice", "contact"], name="upload_invitation_contact")]

    def __str__(self) -> str:
        return str(self.pk)
