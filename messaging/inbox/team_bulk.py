"""One deed for several conversations of the list, with one way back for all of them."""

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from messaging.inbox import pages
from messaging.inbox.deeds import sender_required
from messaging.inbox.team_answers import said, sentence_of
from messaging.inbox.team_deeds import READS, moments_to_choose, people_to_choose
from messaging.models import Conversation, Label
from messaging.teamwork import labels, snoozing
from messaging.teamwork.assigning import assign
from messaging.teamwork.closing import close_many
from messaging.teamwork.colleagues import assignee_for
from practices.access import MemberRequest
from practices.models import AuditEvent
from practices.refusal import Refusal

MOST = 100  # conversations at once
LONGEST_AGO = 3_600_000  # ms


class TooMany(Refusal):
    """More were chosen than one deed takes."""

    reason = "too_many"


@require_http_methods(READS)
@sender_required
def bulk(request: MemberRequest) -> HttpResponse:
    """What can be done with several at once; a POST does one of it."""
    if request.method != "POST":
        return render(request, "messaging/team/_bulk_deeds.html", _choices(request))
    try:
        picked = _picked(request)
    except TooMany as refusal:
        answer = said(request, sentence_of(refusal))
        answer.status_code = 422  # what was chosen stays chosen
        return answer
    try:
        events, sentence = _deed(request, picked)
    except Refusal as refusal:
        return said(request, sentence_of(refusal))
    return said(request, sentence, events, conversation=_only(picked), then=pages.inbox_url(request))


def _only(picked: dict[UUID, datetime]) -> Conversation | None:
    """The one that was chosen, of which the toast names the person; None where there are several."""
    return Conversation.objects.filter(pk__in=picked).first() if len(picked) == 1 else None


def _choices(request: MemberRequest) -> dict[str, object]:
    chosen: dict[str, object] = {"labels": labels.living_labels()}
    return chosen | people_to_choose(request.member) | moments_to_choose(request)


def _deed(request: MemberRequest, picked: dict[UUID, datetime]) -> tuple[list[AuditEvent], str]:
    """What was done, and the sentence about it. Raises a Refusal."""
    given, member = request.POST, request.member
    if "done" in given:
        events, kept = close_many(picked=picked, by=member)
        return events, _closed_words(len(events), kept)
    chosen = list(Conversation.objects.filter(pk__in=picked))
    if given.get("to"):
        to = assignee_for("" if given["to"] == "nobody" else given["to"], by=member)
        return _counted(assign(conversations=chosen, to=to, by=member))
    if given.get("label"):
        label = get_object_or_404(Label, pk=_id(given["label"]), archived_at=None)
        return _counted(labels.hang(conversations=chosen, label=label, by=member))
    until = _moment(request)
    return _counted(snoozing.snooze(conversations=chosen, until=until, by=member))


def _moment(request: MemberRequest) -> datetime:
    choice = request.POST.get("choice", "")
    if choice not in snoozing.Choice.values or choice == snoozing.Choice.DATE:
        raise snoozing.no_such_moment()
    return snoozing.moment_of(snoozing.Choice(choice), request.practice, timezone.now())


def _counted(events: list[AuditEvent]) -> tuple[list[AuditEvent], str]:
    count = len(events)
    if not count:
        return events, _("Nichts zu ändern")
    return events, ngettext(
        "%(count)d Unterhaltung geändert", "%(count)d Unterhaltungen geändert", count
    ) % {"count": count}  # fmt: skip


def _closed_words(closed: int, kept: int) -> str:
    words = ngettext("%(count)d Unterhaltung erledigt", "%(count)d Unterhaltungen erledigt", closed)
    if not kept:
        return words % {"count": closed}
    stays = ngettext(
        "%(kept)d bleibt offen: dort wurde inzwischen geschrieben.",
        "%(kept)d bleiben offen: dort wurde inzwischen geschrieben.",
        kept,
    )
    return f"{words % {'count': closed}}. {stays % {'kept': kept}}"


def _picked(request: MemberRequest) -> dict[UUID, datetime]:
    """The chosen conversations, and when each was chosen: the page says how many milliseconds ago that was, as
    "<id>:<ago>" for each in one field, whose number is bounded otherwise (DATA_UPLOAD_MAX_NUMBER_FIELDS). Raises
    TooMany."""
    now = timezone.now()
    pairs = request.POST.get("picked", "").split()
    if len(pairs) > MOST:
        raise TooMany(
            _("Das geht mit höchstens %(most)d Unterhaltungen auf einmal.") % {"most": MOST},
            next_step=_("Bitte wählen Sie weniger aus."),
        )
    chosen = (pair.partition(":") for pair in pairs)
    return {pk: now - _age(ago) for pk, ago in ((_id(text), ago) for text, _colon, ago in chosen) if pk.int}


def _age(text: str) -> timedelta:
    milliseconds = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    return timedelta(milliseconds=min(milliseconds, LONGEST_AGO))


def _id(text: str) -> UUID:
    """The id a form names; one that nothing has where it names none."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
