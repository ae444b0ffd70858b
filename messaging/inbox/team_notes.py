"""Notes in a thread, and where somebody is named in one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from messaging.drafts import draft_of, mark_of
from messaging.inbox.beginnings import beginning_of, page_number
from messaging.inbox.composer_deeds import keep_draft
from messaging.inbox.pages import thread_url
from messaging.inbox.persons import Name, names_of
from messaging.inbox.team_answers import part, said
from messaging.inbox.team_deeds import READS
from messaging.inbox.team_forms import NoteForm
from messaging.inbox.views import find, is_fragment
from messaging.models import Conversation, Draft, Mention
from messaging.teamwork import notes
from messaging.teamwork.colleagues import colleagues
from practices.access import MemberRequest, member_required

MOST_SHOWN = 100  # at first, and with each press on "Weitere"


@dataclass(frozen=True)
class Named:
    """One note in which somebody is named (templates/messaging/team/mentions.html)."""

    pk: UUID
    person: Name
    author: str
    body: str
    at: datetime


@require_http_methods(READS)
@member_required
def write(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The note form, with whom one can name and what this person has begun; a POST writes the note."""
    conversation = find(conversation_id)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return part(request, conversation, "note_form", _begun(request, conversation, form), status=_status(form))
    words = form.cleaned_data
    notes.write_note(conversation=conversation, body=words["body"], by=request.member, mark=words["mark"])
    return said(request, _("Notiz gespeichert"), conversation=conversation)


def _status(form: NoteForm) -> int:
    return 422 if form.is_bound else 200


def _begun(request: MemberRequest, conversation: Conversation, form: NoteForm) -> dict[str, Any]:
    """What was typed before it was refused, else the draft; one query more than the form."""
    draft = draft_of(conversation, request.member, Draft.Kind.NOTE)
    typed = {name: form[name].value() or "" for name in ("body", "mark")} if form.is_bound else {}
    kept = {"body": draft.body if draft else "", "mark": mark_of(draft)}
    is_draft = draft is not None and not form.is_bound
    shown = {"form": form, "words": kept | typed, "is_draft": is_draft}
    return shown | {"team": colleagues(), "most_characters": notes.MOST_CHARACTERS}


@require_POST
@member_required
def draft(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Keep what somebody has begun to note; answers as composer_deeds.draft does."""
    return keep_draft(request, find(conversation_id), Draft.Kind.NOTE)


@require_safe
@member_required
def mentions(request: MemberRequest) -> HttpResponse:
    """Where somebody is named and has not looked yet, the newest first; with ?page=2 twice as many."""
    template = "messaging/team/_mentions.html" if is_fragment(request) else "messaging/team/mentions.html"
    unseen = Mention.objects.filter(member=request.member, seen_at=None).order_by("-pk")
    with_notes = unseen.select_related("note__conversation__contact", "note__written_by__user")
    found = beginning_of(with_notes, _all_named, most=MOST_SHOWN, page=page_number(request))
    return render(request, template, {"mentions": found, "team_page": "mentions"})


def _all_named(found: list[Mention]) -> list[Named]:
    names = names_of([one.note.conversation.contact for one in found], beside=[one.note for one in found])
    return [_named(one, names[one.note.contact_id]) for one in found]


def _named(mention: Mention, person: Name) -> Named:
    note = mention.note
    author = note.written_by.user.name if note.written_by else ""
    return Named(mention.pk, person, author, note.body, note.at)


@require_POST
@member_required
def see(request: MemberRequest, mention_id: UUID) -> HttpResponse:
    """Seen; with `open` on to the note in its thread."""
    mine = Mention.objects.filter(member=request.member).select_related("note")
    mention: Mention = get_object_or_404(mine, pk=mention_id)
    notes.see_mentions(mentions=[mention], by=request.member)
    if "open" in request.POST:
        thread = thread_url(request, mention.note.conversation_id)
        return HttpResponseRedirect(f"{thread}?message={mention.note_id}#message-{mention.note_id}", status=303)
    back = reverse("inbox:mentions", kwargs={"practice": request.practice.slug})
    return said(request, _("Als gesehen vermerkt"), then=back)
