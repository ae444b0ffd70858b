"""What the two pages for patients share: whose language, the factor that is asked for, and tokens that lead nowhere.

The token is the secret, so it stands in for a form token; other sites are refused by middleware. Messengers fetch links
to preview them: a GET opens nothing and counts nothing. No cookie, no script, nobody's name.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import override

from consent import limits
from consent.editions import current_set
from consent.languages import language_of
from consent.limits import LimitsUnavailable, network_of
from consent.texts import direction_of
from consent.wording import practice_in_scope
from messaging.documents.factors import (
    PIN_DIGITS,
    Answer,
    Guarded,
    asks_for_birth_date,
    is_locked_for_good,
    locked_until,
    tries_left,
)
from messaging.documents.words import words_in
from practices import doors
from practices.models import Door
from practices.scope import practice_scope

Context = dict[str, Any]
PARTS = ("day", "month", "year")


def surroundings(language: str) -> Context:
    """What every page is laid out with; the practice's scope is open."""
    return {
        "practice": practice_in_scope(),
        "language": language,
        "direction": direction_of(language),
        "words": words_in(language),
        "ways": current_set(language).words,
    }


def day_of(moment: Any) -> str:
    """A day as the letters of a German practice write it, in any language."""
    return timezone.localtime(moment).strftime("%d.%m.%Y")


# ── the factor ──


def factor_context(guarded: Guarded) -> Context:
    """Which factor is asked for."""
    return {"asks_for": "birth_date" if asks_for_birth_date(guarded) else "pin", "digits": PIN_DIGITS}


def answer_in(posted: Mapping[str, str], guarded: Guarded) -> Answer | None:
    """What was typed; None if it can be no date and no PIN: that is no try."""
    if asks_for_birth_date(guarded):
        born = _date_in(posted)
        return Answer(birth_date=born) if born else None
    digits = "".join(posted.get("pin", "").split())
    return Answer(pin=digits) if len(digits) == PIN_DIGITS and _is_number(digits) else None


def _date_in(posted: Mapping[str, str]) -> date | None:
    day, month, year = (posted.get(part, "").strip() for part in PARTS)
    if not all(_is_number(part) and len(part) <= 4 for part in (day, month, year)):
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _is_number(text: str) -> bool:
    """In any script's digits, as a phone may type them."""
    return text.isdecimal()


def wrong_sentence(guarded: Guarded, language: str) -> str:
    return words_in(language)["wrong"].format(count=tries_left(guarded))


def incomplete_sentence(guarded: Guarded, language: str) -> str:
    return words_in(language)[f"incomplete_{factor_context(guarded)['asks_for']}"]


def locked(request: HttpRequest, guarded: Guarded, language: str) -> HttpResponse:
    """Too many wrong tries: when it goes on, and whom to call."""
    words, until = words_in(language), locked_until(guarded)
    if is_locked_for_good(guarded) or until is None:
        sentence = words["locked_for_good"]
    else:
        sentence = words["locked"].format(time=timezone.localtime(until).strftime("%H:%M"))
    context = surroundings(language) | {"title": words["locked_title"], "sentence": sentence}
    return render(request, "messaging/documents/no_way.html", context, status=429)


# ── tokens that lead nowhere ──


def missed_too_often(request: HttpRequest) -> bool:
    """30 misses a minute from one network; a wrong answer is one too."""
    try:
        return limits.MISSES_PER_ADDRESS.is_reached(network_of(request))
    except LimitsUnavailable:
        return False  # 128 random bits cannot be found by trying, and tries are counted on the row


def note_miss(request: HttpRequest) -> None:
    with suppress(LimitsUnavailable):  # as above
        limits.MISSES_PER_ADDRESS.allows(network_of(request))


def nowhere(request: HttpRequest, kind: Door.Kind, token: str) -> HttpResponse:
    """Unknown, expired, withdrawn or erased: the same page; with the practice's phone where the door was once one."""
    note_miss(request)
    practice = doors.practice_behind(kind, token)
    language = language_of(request)
    context: Context = {"language": language, "direction": direction_of(language), "words": words_in(language)}
    if practice:
        with practice_scope(practice.pk):
            context |= {"practice": practice, "ways": current_set(language).words}
    return _without_a_person(request, context, "gone", status=404)


def limited(request: HttpRequest) -> HttpResponse:
    """The page for who missed too often."""
    language = language_of(request)
    context: Context = {"language": language, "direction": direction_of(language), "words": words_in(language)}
    response = _without_a_person(request, context, "limited", status=429)
    response.headers["Retry-After"] = "60"
    return response


def _without_a_person(request: HttpRequest, context: Context, name: str, *, status: int) -> HttpResponse:
    words = context["words"]
    said = context | {"title": words[f"{name}_title"], "sentence": words[name]}
    with override(context["language"]):
        return render(request, "messaging/documents/no_way.html", said, status=status)
