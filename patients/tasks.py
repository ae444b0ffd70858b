"""Housekeeping of patients."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from patients.appointments import remember_visits
from practices.scope import practice_scope


@shared_task(name="patients.tidy")
def tidy(*, practice_id: int) -> None:
    """Yesterday's appointments become last visits."""
    with practice_scope(practice_id), transaction.atomic():
        remember_visits(timezone.now())
