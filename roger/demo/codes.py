"""The codes that hang in a practice, and how often they were opened lately."""

from datetime import timedelta

from consent.doors import create_qr_code
from consent.models import QrCode, QrDay
from consent.openings import date_of_today
from consent.purposes import Purpose
from practices.models import Member, Practice

SATURDAY = 5
# Opened, agreed, confirmed; day by day, the newest first. Some read and go, some never send their message.
AT_THE_DESK = ((6, 4, 4), (9, 5, 4), (4, 2, 2), (7, 5, 5), (11, 6, 5), (8, 3, 3), (5, 4, 3), (10, 7, 7))
AT_THE_CHAIR = ((2, 1, 1), (0, 0, 0), (3, 2, 1), (1, 1, 1), (4, 2, 2))


def hang_up_codes(practice: Practice, by: Member) -> None:
    """One for everybody at the desk, one beside the chair, and one in Turkish; the list shows the newest first."""
    create_qr_code(practice=practice, name="Wartezimmer, Türkisch", by=by, language="tr")
    _code(practice, by, "Prophylaxe", AT_THE_CHAIR, purposes=(Purpose.ORGANISATION, Purpose.RECALL))
    _code(practice, by, "Empfang", AT_THE_DESK)


def _code(
    practice: Practice,
    by: Member,
    name: str,
    counts: tuple[tuple[int, int, int], ...],
    purposes: tuple[Purpose, ...] = (),
) -> None:
    code = create_qr_code(practice=practice, name=name, by=by, purposes=purposes)
    QrDay.objects.bulk_create(_days(practice, code, counts))


def _days(practice: Practice, code: QrCode, counts: tuple[tuple[int, int, int], ...]) -> list[QrDay]:
    """On working days before today, whose own counts are made by whoever tries the demo."""
    yesterday = date_of_today(practice) - timedelta(days=1)
    past = (yesterday - timedelta(days=number) for number in range(2 * len(counts)))
    working = (day for day in past if day.weekday() < SATURDAY)
    return [
        QrDay(qr_code=code, day=day, opened=opened, agreed=agreed, confirmed=confirmed)
        for day, (opened, agreed, confirmed) in zip(working, counts, strict=False)
    ]
