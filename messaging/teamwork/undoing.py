"""Taking back what one has just done, for ten minutes, and only where nobody has changed anything since.

What stood there before is in the trail, which is append-only; the page holds nothing but a signed list of events.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Conversation, ConversationLabel, Label, Task
from messaging.teamwork import labels, standing, todo
from messaging.teamwork.number_undoing import lift_block, link_again, take_link_back
from patients.actions import BLOCKED, LINKED, UNLINKED
from practices.audit import record_each
from practices.live import changed_many
from practices.models import AuditEvent, Member
from practices.refusal import Refusal

GOOD_FOR = timedelta(minutes=10)


class TooLate(Refusal):
    """The ticket is older than ten minutes, somebody else's, or none of ours."""

    reason = "too_late"


def ticket_for(events: Iterable[AuditEvent], by: Member) -> str:
    """What a page holds to take these deeds back; empty where there is nothing to take back."""
    ids = [event.pk.hex for event in events]
    return signing.dumps(ids, salt=_salt(by), compress=True) if ids else ""


def last_deed(kind: str, conversation: Conversation, by: Member) -> list[AuditEvent]:
    """The newest event of this kind about a conversation, if it was this person's; for a deed that answers nothing."""
    newest = AuditEvent.objects.filter(about_id=conversation.pk, kind=kind, by=by).order_by("-at", "-pk").first()
    return [newest] if newest else []


@transaction.atomic
def undo(*, ticket: str, by: Member) -> tuple[int, int]:
    """Take deeds back; answers how many, and of how many. Raises TooLate."""
    try:
        ids = signing.loads(ticket, salt=_salt(by), max_age=GOOD_FOR)
    except signing.BadSignature:
        raise TooLate(_("Das lässt sich nicht mehr zurücknehmen. Bitte ändern Sie es von Hand.")) from None
    events = list(AuditEvent.objects.filter(pk__in=[UUID(hex=one) for one in ids], by=by).order_by("about_id", "pk"))
    return take_back(events, by=by), len(events)


def take_back(events: Iterable[AuditEvent], *, by: Member) -> int:
    """Take these deeds of theirs back, one by one, where nobody has changed anything since; answers how many."""
    return sum(_way_back(event.kind)(event, by) for event in events)


def _salt(by: Member) -> str:
    return f"teamwork.undo:{by.practice_id}:{by.pk}"


def _way_back(kind: str) -> Callable[[AuditEvent, Member], bool]:
    return {
        labels.HUNG: _take_label_off,
        labels.TAKEN_OFF: _hang_label_again,
        todo.DONE: _reopen_task,
        todo.REOPENED: _finish_task,
        todo.HANDED_OVER: _take_over_again,
        LINKED: take_link_back,
        UNLINKED: link_again,
        BLOCKED: lift_block,
    }.get(kind, _restore)


def _restore(event: AuditEvent, by: Member) -> bool:
    """Give a conversation its standing back, if it is still the one the deed left."""
    before, after = event.codes.get("before", {}), event.codes.get("after", {})
    for held in standing.hold([event.about_id]):
        if not after or standing.standing_of(held, after) != after or _would_hide(held, before, event):
            return False
        columns = {name: standing.read(name, code) for name, code in before.items()}
        if _was_answered(held, event):
            columns |= {name: None for name in ("waiting_since", "urgent_at") if name in columns}
        Conversation.objects.filter(pk=held.pk).update(**columns)
        record_each("deed_undone", about=[(held, {"deed": event.kind, "event": str(event.pk)})], by=by)
        changed_many([("conversation", held.pk)])
        return True
    return False


def _would_hide(held: Conversation, before: Mapping[str, str | None], event: AuditEvent) -> bool:
    """Whether it would be put away again although the patient has written since."""
    is_put_away = bool(before.get("closed_at") or before.get("snoozed_until"))
    return is_put_away and held.messages.owed_an_answer().filter(received_at__gt=event.at).exists()


def _was_answered(held: Conversation, event: AuditEvent) -> bool:
    """Whether somebody of us has written since what was not lost: then nobody waits any more, however the conversation
    comes back."""
    return held.messages.answers().standing().filter(at__gt=event.at).exists()


def _take_label_off(event: AuditEvent, by: Member) -> bool:
    """Unless a colleague has taken it off since and hung it on again: then it is theirs."""
    hung = ConversationLabel.objects.filter(conversation_id=event.about_id, label_id=event.codes["label"], set_by=by)
    return hung.exists() and _with_label(event, labels.take_off, by)


def _hang_label_again(event: AuditEvent, by: Member) -> bool:
    return _with_label(event, labels.hang, by)


def _with_label(event: AuditEvent, deed: Callable[..., list[AuditEvent]], by: Member) -> bool:
    label = Label.objects.filter(pk=event.codes["label"]).first()
    conversations = Conversation.objects.filter(pk=event.about_id)
    return label is not None and bool(deed(conversations=list(conversations), label=label, by=by))


def _reopen_task(event: AuditEvent, by: Member) -> bool:
    task = Task.objects.filter(pk=event.about_id, done_by=by).first()
    return task is not None and bool(todo.reopen_task(task=task, by=by))


def _finish_task(event: AuditEvent, by: Member) -> bool:
    task = Task.objects.filter(pk=event.about_id).first()
    return task is not None and bool(todo.finish_task(task=task, by=by))


def _take_over_again(event: AuditEvent, by: Member) -> bool:
    return todo.take_over_again(event=event, by=by)
