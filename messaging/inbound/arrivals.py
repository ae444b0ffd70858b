"""Messages of patients, and echoes of what staff wrote in the phone's own app, become rows.

A batch costs the same number of queries whatever it holds. 360dialog repeats a webhook until it sees 200, so any of
these may be here already: the wamids that are known are read first (the drain's lock makes that safe).
"""

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from django.db.models import OuterRef, Subquery

from consent.words import Meaning
from messaging import media, search
from messaging.clock import clamped
from messaging.contents import content_of
from messaging.inbound import consent, first_photos, stated_numbers
from messaging.inbound.people import contacts_of, conversations_of
from messaging.inbound.reading import Found, only, person_of
from messaging.models import Conversation, Message
from messaging.urgency import current_words, lifted
from messaging.wamids import wamid_hash
from messaging.whatsapp.payloads import (
    Echo,
    Edit,
    InboundMessage,
    Media,
    Reaction,
    RequestWelcome,
    Revoke,
    SystemChange,
)
from patients.identities import change_identity
from patients.models import Contact
from practices.live import changed_many
from practices.postgres.bulk import among, insert_many, unsaved, update_many, without_waiting

# What a person does without expecting an answer.
NO_ANSWER_OWED = (Reaction, Revoke, SystemChange, RequestWelcome)
CONVERSATION_COLUMNS = (
    *("last_message", "last_message_at", "last_inbound_at", "waiting_since"),
    *("seen_at", "seen_by", "closed_at", "closed_by", "possible_withdrawal_at", "urgent_at", "snoozed_until"),
)
Fresh: TypeAlias = tuple[Found, InboundMessage | Echo, bytes]  # with the keyed hash of its wamid


@dataclass(slots=True)
class Arrival:
    """One new message on its way into the thread."""

    event: InboundMessage | Echo
    found: Found
    contact: Contact
    conversation: Conversation
    message: Message
    meaning: Meaning | None = None  # for consent; None if it says nothing
    settled: bool = False  # the consent automation answered it, nobody owes one
    is_news: bool = True  # the team is to look: all that arrives but reactions to anything but our newest (ADR 27)

    @property
    def is_inbound(self) -> bool:
        return isinstance(self.event, InboundMessage)

    @property
    def owes_answer(self) -> bool:
        return self.is_inbound and not self.settled and not isinstance(self.event.content, NO_ANSWER_OWED)

    @property
    def answers(self) -> bool:
        """Whether staff wrote it on the phone to whoever waits: no emoji of theirs, nothing that is deleted."""
        return not self.is_inbound and not isinstance(self.event.content, NO_ANSWER_OWED)

    @property
    def takes_the_row(self) -> bool:
        """Whether the list shows it as what came last: an emoji on something older stands at its message alone, and so
        does each of ours (ADR 33)."""
        if not self.is_inbound:
            return not isinstance(self.event.content, Reaction)
        return self.is_news or not self.message.sets_emoji

    @property
    def opens_window(self) -> bool:
        """Only what the person wrote: no echo, no notice of WhatsApp's own (360dialog section 8)."""
        return isinstance(self.event, InboundMessage) and not isinstance(self.event.content, Reaction | SystemChange)


def store(found: list[Found]) -> None:
    """Store every message of these events that is not here yet, and let consent and screens follow."""
    fresh = _without_known([*only(found, InboundMessage), *only(found, Echo)])
    if not fresh:
        return
    contacts = contacts_of([person_of(event) for _, event, _ in fresh])
    arrivals = _in_conversations(fresh, contacts)
    _connect(arrivals)
    messages = [arrival.message for arrival in arrivals]
    with without_waiting():
        # What keeps the database busy for longest comes first: meanwhile the messages are sealed and read.
        search.index(messages, are_new=True)
        insert_many(messages)
        consent.read(arrivals)
    _adopt_waiting_decorations(messages)
    media.expect([(arrival.message, arrival.event.content) for arrival in arrivals])
    for arrival in arrivals:
        _change_identity(arrival)
        stated_numbers.follow(arrival)
    in_order = sorted(arrivals, key=lambda one: (one.message.at, one.message.id))
    _tell_news_from_reactions(in_order)
    _note(in_order)
    consent.follow(arrivals)
    first_photos.follow(in_order)
    _note_who_waits(in_order)
    _note_what_is_urgent(in_order)
    with without_waiting():
        _keep(in_order)
        changed_many(
            [("conversation", arrival.conversation.id) for arrival in arrivals]  # brings what is new
            + [("message", arrival.message.target_id) for arrival in arrivals if arrival.message.target_id]
        )


