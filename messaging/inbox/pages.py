"""What the inbox's pages and fragments are given; what each needs, its template says."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from consent.models import ConsentState
from messaging.doubts import Decision, doubtful_message
from messaging.inbox import document_panel, listing, thread
from messaging.inbox.choosing import Choice, kept_in, views_of
from messaging.inbox.composer import NOTHING_TYPED, Typed, composer_of
from messaging.inbox.kinds import can_be_sent_again
from messaging.inbox.panel import panel_of, states_of
from messaging.inbox.panel_people import IdentityChange, changed_identity
from messaging.inbox.persons import Person, owner_of, people_rows, person_of, written_for
from messaging.inbox.row_marks import labels_in_use
from messaging.inbox.showing import Reader, Setting, Shown, reaction_choices, sealed_rows, set_in_run, shown
from messaging.inbox.standings import OPEN, standing_of
from messaging.inbox.team_head import TeamShown, team_shown
from messaging.inbox.thread import Item, Slice, Unread
from messaging.inbox.unreached import unreached
from messaging.inbox.wording import shortened
from messaging.models import Conversation, Label, Message
from messaging.saved_views import LONGEST_NAME
from messaging.whom import links_of, must_choose
from patients.appointments import Visits, visits_of
from patients.models import Patient, Relation
from practices.access import LEADERS, SENDERS, MemberRequest
from practices.opening_hours import OpeningHours, hours_of
from practices.sealed import warm

Context = dict[str, Any]


VIEWS_IN_THE_RAIL = 5  # the others stand in the list's menu
LOOK_AHEAD = timedelta(days=7)  # a page that stands longer has been asked anew by the stream


@dataclass(frozen=True)
class LabelChoice:
    """A label one can filter by; `query` is the address that adds it, or takes it away if it is chosen."""

    label: Label
    is_chosen: bool
    query: str


@dataclass(frozen=True)
class ViewInRail:
    """A saved view below the card tabs."""

    pk: UUID
    name: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Head:
    """The open conversation (templates/messaging/_thread_head.html)."""

    pk: UUID
    name: str
    birth_date: date | None
    age: int | None
    phone: str
    profile_name: str
    waiting_since: datetime | None  # None where nobody is owed an answer
    urgent: str
    answer_minutes: int | None
    hours: OpeningHours
    is_done: bool
    can_close: bool
    can_settle: bool
    contact_id: UUID
    written_for: list[tuple[str, int | None]]
    team: TeamShown
    owner: str
    is_unknown: bool
    is_blocked: bool
    visits: Visits | None
    identity: IdentityChange | None
    standing: str = OPEN


def head_of(
    conversation: Conversation, person: Person, request: MemberRequest, visits: dict[UUID, Visits] | None = None
) -> Head:
    """`visits` of everybody the contact writes for, if they were read already."""
    return Head(
        pk=conversation.pk,
        name=person.name,
        birth_date=person.birth_date,
        age=person.age,
        phone=person.phone,
        profile_name=person.profile_name,
        waiting_since=conversation.owed_since,
        urgent=listing.urgent_words_of(conversation),
        answer_minutes=listing.answer_minutes(request.practice),
        hours=hours_of(request.practice),
        is_done=conversation.closed_at is not None,
        can_close=request.member.role in SENDERS,
        can_settle=request.member.role in LEADERS,
        contact_id=conversation.contact_id,
        written_for=written_for(conversation.contact),
        team=team_shown(conversation, request.member),
        owner=owner_of(conversation.contact),
        is_unknown=not conversation.contact.patient_links.all(),
        is_blocked=conversation.contact.blocked_at is not None,
        visits=_visits_of_writer(conversation, visits),
        identity=changed_identity(conversation.contact),
        standing=standing_of(conversation),
    )


def _visits_of_writer(conversation: Conversation, visits: dict[UUID, Visits] | None) -> Visits | None:
    """Of the patient who writes; who only writes for others has none here."""
    links = conversation.contact.patient_links.all()
    own = next((link.patient for link in links if link.relation == Relation.SELF), None)
    return (visits or visits_of([own]))[own.pk] if own else None


def tabs_context(request: MemberRequest, tab: str) -> Context:
    """The counts on the card tabs, and when the practice is open: waiting clocks run in that time."""
    hours = hours_of(request.practice)
    return {"tabs": listing.counts(request.member), "tab": tab, "hours": hours, "openings": _openings(hours)}


def views_context(request: MemberRequest, chosen: str = "") -> Context:
    """The saved views; the first ones with their counts, below the tabs (`chosen`: an id). One query, and one more
    where there are views."""
    views = views_of(request.member)
    warm(views)
    first = views[:VIEWS_IN_THE_RAIL]
    counted = zip(first, listing.counts_of([kept_in(one) for one in first], request.member), strict=True)
    in_rail = [ViewInRail(one.pk, one.name, count, str(one.pk) == chosen) for one, count in counted]
    return {"views": views, "rail_views": in_rail}


def _openings(hours: OpeningHours) -> str:
    """The openings of the next days for relative-time.js, in seconds; empty if the clock runs day and night."""
    now = timezone.now()
    times = hours.openings(now, now + LOOK_AHEAD)
    told = [[int(start.timestamp()), int(end.timestamp())] for start, end in times]
    return "" if hours.is_always_open else json.dumps(told, separators=(",", ":"))


def rows_context(request: MemberRequest, choice: Choice, number: int = 1) -> Context:
    """One page of a choice, with the counts of all tabs."""
    rows, has_more = listing.page(choice, request.member, number)
    return tabs_context(request, "" if choice.view else choice.tab.value) | {
        "rows": rows,
        "choice": choice,
        "next_page": f"?{choice.query}&page={number + 1}" if has_more else "",
        "answer_minutes": listing.answer_minutes(request.practice),
        "conversation": None,
        "opened": None,
    }


def list_context(request: MemberRequest, choice: Choice, number: int = 1) -> Context:
    """The list pane: one page with what one may choose besides."""
    labels = labels_in_use()
    warm(labels)
    views = views_context(request, str(choice.view.pk) if choice.view else "")
    return (
        rows_context(request, choice, number)
        | views
        | {
            "order": choice.order.value,
            "labels": [LabelChoice(one, one.pk in choice.labels, choice.with_label(one.pk).query) for one in labels],
            "can_change_words": request.member.role in LEADERS,
            "longest_name": LONGEST_NAME,
        }
    )


def thread_context(
    request: MemberRequest, conversation: Conversation, part: Slice, typed: Typed = NOTHING_TYPED
) -> Context:
    """A part of a thread with head, composer and panel. The number of queries does not depend on its length."""
    states = states_of(conversation)
    visits = visits_of(patients_of(conversation))
    pane = _pane_context(request, conversation, part, states=states, visits=visits, typed=typed)
    return pane | {"panel": panel_of(conversation, states, request.member, visits)}


def newer_context(request: MemberRequest, conversation: Conversation, part: Slice) -> Context:
    """As `thread_context`, without the panel."""
    states, visits = states_of(conversation), visits_of(patients_of(conversation))
    return _pane_context(request, conversation, part, states=states, visits=visits, typed=NOTHING_TYPED)


def _pane_context(
    request: MemberRequest,
    conversation: Conversation,
    part: Slice,
    *,
    states: list[ConsentState],
    visits: dict[UUID, Visits],
    typed: Typed,
) -> Context:
    """A part of a thread with head and composer."""
    context = messages_context(request, conversation, part, visits)  # first: it asks for all keys at once
    composer = composer_of(conversation, states, request.member, visits, typed)
    return context | {
        "doubt": doubt_of(conversation),
        "latest_url": thread_url(request, conversation.pk),
        "composer": composer,
        "reactions": reaction_choices(),
        "unreached": unreached(conversation, part) if composer.is_open else None,
    }


def beside_context(request: MemberRequest, conversation: Conversation) -> Context:
    """The panel alone; what it offers goes by the composer's gate."""
    warm(people_rows(conversation.contact))
    states, visits = states_of(conversation), visits_of(patients_of(conversation))
    return {
        "conversation": head_of(conversation, person_of(conversation.contact), request, visits),
        "composer": composer_of(conversation, states, request.member, visits, NOTHING_TYPED),
        "panel": panel_of(conversation, states, request.member, visits),
    }


