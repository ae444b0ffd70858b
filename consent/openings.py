"""How often a code was opened: one row per code and day, however many come, and nothing about who."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import F, Sum
from django.utils import timezone

from consent.models import QrCode, QrDay
from practices.models import Practice


def note_opening(qr_code: QrCode, practice: Practice) -> None:
    """Count one more. The row stays locked until the commit, so this is the last thing a request does."""
    today = QrDay.objects.filter(qr_code=qr_code, day=date_of_today(practice))
    if not today.update(opened=F("opened") + 1):
        QrDay.objects.bulk_create([QrDay(qr_code=qr_code, day=date_of_today(practice))], ignore_conflicts=True)
        today.update(opened=F("opened") + 1)


def openings_today(practice: Practice) -> int:
    """How often the codes of the practice in scope were opened today."""
    today = QrDay.objects.filter(day=date_of_today(practice))
    return int(today.aggregate(sum=Sum("opened"))["sum"] or 0)


def date_of_today(practice: Practice) -> date:
    """Where the practice is."""
    return timezone.now().astimezone(ZoneInfo(practice.timezone)).date()


def start_of_today(practice: Practice) -> datetime:
    """Midnight where the practice is, in UTC."""
    midnight = datetime.combine(date_of_today(practice), time.min, ZoneInfo(practice.timezone))
    return midnight.astimezone(UTC)
