"""Takes pending deliveries of a practice in batches; one that fails is found, counted and set aside."""

import logging
from datetime import UTC, datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction

from messaging.inbound import arrivals, management, statuses
from messaging.inbound.people import lock_known
from messaging.inbound.reading import person_of, read
from messaging.models import WebhookDelivery
from practices.crash import crash_point
from practices.scope import current_practice_id

BATCH = 100
MOST_ATTEMPTS = 5
INBOUND_LOCK = 2  # key space of the advisory lock; 1 is the ledger's

log = logging.getLogger(__name__)


def drain() -> int:
    """Process what is pending in the practice in scope, oldest first; answers how many deliveries were looked at.

    A delivery that fails is tried once per call; the sweep comes back to it, five times in all.
    """
    tried: set[UUID] = set()
    while ids := _pending(tried):
        tried.update(ids)
        _process_or_halve(ids)
    return len(tried)


def _pending(tried: set[UUID]) -> list[UUID]:
    with transaction.atomic():
        waiting = WebhookDelivery.objects.filter(state=WebhookDelivery.State.PENDING).exclude(pk__in=tried)
        return list(waiting.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _process_or_halve(ids: list[UUID]) -> None:
    try:
        process(ids)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble is no delivery's fault
    except Exception as error:  # noqa: BLE001  an outermost loop: one bad delivery must not stop the line
        if len(ids) == 1:
            _count_failure(ids[0], error)
        else:
            middle = len(ids) // 2
            _process_or_halve(ids[:middle])
            _process_or_halve(ids[middle:])


@transaction.atomic
def process(ids: list[UUID]) -> None:
    """Turn these deliveries into rows, all or none. One drain per practice at a time."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [INBOUND_LOCK, current_practice_id()])
    pending = WebhookDelivery.objects.filter(pk__in=ids, state=WebhookDelivery.State.PENDING)
    deliveries = list(pending.select_related("channel").order_by("pk"))
    found = read(deliveries)
    crash_point("inbound.read")
    lock_known(person_of(one.event) for one in found)
    arrivals.store(found)
    statuses.store(found)
    management.store(found)
    crash_point("inbound.stored")
    done = [delivery.pk for delivery in deliveries if delivery.state == WebhookDelivery.State.PENDING]
    WebhookDelivery.objects.filter(pk__in=done).update(
        state=WebhookDelivery.State.PROCESSED, processed_at=datetime.now(UTC), error=""
    )


@transaction.atomic
def _count_failure(delivery_id: UUID, error: Exception) -> None:
    delivery = WebhookDelivery.objects.select_for_update().get(pk=delivery_id)
    delivery.attempts += 1
    delivery.error = type(error).__name__[:60]
    if delivery.attempts >= MOST_ATTEMPTS:
        delivery.state = WebhookDelivery.State.FAILED
    delivery.save(update_fields=["attempts", "error", "state"])
    log.error("delivery failed", exc_info=error, extra={"delivery": str(delivery_id), "count": delivery.attempts})
