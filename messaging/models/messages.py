"""Messages with their states, attempts, files and search tokens."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent.gate import Kind
from consent.purposes import Purpose
from messaging.models.channels import Channel, Template
from messaging.models.conversations import Conversation
from patients.models import Contact, Patient
from practices.models import Member
from practices.models import Practice as PracticeModel
from practices.scope import current_practice_id
from practices.sealed import SealedBytesField, SealedJSONField, SealedTextField
from practices.tenancy import PracticeManager, PracticeOwned, PracticeQuerySet


class MessageQuerySet(PracticeQuerySet["Message"]):
    def in_order(self) -> "MessageQuerySet":
        """As the people wrote: provider time, then our own id (design: order within a thread)."""
        return self.order_by("at", "id")

    def shown(self) -> "MessageQuerySet":
        """Without what only decorates another message (reactions, edits, revokes we could place)."""
        return self.exclude(target__isnull=False)

    def inbound(self) -> "MessageQuerySet":
        """What patients wrote."""
        return self.filter(direction=Message.Direction.INBOUND)

    def reached_a_phone(self) -> "MessageQuerySet":
        """What went out, as far as WhatsApp says."""
        return self.filter(state__in=(Message.State.SENT, Message.State.DELIVERED, Message.State.READ))

    def owed_an_answer(self) -> "MessageQuerySet":
        """What patients wrote and wait for an answer to: no reaction, no notice of WhatsApp's own."""
        return self.inbound().shown().exclude(type__in=("reaction", "revoke", "system", "request_welcome"))

    def answers(self) -> "MessageQuerySet":
        """What we wrote to whoever waits: nothing a rule sent, and no reaction (ADR 33)."""
        written = self.filter(direction=Message.Direction.OUTBOUND).exclude(type="reaction")
        return written.exclude(origin=Message.Origin.AUTOMATIC)

    def standing(self) -> "MessageQuerySet":
        """Of ours, what arrived or still may: not what came to nothing."""
        return self.exclude(state__in=Message.CAME_TO_NOTHING)

    def come_to_nothing(self) -> "MessageQuerySet":
        """Of ours, what never arrived. What is unconfirmed may have."""
        return self.filter(state__in=Message.CAME_TO_NOTHING)

    def owed_since(self, since: datetime) -> "MessageQuerySet":
        """Those of them that somebody who waits since then waits for; one may have come late."""
        return self.owed_an_answer().filter(models.Q(at__gte=since) | models.Q(received_at__gte=since))

    def due(self) -> "MessageQuerySet":
        return self.filter(state=Message.State.QUEUED, run_after__lte=Now())


MessageManager = PracticeManager.from_queryset(MessageQuerySet)