def doubt_of(conversation: Conversation) -> Context | None:
    """Words that may be a withdrawal, with what may be decided; one query where there is a doubt."""
    if conversation.possible_withdrawal_at is None:
        return None
    message = doubtful_message(conversation)
    return {
        "words": shortened((message.body if message else None) or "…"),
        "at": conversation.possible_withdrawal_at,
        "decisions": Decision.choices,
    }


def doubt_context(request: MemberRequest, conversation: Conversation) -> Context:
    """The doubt alone, after somebody decided."""
    warm(people_rows(conversation.contact))
    head = head_of(conversation, person_of(conversation.contact), request)
    return {"conversation": head, "doubt": doubt_of(conversation)}


def messages_context(
    request: MemberRequest, conversation: Conversation, part: Slice, visits: dict[UUID, Visits] | None = None
) -> Context:
    """A part of a thread alone."""
    unread = unread_by(request, conversation)
    person, messages = _shown(request, conversation, part.items, unread)
    begins_with = unread.begins_with if unread else asked_id(request, "unread")  # read by now, and looked for still
    first_unread = next((one for one in messages if one.pk == begins_with and (one.unseen or not unread)), None)
    is_elsewhere = first_unread is None and (unread is None or unread.first is not None)
    return {
        "conversation": head_of(conversation, person, request, visits),
        "messages": messages,
        "first_unread": first_unread,
        "unread_elsewhere": begins_with if is_elsewhere else None,
        "has_older": part.has_older,
        "reaches_end": part.reaches_end,
        "last_shown": part.items[-1] if part.items else None,
        "arrive_at": part.target,
        "last_message": part.last_arrived,
    }


