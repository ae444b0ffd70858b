"""Channels, conversations, messages, and what is needed to receive and send each of them exactly once."""

from messaging.models.channels import Channel, Template
from messaging.models.conversations import (
    SERVICE_WINDOW,
    Conversation,
    ConversationLabel,
    ConversationManager,
    ConversationQuerySet,
    Label,
    Mention,
    Note,
)
from messaging.models.deliveries import UnreadableEntry, WebhookDelivery
from messaging.models.desk import Draft, SavedReply, SavedView, Task, UrgencyList
from messaging.models.documents import ProtectedDocument, UploadInvitation
from messaging.models.messages import (
    MediaFile,
    Message,
    MessageManager,
    MessageQuerySet,
    MessageStatus,
    MessageToken,
    SendAttempt,
    WaitingStatus,
)

__all__ = [
    "SERVICE_WINDOW",
    "Channel",
    "Conversation",
    "ConversationLabel",
    "ConversationManager",
    "ConversationQuerySet",
    "Draft",
    "Label",
    "MediaFile",
    "Mention",
    "Message",
    "MessageManager",
    "MessageQuerySet",
    "MessageStatus",
    "MessageToken",
    "Note",
    "ProtectedDocument",
    "SavedReply",
    "SavedView",
    "SendAttempt",
    "Task",
    "Template",
    "UnreadableEntry",
    "UploadInvitation",
    "UrgencyList",
    "WaitingStatus",
    "WebhookDelivery",
]
