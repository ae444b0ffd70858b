"""What the inbox's pages and fragments are given; what each needs, its template says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid5

from django.urls import reverse

from messaging.doubts import Decision, doubtful_message
from messaging.inbox import listing, thread
from messaging.inbox.composer import NOTHING_TYPED, Typed, composer_of
from messaging.inbox.kinds import can_be_sent_again
from messaging.inbox.listing import Order, Tab
from messaging.inbox.panel import panel_of, states_of
from messaging.inbox.persons import Person, people_rows, person_of, written_for
from messaging.inbox.showing import Reader, Setting, Shown, sealed_rows, shown
from messaging.inbox.thread import Item, Slice
from messaging.inbox.wording import shortened
from messaging.models import Conversation, Message
from messaging.whom import links_of, must_choose
from practices.access import LEADERS, SENDERS, MemberRequest
from practices.sealed import warm

Context = dict[str, Any]


@dataclass(frozen=True)
class Head:
    """The open conversation (templates/messaging/_thread_head.html)."""

    pk: UUID
    name: str
    birth_date: date | None
    age: int | None
    phone: str
    profile_name: str
    is_done: bool
    can_close: bool
    can_settle: bool
    contact_id: UUID
    written_for: list[tuple[str, int | None]]


def head_of(conversation: Conversation, person: Person, request: MemberRequest) -> Head:
    return Head(
        pk=conversation.pk,
        name=person.name,
        birth_date=person.birth_date,
        age=person.age,
        phone=person.phone,
        profile_name=person.profile_name,
        is_done=conversation.closed_at is not None,
        can_close=request.member.role in SENDERS,
        can_settle=request.member.role in LEADERS,
        contact_id=conversation.contact_id,
        written_for=written_for(conversation.contact),
    )


def tabs_context(tab: str) -> Context:
    """The counts beside the card tabs."""
    return {"tabs": listing.counts(), "tab": tab}


def list_context(request: MemberRequest, tab: Tab, order: Order, number: int = 1) -> Context:
    """One page of one tab, with the counts of all."""
    rows, has_more = listing.page(tab, order, number)
    here = {"tab": tab.value, "order": order.value}
    return tabs_context(tab.value) | {
        "rows": rows,
        "order": order.value,
        "next_page": f"?{urlencode(here | {'page': number + 1})}" if has_more else "",
        "answer_minutes": listing.answer_minutes(request.practice),
        "conversation": None,
        "opened": None,
    }


def thread_context(
    request: MemberRequest, conversation: Conversation, part: Slice, typed: Typed = NOTHING_TYPED
) -> Context:
    """A part of a thread with head, composer and panel. The number of queries does not depend on its length."""
    states = states_of(conversation)
    return messages_context(request, conversation, part) | {
        "doubt": doubt_of(conversation),
        "latest_url": thread_url(request, conversation.pk),
        "composer": composer_of(conversation, states, request.member, typed),
        "panel": panel_of(conversation, states, request.member),
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


def messages_context(request: MemberRequest, conversation: Conversation, part: Slice) -> Context:
    """A part of a thread alone."""
    person, messages = _shown(request, conversation, part.items)
    return {
        "conversation": head_of(conversation, person, request),
        "messages": messages,
        "first_unread": next((one for one in messages if one.unseen), None),
        "has_older": part.has_older,
        "reaches_end": part.reaches_end,
        "last_message": part.last_arrived,
    }


def composer_context(request: MemberRequest, conversation: Conversation, typed: Typed) -> Context:
    """The composer alone, after something was refused."""
    warm(people_rows(conversation.contact))
    person = person_of(conversation.contact)
    composer = composer_of(conversation, states_of(conversation), request.member, typed)
    return {"conversation": head_of(conversation, person, request), "composer": composer}


def message_context(
    request: MemberRequest, conversation: Conversation, message: Message, *, is_whole: bool = False
) -> Context:
    """One message alone, as it stands in its thread now; `is_whole`: however long its text is."""
    person, [line] = _shown(request, conversation, [message])
    line.shows_word = line.shows_word and not thread.follows_one_of_ours(conversation, message)
    if is_whole and line.is_cut and not line.edited:
        line.body, line.is_cut = message.body or "", False
    return {"conversation": head_of(conversation, person, request), "message": line}


def _shown(request: MemberRequest, conversation: Conversation, items: Sequence[Item]) -> tuple[Person, list[Shown]]:
    """With whom the conversation is, and items of it as the thread shows them; one query for all keys."""
    beside = thread.belongings(items)
    warm([*people_rows(conversation.contact), *sealed_rows(items, beside)])
    person = person_of(conversation.contact)
    setting = Setting(person, reader_of(request), beside, sent_again(items), concerned_names(conversation))
    return person, shown(items, conversation, setting)


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
    ended_badly = {resend_id(one): one.pk for one in items if isinstance(one, Message) and can_be_sent_again(one)}
    if not ended_badly:
        return set()
    repeated = Message.objects.filter(client_id__in=ended_badly).values_list("client_id", flat=True)
    return {ended_badly[client_id] for client_id in repeated if client_id}


def thread_url(request: MemberRequest, conversation_id: UUID) -> str:
    return reverse("inbox:thread", kwargs={"practice": request.practice.slug, "conversation_id": conversation_id})


def posted_id(request: MemberRequest, name: str) -> UUID | None:
    """What is posted under a name, if it is an id."""
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        return None