def unread_by(request: MemberRequest, conversation: Conversation) -> Unread | None:
    """What is unread, for who looks for the team: a trainee's look is none."""
    return thread.unread(conversation) if reader_of(request).can_send else None


def composer_context(request: MemberRequest, conversation: Conversation, typed: Typed) -> Context:
    """The composer alone, after something was refused."""
    warm(people_rows(conversation.contact))
    person, visits = person_of(conversation.contact), visits_of(patients_of(conversation))
    composer = composer_of(conversation, states_of(conversation), request.member, visits, typed)
    return {"conversation": head_of(conversation, person, request, visits), "composer": composer}


def patients_of(conversation: Conversation) -> list[Patient]:
    """Everybody the contact writes for."""
    return [link.patient for link in links_of(conversation.contact)]


def message_context(
    request: MemberRequest, conversation: Conversation, message: Message, *, is_whole: bool = False
) -> Context:
    """One message alone, as it stands in its thread now; `is_whole`: however long its text is."""
    person, [line] = _shown(request, conversation, [message], unread_by(request, conversation))
    set_in_run(line, message, thread.next_message(conversation, message))
    if is_whole and line.is_cut and not line.edited:
        line.body, line.is_cut = message.body or "", False
    return {"conversation": head_of(conversation, person, request), "message": line}


def _shown(
    request: MemberRequest, conversation: Conversation, items: Sequence[Item], unread: Unread | None
) -> tuple[Person, list[Shown]]:
    """With whom the conversation is, and items of it as the thread shows them; one query for all keys."""
    beside = thread.belongings(items)
    warm([conversation, *people_rows(conversation.contact), *sealed_rows(items, beside)])
    person = person_of(conversation.contact)
    names, led = concerned_names(conversation), document_panel.led_to(items)
    setting = Setting(person, reader_of(request), beside, sent_again(items), names, led, unread)
    return person, shown(items, setting)


def concerned_names(conversation: Conversation) -> dict[UUID, str]:
    """What to call those whom a message may concern, where there are several (C-22)."""
    links = links_of(conversation.contact)
    return {link.patient_id: link.patient.first_name for link in links} if must_choose(links) else {}


def reader_of(request: MemberRequest) -> Reader:
    return Reader(request.practice.slug, request.member.role in SENDERS)


def resend_id(message: Message) -> UUID:
    """The client_id of a message's repetition: the same for every press, so that two of them are one message."""
    return uuid5(message.pk, "resend")


def sent_again(items: Sequence[Item]) -> set[UUID]:
    """Which of these messages a person has sent again already; one query if any could be."""
    failed = [one for one in items if isinstance(one, Message) and can_be_sent_again(one)]
    if not failed:
        return set()
    ended_badly = {resend_id(one): one.pk for one in failed}
    # The index begins with the conversation: by client_id alone, each opening would read every message there is.
    threads = {one.conversation_id for one in failed}
    repeated = Message.objects.filter(conversation__in=threads, client_id__in=ended_badly)
    return {ended_badly[client_id] for client_id in repeated.values_list("client_id", flat=True) if client_id}


def inbox_url(request: MemberRequest) -> str:
    return reverse("inbox:list", kwargs={"practice": request.practice.slug})


def thread_url(request: MemberRequest, conversation_id: UUID) -> str:
    return reverse("inbox:thread", kwargs={"practice": request.practice.slug, "conversation_id": conversation_id})


def asked_id(request: HttpRequest, name: str) -> UUID | None:
    """What the address names under this name, if it is an id."""
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return None


def posted_id(request: MemberRequest, name: str) -> UUID | None:
    """What is posted under a name, if it is an id."""
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        return None
