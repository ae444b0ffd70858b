"""What somebody has begun to write, kept on the server: one per conversation, person and kind.

A window says with each saving which draft and version it knows (`mark`). Of two windows of one person the one that
knows an older version is told so and gets the newer text: nothing overwrites what it has not seen. A text that only
goes on from what is kept overwrites nothing; so a tab that closes while it is saving keeps its last words too. Takes
the draft's row alone, so it never stands in anybody's way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.models import Conversation, Draft
from messaging.search import time_of
from practices.live import changed
from practices.models import Member
from practices.refusal import Refusal

REPLY, NOTE = Draft.Kind.REPLY, Draft.Kind.NOTE


class DraftOvertaken(Refusal):
    """Another window of the same person has saved, sent or removed the draft since; `newer` is what is kept now."""

    reason = "draft_overtaken"

    def __init__(self, newer: Draft | None) -> None:
        super().__init__(str(_("In einem anderen Fenster steht inzwischen ein anderer Text.")))
        self.newer = newer


def mark_of(draft: Draft | None) -> str:
    """What a window has to name to save again: the draft and its version, "" where there is none."""
    return f"{draft.pk}.{draft.version}" if draft else ""


def begun_at(draft: Draft) -> datetime:
    """When its first words were kept: it goes with its last word, and the next text begins another (ADR 16)."""
    return time_of(draft.pk)


def draft_of(conversation: Conversation, member: Member, kind: Draft.Kind = REPLY) -> Draft | None:
    """What this person has begun here; one query."""
    return Draft.objects.filter(conversation=conversation, member=member, kind=kind).first()


@transaction.atomic
def save_draft(
    *,
    conversation: Conversation,
    by: Member,
    body: str,
    mark: str,
    kind: Draft.Kind = REPLY,
    client_id: UUID | None = None,
) -> Draft | None:
    """Keep the text; an empty one removes the draft. Answers what is kept now. Raises DraftOvertaken.

    `client_id` is that of the message the text would become: once that is queued, a saving of its words that comes
    late keeps nothing, or a text that was sent would stand there as a draft. What was written on since is kept.
    """
    sent = conversation.messages.filter(client_id=client_id).first() if client_id else None
    if sent and body.strip() and _begins_with(sent.body or "", body):
        return None
    held = _held(conversation, by, kind)
    if held is not None and held.body == body:
        return held
    if held is None and not body.strip():
        return None
    has_gone = sent and held is None  # whoever sent it knows that
    goes_on = held is not None and _begins_with(body, held.body)  # whoever wrote it, nothing of it is lost
    if mark_of(held) != mark and not has_gone and not goes_on:
        raise DraftOvertaken(held)
    if held is None:
        return _begin(conversation, by, body, kind)
    if not body.strip():
        _remove(held)
        return None
    held.body, held.version, held.updated_at = body, held.version + 1, timezone.now()
    held.save(update_fields=["body", "version", "updated_at"])
    return held


@transaction.atomic
def discard_draft(*, conversation: Conversation, by: Member, mark: str, body: str, kind: Draft.Kind = REPLY) -> None:
    """This was sent or noted: the draft its window knew goes, and one of just these words, saved while it was sent.

    What another window holds beyond that stays.
    """
    held = _held(conversation, by, kind)
    if held is not None and (mark_of(held) == mark or held.body.split() == body.split()):
        _remove(held)


@dataclass(frozen=True)
class Begun:
    """What stands in a window's box, and the draft it knows: some of it may not be kept yet."""

    text: str
    mark: str


@transaction.atomic
def put_back(*, conversation: Conversation, by: Member, body: str, begun: Begun | None = None) -> Draft:
    """A text that was sent and taken back becomes a draft again, above what has been begun meanwhile."""
    held = _held(conversation, by, REPLY)
    text = "\n\n".join(part for part in (body, *_begun_since(held, begun)) if part.strip())
    if held is None:
        return _begin(conversation, by, text, REPLY)
    held.body, held.version, held.updated_at = text, held.version + 1, timezone.now()
    held.save(update_fields=["body", "version", "updated_at"])
    return held


def _begun_since(held: Draft | None, begun: Begun | None) -> Iterator[str]:
    """What the window holds, and what is kept unless that is an earlier state of it."""
    if begun:
        yield begun.text
    is_known = begun and held and (mark_of(held) == begun.mark or _begins_with(begun.text, held.body))
    if held and not is_known:
        yield held.body


def _begins_with(text: str, beginning: str) -> bool:
    """Whatever the line ends: a browser writes them in two ways."""
    return " ".join(text.split()).startswith(" ".join(beginning.split()))


def _held(conversation: Conversation, by: Member, kind: Draft.Kind) -> Draft | None:
    drafts = Draft.objects.filter(conversation=conversation, member=by, kind=kind)
    return drafts.select_for_update(no_key=True).first()


def _begin(conversation: Conversation, by: Member, body: str, kind: Draft.Kind) -> Draft:
    draft = Draft(conversation=conversation, contact_id=conversation.contact_id, member=by, kind=kind, body=body)
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError:  # two windows begin at the same moment
        raise DraftOvertaken(_held(conversation, by, kind)) from None
    changed("draft", draft.pk)  # the list marks it; later versions change nothing there
    return draft


def _remove(draft: Draft) -> None:
    changed("draft", draft.pk)
    draft.delete()