def _without_known(events: list[tuple[Found, InboundMessage | Echo]]) -> list[Fresh]:
    by_hash: dict[tuple[UUID, bytes], Fresh] = {}
    for found, event in events:
        hashed = wamid_hash(event.wamid)
        by_hash.setdefault((found.channel_id, hashed), (found, event, hashed))
    channels, hashes = {channel_id for channel_id, _ in by_hash}, {hashed for _, hashed in by_hash}
    known = Message.objects.filter(among("channel_id", channels), among("wamid_hash", hashes))
    for channel_id, known_hash in known.values_list("channel_id", "wamid_hash"):
        by_hash.pop((channel_id, _bytes(known_hash)), None)
    return list(by_hash.values())


def _in_conversations(fresh: list[Fresh], contacts: list[Contact]) -> list[Arrival]:
    channels = {found.channel_id: found.channel for found, _, _ in fresh}
    people: dict[UUID, dict[UUID, Contact]] = {channel_id: {} for channel_id in channels}
    for (found, _, _), contact in zip(fresh, contacts, strict=True):
        people[found.channel_id][contact.id] = contact
    conversations = {which: conversations_of(channels[which], writing) for which, writing in people.items()}
    arrivals = []
    for (found, event, hashed), contact in zip(fresh, contacts, strict=True):
        conversation = conversations[found.channel_id][contact.id]
        message = _message(event, found, conversation, hashed)
        if isinstance(event.content, Media):
            message.contact, message.channel = contact, conversation.channel  # the file has both
        arrivals.append(Arrival(event, found, contact, conversation, message))
    return arrivals


def _message(event: InboundMessage | Echo, found: Found, conversation: Conversation, hashed: bytes) -> Message:
    is_inbound = isinstance(event, InboundMessage)
    target = _target_wamid(event)
    quoted = event.context.quoted_wamid if event.context else None
    return unsaved(
        Message,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        channel_id=conversation.channel_id,
        direction=Message.Direction.INBOUND if is_inbound else Message.Direction.OUTBOUND,
        origin=Message.Origin.PATIENT if is_inbound else Message.Origin.PHONE_APP,
        state=Message.State.RECEIVED if is_inbound else Message.State.SENT,
        type=(event.type or "unknown")[:20],
        body=event.text,
        content=content_of(event),
        wamid=event.wamid,
        wamid_hash=hashed,
        quoted_wamid=quoted,
        target_wamid_hash=wamid_hash(target) if target else None,
        at=clamped(event.timestamp, found.delivery.received_at),
        provider_at=event.timestamp,
        received_at=found.delivery.received_at,
    )


def _target_wamid(event: InboundMessage | Echo) -> str | None:
    match event.content:
        case Reaction(target=wamid) | Edit(original=wamid) | Revoke(original=wamid):
            return wamid
    return None


def _connect(arrivals: list[Arrival]) -> None:
    """Point replies at what they quote, and reactions, edits and revokes at what they change, where we know it."""
    wanted = {hashed for arrival in arrivals for hashed in _references(arrival.message)}
    if not wanted:
        return
    known = {
        (message.conversation_id, _bytes(message.wamid_hash)): message
        for message in Message.objects.filter(among("wamid_hash", wanted)).only("pk", "conversation_id", "wamid_hash")
    }
    known |= {(one.conversation.pk, _bytes(one.message.wamid_hash)): one.message for one in arrivals}
    for arrival in arrivals:
        message = arrival.message
        if message.quoted_wamid:
            message.quoted = known.get((arrival.conversation.pk, wamid_hash(message.quoted_wamid)))
        if message.target_wamid_hash:
            message.target = known.get((arrival.conversation.pk, _bytes(message.target_wamid_hash)))
            _decorate(message)


def _references(message: Message) -> list[bytes]:
    quoted = [wamid_hash(message.quoted_wamid)] if message.quoted_wamid else []
    return [*quoted, *([_bytes(message.target_wamid_hash)] if message.target_wamid_hash else [])]


def _bytes(column: bytes | memoryview | None) -> bytes:
    """Django's types allow a binary column to be a view or nothing; psycopg gives bytes."""
    return bytes(column or b"")


