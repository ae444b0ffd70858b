"""The texts of consent to look at: what holds, what held before, what was really shown, and how a renewal goes."""

from collections.abc import Container
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from consent import renewals, texts
from consent.desk.text_words import differences_between, language_name, whole
from consent.drafting import house_is_newer, open_draft
from consent.editions import content_of, current_edition, current_set
from consent.models import ConsentText, TextEdition
from consent.naming import name_of, with_names
from consent.quiet_hours import quiet_until
from consent.tasks import OUTDATE
from consent.texts import TextSet
from patients.models import Contact
from practices.access import LEADERS, SENDERS, MemberRequest, member_required, role_required
from practices.audit import looked_at, record
from practices.background import wake_on_commit

Context = dict[str, Any]
MOST_PEOPLE = 200


@require_safe
@member_required
def text_list(request: MemberRequest) -> HttpResponse:
    """Every language: which version holds, since when, and what is being written."""
    context = _surroundings(request) | {
        "languages": [_language(language) for language in texts.CURRENT],
        "shown": _shown_texts(),
        "renewals": [(one, language_name(one), renewals.progress(one)) for one in renewals.languages_in_renewal()],
    }
    return render(request, "consent/desk/texts.html", context)


def _language(language: str) -> Context:
    own, holds = current_edition(language), current_set(language)
    return {
        "code": language,
        "name": language_name(language),
        "holds": holds,
        "edition": own,
        "draft": open_draft(language),
        "house_is_newer": house_is_newer(language),
        "house_version": texts.current(language).version,
        "older": [one for one in _versions(language) if one != holds.version],
    }


def _versions(language: str) -> list[str]:
    """Every version there ever was here, newest first."""
    own = TextEdition.objects.filter(language=language).order_by("-published_at", "-pk")
    house = [one for one in reversed(texts.published()) if one.partition("-")[0] == language]
    return [*own.values_list("version", flat=True), *house]


def _shown_texts() -> list[ConsentText]:
    """What somebody was really shown, each rendering once, newest first."""
    return list(ConsentText.objects.order_by("-valid_from", "-pk").defer("body")[:MOST_PEOPLE])


@require_safe
@member_required
def text_version(request: MemberRequest, version: str) -> HttpResponse:
    """One version whole, for ever (C-05); with what it changed and which of its renderings were shown."""
    content = content_of(version)
    if content is None:
        raise Http404
    text_set = texts.text_set(content)
    edition = TextEdition.objects.select_related("written_by__user", "published_by__user").filter(version=version)
    context = _surroundings(request) | {
        "version": version,
        "text_set": text_set,
        "language_name": language_name(text_set.language),
        "edition": edition.first(),
        "holds": current_set(text_set.language).version == version,
        "parts": whole(content, request.practice),
        "differences": _since_the_one_before(text_set, content),
        "shown": ConsentText.objects.filter(version=version).order_by("-valid_from", "-pk").defer("body"),
    }
    return render(request, "consent/desk/text_version.html", context)


def _since_the_one_before(text_set: TextSet, content: Context) -> list[Any]:
    versions = _versions(text_set.language)
    before = versions[versions.index(text_set.version) + 1 :]
    return differences_between(content_of(before[0]) or {}, content, text_set.language) if before else []


@require_safe
@member_required
def shown_text(request: MemberRequest, text_id: UUID) -> HttpResponse:
    """One rendering, letter by letter as it was shown and hashed."""
    shown = get_object_or_404(ConsentText, pk=text_id)
    context = _surroundings(request) | {"shown": shown, "language_name": language_name(shown.language)}
    return render(request, "consent/desk/shown_text.html", context)


@require_safe
@role_required(*SENDERS)
def text_renewal(request: MemberRequest, language: str) -> HttpResponse:
    """Who must agree anew, and how far that is."""
    _require_renewal(language)
    looked_at("consent_renewal", about=request.member, by=request.member)
    waiting = renewals.waiting_people(language, limit=MOST_PEOPLE + 1)
    context = _surroundings(request) | {
        "language": language,
        "language_name": language_name(language),
        "progress": renewals.progress(language),
        "waiting": _named(waiting[:MOST_PEOPLE]),
        "are_more": len(waiting) > MOST_PEOPLE,
        "is_quiet": quiet_until(request.practice, timezone.now()) is not None,
    }
    return render(request, "consent/desk/text_renewal.html", context)


@require_POST
@role_required(*LEADERS)
def text_renewal_run(request: MemberRequest, language: str) -> HttpResponse:
    """Go on at once, instead of within the hour."""
    _require_renewal(language)
    record("renewal_run_wanted", about=request.member, by=request.member, language=language)
    wake_on_commit(OUTDATE, practice_id=request.practice.pk)
    return redirect("consent:text_renewal", practice=request.practice.slug, language=language)


def _require_renewal(language: str) -> None:
    if language not in renewals.languages_in_renewal():
        raise Http404


def _named(waiting: list[renewals.Undecided]) -> list[Context]:
    """Who is left, by the name the practice knows them by, with the patients they have to be asked about."""
    people = with_names(person.contact_id for person in waiting)
    return [
        {
            "person": person,
            "name": name_of(people[person.contact_id]),
            "patients": _patients_of(people[person.contact_id], person.patients),
        }
        for person in waiting
    ]


def _patients_of(contact: Contact, patients: Container[UUID]) -> list[str]:
    """Reads what `with_names` fetched."""
    links = sorted(contact.patient_links.all(), key=lambda link: link.pk)
    return [link.patient.sorting_name for link in links if link.patient_id in patients]


def _surroundings(request: MemberRequest) -> Context:
    return {
        "tab": "",
        "area": "consent",
        "section": "texts",
        "may_write": request.member.role in LEADERS,
        "may_see_people": request.member.role in SENDERS,
    }
