"""The page where a practice keeps its saved replies."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from messaging.inbox.deeds import sender_required
from messaging.inbox.forms import TEXT_CHARACTERS
from messaging.inbox.pages import tabs_context
from messaging.models import SavedReply
from messaging.saved_replies.actions import (
    archive_saved_reply,
    change_saved_reply,
    create_saved_reply,
    may_change,
    saved_replies,
)
from messaging.saved_replies.effects import assign_choices, labels_by_id, snooze_choices, words_of
from messaging.saved_replies.filling import VARIABLES, unknown_in
from practices.access import LEADERS, MemberRequest, role_required
from practices.refusal import Refusal
from practices.told import leads_to

NOTHING = ""


class SavedReplyForm(forms.Form):
    """One saved reply with what it does besides."""

    title = forms.CharField(max_length=80, label=gettext_lazy("Name"))
    shortcut = forms.RegexField(
        r"^[\w-]{1,30}$",
        label=gettext_lazy("Kürzel nach „/“"),
        error_messages={"invalid": gettext_lazy("Nur Buchstaben, Ziffern und Striche, höchstens 30.")},
    )
    body = forms.CharField(
        max_length=TEXT_CHARACTERS, label=gettext_lazy("Text"), widget=forms.Textarea(attrs={"rows": 5, "lang": "de"})
    )
    labels = forms.MultipleChoiceField(required=False)
    assign = forms.ChoiceField(required=False, label=gettext_lazy("Danach übergeben an"))
    snooze = forms.ChoiceField(required=False, label=gettext_lazy("Danach zurückstellen"))
    closes = forms.BooleanField(required=False, label=gettext_lazy("Danach erledigt"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nothing = [(NOTHING, "–")]
        choices = {
            "labels": [(pk, label.name) for pk, label in labels_by_id().items()],
            "assign": [*nothing, *assign_choices()],
            "snooze": [*nothing, *snooze_choices()],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]
        if not choices["labels"]:
            del self.fields["labels"]

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if unknown := unknown_in(body):
            sentence = _("{%(name)s} kennt Roger nicht. Die möglichen Platzhalter stehen unter dem Text.")
            raise forms.ValidationError(sentence % {"name": unknown[0]})
        return body


@require_http_methods(["GET", "HEAD", "POST"])
@sender_required
def saved(request: MemberRequest) -> HttpResponse:
    """All of them, with a form for another. POST adds one; 422 with what is wrong."""
    if request.method != "POST":
        return _page(request, SavedReplyForm())
    form = SavedReplyForm(request.POST)
    if form.is_valid() and _is_done(form, lambda said: create_saved_reply(by=request.member, **said)):
        return _back(request, _("Antwort gespeichert"))
    return _page(request, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@sender_required
def saved_one(request: MemberRequest, reply_id: UUID) -> HttpResponse:
    """One of them to change. POST keeps the change; 422 with what is wrong."""
    reply = _find(reply_id)
    if request.method != "POST":
        return _page(request, SavedReplyForm(initial=_initial(reply)), reply)
    form = SavedReplyForm(request.POST)
    if form.is_valid() and _is_done(form, lambda said: change_saved_reply(reply=reply, by=request.member, **said)):
        return _back(request, _("Antwort geändert"))
    return _page(request, form, reply, status=422)


@require_POST
@role_required(*LEADERS)
def archive(request: MemberRequest, reply_id: UUID) -> HttpResponse:
    """Out of the list."""
    archive_saved_reply(reply=_find(reply_id), by=request.member)
    return _back(request, _("Antwort entfernt"))


def _is_done(form: SavedReplyForm, do: Any) -> bool:
    """Whether the action took it; its refusal stands at the form."""
    try:
        do(form.cleaned_data)
    except Refusal as refusal:
        form.add_error("shortcut" if refusal.reason == "shortcut_taken" else None, refusal.for_person)
        return False
    return True


def _find(reply_id: UUID) -> SavedReply:
    found: SavedReply = get_object_or_404(SavedReply, pk=reply_id, archived_at=None)
    return found


def _initial(reply: SavedReply) -> dict[str, Any]:
    names = ("title", "shortcut", "body", "labels", "assign", "snooze", "closes")
    return {name: getattr(reply, name) for name in names}


def _page(
    request: MemberRequest,
    form: SavedReplyForm,
    reply: SavedReply | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    labels = labels_by_id()
    listed = [(one, words_of(one, labels), may_change(one, request.member)) for one in saved_replies()]
    context = tabs_context(request, "") | {
        "replies": listed,
        "form": form,
        "reply": reply,
        "variables": [(name, words) for name, words in VARIABLES.items()],
        "may_remove": request.member.role in LEADERS,
    }
    return render(request, "messaging/composer/saved_replies.html", context, status=status)


def _back(request: MemberRequest, words: str) -> HttpResponse:
    return leads_to(request, reverse("inbox:saved_replies", kwargs={"practice": request.practice.slug}), words)
