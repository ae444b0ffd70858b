"""A practice's number at 360dialog and the templates it may send."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent.gate import ChannelState
from consent.purposes import Purpose
from practices.sealed import SealedTextField
from practices.tenancy import PracticeOwned


class Channel(PracticeOwned):
    """A practice's WhatsApp number at 360dialog."""

    name = models.CharField(max_length=100)
    phone = models.CharField(max_length=20)  # the practice's own number, public
    phone_number_id = models.CharField(max_length=40)
    waba_id = models.CharField(max_length=40)
    api_key = SealedTextField(subject="practice")
    webhook_token = SealedTextField(subject="practice")  # shown again in the settings; the Door has its hash
    webhook_secret = SealedTextField(subject="practice")
    state = models.CharField(max_length=15, choices=ChannelState.choices, default=ChannelState.CONNECTED)
    state_code = models.CharField(max_length=40, blank=True)  # why: WhatsApp's code or the account's event
    state_changed_at = models.DateTimeField(null=True)  # by WhatsApp's time where it said so
    quality = models.CharField(max_length=10, blank=True)
    daily_limit = models.IntegerField(null=True)  # people per 24 hours outside windows, -1 = unlimited
    limits_changed_at = models.DateTimeField(null=True)  # of quality and daily limit, by WhatsApp's time
    paused_until = models.DateTimeField(null=True)  # throughput and back-off of the whole number
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(PracticeOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["practice", "phone_number_id"], name="channel_number_once")]

    def __str__(self) -> str:
        return str(self.pk)


class Template(PracticeOwned):
    """A message template as 360dialog knows it. Clear by decision: it holds placeholders, no patient."""

    class Category(models.TextChoices):
        UTILITY = "UTILITY", _("Service")
        MARKETING = "MARKETING", _("Werbung")
        AUTHENTICATION = "AUTHENTICATION", _("Anmeldung")

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="templates", db_index=False)
    provider_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=10)
    category = models.CharField(max_length=20, choices=Category.choices)
    status = models.CharField(max_length=20)  # lower case: approved, rejected, paused, …
    reason = models.CharField(max_length=100, blank=True)
    quality = models.CharField(max_length=10, blank=True)
    components = models.JSONField(default=list)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.ORGANISATION)
    synced_at = models.DateTimeField(default=timezone.now)

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["practice", "channel", "name", "language"], name="template_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"
