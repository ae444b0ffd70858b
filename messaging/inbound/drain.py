"""Takes pending deliveries of a practice in batches; one that fails is found, counted and set aside."""

import logging
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from messaging.inbound import arrivals, management, statuses
from messaging.inbound.people import lock_known
from messaging.inbound.reading import everybody_in, read, touches_others
from messaging.models import WebhookDelivery
from practices.crash import crash_point
from practices.postgres.bulk import among
from practices.scope import current_practice_id

BATCH = 1000
LARGEST_BATCH = 8 * 1024 * 1024  # bytes of sealed bodies; one alone may have 3 MB
BYTES = RawSQL("octet_length(body)", ())  # Django's own expressions refuse a sealed column
MOST_ATTEMPTS = 5
INBOUND_LOCK = 2  # key space of the advisory lock; 1 is the ledger's

log = logging.getLogger(__name__)


def drain(most_batches: int | None = None) -> bool:
    """Process what is pending in the practice in scope, oldest first; answers whether it stopped before the end.

    A delivery that fails is tried once per call; the sweep comes back to it, five times in all. If another process
    drains this practice already, there is nothing to do here.
    """
    failed = set[UUID]()
    batches = count() if most_batches is None else range(most_batches)
    return all(_process_next(failed) for _batch in batches)


def _process_next(failed: set[UUID]) -> list[UUID]:
    """Process the oldest pending deliveries that have not failed in this call; answers which they were."""
    ids: list[UUID] = []
    try:
        _process(WebhookDelivery.objects.exclude(pk__in=failed), ids)
        crash_point("inbound.committed")
    except (OperationalError, InterfaceError):
        raise  # the database's trouble is no delivery's fault
    except Exception:  # noqa: BLE001  an outermost loop: one bad delivery must not stop the line
        failed.update(ids)
        _process_or_halve(ids)
    return ids


def _process_or_halve(ids: list[UUID]) -> None:
    try:
        _process(WebhookDelivery.objects.filter(pk__in=ids), [])
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
def _process(wanted: QuerySet[WebhookDelivery], taken: list[UUID]) -> None:
    """Turn the first of these deliveries that are pending into rows, all or none; `taken` tells which were tried.

    One drain per practice at a time; a second one finds nothing, so it holds no worker that others need.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s, %s)", [INBOUND_LOCK, current_practice_id()])
        if cursor.fetchone() != (True,):
            return
    taken.extend(_next_batch(wanted.filter(state=WebhookDelivery.State.PENDING)))
    if not taken:
        return
    batch = WebhookDelivery.objects.filter(among("pk", taken))
    deliveries = list(batch.prefetch_related("channel").order_by("pk"))
    found = read(deliveries)
    crash_point("inbound.read")
    if any(map(touches_others, found)):
        lock_known(peer for one in found for peer in everybody_in(one.event))
    arrivals.store(found)
    statuses.store(found)
    management.store(found)
    statuses.adopt()
    crash_point("inbound.stored")
    done = [delivery.pk for delivery in deliveries if delivery.state == WebhookDelivery.State.PENDING]
    # That they are pending is known; it lets the database use the small index of those.
    WebhookDelivery.objects.filter(among("pk", done), state=WebhookDelivery.State.PENDING).update(
        state=WebhookDelivery.State.PROCESSED, processed_at=datetime.now(UTC), error=""
    )


def _next_batch(pending: QuerySet[WebhookDelivery]) -> list[UUID]:
    """The first of these, as many as may be read together; one at least, if there is any."""
    batch, together = list[UUID](), 0
    for pk, size in pending.annotate(size=BYTES).order_by("pk").values_list("pk", "size")[:BATCH]:
        together += size or 0
        if batch and together > LARGEST_BATCH:
            break
        batch.append(pk)
    return batch


@transaction.atomic
def _count_failure(delivery_id: UUID, error: Exception) -> None:
    delivery = WebhookDelivery.objects.select_for_update().get(pk=delivery_id)
    delivery.attempts += 1
    delivery.error = type(error).__name__[:60]
    if delivery.attempts >= MOST_ATTEMPTS:
        delivery.state = WebhookDelivery.State.FAILED
    delivery.save(update_fields=["attempts", "error", "state"])
    log.error("delivery failed", exc_info=error, extra={"delivery": str(delivery_id), "count": delivery.attempts})
