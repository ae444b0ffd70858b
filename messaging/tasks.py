"""When it runs. Each drain opens the practice's scope; the rows in PostgreSQL say what there is to do."""

from celery import shared_task
from django.db import connection, transaction
from django.utils import timezone

from messaging import (
    deliveries,
    escalation,
    leftovers,
    media,
    outbox,
    outcomes,
    receipts,
    templates,
    verdicts,
    waiting_files,
)
from messaging.documents import expiry
from messaging.inbound.drain import drain
from messaging.teamwork import snoozing
from practices.background import alone, note_sweep, wake, woken
from practices.models import Practice
from practices.scope import practice_scope

MOST_BATCHES = 10  # then the other practices' turn comes
FETCH = "messaging.fetch_media"
LONGEST_FETCH = 75  # seconds for one file, whatever hangs
TASK_OF = {
    "inbound": "messaging.drain_inbound",
    "outbound": "messaging.drain_outbox",
    "receipts": "messaging.drain_outbox",
    "media": FETCH,
    "import": "consent.run_import",
    "snoozed": snoozing.WAKE,
    "turned": outcomes.FOLLOW,
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


@shared_task(name=FETCH, soft_time_limit=LONGEST_FETCH, time_limit=LONGEST_FETCH + 15)
def fetch_media(*, practice_id: int) -> None:
    """One file, and only one at a time: when WhatsApp's endpoint hangs, a process is left for what people wrote.

    Whoever was turned away meanwhile is woken afterwards, before more of this practice's own.
    """
    woken(FETCH, practice_id=practice_id)
    with alone("media", seconds=LONGEST_FETCH + 20) as is_our_turn:
        if not is_our_turn:
            return
        with practice_scope(practice_id):
            was_one_due = media.fetch_next()
    if was_one_due:
        waiting = {practice for practice, kind in _waiting() if kind == "media"}
        for practice in sorted(waiting, key=lambda one: one == practice_id):
            wake(FETCH, practice_id=practice)


@shared_task(name=templates.SYNC)
def sync_templates(*, practice_id: int) -> None:
    """Nightly, when Meta says that a wording changed, and when somebody is to choose one. A failure leaves what was
    known until the next time."""
    woken(templates.SYNC, practice_id=practice_id)
    with practice_scope(practice_id):
        templates.synchronise()


@shared_task(name=verdicts.HEED)
def heed_verdicts(*, practice_id: int) -> None:
    """WhatsApp refused a message for a reason that concerns more than this message."""
    woken(verdicts.HEED, practice_id=practice_id)
    with practice_scope(practice_id):
        verdicts.heed()


@shared_task(name=outcomes.FOLLOW)
def follow_outcomes(*, practice_id: int) -> None:
    """An answer failed, was cancelled, or arrived after all."""
    woken(outcomes.FOLLOW, practice_id=practice_id)
    with practice_scope(practice_id):
        outcomes.follow()


@shared_task(name=snoozing.WAKE)
def wake_snoozed(*, practice_id: int) -> None:
    """What was put off until now comes back; the sweep sees to it within five seconds."""
    woken(snoozing.WAKE, practice_id=practice_id)
    with practice_scope(practice_id):
        snoozing.wake_due()


@shared_task(name="messaging.tidy")
def tidy(*, practice_id: int) -> None:
    """Webhook bodies go after seven days, their digests after thirty, files that were never sent or that no row names
    after one; and what a lost ring forgot is heeded."""
    with practice_scope(practice_id):
        verdicts.heed()
        deliveries.tidy(now=timezone.now())
        waiting_files.tidy(now=timezone.now())
        leftovers.remove(now=timezone.now())
        expiry.remove_leftovers(now=timezone.now())


@shared_task(name="messaging.expire_documents")
def expire_documents(*, practice_id: int) -> None:
    """Every hour: what patients may not open any more is destroyed."""
    with practice_scope(practice_id):
        expiry.expire(now=timezone.now())


@shared_task(name="messaging.escalate")
def escalate(*, practice_id: int) -> None:
    """Each minute: whoever leads the practice hears of those who wait too long."""
    practice = Practice.objects.get(pk=practice_id)  # in no scope: within one every question wants a transaction
    with practice_scope(practice_id):
        escalation.mail_owners(practice, timezone.now())


@shared_task(name="messaging.sweep")
def sweep() -> None:
    """Every five seconds: whatever a lost broker forgot is found in the database and woken."""
    for practice_id, kind in _waiting():
        wake(TASK_OF[kind], practice_id=practice_id)
    note_sweep()


def _waiting() -> list[tuple[int, str]]:
    """In which practice which kind of work waits."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select practice_id, kind from pending_work()")
        return list(cursor.fetchall())
