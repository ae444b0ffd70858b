"""What reception works with beside the messages: drafts, saved replies, views, tasks, urgent words."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.models.conversations import Conversation
from messaging.models.messages import Message
from patients.models import Contact
from practices.models import Member, Role
from practices.sealed import SealedTextField
from practices.tenancy import PracticeOwned


class Draft(PracticeOwned):
    """What somebody has begun to write in a conversation. Each has their own; reply and note apart."""

    class Kind(models.TextChoices):
        REPLY = "reply", _("Antwort")
        NOTE = "note", _("Notiz")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.REPLY)
    body = SealedTextField(subject="contact")
    version = models.PositiveIntegerField(default=1)  # of two windows of one person the older must not win
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["practice", "conversation", "member", "kind"], name="draft_once"),
        ]
        indexes = [models.Index(fields=["practice", "member"], name="draft_member")]

    def __str__(self) -> str:
        return str(self.pk)


class SavedReply(PracticeOwned):
    """An answer the practice gives often, with what it does to the conversation besides."""

    title = SealedTextField(subject="practice")
    shortcut = SealedTextField(subject="practice")  # typed after "/"
    body = SealedTextField(subject="practice")  # with {placeholders}
    labels = models.JSONField(default=list)  # ids to hang on
    assign = models.CharField(max_length=40, blank=True)  # "me", a role, or a member's id
    snooze = models.CharField(max_length=20, blank=True)  # a choice of messaging/teamwork/snoozing.py
    closes = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class SavedView(PracticeOwned):
    """A choice of conversations somebody wants to find again: one's own, or shared with the team."""

    owner = models.ForeignKey(Member, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    name = SealedTextField(subject="practice")
    filters = models.JSONField(default=dict)  # the query of the list: ids and codes only
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(PracticeOwned.Meta):
        indexes = [models.Index(fields=["practice", "owner"], name="saved_view_owner")]

    def __str__(self) -> str:
        return str(self.pk)


class Task(PracticeOwned):
    """Something somebody has to do outside the chat, such as calling a patient."""

    class Kind(models.TextChoices):
        CALL = "call", _("Anrufen")
        OTHER = "other", _("Sonstiges")

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CALL)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="tasks", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    words = SealedTextField(subject="contact", null=True)
    assigned_to = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    assigned_role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    due_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(PracticeOwned.Meta):
        indexes = [
            models.Index(fields=["practice", "due_at", "id"], condition=models.Q(done_at=None), name="task_open"),
            models.Index(fields=["practice", "conversation"], name="task_conversation"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class UrgencyList(PracticeOwned):
    """The words that lift a conversation, as the practice decided at some time. The newest version holds.

    Clear by decision: words of a language, none of a patient.
    """

    version = models.PositiveIntegerField()
    words = models.JSONField(default=list)
    changed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(PracticeOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["practice", "version"], name="urgency_list_version")]

    def __str__(self) -> str:
        return str(self.version)
