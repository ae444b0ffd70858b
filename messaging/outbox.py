"""Sends what is queued: claim with the gate, commit, hand over, record. Never twice by itself (security.md 4.5).

QUEUED ──claim──▶ SENDING ──2xx with wamid──▶ SENT
   │                 ├──final no──▶ FAILED          ├──worth a retry──▶ QUEUED, later
   └──gate──▶ CANCELLED  └──outcome unknown──▶ UNCONFIRMED
"""

import logging
import random
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from consent.gate import ChannelState, Kind
from consent.models import ConsentState
from consent.purposes import Purpose
from messaging import dispatch
from messaging.attachments import WITH_FILE, Attachment, attachment_of
from messaging.channels import stop_channel
from messaging.inbound import statuses
from messaging.models import Channel, MediaFile, Message, MessageQuerySet, SendAttempt
from messaging.outcomes import ring, turn
from messaging.requests import body_of, connect
from messaging.verdicts import note_error
from messaging.wamids import wamid_hash
from messaging.whatsapp.answers import Accepted
from messaging.whatsapp.client import WhatsAppClient
from messaging.whatsapp.errors import (
    ChannelBlocked,
    DeliveryError,
    OutcomeUnknown,
    Rejected,
    TemporarilyUnavailable,
    TryLater,
)
from messaging.whatsapp.meanings import OUTCOME_UNKNOWN, RATE_EXCEEDED, REFUSED
from messaging.whatsapp.outgoing import ContentInvalid
from messaging.whom import links_at, links_of
from patients.models import Contact
from practices.crash import crash_point
from practices.keys import SealBroken
from practices.live import changed_many
from practices.models import Practice
from practices.postgres import holds
from practices.refusal import Refusal
from practices.sealed import warm

AT_ONCE = 8
# A claim is given up when its process has died, and when one that hangs holds it for longer than its work takes:
LEASE = timedelta(seconds=60)  # sending
LEASE_WITH_FILE = timedelta(seconds=180)  # uploading a file and sending
ORDER_WAITS = timedelta(seconds=60)  # the next message to a person waits no longer for one on its way
LONGEST_DRAIN = 30.0  # seconds; then the other practices' turn comes, and the sweep goes on with the rest
# As long as a message that WhatsApp surely has not got is tried again, since it was written. Later it is no answer.
TRIED_FOR = timedelta(hours=6)
MOST_LATER = 3  # tries of what WhatsApp puts off by hours
PAIR_RATE = 131056  # about one message in six seconds to the same person; back off 4^n seconds
ERASED = "erased"
THROUGHPUT = {130429, 80007, 4}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """One message we may send now: committed as SENDING, with the attempt's id inside the request."""

    message_id: UUID
    attempt_id: UUID
    channel_id: UUID
    api_key: str = field(repr=False)
    body: dict[str, Any] = field(repr=False)
    attachment: Attachment | None = None


def drain() -> int:
    """Send everything that is due in the practice in scope; answers how many were handed over."""
    handed_over, until = 0, time.monotonic() + LONGEST_DRAIN
    give_up_stale_claims()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while time.monotonic() < until and (claims := claim()) is not None:
            crash_point("outbound.claimed")
            running = {threads.submit(_hand_over, one): one for one in claims}
            for finished in as_completed(running):
                crash_point("outbound.answered")
                _record_alone(running[finished], finished.result())
                crash_point("outbound.committed")
            handed_over += len(claims)
    statuses.adopt()
    return handed_over


def _record_alone(claim: Claim, result: Accepted | DeliveryError) -> None:
    """What cannot be recorded is this message's alone: its lease will say that nobody knows what became of it."""
    try:
        record(claim, result)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble
    except Exception as error:
        log.error("outcome not recorded", exc_info=error, extra={"message_id": str(claim.message_id)})


def _hand_over(claim: Claim) -> Accepted | DeliveryError:
    """Send one message. Whatever goes wrong is this message's alone: its neighbours' answers must be recorded."""
    is_sending = False
    try:
        with connect(claim.api_key) as whatsapp:
            body = _with_attachment(claim, whatsapp)
            crash_point("outbound.handing_over")
            is_sending = True
            return whatsapp.send(body)
    except DeliveryError as error:
        return error
    except Exception as error:
        log.error("message not handed over", exc_info=error, extra={"message_id": str(claim.message_id)})
        return OutcomeUnknown(OUTCOME_UNKNOWN) if is_sending else Rejected(REFUSED)


