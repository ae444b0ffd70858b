"""Conversations: whose turn it is, whose they are, and what the team says about them."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.models.channels import Channel
from patients.models import Contact, PatientContact
from practices.models import Member, Role
from practices.sealed import SealedJSONField, SealedTextField
from practices.tenancy import PracticeManager, PracticeOwned, PracticeQuerySet

SERVICE_WINDOW = timedelta(hours=24)  # 360dialog reference, section 8


class ConversationQuerySet(PracticeQuerySet["Conversation"]):
    def open(self) -> "ConversationQuerySet":
        return self.filter(closed_at=None)

    def closed(self) -> "ConversationQuerySet":
        return self.exclude(closed_at=None)

    def awaiting_reply(self) -> "ConversationQuerySet":
        """Somebody wrote and nobody has answered: the list reception works from.

        Not who is blocked: nothing can go out to them. Once they are not any more they wait again since they did.
        """
        return self.open().exclude(waiting_since=None).not_blocked()

    def not_blocked(self) -> "ConversationQuerySet":
        return self.filter(contact__blocked_at=None)

    def with_people(self) -> "ConversationQuerySet":
        """With everything a thread's head and panel show, in four queries."""
        links = PatientContact.objects.select_related("patient")
        hung = ConversationLabel.objects.filter(label__archived_at=None).select_related("label")
        team = ("assigned_to__user", "closed_by__user", "seen_by__user")
        return self.select_related("contact", "channel", *team).prefetch_related(
            "contact__identities",
            models.Prefetch("contact__patient_links", links),
            models.Prefetch("label_links", hung.order_by("label__position", "label")),
        )


ConversationManager = PracticeManager.from_queryset(ConversationQuerySet)


class Conversation(PracticeOwned):
    """Everything between one contact and one channel; there is never a second one."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="conversations", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="conversations", db_index=False)
    last_message = models.ForeignKey("Message", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    last_message_at = models.DateTimeField(null=True)  # provider time, clamped
    last_inbound_at = models.DateTimeField(null=True)  # what the service window is counted from
    waiting_since = models.DateTimeField(null=True)  # of the first message we have not answered
    seen_at = models.DateTimeField(null=True)  # by anybody of the team, since the last inbound message
    # Whoever of the team was the first to; empty as well where it was not said (what is imported).
    seen_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    # Blue ticks still to be sent, up to the newest message that stood on a screen; tried from `receipt_after` on.
    receipt_up_to = models.ForeignKey("Message", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    receipt_after = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    possible_withdrawal_at = models.DateTimeField(null=True)  # a soft match somebody must look at
    # Whose it is: a person's, or everybody's of a role. Both empty: nobody's yet.
    assigned_to = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    assigned_role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    snoozed_until = models.DateTimeField(null=True)  # off the list until then, or until the person writes
    urgent_at = models.DateTimeField(null=True)  # of the first unanswered message with a word of the practice's list
    urgent_words = SealedJSONField(subject="contact", null=True)  # the words that were found: why it stands on top
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ConversationManager["Conversation"]] = ConversationManager()

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["practice", "channel", "contact"], name="conversation_once"),
        ]
        indexes = [
            models.Index(fields=["practice", "-last_message_at", "id"], name="conversation_newest"),
            models.Index(
                fields=["practice", "waiting_since", "id"],
                condition=models.Q(closed_at=None, waiting_since__isnull=False),
                name="conversation_waiting",
            ),
            models.Index(fields=["practice", "contact"], name="conversation_contact"),
            models.Index(
                fields=["practice", "assigned_to", "waiting_since"],
                condition=models.Q(closed_at=None, assigned_to__isnull=False),
                name="conversation_assigned",
            ),
            models.Index(
                fields=["practice", "snoozed_until"],
                condition=models.Q(closed_at=None, snoozed_until__isnull=False),
                name="conversation_snoozed",
            ),
            models.Index(
                fields=["practice", "receipt_after"],
                condition=models.Q(receipt_up_to__isnull=False),
                name="conversation_receipt_due",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def owed_since(self) -> datetime | None:
        """Since when somebody waits for us: None for what is done, and for a blocked number. Reads the contact."""
        return None if self.closed_at or self.contact.blocked_at else self.waiting_since

    @property
    def window_open_until(self) -> datetime | None:
        """When the 24-hour service window ends or ended; None if the person never wrote."""
        return self.last_inbound_at + SERVICE_WINDOW if self.last_inbound_at else None


class Note(PracticeOwned):
    """What staff tell each other about a conversation. Never sent.

    Written while the contact is locked, as messages are: what came after a note has a greater id.
    """

    class Kind(models.TextChoices):
        NOTE = "note", _("Notiz")
        HANDOVER = "handover", _("Übergabe")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    written_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.NOTE)
    body = SealedTextField(subject="contact")
    at = models.DateTimeField(default=timezone.now)

    class Meta(PracticeOwned.Meta):
        indexes = [models.Index(fields=["practice", "conversation", "at"], name="note_thread")]

    def __str__(self) -> str:
        return str(self.pk)


class Mention(PracticeOwned):
    """Somebody of the team is named in a note and has yet to see it."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    seen_at = models.DateTimeField(null=True)

    class Meta(PracticeOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["practice", "note", "member"], name="mention_once")]
        indexes = [
            models.Index(fields=["practice", "member"], condition=models.Q(seen_at=None), name="mention_unseen"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Label(PracticeOwned):
    """A word the team hangs on conversations. Told apart by colour, shape and name, never by colour alone."""

    class Colour(models.TextChoices):
        TEAL = "teal", _("Petrol")
        BLUE = "blue", _("Blau")
        GREEN = "green", _("Grün")
        AMBER = "amber", _("Bernstein")
        RED = "red", _("Rot")
        VIOLET = "violet", _("Violett")
        GREY = "grey", _("Grau")

    class Shape(models.TextChoices):
        DOT = "dot", _("Punkt")
        SQUARE = "square", _("Quadrat")
        TRIANGLE = "triangle", _("Dreieck")
        DIAMOND = "diamond", _("Raute")

    name = SealedTextField(subject="practice")
    colour = models.CharField(max_length=10, choices=Colour.choices, default=Colour.TEAL)
    shape = models.CharField(max_length=10, choices=Shape.choices, default=Shape.DOT)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class ConversationLabel(PracticeOwned):
    """A label that hangs on a conversation."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="label_links", db_index=False)
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="links", db_index=False)
    set_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["practice", "conversation", "label"], name="conversation_label_once"),
        ]
        indexes = [models.Index(fields=["practice", "label"], name="conversation_label_by_label")]

    def __str__(self) -> str:
        return str(self.pk)
