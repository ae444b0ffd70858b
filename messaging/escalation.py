"""Who waits too long: first every screen of the practice hears it, then its owners by mail (peers 4.40).

Practice.escalate_after are minutes of opening time without an answer; the mail goes after twice as many, and names
nobody. Outside opening hours nothing is said: nobody could do anything about it.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.models import Conversation
from messaging.models.conversations import ConversationQuerySet
from practices.audit import record_many
from practices.models import AuditEvent, Member, Practice, Role
from practices.opening_hours import OpeningHours, hours_of

MAILED = "escalated"
PAUSE = timedelta(hours=1)  # between two mails to one practice
LOOK_BACK = timedelta(days=30)

log = logging.getLogger(__name__)


def waits_too_long(practice: Practice, now: datetime) -> int:
    """How many wait longer than the practice allows itself; one query, none while it is closed or sets no limit."""
    chosen = _waiting_for(practice, practice.escalate_after, now)
    return chosen.count() if chosen is not None else 0


def mail_owners(practice: Practice, now: datetime) -> int:
    """Tell the owners of those they were not told of yet, at most once an hour; answers of how many.

    Outside a transaction: mail takes its time. One that fails is tried again a minute later.
    """
    with transaction.atomic():
        late = _not_mailed(practice, now)
        recipients = _owners(practice)
        if not late or not recipients:
            return 0
    try:
        _letter(practice, len(late), recipients).send()
    except OSError as error:  # smtplib's errors are OSErrors; their texts may hold addresses
        log.warning("escalation not mailed", extra={"practice": practice.pk, "error": type(error).__name__})
        return 0
    with transaction.atomic():
        record_many(MAILED, about=late, by=None)
    return len(late)


def latest_start(hours: OpeningHours, minutes: int, now: datetime) -> datetime | None:
    """The moment since when exactly so many opening minutes have passed; None if more than a month ago."""
    if hours.is_always_open:
        return now - timedelta(minutes=minutes)
    missing = timedelta(minutes=minutes)
    for start, end in reversed(list(hours.openings(now - LOOK_BACK, now))):
        span = min(end, now) - start
        if span >= missing:
            return min(end, now) - missing
        missing -= span
    return None


def _waiting_for(practice: Practice, minutes: int, now: datetime) -> ConversationQuerySet | None:
    """Conversations that wait so long at least; None where that is nobody's question now."""
    hours = hours_of(practice)
    since = latest_start(hours, minutes, now) if minutes and hours.is_open(now) else None
    if since is None:
        return None
    is_here = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    return Conversation.objects.awaiting_reply().filter(is_here, waiting_since__lte=since)


def _not_mailed(practice: Practice, now: datetime) -> list[Conversation]:
    mailed = AuditEvent.objects.filter(kind=MAILED)
    chosen = _waiting_for(practice, 2 * practice.escalate_after, now)
    if chosen is None or mailed.filter(at__gt=now - PAUSE).exists():
        return []
    of_this_wait = mailed.filter(about_id=OuterRef("pk"), at__gte=OuterRef("waiting_since"))
    return list(chosen.filter(~Exists(of_this_wait)).only("pk", "practice_id").order_by(F("waiting_since")))


def _owners(practice: Practice) -> list[str]:
    owners = Member.objects.filter(practice=practice, role=Role.OWNER, left_at=None, user__is_active=True)
    return list(owners.order_by("pk").values_list("user__email", flat=True))


def _letter(practice: Practice, count: int, recipients: list[str]) -> EmailMessage:
    body = ngettext(
        "Guten Tag,\n\n"
        "in der Praxis „%(practice)s“ wartet %(count)d Unterhaltung seit mehr als %(minutes)d Minuten Öffnungszeit auf "
        "eine Antwort.\n\n%(address)s\n\n"
        "Diese E-Mail enthält keine Angaben zu Patientinnen und Patienten.\n",
        "Guten Tag,\n\n"
        "in der Praxis „%(practice)s“ warten %(count)d Unterhaltungen seit mehr als %(minutes)d Minuten Öffnungszeit "
        "auf eine Antwort.\n\n%(address)s\n\n"
        "Diese E-Mail enthält keine Angaben zu Patientinnen und Patienten.\n",
        count,
    ) % {
        "practice": practice.name,
        "count": count,
        "minutes": 2 * practice.escalate_after,
        "address": settings.BASE_URL + reverse("inbox:list", kwargs={"practice": practice.slug}),
    }
    return EmailMessage(_("Roger: Es wartet jemand auf Antwort"), body, to=[], bcc=recipients)