def _decorate(decoration: Message) -> None:
    """Mark what was edited or deleted; its first wording stays (peers 24)."""
    column = {"edit": "edited_at", "revoke": "revoked_at"}.get(decoration.type)
    if decoration.target and column:
        setattr(decoration.target, column, decoration.at)
        Message.objects.filter(pk=decoration.target.pk).update(**{column: decoration.at})


def _adopt_waiting_decorations(messages: list[Message]) -> None:
    """A reaction, edit or revoke may arrive before the message it is about."""
    by_hash = {(message.conversation_id, _bytes(message.wamid_hash)): message for message in messages}
    waiting = Message.objects.filter(among("target_wamid_hash", {hashed for _, hashed in by_hash}), target=None)
    for decoration in waiting.in_order():
        decoration.target = by_hash.get((decoration.conversation_id, _bytes(decoration.target_wamid_hash)))
        if decoration.target:
            decoration.save(update_fields=["target"])
            _decorate(decoration)


def _change_identity(arrival: Arrival) -> None:
    """The number or account changed hands: nothing goes out until somebody has looked (360dialog section 6)."""
    content = arrival.event.content
    if isinstance(content, SystemChange):
        change_identity(
            arrival.contact, phone=content.phone, bsuid=content.user_id, parent_bsuid=content.parent_user_id
        )


def _tell_news_from_reactions(arrivals: list[Arrival]) -> None:
    """An emoji on our newest message answers it in a way, and is news; any other reaction, and one taken back, is not.

    One query where there are any.
    """
    reactions = [one for one in arrivals if one.is_inbound and isinstance(one.event.content, Reaction)]
    if not reactions:
        return
    ours = Message.objects.reached_a_phone().shown().filter(conversation=OuterRef("pk")).order_by("-at", "-pk")
    wanted = Conversation.objects.filter(among("pk", {one.conversation.pk for one in reactions}))
    newest = dict(wanted.values_list("pk", Subquery(ours.values("pk")[:1])))
    for one in reactions:
        one.is_news = one.message.sets_emoji and one.message.target_id == newest[one.conversation.pk]


def _note(arrivals: list[Arrival]) -> None:
    """What each conversation knows after these messages, before any rule answers."""
    for arrival in arrivals:
        conversation, message = arrival.conversation, arrival.message
        is_newest = conversation.last_message_at is None or message.at >= conversation.last_message_at
        if is_newest and arrival.takes_the_row:
            conversation.last_message, conversation.last_message_at = message, message.at
        if arrival.is_inbound and arrival.is_news:
            conversation.seen_at = conversation.seen_by = conversation.snoozed_until = None
        if arrival.opens_window and (conversation.last_inbound_at is None or message.at > conversation.last_inbound_at):
            conversation.last_inbound_at = message.at


def _note_who_waits(arrivals: list[Arrival]) -> None:
    for arrival in arrivals:
        conversation, since = arrival.conversation, arrival.conversation.waiting_since
        if arrival.answers:
            # An echo may come late: it answers what was written before it, not after.
            conversation.waiting_since = None if since is None or arrival.message.at >= since else since
        elif arrival.owes_answer:
            conversation.waiting_since = conversation.waiting_since or arrival.message.at
        if arrival.owes_answer or (arrival.is_news and arrival.message.sets_emoji):
            conversation.closed_at = conversation.closed_by = None


def _note_what_is_urgent(arrivals: list[Arrival]) -> None:
    """Lift whoever waits with a word of the practice's list; whom an echo has answered stands where others stand."""
    words, changed = current_words(), {}
    for arrival in arrivals:
        one, since = arrival.conversation, arrival.conversation.waiting_since
        before = (one.urgent_at, one.urgent_words if one.urgent_at else None)
        now = before if since else (None, None)
        if since and arrival.owes_answer and arrival.message.at >= since:
            now = lifted(before, words.found_in(arrival.event.text or ""), arrival.message.at)
        if now != before:
            one.urgent_at, one.urgent_words = now
            changed[one.pk] = one
    for conversation in changed.values():  # rare, and sealed: update_many writes plain columns
        conversation.save(update_fields=["urgent_words"])


def _keep(arrivals: list[Arrival]) -> None:
    conversations = {arrival.message.conversation_id: arrival.conversation for arrival in arrivals}
    update_many(list(conversations.values()), CONVERSATION_COLUMNS)
