"""What somebody asks for under the DSGVO: opened when it arrives, due within a month (Art. 12(3)), settled by a person.

A request changes nothing by itself: what the practice must keep, it keeps (§ 630f BGB, Art. 17(3)).
"""

import calendar
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from patients.models import Contact, RightsRequest
from practices.audit import record
from practices.live import changed
from practices.models import Member, Practice
from practices.scope import current_practice_id


@transaction.atomic
def open_request(*, contact: Contact, right: RightsRequest.Right, words: str, at: datetime) -> RightsRequest:
    """The request of this person that is open for this right, a new one if there is none.

    The caller holds the contact's row. The month counts from the first time it was asked.
    """
    waiting = RightsRequest.objects.filter(contact=contact, right=right, settled_at=None).order_by("received_at")
    found: RightsRequest | None = waiting.first()
    if found:
        return found
    opened = RightsRequest.objects.create(
        contact=contact, right=right, words=words, received_at=at, due_at=a_month_after(at)
    )
    record("rights_request_opened", about=opened, by=None, right=str(right))
    changed("contact", contact.pk)
    return opened


def a_month_after(at: datetime) -> datetime:
    """The end of the same day next month in the practice's time, or of that month's last day."""
    zone = ZoneInfo(Practice.objects.values_list("timezone", flat=True).get(pk=current_practice_id()))
    local = at.astimezone(zone)
    year, month = (local.year, local.month + 1) if local.month < 12 else (local.year + 1, 1)
    day = min(local.day, _days_of(year, month))
    return datetime(year, month, day, 23, 59, 59, tzinfo=zone)


def _days_of(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def open_requests(contact: Contact) -> list[RightsRequest]:
    """What is still to be settled, the most urgent first; one query."""
    return list(RightsRequest.objects.filter(contact=contact, settled_at=None).order_by("due_at", "pk"))


@transaction.atomic
def settle_request(*, request: RightsRequest, by: Member) -> bool:
    """A leader says that it is done; False if somebody said so before."""
    waiting = RightsRequest.objects.filter(pk=request.pk, settled_at=None)
    if not waiting.update(settled_at=timezone.now(), settled_by=by):
        return False
    record("rights_request_settled", about=request, by=by, right=request.right)
    changed("contact", request.contact_id)
    return True
