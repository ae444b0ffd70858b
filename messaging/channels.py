"""The numbers a practice writes with."""

import secrets

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.gate import ChannelState
from messaging.models import Channel
from messaging.requests import connect
from messaging.whatsapp.answers import HealthStatus
from messaging.whatsapp.errors import ChannelBlocked, DeliveryError
from practices import doors
from practices.audit import record
from practices.background import wake_on_commit
from practices.live import changed
from practices.models import Door, Member, Practice
from practices.refusal import Refusal
from practices.scope import current_practice_id

OUTBOX = "messaging.drain_outbox"


class KeyNotAccepted(Refusal):
    """A number cannot send with this key. Nothing was changed."""

    reason = "api_key"


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


def require_key(*, channel: Channel, api_key: str) -> None:
    """Raise KeyNotAccepted unless 360dialog lets this number send with this key. Asks it, so outside transactions."""
    health = _health(api_key)
    numbers = {entity.id for entity in health.entities if entity.type == "PHONE_NUMBER" and entity.id}
    if numbers and channel.phone_number_id not in numbers:
        raise KeyNotAccepted(_("Dieser Schlüssel gehört zu einer anderen Nummer."))
    if health.can_send == "BLOCKED":
        raise KeyNotAccepted(
            _("Der Schlüssel stimmt, aber WhatsApp lässt diese Nummer nicht senden."),
            next_step=_("Prüfen Sie das WhatsApp-Konto bei 360dialog."),
        )


def _health(api_key: str) -> HealthStatus:
    try:
        with connect(api_key) as whatsapp:
            return whatsapp.health_status()
    except ChannelBlocked:
        raise KeyNotAccepted(
            _("360dialog nimmt diesen Schlüssel nicht an."),
            next_step=_("Erzeugen Sie dort einen neuen und kopieren Sie ihn vollständig."),
        ) from None
    except DeliveryError:
        raise KeyNotAccepted(
            _("360dialog antwortet gerade nicht, der Schlüssel ist nicht geprüft."),
            next_step=_("Versuchen Sie es in einigen Minuten noch einmal."),
        ) from None


@transaction.atomic
def reconnect_channel(*, channel: Channel, api_key: str, by: Member | None) -> None:
    """Send from this number again, with a key that `require_key` let pass; what was queued goes out now.

    For an owner or practice manager, or the operator (`by` None).
    """
    channel.api_key = api_key.strip()
    channel.state, channel.state_code, channel.state_changed_at = ChannelState.CONNECTED, "", timezone.now()
    channel.save(update_fields=["api_key", "state", "state_code", "state_changed_at"])
    record("channel_reconnected", about=channel, by=by)
    changed("channel", channel.pk)
    wake_on_commit(OUTBOX, practice_id=current_practice_id())


def stop_channel(*, channel: Channel, code: str, state: ChannelState = ChannelState.BLOCKED) -> None:
    """Nothing more goes out from this number; what is queued waits until `reconnect_channel`. `code` is WhatsApp's
    reason. The caller holds the channel's row."""
    channel.state, channel.state_code, channel.state_changed_at = state, code[:40], timezone.now()
    channel.save(update_fields=["state", "state_code", "state_changed_at"])
    changed("channel", channel.pk)


def webhook_url(channel: Channel) -> str:
    """The address 360dialog must call."""
    return f"{settings.BASE_URL}/webhooks/360dialog/{channel.webhook_token}/"
