"""Where a search looks: filters beside the words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from messaging.models import ConversationLabel, MediaFile, Message

FEW_PEOPLE = 20  # whose messages are read by themselves; of more, all messages are looked through


@dataclass(frozen=True)
class Within:
    """All of it must hold. `until` is the first moment that no longer counts; `contacts` None: everybody's."""

    contacts: frozenset[UUID] | None = None
    label: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    has_file: bool = False
    direction: str = ""

    def narrow(self, rows: "QuerySet[Message]") -> "QuerySet[Message]":
        """These messages without those outside."""
        if self.contacts is not None:
            rows = rows.filter(contact_id__in=self.contacts)
        if self.direction:
            rows = rows.filter(direction=self.direction)
        if self.since:
            rows = rows.filter(at__gte=self.since)
        if self.until:
            rows = rows.filter(at__lt=self.until)
        if self.label:
            hung = ConversationLabel.objects.filter(conversation_id=OuterRef("conversation_id"), label_id=self.label)
            rows = rows.filter(Exists(hung))
        return rows.filter(Exists(_file_of_message())) if self.has_file else rows

    def of_few_people(self, rows: "QuerySet[Message]") -> "QuerySet[Message]":
        """Only these people's, where they are so few that their threads are the shorter way."""
        if self.contacts is None or len(self.contacts) > FEW_PEOPLE:
            return rows
        return rows.filter(conversation__contact_id__in=self.contacts)


def _file_of_message() -> "QuerySet[MediaFile]":
    return MediaFile.objects.filter(message_id=OuterRef("pk"), state=MediaFile.State.STORED)


EVERYWHERE = Within()
