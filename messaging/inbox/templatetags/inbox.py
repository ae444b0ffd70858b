"""How the inbox says times and numbers: whole German phrases, in the practice's time zone (the one that is active)."""

from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.inbox.addresses import address
from patients.phone import shown
from practices.models import Practice
from practices.opening_hours import OpeningHours

register = template.Library()

PROMISED_MINUTES = 120
DAYS_FROM = 600  # opening minutes: more than anybody counts in hours
ALWAYS = OpeningHours((), "", "UTC")
DUE_SHARE = 50  # per cent of the promised answer time, from where the clock turns amber


@register.filter
def day_phrase(at: datetime) -> str:
    """The heading of a day in the thread: "Heute, Dienstag, 24.11.2026"."""
    day = timezone.localtime(at)
    weekday_and_date = f"{WEEKDAYS[day.weekday()]}, {day:%d.%m.%Y}"
    if day.date() == timezone.localdate():
        return _("Heute, %(day)s") % {"day": weekday_and_date}
    if day.date() == timezone.localdate() - timedelta(days=1):
        return _("Gestern, %(day)s") % {"day": weekday_and_date}
    return weekday_and_date


@register.filter
def moment(at: datetime) -> str:
    """As short as a row of the list allows: "08:11", "gestern", "12.03.", and the year only if it is another one."""
    day = timezone.localtime(at)
    today = timezone.localdate()
    if day.date() == today:
        return clock_time(day)
    if day.date() == today - timedelta(days=1):
        return _("gestern")
    return f"{day:%d.%m.}" if day.year == today.year else f"{day:%d.%m.%Y}"


@register.filter
def until_phrase(at: datetime) -> str:
    """When something ends: "heute 18:19", "morgen 08:19", "27.11.2026, 08:19"."""
    end = timezone.localtime(at)
    clock = date_format(end, "H:i")
    if end.date() == timezone.localdate():
        return _("heute %(time)s") % {"time": clock}
    if end.date() == timezone.localdate() + timedelta(days=1):
        return _("morgen %(time)s") % {"time": clock}
    return date_format(end, "d.m.Y, H:i")


@register.filter
def minutes_until(at: datetime) -> int:
    """Whole minutes that are left, never below 0."""
    return max(0, int((at - timezone.now()).total_seconds() // 60))


@register.filter
def span(minutes: int) -> str:
    """Minutes in words: "jetzt", "12 Min.", "2 Std. 04", "3 Tage"."""
    if minutes < 1:
        return _("jetzt")
    if minutes < 60:
        return _("%(minutes)d Min.") % {"minutes": minutes}
    if minutes < 48 * 60:
        return _("%(hours)d Std. %(minutes)02d") % {"hours": minutes // 60, "minutes": minutes % 60}
    return ngettext("%(days)d Tag", "%(days)d Tage", minutes // 1440) % {"days": minutes // 1440}


@register.filter
def time_left(minutes: int) -> str:
    """What is left of a time, each number with its unit: "12 Min.", "2 Std. 04 Min."."""
    if 60 <= minutes < 48 * 60:
        return _("%(hours)d Std. %(minutes)02d Min.") % {"hours": minutes // 60, "minutes": minutes % 60}
    return span(minutes)


register.filter("whole_phone", shown)


@register.filter
def masked_phone(e164: str) -> str:
    """A number as the desk shows it: enough to compare on the phone, too little to copy ("0171 39•••02")."""
    if shown(e164) == e164:
        return "•••"  # no number
    prefix, _space, rest = shown(e164).partition(" ")
    digits = "".join(character for character in rest if character.isdigit())
    return f"{prefix} {digits[:2]}•••{digits[-2:]}" if len(digits) > 4 else f"{prefix} •••"


@register.inclusion_tag("components/clock.html")
def waiting_clock(
    since: datetime, promised_minutes: int | None = None, hours: OpeningHours | None = None
) -> dict[str, str]:
    """The waiting clock: one full turn is the answer time the practice promised (minutes, default two hours). It runs
    while the practice is open; without hours, always."""
    now, promised = timezone.now(), promised_minutes or PROMISED_MINUTES
    waited = (hours or ALWAYS).minutes_between(since, now)
    share = min(100, waited * 100 // promised)
    level = "over" if share == 100 else "due" if share >= DUE_SHARE else "calm"
    begins = _begins(hours, now) if hours and waited == 0 else None
    return {
        "share": str(share),
        "level": level,
        "minutes": str(waited),
        "words": _("ab %(moment)s") % {"moment": begins} if begins else waited_phrase(waited, (now - since).days),
        "spoken": _("wartet, die Uhr läuft") if begins else _("wartet seit"),
        "since": machine_time(timezone.localtime(since)),
        "at": machine_time(timezone.localtime(now)),
        "promised_minutes": str(promised),
        "title": _("geschrieben %(at)s; gezählt wird die Öffnungszeit") % {"at": _day_and_time(since)},
    }


def _day_and_time(at: datetime) -> str:
    return f"{timezone.localtime(at):%d.%m.%Y, %H:%M}"


def waited_phrase(minutes: int, days: int) -> str:
    """Opening minutes in words; what has waited over several days is told by those, which everybody counts alike."""
    if minutes >= DAYS_FROM and days >= 2:
        return ngettext("%(days)d Tag", "%(days)d Tage", days) % {"days": days}
    return span(minutes)


def _begins(hours: OpeningHours, now: datetime) -> str:
    """When somebody is there again, as short as a row allows: "08:00", "Mo 08:00", "04.01."; empty while open."""
    opens = None if hours.is_open(now) else hours.next_opening(now)
    if opens is None:
        return ""
    local, today = timezone.localtime(opens), timezone.localtime(now).date()
    if local.date() == today:
        return clock_time(local)
    if (local.date() - today).days < 7:
        return f"{WEEKDAYS_ABBR[local.weekday()]} {clock_time(local)}"
    return f"{local:%d.%m.}"


# ── what stands in every row and message: a page has hundreds, so these do without templates and formats ──


@register.filter(expects_localtime=True)
def machine_time(at: datetime) -> str:
    """A time as programs read it, the same as |date:"c"."""
    return at.isoformat()


@register.filter(expects_localtime=True)
def clock_time(at: datetime) -> str:
    """Hours and minutes, the same as |date:"H:i"."""
    return f"{at:%H:%M}"


@register.filter(expects_localtime=True)
def machine_day(at: datetime) -> str:
    """A day as programs read it, the same as |date:"Y-m-d"."""
    return f"{at:%Y-%m-%d}"


@register.filter
def year(number: int) -> str:
    """A year, without asking how the language groups digits."""
    return str(number)


@register.simple_tag
@cache
def icon(name: str, size: str = "") -> SafeString:
    """components/icon.html with this name and size, drawn once per process."""
    return mark_safe(render_to_string("components/icon.html", {"name": name, "size": size}))  # noqa: S308  our own


@register.filter
def thread_in(conversation_id: UUID, practice: Practice) -> str:
    """The address of a conversation's thread."""
    return address("inbox:thread", practice.slug, conversation_id=conversation_id)


@register.filter
def row_in(conversation_id: UUID, practice: Practice) -> str:
    """The address of a conversation's row in the list."""
    return address("inbox:row", practice.slug, conversation_id=conversation_id)
