"""A draft of the practice's own wording: written by one of its leaders, read and published by another."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from consent import drafting, renewals, texts
from consent.desk.text_forms import ReturnForm, SubmissionForm
from consent.desk.text_words import (
    FINISH,
    differences_to_current,
    groups_of,
    language_name,
    parts_of,
    preview_of,
)
from consent.editions import current_set
from consent.models import TextDraft
from consent.proofreading import checklist, mistakes_in, readable
from consent.purposes import Purpose
from consent.texts.leaves import reworded
from practices.access import LEADERS, MemberRequest, role_required
from practices.refusal import Refusal

Context = dict[str, Any]
State = TextDraft.State


@require_POST
@role_required(*LEADERS)
def text_drafts(request: MemberRequest, language: str) -> HttpResponse:
    """Begin to write, or go on with what is at work in this language."""
    if language not in texts.CURRENT:
        raise Http404
    draft = drafting.begin(language=language, by=request.member, from_house="from_house" in request.POST)
    return _to(request, draft)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*LEADERS)
def text_draft(request: MemberRequest, draft_id: UUID) -> HttpResponse:
    """The editor while it is written, the page to decide on once it is handed on. POST keeps what was typed."""
    draft = get_object_or_404(TextDraft, pk=draft_id)
    if request.method == "POST":
        return _save(request, draft)
    if draft.state == State.SUBMITTED:
        return _review(request, draft)
    if draft.state != State.WRITING:
        return redirect("consent:texts", practice=request.practice.slug)
    return _editor(request, draft, request.GET.get("part", ""))


def _save(request: MemberRequest, draft: TextDraft) -> HttpResponse:
    """`part` is what was open, `go` where to go on to: a press on another part keeps this one's words too."""
    try:
        draft = drafting.change(draft=draft, by=request.member, words=request.POST.dict())
    except Refusal as refusal:
        return _refused(request, draft, refusal)
    part = request.POST.get("go") or request.POST.get("part", "")
    return _to(request, draft, part)


@require_POST
@role_required(*LEADERS)
def text_preview(request: MemberRequest, draft_id: UUID) -> HttpResponse:
    """What stands beside the editor, for what is typed and not kept yet."""
    draft = get_object_or_404(TextDraft, pk=draft_id)
    content = reworded(draft.content, request.POST.dict())
    context = preview_of(content, request.practice, request.POST.get("part", ""))
    return render(request, "consent/desk/_text_preview.html", context)


@require_POST
@role_required(*LEADERS)
def text_submission(request: MemberRequest, draft_id: UUID) -> HttpResponse:
    """Hand it on, with the reason and who must agree anew. What is wrong is named, and nothing is handed on."""
    draft = get_object_or_404(TextDraft, pk=draft_id)
    form = SubmissionForm(request.POST)
    if not form.is_valid():
        errors = [str(error) for found in form.errors.values() for error in found]
        return _editor(request, draft, FINISH, errors, status=422)
    given = form.cleaned_data
    try:
        draft = drafting.change(
            draft=draft,
            by=request.member,
            renews=given["renews"],
            reason=given["reason"],
            is_checked=given["is_checked"] if "draft_translation" in request.POST else None,
        )
        drafting.submit(draft=draft, by=request.member)
    except Refusal as refusal:
        return _refused(request, draft, refusal)
    return _to(request, draft)


@require_POST
@role_required(*LEADERS)
def text_return(request: MemberRequest, draft_id: UUID) -> HttpResponse:
    """It must be written on, perhaps with a note that says why."""
    draft = get_object_or_404(TextDraft, pk=draft_id)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _review(request, draft, [str(error) for error in form.errors["note"]], status=422)
    try:
        drafting.hand_back(draft=draft, by=request.member, note=form.cleaned_data["note"])
    except Refusal as refusal:
        return _refused(request, draft, refusal)
    return _to(request, draft)


@require_POST
@role_required(*LEADERS)
def text_discard(request: MemberRequest, draft_id: UUID) -> HttpResponse:
    """Nothing comes of it."""
    draft = get_object_or_404(TextDraft, pk=draft_id)
    try:
        drafting.discard(draft=draft, by=request.member)
    except Refusal as refusal:
        return _refused(request, draft, refusal)
    return redirect("consent:texts", practice=request.practice.slug)


