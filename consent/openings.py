"""How often a code was opened, and what came of it: one row per code and day, and nothing about who."""

from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Sum
from django.utils import timezone

from consent.models import QrCode, QrDay
from practices.models import Practice


def note_opening(qr_code: QrCode, practice: Practice) -> None:
    """Count one more. The row stays locked until the commit, so this is the last thing a request does."""
    _count("opened", qr_code.pk, practice)


def note_agreement(qr_code_id: UUID, practice: Practice) -> None:
    """A form was sent. After the ledger's lock, never before it (as for a confirmation)."""
    _count("agreed", qr_code_id, practice)


def note_confirmation(qr_code_id: UUID, practice: Practice) -> None:
    """A number was proven."""
    _count("confirmed", qr_code_id, practice)


def _count(what: str, qr_code_id: UUID, practice: Practice) -> None:
    today = QrDay.objects.filter(qr_code=qr_code_id, day=date_of_today(practice))
    if not today.update(**{what: F(what) + 1}):
        day = QrDay(qr_code_id=qr_code_id, day=date_of_today(practice))
        QrDay.objects.bulk_create([day], ignore_conflicts=True)
        today.update(**{what: F(what) + 1})


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
