"""Who looked at somebody's page, thread, number or consent in the last weeks (peers 3.13)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from practices.access import LEADERS
from practices.models import AccessLog, Member

KEPT_IN_VIEW = timedelta(days=30)
MOST = 8


@dataclass(frozen=True)
class Look:
    """One person of the team: how often, and when last."""

    name: str
    times: int
    last_at: datetime
    is_me: bool


def looks_at(about: Collection[UUID], member: Member, *, most: int = MOST) -> list[Look]:
    """Who opened any of these rows in 30 days, whoever did so last first; one query. Those who lead the practice see
    everybody, everybody else only themselves."""
    found = AccessLog.objects.filter(
        about_id__in=list(about), at__gte=timezone.now() - KEPT_IN_VIEW, member__isnull=False
    )
    if not _sees_everybody(member):
        found = found.filter(member=member)
    rows = found.values_list("member_id", "member__user__name").annotate(times=Count("pk"), last=Max("at"))
    return [Look(name, times, last, pk == member.pk) for pk, name, times, last in rows.order_by("-last")[:most]]


def title_of_looks(member: Member) -> str:
    """What stands over them: only over everybody's may somebody read that nobody else looked."""
    return _("Wer hat hineingesehen") if _sees_everybody(member) else _("Ihre Zugriffe")


def _sees_everybody(member: Member) -> bool:
    return member.role in LEADERS
