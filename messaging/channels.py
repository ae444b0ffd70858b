"""The numbers a practice writes with."""

import secrets

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from messaging.models import Channel
from practices import doors
from practices.audit import record
from practices.models import Door, Member, Practice


def digits_of(_practice_id: int) -> str | None:
    """The digits of the number that patients write to in the practice in scope; None while there is none."""
    phone: str | None = Channel.objects.order_by("created_at").values_list("phone", flat=True).first()
    return phone.removeprefix("+") if phone else None


@transaction.atomic
def connect_channel(
    *, practice: Practice, name: str, phone: str, phone_number_id: str, waba_id: str, api_key: str, by: Member | None
) -> Channel:
    """A number of the practice in scope, with its own webhook address and secret."""
    token, secret = doors.new_token(), secrets.token_urlsafe(24)
    channel = Channel.objects.create(
        name=name,
        phone=phone,
        phone_number_id=phone_number_id,
        waba_id=waba_id,
        api_key=api_key,
        webhook_token=token,
        webhook_secret=secret,
        state_changed_at=timezone.now(),
    )
    doors.install(Door.Kind.WEBHOOK, token, leads_to=practice, object_id=channel.pk, secret=secret)
    record("channel_connected", about=channel, by=by)
    return channel


def webhook_url(channel: Channel) -> str:
    """The address 360dialog must call."""
    return f"{settings.BASE_URL}/webhooks/360dialog/{channel.webhook_token}/"