class Message(PracticeOwned):
    """One message, in either direction.

    RECEIVED (inbound)
    QUEUED → SENDING → SENT → DELIVERED → READ, only forward
              ├── CANCELLED    never handed over (withdrawal, undo, gate); `refusal` names the reason
              ├── FAILED       WhatsApp or our limits said no; delivered/read still lift it
              └── UNCONFIRMED  handed over, outcome unknown; never retried by itself, settled by a status or a person
    """

    class Direction(models.TextChoices):
        INBOUND = "in"
        OUTBOUND = "out"

    class State(models.TextChoices):
        RECEIVED = "received", _("empfangen")
        QUEUED = "queued", _("wartet")
        SENDING = "sending", _("wird gesendet")
        SENT = "sent", _("gesendet")
        DELIVERED = "delivered", _("zugestellt")
        READ = "read", _("gelesen")
        FAILED = "failed", _("nicht zugestellt")
        CANCELLED = "cancelled", _("nicht gesendet")
        UNCONFIRMED = "unconfirmed", _("ungeklärt")

    class Origin(models.TextChoices):
        PATIENT = "patient"
        STAFF = "staff"
        AUTOMATIC = "automatic"
        API = "api"
        PHONE_APP = "phone_app"  # coexistence: staff wrote in the phone's own app

    CAME_TO_NOTHING: ClassVar[tuple[str, ...]] = (State.FAILED, State.CANCELLED)
    NUMBER_REQUEST: ClassVar[str] = "request_contact_info"  # the type of our request for the person's own number

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+", db_index=False)
    concerns_patient = models.ForeignKey(
        Patient, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    direction = models.CharField(max_length=3, choices=Direction.choices)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    state = models.CharField(max_length=12, choices=State.choices)
    type = models.CharField(max_length=20)  # WhatsApp's word: text, image, template, reaction, …
    kind = models.CharField(max_length=20, choices=Kind.choices, blank=True)  # the gate's word, outbound only
    purpose = models.CharField(max_length=20, choices=Purpose.choices, blank=True)
    body = SealedTextField(subject="contact", null=True)  # the text as the other side sees it
    content = SealedJSONField(subject="contact", null=True)  # what else belongs to the type; the request's parts
    wamid = SealedTextField(subject="contact", null=True)  # personal data: holds the peer's digits
    wamid_hash = models.BinaryField(null=True)
    quoted_wamid = SealedTextField(subject="contact", null=True)
    quoted = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    target = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="decorations", db_index=False)
    target_wamid_hash = models.BinaryField(null=True)  # of a reaction, edit or revoke, also before its target is here
    template = models.ForeignKey(Template, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    sent_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    client_id = models.UUIDField(null=True)  # from the form, so that two clicks are one message
    at = models.DateTimeField()  # provider time, clamped; what the thread is ordered by
    provider_at = models.DateTimeField(null=True)  # as WhatsApp says it
    received_at = models.DateTimeField(default=timezone.now)
    run_after = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    refusal = models.CharField(max_length=40, blank=True)
    error_code = models.IntegerField(null=True)
    held = models.BooleanField(default=False)  # WhatsApp holds it back for a quality check
    lifted = models.BooleanField(default=False)  # arrived although it had failed
    turned = models.BooleanField(default=False)  # lost, or arrived after all; who waits has not followed (outcomes.py)
    edited_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[MessageManager["Message"]] = MessageManager()

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["practice", "channel", "wamid_hash"], name="message_unique_wamid"),
            models.UniqueConstraint(fields=["practice", "conversation", "client_id"], name="message_unique_client_id"),
        ]
        indexes = [
            models.Index(fields=["practice", "conversation", "-at", "-id"], name="message_thread"),
            models.Index(fields=["practice", "run_after"], condition=models.Q(state="queued"), name="message_outbox"),
            models.Index(fields=["practice", "state"], condition=models.Q(state="sending"), name="message_sending"),
            models.Index(fields=["practice", "conversation"], condition=models.Q(turned=True), name="message_turned"),
            models.Index(
                fields=["practice", "contact", "purpose", "at"],
                condition=models.Q(purpose__in=("recall", "werbung"), direction="out"),
                name="message_advertising",
            ),
            models.Index(
                fields=["practice", "target"], condition=models.Q(target__isnull=False), name="message_decorations"
            ),
            models.Index(
                fields=["practice", "quoted"], condition=models.Q(quoted__isnull=False), name="message_quoted"
            ),
            models.Index(
                fields=["practice", "target_wamid_hash"],
                condition=models.Q(target_wamid_hash__isnull=False),
                name="message_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.type} {self.pk}"

    @property
    def was_typed(self) -> bool:
        """Whether its text is somebody's own words, and neither a template's nor those of a request."""
        return self.template_id is None and self.type != self.NUMBER_REQUEST

    @property
    def answers(self) -> bool:
        """Whether whoever waited has been written to: by no rule, and not with a reaction (ADR 33)."""
        is_ours = self.direction == Message.Direction.OUTBOUND and self.origin != Message.Origin.AUTOMATIC
        return is_ours and self.type != "reaction"

    @property
    def sets_emoji(self) -> bool:
        """Whether it is a patient's emoji on a message that is here; one that is taken back is none."""
        placed = self.direction == Message.Direction.INBOUND and self.type == "reaction" and self.target_id is not None
        return placed and bool((self.content or {}).get("emoji"))


class MessageStatus(PracticeOwned):
    """What WhatsApp told about an outgoing message, every time it did."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="statuses", db_index=False)
    status = models.CharField(max_length=20)
    at = models.DateTimeField()
    error_code = models.IntegerField(null=True)
    billable = models.BooleanField(null=True)
    price_category = models.CharField(max_length=40, blank=True)
    price_type = models.CharField(max_length=40, blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "message", "status", "at", "error_code"],
                nulls_distinct=False,
                name="message_status_once",
            ),
        ]

    def __str__(self) -> str:
        return self.status


class WaitingStatus(PracticeOwned):
    """A status whose message is not known yet: it may arrive before the answer to our own POST. A repetition is one."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+", db_index=False)
    wamid_hash = models.BinaryField()
    word = models.CharField(max_length=20)  # WhatsApp's: sent, delivered, …
    error_code = models.IntegerField(null=True)
    status = SealedJSONField(subject="practice")
    received_at = models.DateTimeField(default=timezone.now)

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "channel", "wamid_hash", "word", "error_code"],
                nulls_distinct=False,
                name="waiting_status_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SendAttempt(PracticeOwned):
    """One handing-over to WhatsApp, written before the request. Its id travels as biz_opaque_callback_data."""

    class Outcome(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        NOT_SENT = "not_sent"  # for certain: no byte of the request left
        UNKNOWN = "unknown"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="send_attempts", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    error_code = models.IntegerField(null=True)

    class Meta(PracticeOwned.Meta):
        indexes = [models.Index(fields=["practice", "message"], name="send_attempt_message")]

    def __str__(self) -> str:
        return self.outcome


class MediaFile(PracticeOwned):
    """A file of a message: sealed in chunks under MEDIA_ROOT, named by its id. Facts about it are sealed too."""

    class State(models.TextChoices):
        PENDING = "pending", _("wird geladen")
        STORED = "stored", _("gespeichert")
        FAILED = "failed", _("nicht geladen")
        REFUSED = "refused", _("abgewiesen")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="media", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    reason = models.CharField(max_length=40, blank=True)  # why it failed or was refused, as a code
    details = SealedJSONField(subject="contact")  # {"id", "mime_type", "sha256", "filename", "width", "height", …}
    file_key = SealedBytesField(subject="contact", null=True)
    size = models.BigIntegerField(null=True)  # plaintext bytes
    attempts = models.PositiveSmallIntegerField(default=0)
    run_after = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(PracticeOwned.Meta):
        indexes = [
            models.Index(fields=["practice", "message"], name="media_message"),
            models.Index(fields=["practice", "run_after"], condition=models.Q(state="pending"), name="media_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class MessageToken(models.Model):
    """A keyed stem of a message's text (security.md 1.7). Deleting a message deletes its tokens in the same action."""

    pk = models.CompositePrimaryKey("practice", "token", "message_id")
    practice = models.ForeignKey(
        PracticeModel,
        on_delete=models.PROTECT,
        default=current_practice_id,
        db_index=False,
        db_constraint=False,  # checked for each of a dozen tokens of a message, which itself has a practice
        related_name="+",
    )
    token = models.IntegerField()
    message_id = models.UUIDField()  # no foreign key: the narrowest row there is

    objects: ClassVar[PracticeManager["MessageToken"]] = PracticeManager()

    class Meta:
        db_table = "message_token"
        base_manager_name = "objects"
        # To forget a message by its id alone. Ids grow, so entries go to the end; those of one message share a place.
        indexes = [models.Index(fields=["practice", "message_id"], name="message_token_message")]

    def __str__(self) -> str:
        return str(self.token)
