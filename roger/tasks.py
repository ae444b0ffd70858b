"""What is due by the clock, for each practice in each room."""

from celery import current_app, shared_task

from practices.models import Practice

NIGHTLY = (
    *("consent.tidy", "consent.verify_ledger", "messaging.sync_templates", "messaging.tidy"),
    *("patients.tidy", "practices.tidy"),
)
# People whose window opened meanwhile, what a lost broker forgot; documents whose day is over.
HOURLY = ("consent.outdate", "messaging.expire_documents")


@shared_task(name="roger.nightly")
def nightly() -> None:
    """Start every room's housekeeping for every practice, each as a task of its own."""
    _start(NIGHTLY)


@shared_task(name="roger.hourly")
def hourly() -> None:
    """Go on with what reaches people by day."""
    _start(HOURLY)


@shared_task(name="roger.escalations")
def escalations() -> None:
    """Each minute: look for those who wait too long, at practices that set themselves a limit."""
    for practice_id in Practice.objects.exclude(escalate_after=0).values_list("pk", flat=True):
        current_app.send_task("messaging.escalate", kwargs={"practice_id": practice_id})


def _start(names: tuple[str, ...]) -> None:
    for practice_id in Practice.objects.values_list("pk", flat=True):
        for name in names:
            current_app.send_task(name, kwargs={"practice_id": practice_id})
