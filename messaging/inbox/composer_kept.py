"""What lies ready in the reply box when a thread is opened: draft, chosen files, what can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from messaging.drafts import draft_of
from messaging.inbox.addresses import address
from messaging.models import Conversation, Draft, MediaFile, Message
from messaging.undoing import can_be_taken_back
from messaging.waiting_files import waiting_files
from practices.models import Member


@dataclass(frozen=True)
class ChosenFile:
    """A file that goes out with the next message (templates/messaging/composer/_file.html). `size` in bytes."""

    pk: UUID
    name: str
    kind: str
    size: int
    url: str


@dataclass(frozen=True)
class Held:
    """Messages of this person that have not left yet; `until` is when the first of them is handed over (UTC)."""

    messages: list[UUID]
    until: datetime


@dataclass(frozen=True)
class Kept:
    draft: Draft | None
    files: list[ChosenFile]
    held: Held | None


def kept_for(conversation: Conversation, member: Member) -> Kept:
    """Three queries, and a fourth where something can be taken back."""
    files = [file_shown(row, member.practice.slug) for row in waiting_files(conversation, member)]
    return Kept(draft_of(conversation, member), files, held_of(can_be_taken_back(conversation, member)))


def file_shown(row: MediaFile, slug: str) -> ChosenFile:
    details = row.details
    return ChosenFile(
        row.pk, details["filename"], details["kind"], row.size or 0, address("inbox:media", slug, media_id=row.pk)
    )


def held_of(messages: Sequence[Message]) -> Held | None:
    """None where nothing can be taken back."""
    if not messages:
        return None
    return Held([one.pk for one in messages], min(one.run_after for one in messages))
