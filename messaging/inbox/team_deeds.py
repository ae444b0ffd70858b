"""Assigning, putting off, labels and taking back: the deeds of the thread's head and of the list."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.inbox.deeds import sender_required
from messaging.inbox.team_answers import part, said, sentence_of
from messaging.inbox.team_forms import AssignmentForm, SnoozeForm
from messaging.inbox.templatetags.inbox import until_phrase
from messaging.inbox.views import find
from messaging.models import Conversation, Label
from messaging.teamwork import labels, presence, snoozing
from messaging.teamwork.assigning import assign
from messaging.teamwork.colleagues import NOBODY, Assignee, assignee_for, candidates, nobody_there
from messaging.teamwork.undoing import undo
from practices.access import LEADERS, MemberRequest
from practices.models import Member, Role
from practices.refusal import Refusal

READS = ["GET", "HEAD", "POST"]


@require_http_methods(READS)
@sender_required
def assignment(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """To whom it can be given; a POST gives it, to nobody without `to`."""
    conversation = find(conversation_id)
    if request.method != "POST":
        return part(request, conversation, "assign_menu", people_to_choose(request.member))
    form = AssignmentForm(request.POST)
    try:
        to, note = chosen_person(form, request.member)
        events = assign(conversations=[conversation], to=to, by=request.member, note=note)
    except Refusal as refusal:
        return _assign_again(request, conversation, sentence_of(refusal))
    return said(request, assigned_words(to, request.member), events, conversation=conversation)


def chosen_person(form: AssignmentForm, member: Member) -> tuple[Assignee, str]:
    """To whom, and the word about it. Raises a Refusal."""
    if not form.is_valid():
        raise nobody_there()
    return assignee_for(form.cleaned_data["to"], by=member), form.cleaned_data["note"]


def _assign_again(request: MemberRequest, conversation: Conversation, error: str) -> HttpResponse:
    return part(
        request, conversation, "assign_menu", people_to_choose(request.member) | {"errors": [error]}, status=422
    )


def people_to_choose(member: Member) -> dict[str, object]:
    """Whoever may answer but the one who asks, which of them are at work now, and the roles; one query."""
    team = candidates()
    filled = {one.role for one in team}
    return {
        "team": [one for one in team if one.pk != member.pk],
        "at_work": presence.at_work(besides=member),
        "roles": [(role.value, role.label) for role in Role if role in filled],
    }


def assigned_words(to: Assignee, member: Member) -> str:
    if to == NOBODY:
        return _("Niemandem zugewiesen")
    if to.member and to.member.pk == member.pk:
        return _("Ihnen zugewiesen")
    return _("Zugewiesen an %(name)s") % {"name": to.name}


@require_http_methods(READS)
@sender_required
def snooze(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Until when it can be put off; a POST does it, and brings it back without a choice."""
    conversation = find(conversation_id)
    if request.method != "POST":
        return part(request, conversation, "snooze_menu", moments_to_choose(request))
    form = SnoozeForm(request.POST)
    if form.is_valid() and not form.cleaned_data["choice"]:
        events = snoozing.end_snooze(conversations=[conversation], by=request.member)
        return said(request, _("Wieder auf der Liste"), events, conversation=conversation)
    try:
        until = _chosen_moment(form, request)
    except Refusal as refusal:
        context = moments_to_choose(request) | {"errors": [sentence_of(refusal)]}
        return part(request, conversation, "snooze_menu", context, status=422)
    events = snoozing.snooze(conversations=[conversation], until=until, by=request.member)
    return said(request, snoozed_words(until), events, conversation=conversation)


def _chosen_moment(form: SnoozeForm, request: MemberRequest) -> datetime:
    if not form.is_valid():
        raise snoozing.no_such_moment()
    chosen = snoozing.Choice(form.cleaned_data["choice"])
    return snoozing.moment_of(chosen, request.practice, timezone.now(), form.cleaned_data["day"])


def moments_to_choose(request: MemberRequest) -> dict[str, object]:
    now = timezone.now()
    return {"moments": snoozing.choices_at(request.practice, now), "first_day": timezone.localdate(now)}


def snoozed_words(until: datetime) -> str:
    return _("Zurückgestellt bis %(moment)s") % {"moment": until_phrase(until)}


@require_http_methods(READS)
@sender_required
def label_links(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The practice's labels and which of them hang here; a POST hangs one on, or takes it off with `off`."""
    conversation = find(conversation_id)
    if request.method != "POST":
        return part(request, conversation, "label_menu", _labels_to_choose(request, conversation))
    label = get_object_or_404(Label, pk=_label_id(request), archived_at=None)
    deed = labels.take_off if "off" in request.POST else labels.hang
    events = deed(conversations=[conversation], label=label, by=request.member)
    words = _("Label abgenommen") if "off" in request.POST else _("Label angehängt")
    return said(request, words, events, conversation=conversation)


def _labels_to_choose(request: MemberRequest, conversation: Conversation) -> dict[str, object]:
    hung = {link.label_id for link in conversation.label_links.all()}
    chosen = [(label, label.pk in hung) for label in labels.living_labels()]
    return {"labels": chosen, "may_manage": request.member.role in LEADERS}


def _label_id(request: MemberRequest) -> UUID:
    try:
        return UUID(request.POST.get("label", ""))
    except ValueError:
        return UUID(int=0)


@require_POST
@sender_required
def undoing(request: MemberRequest) -> HttpResponse:
    """Take back what one has just done."""
    try:
        restored, deeds = undo(ticket=request.POST.get("ticket", ""), by=request.member)
    except Refusal as refusal:
        return said(request, sentence_of(refusal))
    if restored == deeds:
        return said(request, _("Zurückgenommen"))
    if restored == 0:
        return said(request, _("Nicht zurückgenommen: inzwischen ist damit weitergearbeitet worden."))
    words = _("%(restored)d von %(deeds)d zurückgenommen. Mit dem Rest ist inzwischen weitergearbeitet worden.")
    return said(request, words % {"restored": restored, "deeds": deeds})
