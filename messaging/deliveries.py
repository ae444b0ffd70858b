"""What became of the webhooks: counts for the operator, another try after an upgrade, and an end after some days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from messaging.models import UnreadableEntry, WaitingStatus, WebhookDelivery
from practices.background import wake_on_commit
from practices.scope import current_practice_id

BODY_KEPT = timedelta(days=7)  # as long as 360dialog may repeat, and for a replay
DIGEST_KEPT = timedelta(days=30)
STATUS_KEPT = timedelta(days=8)
DRAIN = "messaging.drain_inbound"
State = WebhookDelivery.State


@transaction.atomic
def counts() -> dict[str, int]:
    """How many deliveries of the practice in scope are in which state, and how many entries were set aside."""
    by_state = dict(WebhookDelivery.objects.values_list("state").annotate(Count("pk")).order_by())
    numbers = {str(state): by_state.get(state, 0) for state in State}
    return numbers | {"unreadable_entries": UnreadableEntry.objects.count()}


@dataclass(frozen=True)
class SetAside:
    """A delivery, or a part of one, that could not be read or was not meant for its number. Ids and codes alone."""

    delivery: UUID
    received_at: datetime
    state: str
    reason: str
    parts: int  # of this reason; none where the whole delivery is meant


@transaction.atomic
def set_aside() -> list[SetAside]:
    """What the operator must look at in the practice in scope, oldest first."""
    whole = WebhookDelivery.objects.filter(state__in=(State.UNREADABLE, State.FAILED))
    rows = [SetAside(one.pk, one.received_at, one.state, one.error, 0) for one in whole.defer("body")]
    parts = UnreadableEntry.objects.values_list(
        "delivery_id", "delivery__received_at", "delivery__state", "reason"
    ).annotate(Count("pk"))
    rows += [SetAside(*row) for row in parts.order_by()]
    return sorted(rows, key=lambda row: (row.received_at, row.delivery, row.reason))


@transaction.atomic
def replay() -> int:
    """Give everything that could not be read another try; answers how many deliveries.

    What was read the first time is known by its wamid and does not come twice.
    """
    set_aside = UnreadableEntry.objects.values("delivery_id")
    again = WebhookDelivery.objects.filter(body__isnull=False)
    waiting = again.filter(state__in=(State.UNREADABLE, State.FAILED)) | again.filter(pk__in=set_aside)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    UnreadableEntry.objects.filter(delivery_id__in=ids).delete()
    WebhookDelivery.objects.filter(pk__in=ids).update(state=State.PENDING, attempts=0, error="")
    wake_on_commit(DRAIN, practice_id=current_practice_id())
    return len(ids)


@transaction.atomic
def tidy(*, now: datetime) -> None:
    """Remove what was read: bodies after 7 days, rows after 30. What could not be read keeps its body for 30 days, long
    enough for an upgrade and a replay; what is not processed yet is never touched."""
    settled = WebhookDelivery.objects.exclude(state=State.PENDING)
    settled.filter(received_at__lt=now - BODY_KEPT, state=State.PROCESSED).update(body=None)
    settled.filter(received_at__lt=now - DIGEST_KEPT, state=State.PROCESSED).delete()
    settled.filter(received_at__lt=now - DIGEST_KEPT).update(body=None)
    UnreadableEntry.objects.filter(created_at__lt=now - DIGEST_KEPT).delete()
    WaitingStatus.objects.filter(received_at__lt=now - STATUS_KEPT).delete()
