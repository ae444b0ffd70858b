"""Housekeeping of the practices' own tables."""

from datetime import timedelta

from celery import shared_task
from django.db import connection, transaction
from django.utils import timezone

from practices.access_log import forget_old
from practices.models import LoginSession
from practices.scope import practice_scope

CHANGES_KEPT = timedelta(days=8)  # one more than a browser may come back after (design: Live)
# The newest of the old ones stays: a browser that stood before it has missed what is gone, and must be told so.
FORGET = """
delete from practices_change where at < %s
  and transaction < (select transaction from practices_change where at < %s order by transaction desc limit 1)
"""


@shared_task(name="practices.tidy")
def tidy(*, practice_id: int) -> None:
    """Forget changes no browser can ask for any more, looks of more than two years ago, and sessions that are over."""
    now = timezone.now()
    with practice_scope(practice_id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FORGET, [now - CHANGES_KEPT] * 2)
        forget_old(now=now)
    LoginSession.objects.filter(expire_date__lt=now).delete()
