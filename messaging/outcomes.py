"""What comes of our answers decides who waits: one that came to nothing has answered nobody (ADR 35).

Whoever writes down an outcome holds the message, and may take neither its contact nor its conversation any more
(design: lock order). So the message is marked as `turned`, and its conversation follows in a transaction of its own.
"""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from messaging.models import Conversation, Message
from messaging.teamwork.standing import change, hold, read, written
from messaging.urgency import urgency_since
from patients.models import Contact
from practices.background import wake_on_commit
from practices.keys import SealBroken
from practices.live import changed
from practices.models import AuditEvent
from practices.scope import current_practice_id

FOLLOW = "messaging.follow_outcomes"
LOST, ARRIVED = "answer_lost", "answer_arrived_after_all"

log = logging.getLogger(__name__)


def turn(message: Message) -> None:
    """It failed, or arrived after all: its conversation is to follow. The caller saves `turned` with the state."""
    message.turned = True
    ring()


def ring() -> None:
    """A ring that is lost is found by the sweep."""
    wake_on_commit(FOLLOW, practice_id=current_practice_id())


def follow() -> None:
    """Let every conversation of the practice in scope follow what became of its messages. Twice is as once.

    What is wrong with one conversation is that one's alone; it stays marked.
    """
    with transaction.atomic():
        turned = Message.objects.filter(turned=True).order_by("conversation_id")
        conversation_ids = list(turned.values_list("conversation_id", flat=True).distinct())
    for conversation_id in conversation_ids:
        try:
            _follow(conversation_id)
        except (OperationalError, InterfaceError):
            raise  # the database's trouble
        except Exception as error:
            log.error("outcome not followed", exc_info=error, extra={"conversation": str(conversation_id)})


@transaction.atomic
def _follow(conversation_id: UUID) -> None:
    whose = Conversation.objects.filter(pk=conversation_id).values("contact_id")
    list(Contact.objects.filter(pk__in=whose).locked().values("pk"))
    for held in hold([conversation_id]):
        answers = [one for one in _take_marks(held) if one.answers]
        lost = [one for one in answers if one.state in Message.CAME_TO_NOTHING]
        if len(lost) < len(answers):
            _arrived_after_all(held)
        if lost:
            _wait_again(held, lost)
        changed("conversation", held.pk)


def _take_marks(held: Conversation) -> list[Message]:
    marked = held.messages.filter(turned=True).order_by("pk").select_for_update(no_key=True)
    turned = list(marked.only("direction", "origin", "type", "state", "at"))
    Message.objects.filter(pk__in=[one.pk for one in turned]).update(turned=False)
    return turned


def _wait_again(held: Conversation, lost: Collection[Message]) -> None:
    """Whoever waited for these waits again, unless something newer of ours stands. That is news for the team: what was
    done or put off meanwhile is at hand again, as with a new message."""
    if _newer(lost, _newest_standing(held)):
        at_hand = {"closed_at": None, "closed_by_id": None, "snoozed_until": None}
        _wait_since(LOST, held, _earlier(held.waiting_since, waited_since(held, lost)), **at_hand)


def _arrived_after_all(held: Conversation) -> None:
    """Who was put back because an answer was thought lost waits no longer, but for what that answer left, for what was
    lost after it and for what they have written since."""
    lost = AuditEvent.objects.filter(about_id=held.pk, kind=LOST).order_by("-at", "-pk").first()
    newest = _newest_standing(held)
    if lost is None or newest is None or lost.codes["after"]["waiting_since"] != written(held.waiting_since):
        return
    before = read("waiting_since", lost.codes["before"]["waiting_since"])
    since = held.waiting_since or before
    later = held.messages.owed_since(since).filter(pk__gt=newest.pk).in_order() if since else held.messages.none()
    written_since = later.values_list("at", flat=True).first()
    _wait_since(ARRIVED, held, _earlier(before, written_since, waited_since(held)))


def _wait_since(kind: str, held: Conversation, since: datetime | None, **columns: None) -> None:
    """As urgently as what is owed an answer then. Nobody waits whose key was destroyed (Art. 17)."""
    urgent_at = held.urgent_at
    if since != held.waiting_since:
        try:
            urgent_at, held.urgent_words = urgency_since(held, since) if since else (None, None)
        except SealBroken:
            return
        held.save(update_fields=["urgent_words"])
    change(kind, held=[held], by=None, waiting_since=since, urgent_at=urgent_at, **columns)


def waited_since(held: Conversation, news: Collection[Message] = ()) -> datetime | None:
    """Since when somebody waits for what of ours came to nothing after the newest that stands; None if nobody does.

    `news` are such answers too, also ones that are no more. The others count only if nobody has called it done since,
    although somebody waited: then it was settled in another way. What each was to answer, the trail knows.
    """
    newest, settled_at = _newest_standing(held), _settled_at(held)
    known = held.messages.answers().come_to_nothing()
    for ended_at in (settled_at, newest.at if newest else None):
        known = known.filter(at__gte=ended_at) if ended_at else known
    lost = _newer([*known.only("at"), *news], newest)
    queued = AuditEvent.objects.filter(about_id__in=lost, kind="message_queued").values_list("codes", flat=True)
    return _earlier(*(read("waiting_since", codes.get("waited_since")) for codes in queued))


def _newest_standing(held: Conversation) -> Message | None:
    standing: Message | None = held.messages.answers().standing().order_by("-at", "-pk").only("at").first()
    return standing


def _newer(messages: Iterable[Message], than: Message | None) -> set[UUID]:
    return {one.pk for one in messages if than is None or (one.at, one.pk) > (than.at, than.pk)}


def _settled_at(held: Conversation) -> datetime | None:
    closings = AuditEvent.objects.filter(about_id=held.pk, kind="conversation_closed").order_by("-at")
    events = closings.values_list("at", "codes")
    return next((at for at, codes in events if codes["before"].get("waiting_since")), None)


def _earlier(*times: datetime | None) -> datetime | None:
    return min((one for one in times if one is not None), default=None)
