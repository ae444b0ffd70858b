"""What the two public pages with a form share, the code's and the website's: what they are laid out with, and how often
somebody may come."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from consent import limits, texts
from consent.editions import current_set
from consent.languages import language_of
from consent.limits import LimitsUnavailable, network_of
from consent.texts import TextSet
from consent.wording import practice_in_scope

Surroundings = dict[str, Any]


def surroundings(language: str) -> Surroundings:
    """The words of the practice in scope, and the practice itself."""
    return words_of(current_set(language)) | {"practice": practice_in_scope()}


def words_of(spoken: TextSet) -> Surroundings:
    """What every public page is laid out with, also one that knows no practice."""
    return {
        "words": spoken.words,
        "language": spoken.language,
        "direction": spoken.direction,
        "languages": [(code, name, f"?lang={code}") for code, name in texts.OWN_NAMES.items()],
    }


# ── limits ──


def may_answer(request: HttpRequest) -> bool:
    """20 answers a minute from one address, whatever they are. Raises LimitsUnavailable."""
    return limits.SUBMITS_PER_ADDRESS.allows(network_of(request))


def has_room(subject: object) -> bool:
    """200 forms an hour through one code or button. Raises LimitsUnavailable.

    Asked when a form of ours is about to be written down, so that nobody shuts a practice's code by declining, or with
    forms that were never shown.
    """
    return limits.SUBMITS_PER_CODE.allows(str(subject))


def missed_too_often(request: HttpRequest) -> bool:
    try:
        return limits.MISSES_PER_ADDRESS.is_reached(network_of(request))
    except LimitsUnavailable:
        return False  # 128 random bits cannot be found by trying; a practice's code must open all the same


def note_miss(request: HttpRequest) -> None:
    """Somebody asked for an address that leads nowhere."""
    with suppress(LimitsUnavailable):  # as above
        limits.MISSES_PER_ADDRESS.allows(network_of(request))


def limited(request: HttpRequest, around: Mapping[str, Any] | None = None) -> HttpResponse:
    """The page for who came too often; `around` is the practice's, where one is known."""
    context = around or words_of(texts.current(language_of(request)))
    answer = render(request, "consent/qr_limited.html", dict(context), status=429)
    answer["Retry-After"] = "60"
    return answer


def uncounted(request: HttpRequest) -> HttpResponse:
    """Nobody can tell how often somebody came, so nothing is written down for now."""
    return render(request, "503.html", status=503)