@require_POST
@role_required(*LEADERS)
def text_publication(request: MemberRequest, draft_id: UUID) -> HttpResponse:
    """From now on patients read it. The second pair of eyes is the view's member; the action looks again."""
    draft = get_object_or_404(TextDraft, pk=draft_id)
    try:
        edition = drafting.publish(draft=draft, by=request.member, seen=request.POST.get("seen", ""))
    except Refusal as refusal:
        return _refused(request, draft, refusal)
    if edition.renews:
        return redirect("consent:text_renewal", practice=request.practice.slug, language=edition.language)
    return redirect("consent:text_version", practice=request.practice.slug, version=edition.version)


# ── the two pages ──


def _editor(
    request: MemberRequest, draft: TextDraft, part: str, errors: list[str] | None = None, status: int = 200
) -> HttpResponse:
    parts = parts_of(draft.content, draft.language)
    part = part if part in {FINISH, *dict(parts)} else parts[0][0]
    mistakes = mistakes_in(draft.content)
    context = _surroundings(draft, part, errors) | {
        "parts": [(name, label, _count(mistakes, name)) for name, label in parts],
        "groups": groups_of(draft.content, draft.language, part, mistakes),
        "finish": FINISH,
    }
    if part == FINISH:
        return render(request, "consent/desk/text_finish.html", context | _decision(draft), status=status)
    context |= preview_of(draft.content, request.practice, part)
    return render(request, "consent/desk/text_editor.html", context, status=status)


def _count(mistakes: list[Any], part: str) -> int:
    return sum(mistake.path.partition(".")[0] == part for mistake in mistakes)


def _review(
    request: MemberRequest, draft: TextDraft, errors: list[str] | None = None, status: int = 200
) -> HttpResponse:
    """Everything the second person decides on: what changes, why, what is said, and whom it concerns."""
    context = _surroundings(draft, FINISH, errors) | _decision(draft)
    context |= {
        "may_publish": drafting.can_publish(draft, request.member),
        "others": drafting.others_who_may_publish(draft),
        "seen": drafting.fingerprint(draft),
        "next_version": drafting.next_version(draft),
    }
    return render(request, "consent/desk/text_review.html", context, status=status)


def _decision(draft: TextDraft) -> Context:
    text_set = readable(draft.content)
    renews = [Purpose(name) for name in draft.renews]
    return {
        "mistakes": mistakes_in(draft.content),
        "checklist": checklist(text_set) if text_set else [],
        "differences": differences_to_current(draft, draft.content),
        "purposes": [(purpose, renewals.preview(draft.language, [purpose]).people) for purpose in Purpose],
        "renews": renews,
        "affected": renewals.preview(draft.language, renews) if renews else None,
        "is_translation": draft.language != "de",
    }


def _surroundings(draft: TextDraft, part: str, errors: list[str] | None) -> Context:
    return {
        "tab": "",
        "area": "consent",
        "section": "texts",
        "draft": draft,
        "part": part,
        "errors": errors or [],
        "language_name": language_name(draft.language),
        "holds": current_set(draft.language),
        "is_overtaken": drafting.is_overtaken(draft),
        "draft_translation": draft.content.get("draft_translation", False),
    }


def _refused(request: MemberRequest, draft: TextDraft, refusal: Refusal) -> HttpResponse:
    """The page as it stands now, with the reason above."""
    draft.refresh_from_db()
    sentences = [f"{refusal.for_person} {refusal.next_step}".strip()]
    if draft.state == State.SUBMITTED:
        return _review(request, draft, sentences, status=409)
    if draft.state == State.WRITING:
        return _editor(request, draft, FINISH, sentences, status=409)
    return redirect("consent:texts", practice=request.practice.slug)


def _to(request: MemberRequest, draft: TextDraft, part: str = "") -> HttpResponse:
    answer = redirect("consent:text_draft", practice=request.practice.slug, draft_id=draft.pk)
    if part:
        answer["Location"] += f"?part={part}"
    return answer
