"""The practice's message templates, as 360dialog has them."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from messaging.models import Channel, Template
from messaging.requests import connect
from messaging.whatsapp.answers import TemplateRecord
from practices.background import wake_again_after
from practices.live import changed

SYNC = "messaging.sync_templates"
READ_AGAIN_AFTER = timedelta(minutes=5)
MISSING = "missing"  # our own word for a template that is no longer at 360dialog


def read_again_soon(practice_id: int) -> None:
    """Somebody looks at the templates: have them read from 360dialog, at most once in five minutes per practice.

    What was read is told to the page that asked as to any other, `changed("templates")`.
    """
    wake_again_after(SYNC, practice_id=practice_id, every=READ_AGAIN_AFTER)


def synchronise() -> int:
    """Read the templates of every channel in scope from 360dialog; answers how many there are.

    Raises DeliveryError. What vanished there stays here for the messages sent with it, but cannot be sent any more.
    """
    with transaction.atomic():
        channels = list(Channel.objects.order_by("pk"))
        keys = {channel.pk: channel.api_key for channel in channels}
    return sum(_keep(channel, _read(keys[channel.pk])) for channel in channels)


def _read(api_key: str) -> list[TemplateRecord]:
    with connect(api_key) as whatsapp:
        return [record for record in whatsapp.templates() if record.name and record.language]


@transaction.atomic
def _keep(channel: Channel, records: list[TemplateRecord]) -> int:
    now = timezone.now()
    for record in records:
        Template.objects.update_or_create(
            channel=channel,
            name=record.name,
            language=record.language,
            defaults={
                "provider_id": record.id or "",
                "category": record.category or Template.Category.MARKETING,  # the worse one, until we know
                "status": (record.status or "").lower(),
                "reason": (record.rejected_reason or "")[:100],
                "components": list(record.components),
                "synced_at": now,
            },
        )
    Template.objects.filter(channel=channel, synced_at__lt=now).update(status=MISSING)
    changed("templates", channel.pk)
    return len(records)
