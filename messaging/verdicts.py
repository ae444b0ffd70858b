"""What a refusal of one message says about more than that message (360dialog reference, section 9).

131050 withdraws advertising (messaging/opt_outs.py), 137000 asks who holds the number now, and class C means that the
number can send nothing any more. An answer to our own request stops the number at once (messaging/outbox.py); a status
that tells it later is heeded here, in a transaction of its own: whoever records a status holds the message and may take
neither contact nor channel any more (design: lock order).
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from consent.gate import ChannelState
from messaging import opt_outs
from messaging.channels import stop_channel
from messaging.models import Channel, Message, MessageStatus
from messaging.whatsapp.errors import describe
from messaging.whatsapp.meanings import MEANINGS, ErrorMeaning, Kind
from patients.actions import doubt_person
from patients.models import Contact
from practices.audit import record
from practices.background import wake_on_commit
from practices.models import AuditEvent
from practices.scope import current_practice_id

HEED = "messaging.heed_verdicts"
# A status that comes later tells of a number that has long been looked after, or of one that is stopped already.
STOPS_WITHIN = timedelta(hours=1)
STOPPING = [meaning.code for meaning in MEANINGS if meaning.kind is Kind.BLOCKED and meaning.code is not None]
ASKING = [meaning.code for meaning in MEANINGS if meaning.asks_identity]


def note_error(code: int | str | None) -> None:
    """A message was refused: what follows from that is done once this is committed, and every night for a ring that was
    lost."""
    if code is not None and _says_more(describe(code)):
        wake_on_commit(HEED, practice_id=current_practice_id())


def heed(*, now: datetime | None = None) -> None:
    """Do in the practice in scope what the refusals of late ask for. Twice is as once."""
    at = now or timezone.now()
    opt_outs.heed_errors(now=at)
    _doubt_people(at)
    _stop_numbers(at)


def _says_more(meaning: ErrorMeaning) -> bool:
    return meaning.stops_marketing or meaning.asks_identity or meaning.kind is Kind.BLOCKED


def _doubt_people(now: datetime) -> None:
    """Nothing is sent to a number with another phone behind it until somebody has made sure who that is."""
    refused = Message.objects.filter(
        state=Message.State.FAILED, error_code__in=ASKING, at__gt=now - opt_outs.LOOKED_BACK
    )
    with transaction.atomic():
        newest = dict(refused.order_by("received_at").values_list("contact_id", "received_at"))
    for contact_id, at in newest.items():
        with transaction.atomic():
            contact = Contact.objects.filter(pk=contact_id).locked().get()
            made_sure = AuditEvent.objects.filter(about_id=contact_id, kind="person_confirmed", at__gt=at)
            if contact.identity_changed_at is None and not made_sure.exists():
                doubt_person(contact=contact, at=now)


@transaction.atomic
def _stop_numbers(now: datetime) -> None:
    failed = Message.objects.filter(
        state=Message.State.FAILED, error_code__in=STOPPING, at__gt=now - opt_outs.LOOKED_BACK
    )
    connected = Channel.objects.filter(state=ChannelState.CONNECTED, pk__in=failed.values("channel"))
    for channel in connected.order_by("pk").select_for_update(no_key=True):
        told = MessageStatus.objects.filter(
            message__in=failed.filter(channel=channel), status="failed", at__gt=now - STOPS_WITHIN
        )
        if channel.state_changed_at is not None:
            told = told.filter(at__gt=channel.state_changed_at)
        last = told.order_by("-at").first()
        if last is not None:
            stop_channel(channel=channel, code=describe(last.error_code).key)
            record("channel_stopped", about=channel, by=None, code=last.error_code)
