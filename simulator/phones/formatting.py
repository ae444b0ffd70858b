"""Texts as messengers show them: *bold*, _italic_, ~struck~, ```code```, links."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
MARKS = (
    (re.compile(r"```(.+?)```", re.DOTALL), r"<code>\1</code>"),
    (re.compile(r"(?<!\w)\*(\S(?:[^*\n]*\S)?)\*(?!\w)"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\w)_(\S(?:[^_\n]*\S)?)_(?!\w)"), r"<em>\1</em>"),
    (re.compile(r"(?<!\w)~(\S(?:[^~\n]*\S)?)~(?!\w)"), r"<s>\1</s>"),
)


def rich_text(text: str) -> Markup:
    """The text escaped, with marks and links; marks do not reach into links."""
    parts, end = [], 0
    for match in LINK.finditer(text):
        parts += [marked(text[end : match.start()]), link_to(match.group())]
        end = match.end()
    return Markup("").join([*parts, marked(text[end:])])


def marked(text: str) -> Markup:
    """The text escaped, with marks."""
    html = str(escape(text))
    for pattern, replacement in MARKS:
        html = pattern.sub(replacement, html)
    return Markup(html)  # noqa: S704 - escaped above, only our own tags were added


def link_to(url: str) -> Markup:
    """A link that opens beside the phone."""
    return Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(url)


def clock_time(at: float) -> str:
    """Hours and minutes in Berlin."""
    return datetime.fromtimestamp(at, BERLIN).strftime("%H:%M")


def day_name(at: float, now: float) -> str:
    """Heute, Gestern, a weekday of the last week, or the date."""
    day, today = datetime.fromtimestamp(at, BERLIN).date(), datetime.fromtimestamp(now, BERLIN).date()
    distance = (today - day).days
    if distance in {0, 1}:
        return ("Heute", "Gestern")[distance]
    return WEEKDAYS[day.weekday()] if 1 < distance < 7 else day.strftime("%d.%m.%Y")


def initials(name: str) -> str:
    """Up to two letters for a round badge."""
    words = [word for word in re.findall(r"[^\W\d_]+", name) if word]
    return "".join(word[0] for word in (words[0], words[-1])[: len(words)]).upper() if words else "#"


def size_of(size: int) -> str:
    """Bytes as people read them."""
    return f"{size / 1_048_576:.1f} MB".replace(".", ",") if size >= 1_048_576 else f"{max(1, size // 1024)} KB"
