"""Putting a conversation off, in reception's words. It comes back by itself, or when the person writes."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import Conversation
from messaging.teamwork.openings import first_opening
from messaging.teamwork.standing import change, hold
from practices.models import AuditEvent, Member, Practice
from practices.refusal import Refusal

WAKE = "messaging.wake_snoozed"
AFTERNOON = time(16)
LONGEST = timedelta(days=366)
MONDAY, WEEK = 0, 7


class NoSuchMoment(Refusal):
    """A moment that is over, too far away, or was not named."""

    reason = "no_such_moment"


class Choice(TextChoices):
    HOUR = "hour", gettext_lazy("In einer Stunde")
    AFTERNOON = "afternoon", gettext_lazy("Heute 16 Uhr")
    TOMORROW = "tomorrow", gettext_lazy("Morgen früh")
    MONDAY = "monday", gettext_lazy("Montag früh")
    DATE = "date", gettext_lazy("An einem Tag")


def choices_at(practice: Practice, now: datetime) -> list[tuple[Choice, datetime]]:
    """What can be chosen now, and the moment each stands for. The practice decides when a morning begins."""
    offered: list[tuple[Choice, datetime]] = []
    for choice in (Choice.HOUR, Choice.AFTERNOON, Choice.TOMORROW, Choice.MONDAY):
        moment = _moment(choice, practice, now)
        if moment > now and moment not in [known for _choice, known in offered]:
            offered.append((choice, moment))
    return offered


def moment_of(choice: Choice, practice: Practice, now: datetime, day: date | None = None) -> datetime:
    """The moment a choice stands for; `day` for DATE. Raises NoSuchMoment for what is over or further than a year."""
    moment = _moment(choice, practice, now)
    if choice == Choice.DATE:
        moment = first_opening(practice, day) if day and _is_within_reach(day, practice, now) else now
    if not now < moment < now + LONGEST:
        raise no_such_moment()
    return moment


def _is_within_reach(day: date, practice: Practice, now: datetime) -> bool:
    """Also keeps the first and the last years there are away from the calendar, which ends there."""
    return timedelta(0) <= day - now.astimezone(ZoneInfo(practice.timezone)).date() <= LONGEST


def no_such_moment() -> NoSuchMoment:
    return NoSuchMoment(_("Bitte wählen Sie einen Zeitpunkt, der noch kommt, innerhalb eines Jahres."))


def _moment(choice: Choice, practice: Practice, now: datetime) -> datetime:
    here = now.astimezone(ZoneInfo(practice.timezone))
    if choice == Choice.HOUR:
        return now + timedelta(hours=1)
    if choice == Choice.AFTERNOON:
        return datetime.combine(here.date(), AFTERNOON, here.tzinfo)
    if choice == Choice.TOMORROW:
        return first_opening(practice, here.date() + timedelta(days=1))
    return first_opening(practice, here.date() + timedelta(days=(MONDAY - here.weekday() - 1) % WEEK + 1))


@transaction.atomic
def snooze(*, conversations: Collection[Conversation], until: datetime, by: Member) -> list[AuditEvent]:
    """Put these off; what is done stays done."""
    held = [one for one in hold([one.pk for one in conversations]) if one.closed_at is None]
    return change("conversation_snoozed", held=held, by=by, snoozed_until=until)


@transaction.atomic
def end_snooze(*, conversations: Collection[Conversation], by: Member) -> list[AuditEvent]:
    """Back on the list before its time."""
    held = hold([one.pk for one in conversations])
    return change("conversation_unsnoozed", held=held, by=by, snoozed_until=None)


@transaction.atomic
def wake_due() -> int:
    """Bring back what is due in the practice in scope; answers how many.

    Whoever put something off wants to see it again: it waits on us from that moment, if nobody is waiting anyway.
    """
    due = Conversation.objects.filter(closed_at=None, snoozed_until__lte=timezone.now())
    held = hold(list(due.values_list("pk", flat=True)))
    for one in held:
        if one.snoozed_until and one.snoozed_until <= timezone.now():
            since = one.waiting_since or one.snoozed_until
            change("conversation_woken", held=[one], by=None, snoozed_until=None, waiting_since=since)
    return len(held)
