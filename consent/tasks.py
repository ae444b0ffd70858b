"""Housekeeping of consent: what expires, and the nightly look at the ledger."""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from consent import renewals
from consent.birthdays import ending_at_birthdays
from consent.checkpoint_mail import mail_to_owners
from consent.checkpoints import LedgerBroken, checkpoint
from consent.documents import remove_leftovers
from consent.imports import running
from consent.imports.lists import RUN, discard_abandoned
from consent.ledger_status import note_broken
from consent.models import ConsentTrace
from consent.opt_ins import expiring
from consent.quiet_hours import quiet_until
from consent.wrong_numbers import forgetting_wrong_numbers
from practices.background import wake, woken
from practices.models import Practice
from practices.scope import practice_scope

TRACES_KEPT = timedelta(days=90)  # the message that proved the number is the stronger proof (section 2.4)
LONGEST_TURN = 10  # seconds of a list, after which sending gets its process back
TIDY, OUTDATE, ASK_ANEW = "consent.tidy", "consent.outdate", "consent.ask_anew"
LONGEST_RUN = 120.0  # seconds of a night or a renewal; then it rings for itself and lets others come

log = logging.getLogger(__name__)


@shared_task(name=TIDY)
def tidy(*, practice_id: int) -> None:
    """Pending consents expire after 14 days (C-08), addresses of web forms go after 90; children come of age (C-20);
    wrong numbers are forgotten 30 days after their last word (4.3). What a run does not get to, the next one does."""
    woken(TIDY, practice_id=practice_id)
    now, practice = timezone.now(), Practice.objects.get(pk=practice_id)
    with practice_scope(practice_id):
        with transaction.atomic():
            ConsentTrace.objects.filter(created_at__lt=now - TRACES_KEPT).delete()
            remove_leftovers(now=now)
        with transaction.atomic():
            discard_abandoned(now=now)
        is_more = _is_cut_short(
            chain(
                ending_at_birthdays(practice=practice, now=now),
                expiring(now=now),
                forgetting_wrong_numbers(now=now),
            )
        )
    if is_more:
        wake(TIDY, practice_id=practice_id)


def _is_cut_short(steps: Iterator[int]) -> bool:
    """Take the steps, each a transaction of its own, until the time is up; whether it is worth to ring again: the time
    was up, and something was done in it."""
    until, done = time.monotonic() + LONGEST_RUN, 0
    for step in steps:
        done += step
        if time.monotonic() > until:
            return done > 0
    return False


@shared_task(name=RUN)
def run_import(*, practice_id: int) -> None:
    """A turn of the list that is being carried out; then the other work's turn comes."""
    woken(RUN, practice_id=practice_id)
    with practice_scope(practice_id):
        is_more = running.run(seconds=LONGEST_TURN)
    if is_more:
        wake(RUN, practice_id=practice_id)


@shared_task(name="consent.verify_ledger")
def verify_ledger(*, practice_id: int) -> None:
    """Verify the chain (C-17), sign its head and mail it to the owners. A broken chain is an error the operator must
    see; the practice sees it too (consent/ledger_status.py)."""
    practice = Practice.objects.get(pk=practice_id)
    with practice_scope(practice_id):
        try:
            signed = checkpoint(practice)
        except LedgerBroken as error:
            found = error.verification
            log.error("consent ledger broken", extra={"practice": practice_id, "count": found.entries})
            note_broken(practice, found)
        else:
            mail_to_owners(practice, signed)


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
    if quiet_until(practice, timezone.now()):
        return
    with practice_scope(practice_id):
        last = renewals.ask_next().last
        while last and time.monotonic() < until:
            last = renewals.ask_next(after=last).last