def _with_attachment(claim: Claim, whatsapp: WhatsAppClient) -> dict[str, Any]:
    if claim.attachment is None:
        return claim.body
    try:
        return claim.attachment.uploaded(whatsapp, claim.body)
    except TemporarilyUnavailable as error:
        error.certainly_not_sent = True  # the file was not taken, so no message was asked for
        raise


@transaction.atomic
def claim(limit: int = AT_ONCE) -> list[Claim] | None:
    """Take the oldest queued message of some contacts, ask the gate once more, and mark them SENDING. None if nothing
    is due; an empty list if none of what was due may go out.

    Holds the contacts (skipping those somebody else holds) and locks their consent, so a withdrawal either
    comes before and cancels, or waits until this is committed and counts it as already handed over.
    """
    heads = _heads(limit)
    contacts = Contact.objects.filter(pk__in=[head.contact_id for head in heads]).order_by("pk")
    held = {contact.pk for contact in contacts.select_for_update(no_key=True, skip_locked=True)}
    list(ConsentState.objects.filter(contact_id__in=held).order_by("pk").select_for_update(of=("self",)).values("pk"))
    mine = Message.objects.filter(pk__in=[head.pk for head in heads if head.contact_id in held])
    due = (
        mine.due()
        .select_related("conversation__contact", "conversation__channel", "contact", "channel", "template")
        .prefetch_related(links_at("conversation__contact__"))
        .order_by("pk")
    )
    messages = [message for message in due.select_for_update(of=("self",), no_key=True) if _is_next(message)]
    warm(_sealed_rows(messages))
    practice = dispatch.practice_now()
    claims = [one for one in (_claim(message, practice) for message in messages) if one]
    holds.let_go()  # what this process had in hand before is recorded
    holds.hold(one.attempt_id for one in claims)
    return claims if messages else None


def _sealed_rows(messages: list[Message]) -> list[Model]:
    """What the gate and the request open: the messages, and for whom their contacts write."""
    patients = [link.patient for message in messages for link in links_of(message.conversation.contact)]
    return [*messages, *patients]


def _heads(limit: int) -> list[Message]:
    """The oldest unsent message of each contact, if it is due, its channel may send and none is on its way to them.

    One that waits longer than a minute for its next try (hours, if WhatsApp says so) holds up nothing that came later.
    """
    soon = timezone.now() + ORDER_WAITS
    queued = Message.objects.filter(state=Message.State.QUEUED, run_after__lte=soon)
    heads = queued.order_by("contact_id", "id").distinct("contact_id")
    open_channels = Channel.objects.filter(state=ChannelState.CONNECTED).exclude(paused_until__gt=timezone.now())
    due = Message.objects.filter(pk__in=heads.values("pk"), channel__in=open_channels).due()
    free = due.exclude(contact_id__in=_on_their_way().values("message__contact_id"))
    return list(free.order_by("run_after", "id").only("pk", "contact_id")[:limit])


def _is_next(message: Message) -> bool:
    """Asked again now that the contact is held."""
    return not _on_their_way().filter(message__contact_id=message.contact_id).exists()


def _on_their_way() -> QuerySet[SendAttempt]:
    """Order per person: nothing goes out while an earlier one is on its way (for at most a minute)."""
    return _running().filter(at__gt=timezone.now() - ORDER_WAITS)


def _claim(message: Message, practice: Practice) -> Claim | None:
    """Whatever is wrong with one message ends it alone: the others of the batch go out."""
    try:
        return _permitted(message, practice)
    except dispatch.SendingRefused as refusal:
        _put_off(message, refusal)
    except Refusal as refusal:
        cancel([message], reason=refusal.reason)
    except SealBroken:
        cancel([message], reason=ERASED)  # the person's key was destroyed (Art. 17)
    except ContentInvalid:
        _fail(message, "content_invalid")
    except MediaFile.DoesNotExist:
        _fail(message, "media_missing")
    except DatabaseError:
        raise
    except Exception as error:
        log.error("message cannot be put together", exc_info=error, extra={"message_id": str(message.pk)})
        _fail(message, "content_invalid")
    return None


def _permitted(message: Message, practice: Practice) -> Claim:
    """Raises Refusal, ContentInvalid or SealBroken, and then has written nothing."""
    dispatch.require_permission(_sending(message), practice=practice)
    attempt = SendAttempt(message=message)
    body = body_of(message, callback_data=str(attempt.pk))
    api_key, attachment = message.channel.api_key, attachment_of(message)
    attempt.save()
    message.state, message.attempts = Message.State.SENDING, message.attempts + 1
    message.save(update_fields=["state", "attempts"])
    changed_many([("message", message.pk)])
    return Claim(message.pk, attempt.pk, message.channel_id, api_key, body, attachment)


