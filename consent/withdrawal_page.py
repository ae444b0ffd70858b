"""/w/<token>: the person's own way out, in one click and without a login, cookie or script (C-12).

The token is the secret, so it stands in for a form token; other sites are refused by middleware. Messengers fetch
links to preview them: only a POST withdraws.
"""

from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import limits
from consent.actions import EVERY_PURPOSE, EVERYTHING
from consent.browsers import family_of
from consent.editions import current_set
from consent.limits import LimitsUnavailable, network_of
from consent.models import Channel, ConsentTrace
from consent.purposes import Purpose
from consent.states import LIVING, purposes_of_number
from consent.texts import PurposeChoice
from consent.withdrawal_links import contact_behind
from consent.withdrawal_words import page_words
from consent.withdrawals import withdraw_elsewhere
from consent.wording import practice_in_scope
from patients.identities import phone_of
from patients.models import Contact
from practices import doors
from practices.models import Door
from practices.scope import practice_scope

PART = "part"


class ChoiceInvalid(ValueError):
    """What was posted withdraws nothing; `sentence` names the words that say so."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal_page(request: HttpRequest, token: str) -> HttpResponse:
    """What is active for this number, and the button that ends it."""
    if _missed_too_often(request):
        return _limited(request)
    door = doors.resolve(Door.Kind.WITHDRAWAL, token)
    if door is None:
        return _miss(request)
    with practice_scope(door.leads_to_id):
        contact = contact_behind(door)
        if contact is None:
            return _miss(request)
        with override(contact.language):
            return _withdraw(request, contact) if request.method == "POST" else _show(request, contact)


def _show(request: HttpRequest, contact: Contact, error: str = "") -> HttpResponse:
    """Nothing is changed by looking."""
    context = _surroundings(contact) | {"choices": _choices(contact), "error": error}
    return render(request, "consent/withdrawal_page.html", context, status=422 if error else 200)


def _withdraw(request: HttpRequest, contact: Contact) -> HttpResponse:
    """Everything, or what was ticked. A second time says that it was done before, and writes nothing."""
    try:
        wanted = _wanted(request)
    except ChoiceInvalid as invalid:
        return _show(request, contact, getattr(page_words(contact.language), invalid.sentence))
    contact = Contact.objects.filter(pk=contact.pk).locked().get()  # two clicks at once: the second waits here
    off = purposes_of_number(contact, *LIVING) & wanted
    if off:
        _book(request, contact, wanted)
    context = _surroundings(contact) | {
        "off": _labels(contact, off),
        "on": [choice.label for choice in _choices(contact)],
        "links_again": request.get_full_path(),
    }
    return render(request, "consent/withdrawal_done.html", context)


def _wanted(request: HttpRequest) -> frozenset[Purpose]:
    """Raises ChoiceInvalid. A post that chooses no part means everything."""
    if request.POST.get("answer") != PART:
        return EVERY_PURPOSE
    ticked = set(request.POST.getlist("purposes"))
    if not ticked <= set(Purpose.values):
        raise ChoiceInvalid("unknown_choice")
    if not ticked:
        raise ChoiceInvalid("nothing_ticked")
    return frozenset(Purpose(name) for name in ticked)


def _book(request: HttpRequest, contact: Contact, wanted: frozenset[Purpose]) -> None:
    act = {"button": EVERYTHING} if wanted == EVERY_PURPOSE else {"boxes": sorted(wanted)}
    withdrawal = withdraw_elsewhere(
        contact=contact,
        purposes=wanted,
        channel=Channel.WITHDRAWAL_PAGE,
        act=act,
        occurred_at=timezone.now(),
    )
    browser = family_of(request.headers.get("User-Agent", ""))
    ConsentTrace.objects.create(event=withdrawal.event, network=network_of(request), browser=browser)


# ── what the pages show ──


def _surroundings(contact: Contact) -> dict[str, Any]:
    """No name stands on the page: whoever finds the phone learns only what the chat shows anyway."""
    language = get_language() or contact.language
    return {
        "practice": practice_in_scope(),
        "language": language,
        "direction": current_set(language).direction,
        "words": page_words(language),
        "ways": current_set(language).words,
        "phone": phone_of(contact) or "",
    }


def _choices(contact: Contact) -> list[PurposeChoice]:
    """What may be ended, with the labels of the consent page."""
    return _named(contact, purposes_of_number(contact, *LIVING))


def _labels(contact: Contact, purposes: frozenset[Purpose]) -> list[str]:
    return [choice.label for choice in _named(contact, purposes)]


def _named(contact: Contact, purposes: frozenset[Purpose]) -> list[PurposeChoice]:
    return [choice for choice in current_set(contact.language).page.purposes if choice.purpose in purposes]


# ── tokens that lead nowhere ──


def _missed_too_often(request: HttpRequest) -> bool:
    try:
        return limits.MISSES_PER_ADDRESS.is_reached(network_of(request))
    except LimitsUnavailable:
        return False  # 128 random bits cannot be found by trying; a person's link must open all the same


def _miss(request: HttpRequest) -> HttpResponse:
    """Unknown, revoked or misspelt: the same page, which names the other ways."""
    with suppress(LimitsUnavailable):  # as above
        limits.MISSES_PER_ADDRESS.allows(network_of(request))
    return _nobodys(request, "consent/withdrawal_invalid.html", status=404)


def _limited(request: HttpRequest) -> HttpResponse:
    response = _nobodys(request, "consent/withdrawal_limited.html", status=429)
    response["Retry-After"] = "60"
    return response


def _nobodys(request: HttpRequest, template: str, *, status: int) -> HttpResponse:
    """A page about nobody, in the browser's language."""
    language = get_language() or "de"
    return render(request, template, {"language": language, "words": page_words(language)}, status=status)
