"""Housekeeping of the practices' own tables."""

from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from practices.models import Change, LoginSession
from practices.scope import practice_scope

CHANGES_KEPT = timedelta(days=8)  # one more than a browser may come back after (design: Live)


@shared_task(name="practices.tidy")
def tidy(*, practice_id: int) -> None:
    """Forget changes no browser can ask for any more, and sessions that are over."""
    now = timezone.now()
    with practice_scope(practice_id), transaction.atomic():
        Change.objects.filter(at__lt=now - CHANGES_KEPT).delete()
    LoginSession.objects.filter(expire_date__lt=now).delete()