def _sending(message: Message) -> dispatch.Sending:
    """The question that was asked when the message was queued, for the patient it was meant for."""
    by_rule = message.origin == Message.Origin.AUTOMATIC
    return dispatch.Sending(
        conversation=message.conversation,
        kind=Kind(message.kind),
        purpose=Purpose(message.purpose) if message.purpose else None,
        patient_id=message.concerns_patient_id,
        template=message.template,
        by_rule=by_rule,
        # Whether somebody asked for it was decided when it was queued, and no time makes that wrong.
        asked_by_person=message.kind == Kind.OPT_IN_PROMPT or (by_rule and message.kind == Kind.CANNED_REPLY),
        message_id=message.pk,
    )


def _put_off(message: Message, refusal: dispatch.SendingRefused) -> None:
    """What met the quiet hours on its way waits until they end; everything else that is refused is taken back."""
    if refusal.not_before is None:
        cancel([message], reason=refusal.reason)
        return
    message.run_after = refusal.not_before
    message.save(update_fields=["run_after"])
    changed_many([("message", message.pk)])


def _fail(message: Message, reason: str) -> None:
    message.state, message.refusal = Message.State.FAILED, reason
    turn(message)
    message.save(update_fields=["state", "refusal", "turned"])
    changed_many([("message", message.pk)])


def cancel(messages: Iterable[Message], *, reason: str) -> int:
    """Take queued messages back; answers how many. What is already on its way is not touched."""
    ids = [message.pk for message in messages]
    queued = _locked(Message.objects.filter(pk__in=ids, state=Message.State.QUEUED))
    count = queued.update(state=Message.State.CANCELLED, refusal=reason[:40], turned=reason != ERASED)
    ring()
    changed_many([("message", pk) for pk in ids])
    return count


def _locked(messages: MessageQuerySet) -> MessageQuerySet:
    """Take them in id order before an update, which would take them in any: statuses come in beside it."""
    list(messages.order_by("pk").select_for_update(no_key=True).values("pk"))
    return messages


@transaction.atomic
def record(claim: Claim, result: Accepted | DeliveryError) -> None:
    """Write down what came of a handing-over. A status that was faster is never taken back."""
    message = Message.objects.select_for_update(no_key=True).get(pk=claim.message_id)
    attempt, before = SendAttempt.objects.get(pk=claim.attempt_id), message.state
    if isinstance(result, Accepted):
        _accepted(message, attempt, result)
    else:
        _not_accepted(message, attempt, result, claim.api_key)
    attempt.save(update_fields=["outcome", "error_code"])
    rows = [("conversation", message.conversation_id)] if Message.State.UNCONFIRMED in {before, message.state} else []
    changed_many([("message", message.pk), *rows])
    crash_point("outbound.recorded")


def _accepted(message: Message, attempt: SendAttempt, accepted: Accepted) -> None:
    attempt.outcome = SendAttempt.Outcome.ACCEPTED
    if message.wamid_hash is None:
        message.wamid, message.wamid_hash = accepted.wamid, wamid_hash(accepted.wamid)
    if message.state in {Message.State.SENDING, Message.State.UNCONFIRMED}:
        message.state, message.error_code = Message.State.SENT, None
    message.held = accepted.message_status == "held_for_quality_assessment"
    message.save(update_fields=["wamid", "wamid_hash", "state", "error_code", "held"])
    statuses.apply_waiting(message)


def _not_accepted(message: Message, attempt: SendAttempt, error: DeliveryError, api_key: str) -> None:
    attempt.error_code = error.code
    attempt.outcome = SendAttempt.Outcome.REJECTED
    if message.state != Message.State.SENDING:
        return  # a status settled it meanwhile
    if isinstance(error, OutcomeUnknown) or _may_exist(error):
        attempt.outcome = SendAttempt.Outcome.UNKNOWN
        message.state = Message.State.UNCONFIRMED
    elif isinstance(error, ChannelBlocked):
        message.state = Message.State.QUEUED
        _stop_channel(message.channel_id, error, api_key)
    elif isinstance(error, TemporarilyUnavailable | TryLater) and _is_worth_a_try(message, error):
        attempt.outcome = SendAttempt.Outcome.NOT_SENT
        _retry_later(message, error)
    else:
        message.state, message.error_code = Message.State.FAILED, error.code
        message.refusal = error.meaning.key[:40]
        turn(message)
        note_error(error.code)
    message.save(update_fields=["state", "error_code", "refusal", "run_after", "turned"])
    log.warning("message not accepted", extra={"message_id": str(message.pk), "code": error.meaning.key})


