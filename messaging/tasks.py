"""When it runs. Each drain opens the practice's scope; the rows in PostgreSQL say what there is to do."""

from celery import shared_task
from django.db import connection, transaction
from django.utils import timezone

from messaging import deliveries, media, outbox, receipts, templates
from messaging.inbound.drain import drain
from practices.background import note_sweep, wake, woken
from practices.scope import practice_scope

MOST_BATCHES = 10  # then the other practices' turn comes
TASK_OF = {
    "inbound": "messaging.drain_inbound",
    "outbound": "messaging.drain_outbox",
    "receipts": "messaging.drain_outbox",
    "media": "messaging.fetch_media",
}


@shared_task(name="messaging.drain_inbound")
def drain_inbound(*, practice_id: int) -> None:
    woken("messaging.drain_inbound", practice_id=practice_id)
    with practice_scope(practice_id):
        has_more = drain(MOST_BATCHES)
    if has_more:
        wake("messaging.drain_inbound", practice_id=practice_id)


@shared_task(name="messaging.drain_outbox")
def drain_outbox(*, practice_id: int) -> None:
    woken("messaging.drain_outbox", practice_id=practice_id)
    with practice_scope(practice_id):
        outbox.drain()
        receipts.send_due()


@shared_task(name="messaging.fetch_media")
def fetch_media(*, practice_id: int) -> None:
    woken("messaging.fetch_media", practice_id=practice_id)
    with practice_scope(practice_id):
        media.fetch_pending()


@shared_task(name="messaging.sync_templates")
def sync_templates(*, practice_id: int) -> None:
    """Nightly, and when Meta says that a wording changed. A failure leaves what was known until the next night."""
    woken("messaging.sync_templates", practice_id=practice_id)
    with practice_scope(practice_id):
        templates.synchronise()


@shared_task(name="messaging.tidy")
def tidy(*, practice_id: int) -> None:
    """Webhook bodies go after seven days, their digests after thirty."""
    with practice_scope(practice_id):
        deliveries.tidy(now=timezone.now())


@shared_task(name="messaging.sweep")
def sweep() -> None:
    """Every five seconds: whatever a lost broker forgot is found in the database and woken."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select practice_id, kind, count from pending_work()")
        waiting = cursor.fetchall()
    for practice_id, kind, _ in waiting:
        wake(TASK_OF[kind], practice_id=practice_id)
    note_sweep()
