"""Housekeeping of consent: what expires, and the nightly look at the ledger."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from consent.birthdays import end_at_birthdays
from consent.checkpoint_mail import mail_to_owners
from consent.checkpoints import LedgerBroken, checkpoint
from consent.documents import remove_leftovers
from consent.imports import running
from consent.imports.lists import RUN, discard_abandoned
from consent.ledger_status import note_broken
from consent.models import ConsentTrace
from consent.opt_ins import expire_opt_ins
from practices.background import wake, woken
from practices.models import Practice
from practices.scope import practice_scope

TRACES_KEPT = timedelta(days=90)  # the message that proved the number is the stronger proof (section 2.4)
LONGEST_TURN = 10  # seconds of a list, after which sending gets its process back

log = logging.getLogger(__name__)


@shared_task(name="consent.tidy")
def tidy(*, practice_id: int) -> None:
    """Pending consents expire after 14 days (C-08), addresses of web forms go after 90; children come of age (C-20)."""
    now, practice = timezone.now(), Practice.objects.get(pk=practice_id)
    with practice_scope(practice_id):
        with transaction.atomic():
            expire_opt_ins(now=now)
            ConsentTrace.objects.filter(created_at__lt=now - TRACES_KEPT).delete()
        with transaction.atomic():  # its own: it begins with other people's rows (design: lock order)
            end_at_birthdays(practice=practice, now=now)
            remove_leftovers(now=now)
        with transaction.atomic():
            discard_abandoned(now=now)


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