def _may_exist(error: DeliveryError) -> bool:
    """Whether WhatsApp may have the message although it said no: then a person or a status decides."""
    return isinstance(error, TemporarilyUnavailable) and not error.certainly_not_sent


def _is_worth_a_try(message: Message, error: DeliveryError) -> bool:
    """Within the hours in which an answer still is one, and not more often than the error's class says (section 9)."""
    if isinstance(error, TryLater):
        return message.attempts <= MOST_LATER
    most = error.meaning.attempts
    return timezone.now() < message.at + TRIED_FOR and (most is None or message.attempts <= most)


def _retry_later(message: Message, error: TemporarilyUnavailable | TryLater) -> None:
    wait = error.wait if isinstance(error, TryLater) else timedelta(seconds=backoff(message.attempts, error))
    message.state, message.run_after = Message.State.QUEUED, timezone.now() + wait
    message.error_code = error.code  # why it waits; forgotten when WhatsApp takes it
    if error.code in THROUGHPUT or error.meaning is RATE_EXCEEDED:
        Channel.objects.filter(pk=message.channel_id).update(paused_until=message.run_after)


def backoff(attempts: int, error: TemporarilyUnavailable) -> float:
    """Seconds until the next try: what WhatsApp asks for, 4^n for the pair rate, else full jitter up to 2^n."""
    if error.retry_after:
        return error.retry_after
    if error.code == PAIR_RATE:
        return float(min(4 ** min(attempts, 6), 3600)) + random.random()  # noqa: S311  spreads load, decides nothing
    return random.uniform(0.5, min(2 ** min(attempts, 9), 300))  # noqa: S311


def _stop_channel(channel_id: UUID, error: DeliveryError, api_key: str) -> None:
    """Nothing more goes out from this number, what is queued waits (messaging/channels.py lets it go on). Unless it has
    got another key meanwhile."""
    channel = Channel.objects.select_for_update(no_key=True).get(pk=channel_id)
    if channel.api_key != api_key:
        return
    is_disconnected = error.http_status in {401, 403}
    state = ChannelState.DISCONNECTED if is_disconnected else ChannelState.BLOCKED
    stop_channel(channel=channel, state=state, code=error.meaning.key)


@transaction.atomic
def give_up_stale_claims() -> int:
    """Claims whose worker died or hangs: nobody knows what became of them, so UNCONFIRMED; answers how many."""
    stale = _stale()
    if not stale:
        return 0
    _locked(Message.objects.filter(pk__in=stale.values()))
    # Meanwhile a worker may have recorded its attempt, and another have begun the next one.
    attempts = dict(_running().filter(pk__in=stale).values_list("pk", "message_id"))
    given_up = Message.objects.filter(pk__in=attempts.values())
    given_up.update(state=Message.State.UNCONFIRMED)
    SendAttempt.objects.filter(pk__in=attempts).update(outcome=SendAttempt.Outcome.UNKNOWN)
    rows = given_up.values_list("conversation_id", flat=True)
    changed_many([*(("message", pk) for pk in attempts.values()), *(("conversation", pk) for pk in rows)])
    return len(attempts)


def _stale() -> dict[UUID, UUID]:
    """Attempts that no process has in hand any more, or for too long, with their messages."""
    attempts = dict(_running().values_list("pk", "message_id"))
    if not attempts:
        return {}
    stale = holds.not_held(attempts) | set(_running().filter(_is_late()).values_list("pk", flat=True))
    return {attempt: message for attempt, message in attempts.items() if attempt in stale}


def _running() -> QuerySet[SendAttempt]:
    return SendAttempt.objects.filter(outcome=SendAttempt.Outcome.OPEN, message__state=Message.State.SENDING)


def _is_late() -> Q:
    now = timezone.now()
    has_file, is_plain = Q(message__type__in=WITH_FILE), ~Q(message__type__in=WITH_FILE)
    return has_file & Q(at__lt=now - LEASE_WITH_FILE) | is_plain & Q(at__lt=now - LEASE)
