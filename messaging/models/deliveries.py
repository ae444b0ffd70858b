"""Webhooks as they came, until they are processed."""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from messaging.models.channels import Channel
from practices.sealed import SealedBytesField, SealedJSONField
from practices.tenancy import PracticeOwned


class WebhookDelivery(PracticeOwned):
    """A webhook as it came, sealed before the 200. Nothing that was acknowledged is ever lost."""

    class State(models.TextChoices):
        PENDING = "pending"
        PROCESSED = "processed"
        UNREADABLE = "unreadable"  # not JSON, or nothing we know; kept for a replay after an upgrade
        FAILED = "failed"  # readable, but our code failed five times

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+", db_index=False)
    digest = models.BinaryField()  # keyed hash of the body: 360dialog repeats until it sees 200
    body = SealedBytesField(subject="practice", null=True)  # removed after seven days
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=60, blank=True)  # a code or an exception's type
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True)

    class Meta(PracticeOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["practice", "digest"], name="delivery_once")]
        indexes = [
            models.Index(fields=["practice", "id"], condition=models.Q(state="pending"), name="delivery_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class UnreadableEntry(PracticeOwned):
    """A part of a delivery that could not be read or was not meant for this channel. For the operator, replayable."""

    delivery = models.ForeignKey(
        WebhookDelivery, on_delete=models.CASCADE, related_name="unreadable_entries", db_index=False
    )
    reason = models.CharField(max_length=40)  # "foreign_number", "unknown_field", "malformed", …
    body = SealedJSONField(subject="practice")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(PracticeOwned.Meta):
        indexes = [models.Index(fields=["practice", "delivery"], name="unreadable_entry_delivery")]

    def __str__(self) -> str:
        return self.reason
