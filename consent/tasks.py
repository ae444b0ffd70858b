"""Housekeeping of consent: what expires, and the nightly look at the ledger."""

import logging
import time
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from consent import renewals
from consent.checkpoints import checkpoint, verify_with_checkpoints
from consent.models import ConsentTrace
from consent.opt_ins import expire_opt_ins
from practices.background import wake, woken
from practices.models import Practice
from practices.scope import practice_scope

TRACES_KEPT = timedelta(days=90)  # the message that proved the number is the stronger proof (section 2.4)
OUTDATE, ASK_ANEW = "consent.outdate", "consent.ask_anew"
LONGEST_RUN = 120.0  # seconds; then it rings for itself and lets others come

log = logging.getLogger(__name__)


@shared_task(name="consent.tidy")
def tidy(*, practice_id: int) -> None:
    """Pending consents expire after 14 days (C-08), addresses of web forms go after 90."""
    now = timezone.now()
    with practice_scope(practice_id), transaction.atomic():
        expire_opt_ins(now=now)
        ConsentTrace.objects.filter(created_at__lt=now - TRACES_KEPT).delete()


@shared_task(name="consent.verify_ledger")
def verify_ledger(*, practice_id: int) -> None:
    """Verify the chain (C-17) and sign its head. A broken chain is an error the operator must see."""
    practice = Practice.objects.get(pk=practice_id)
    with practice_scope(practice_id), transaction.atomic():
        found = verify_with_checkpoints()
        if not found.ok:
            log.error("consent ledger broken", extra={"practice": practice_id, "count": found.entries})
            return
        checkpoint(practice)


@shared_task(name=OUTDATE)
def outdate(*, practice_id: int) -> None:
    """Stop what was agreed to under a text that no longer counts (C-06), then have the people asked. Rung for when
    such a text is published, and every hour."""
    woken(OUTDATE, practice_id=practice_id)
    until = time.monotonic() + LONGEST_RUN
    with practice_scope(practice_id):
        while renewals.outdate():
            if time.monotonic() > until:
                wake(OUTDATE, practice_id=practice_id)
                return
    wake(ASK_ANEW, practice_id=practice_id)


@shared_task(name=ASK_ANEW)
def ask_anew(*, practice_id: int) -> None:
    """Ask whoever can be reached now and was not asked yet; never in the practice's quiet hours."""
    woken(ASK_ANEW, practice_id=practice_id)
    practice, until = Practice.objects.get(pk=practice_id), time.monotonic() + LONGEST_RUN
    if renewals.is_quiet(practice, timezone.now()):
        return
    with practice_scope(practice_id):
        last = renewals.ask_next().last
        while last and time.monotonic() < until:
            last = renewals.ask_next(after=last).last
