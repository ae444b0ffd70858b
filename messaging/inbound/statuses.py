"""What became of our own messages: statuses only move a message forward, in whatever order they come.

A status is matched by the attempt id it carries (biz_opaque_callback_data) or by its wamid. One whose message is not
known yet waits: it can arrive before the answer to our own POST (360dialog section 5).
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from messaging.clock import clamped
from messaging.inbound.reading import Found, only
from messaging.models import Channel, Message, MessageStatus, SendAttempt, WaitingStatus
from messaging.outcomes import turn
from messaging.verdicts import note_error
from messaging.wamids import wamid_hash
from messaging.whatsapp.payloads import NOBODY, Pricing, ReportedError, StatusUpdate
from practices.live import changed_many
from practices.postgres.bulk import among, insert_many, update_many

S = Message.State
RANK = {S.QUEUED: 0, S.SENDING: 1, S.UNCONFIRMED: 1, S.SENT: 2, S.DELIVERED: 3, S.READ: 4}
WORDS = {"sent": S.SENT, "delivered": S.DELIVERED, "read": S.READ, "played": S.READ}
CHANGED = ("state", "wamid_hash", "error_code", "held", "lifted", "turned")


def store(found: list[Found]) -> None:
    """Record every status of these events and move the messages they are about."""
    updates = only(found, StatusUpdate)
    if not updates:
        return
    messages = _messages([update for _, update in updates])
    unnamed = {message.pk: message for message in messages.values() if message.wamid_hash is None}
    settled = {message.conversation_id for message in messages.values() if message.state == S.UNCONFIRMED}
    history: list[MessageStatus] = []
    waiting: list[WaitingStatus] = []
    for one, update in updates:
        message = messages.get(update.callback_data or "") or messages.get(_name(one.channel, update.wamid))
        if message is None:
            waiting.append(_waiting(one, update))
        else:
            history.append(apply(message, update, received_at=one.delivery.received_at))
    WaitingStatus.objects.bulk_create(waiting, ignore_conflicts=True)  # 360dialog repeats, also what nobody claims
    _save(history)
    changed_many([("conversation", pk) for pk in settled])  # whose row says "Ungeklärt" no longer
    for message in unnamed.values():
        message.save(update_fields=["wamid"])


@transaction.atomic
def adopt() -> None:
    """Apply what waits for messages that are known by now: an echo, or an answer that was recorded meanwhile."""
    hashes = WaitingStatus.objects.values("wamid_hash")
    known = Message.objects.filter(wamid_hash__in=hashes).order_by("pk")
    for message in known.select_for_update(no_key=True):
        apply_waiting(message)


def apply_waiting(message: Message) -> None:
    """Apply what arrived before we knew this message's wamid."""
    waiting = WaitingStatus.objects.filter(channel_id=message.channel_id, wamid_hash=message.wamid_hash)
    rows = list(waiting.order_by("received_at", "pk"))
    if rows:
        _save([apply(message, _from_json(row.status), received_at=row.received_at) for row in rows])
        waiting.delete()


def apply(message: Message, update: StatusUpdate, *, received_at: datetime) -> MessageStatus:
    """Move a message by one status and answer its unsaved history row. Changes the instance, saves nothing.

    The state is a fold that does not depend on the order: forward only; `failed` is final unless delivered or read
    says otherwise, which is flagged; any status with our attempt id settles UNCONFIRMED.
    """
    if message.wamid_hash is None:
        message.wamid, message.wamid_hash = update.wamid, wamid_hash(update.wamid)
    code = _code(update)
    reached = WORDS.get(update.status)
    if update.status == "failed":
        _fail(message, code)
    elif reached and message.state == S.FAILED:
        _lift(message, reached)
    elif reached and message.state in RANK and RANK[reached] > RANK[S(message.state)]:
        message.state = reached
    return _row(message, update, code, received_at)


def _fail(message: Message, code: int | None) -> None:
    if message.state not in {S.DELIVERED, S.READ, S.CANCELLED, S.RECEIVED}:
        if message.state != S.FAILED:
            turn(message)
        message.state, message.error_code = S.FAILED, code
        note_error(code)


def _lift(message: Message, reached: Message.State) -> None:
    if reached != S.SENT:
        message.state, message.lifted = reached, True
        turn(message)


def _row(message: Message, update: StatusUpdate, code: int | None, received_at: datetime) -> MessageStatus:
    pricing = update.pricing
    return MessageStatus(
        message=message,
        status=update.status[:20],
        at=clamped(update.timestamp, received_at),
        error_code=code,
        billable=pricing.billable if pricing else None,
        price_category=(pricing.category or "")[:40] if pricing else "",
        price_type=(pricing.type or "")[:40] if pricing else "",
        received_at=received_at,
    )


def _save(history: list[MessageStatus]) -> None:
    """Everything but the wamids that were learned: they are sealed row by row."""
    messages = {row.message.pk: row.message for row in history}
    insert_many(history, ignore_conflicts=True)
    update_many(list(messages.values()), CHANGED)
    changed_many([("message", pk) for pk in messages])


def _messages(updates: list[StatusUpdate]) -> dict[str, Message]:
    """The messages these statuses may be about, locked, by attempt id and by channel and wamid."""
    tried = SendAttempt.objects.filter(among("pk", _attempt_ids(updates)))
    attempts = dict(tried.values_list("pk", "message_id"))
    hashes = {wamid_hash(update.wamid) for update in updates}
    wanted = Message.objects.filter(Q(among("pk", attempts.values())) | Q(among("wamid_hash", hashes)))
    by_id = {message.pk: message for message in wanted.order_by("pk").select_for_update(no_key=True)}
    by_wamid = {f"{one.channel_id} {bytes(one.wamid_hash).hex()}": one for one in by_id.values() if one.wamid_hash}
    return by_wamid | {str(attempt): by_id[message] for attempt, message in attempts.items() if message in by_id}


def _attempt_ids(updates: list[StatusUpdate]) -> set[UUID]:
    ids = set()
    for update in updates:
        try:
            ids.add(UUID(update.callback_data or ""))
        except ValueError:
            continue  # not ours: something else was sent with this number
    return ids


def _name(channel: Channel, wamid: str) -> str:
    return f"{channel.pk} {wamid_hash(wamid).hex()}"


def _waiting(one: Found, update: StatusUpdate) -> WaitingStatus:
    return WaitingStatus(
        channel=one.channel,
        wamid_hash=wamid_hash(update.wamid),
        word=update.status[:20],
        error_code=_code(update),
        status=_to_json(update),
        received_at=one.delivery.received_at,
    )


def _code(update: StatusUpdate) -> int | None:
    return update.errors[0].code if update.errors else None


def _to_json(update: StatusUpdate) -> dict[str, Any]:
    return {
        "wamid": update.wamid,
        "status": update.status,
        "timestamp": update.timestamp.isoformat() if update.timestamp else None,
        "callback_data": update.callback_data,
        "errors": [asdict(error) for error in update.errors],
        "pricing": asdict(update.pricing) if update.pricing else None,
    }


def _from_json(kept: dict[str, Any]) -> StatusUpdate:
    return StatusUpdate(
        phone_number_id=None,
        wamid=kept["wamid"],
        status=kept["status"],
        timestamp=datetime.fromisoformat(kept["timestamp"]).astimezone(UTC) if kept["timestamp"] else None,
        recipient=NOBODY,
        callback_data=kept["callback_data"],
        errors=tuple(ReportedError(**error) for error in kept["errors"]),
        pricing=Pricing(**kept["pricing"]) if kept["pricing"] else None,
    )
