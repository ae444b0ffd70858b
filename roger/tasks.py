"""The night's work, for each practice in each room."""

from celery import current_app, shared_task

from practices.models import Practice

NIGHTLY = ("consent.tidy", "consent.verify_ledger", "messaging.sync_templates", "messaging.tidy", "practices.tidy")


@shared_task(name="roger.nightly")
def nightly() -> None:
    """Start every room's housekeeping for every practice, each as a task of its own."""
    for practice_id in Practice.objects.values_list("pk", flat=True):
        for name in NIGHTLY:
            current_app.send_task(name, kwargs={"practice_id": practice_id})
