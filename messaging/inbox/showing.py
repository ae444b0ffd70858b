"""Rows → what the message templates document (templates/messaging/_message.html). Asks the database nothing by itself:
the slice brought decorations, files, quotes and authors along, and `warm` loads all keys with one query.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext as _

from consent.gate import Kind
from messaging.inbox import kinds, reasons
from messaging.inbox.files import File, file_of
from messaging.inbox.persons import Person
from messaging.inbox.thread import Item
from messaging.inbox.wording import line_of, shortened
from messaging.models import Conversation, Message, Note
from practices.sealed import warm

LATE_AFTER = timedelta(minutes=10)
QUOTE_CHARACTERS = 200
REACTION_WORDS = {
    "👍": _("Daumen hoch"),
    "❤": _("Herz"),
    "😂": _("lacht"),
    "🙏": _("dankt"),
    "😮": _("staunt"),
    "😢": _("traurig"),
}
TITLED = {Kind.CONFIRMATION, Kind.OPT_IN_PROMPT, Kind.CANNED_REPLY, Kind.NUMBER_CHECK}


@dataclass(frozen=True)
class Quote:
    pk: UUID | None
    author: str
    text: str


@dataclass(frozen=True)
class Reaction:
    emoji: str
    name: str
    word: str


@dataclass(frozen=True)
class Shown:
    """One message, note or system line as the thread shows it. Times are UTC."""

    pk: UUID
    at: datetime
    kind: str
    from_us: bool = False
    state: str = ""
    author: str = ""
    body: str = ""
    title: str = ""
    footer: str = ""
    details: list[str] = field(default_factory=list)
    buttons: list[tuple[str, bool]] = field(default_factory=list)
    media: File | None = None
    quote: Quote | None = None
    reactions: list[Reaction] = field(default_factory=list)
    referral: dict[str, str] | None = None
    edited: bool = False
    earlier: list[str] = field(default_factory=list)
    revoked: bool = False
    unseen: bool = False
    written_at: datetime | None = None
    reason: str = ""
    next_step: str = ""
    hint: str = ""
    shows_word: bool = False
    resend_url: str = ""
    settle_url: str = ""
    reaction_url: str = ""
    can_be_quoted: bool = False


@dataclass(frozen=True)
class Reader:
    """For whom a thread is shown: addresses need the practice's slug, deeds the right to send."""

    slug: str
    can_send: bool


def shown(
    items: Sequence[Item], conversation: Conversation, person: Person, reader: Reader, resent: Iterable[UUID] = ()
) -> list[Shown]:
    """What the thread shows, in the same order. `resent` are ids of messages that have been sent again already."""
    warm(sealed_rows(items))
    sent_again = frozenset(resent)
    lines = [_show(item, person, reader, sent_again) for item in items]
    chosen = {(item.quoted_id, item.body) for item in items if isinstance(item, Message) and kinds.is_tap(item)}
    unseen = set(unseen_of(items, conversation)) if reader.can_send else set()
    return [
        replace(
            line,
            shows_word=line.from_us and not (line is not lines[-1] and lines[number + 1].from_us),
            buttons=[(text, (line.pk, text) in chosen) for text, _chosen in line.buttons],
            unseen=line.pk in unseen,
        )
        for number, line in enumerate(lines)
    ]


def unseen_of(items: Sequence[Item], conversation: Conversation) -> list[UUID]:
    """What the patient wrote since somebody of the team last looked: all of it since our last answer."""
    unseen: list[UUID] = []
    if conversation.seen_at is not None:
        return unseen
    for item in reversed(items):
        if isinstance(item, Message) and item.direction == Message.Direction.INBOUND:
            unseen.append(item.pk)
        elif isinstance(item, Message) and item.origin != Message.Origin.AUTOMATIC:
            break
    return unseen[::-1]


def sealed_rows(items: Iterable[Item]) -> list[Model]:
    """Every row that will be opened to show these items."""
    rows: list[Model] = []
    for item in items:
        rows.append(item)
        if isinstance(item, Message):
            rows += [*item.decorations.all(), *item.media.all(), *([item.quoted] if item.quoted else [])]
    return rows


def _show(item: Item, person: Person, reader: Reader, sent_again: frozenset[UUID]) -> Shown:
    if isinstance(item, Note):
        return _note(item)
    if (line := kinds.system_line(item)) is not None:
        kind, text = line
        return Shown(pk=item.pk, at=item.at, kind=kind, body=text)
    return _message(item, person, reader, sent_again)


def _note(note: Note) -> Shown:
    """What staff told each other; without an author it is something Roger noted in the thread itself."""
    if note.written_by is None:
        return Shown(pk=note.pk, at=note.at, kind="system", body=note.body)
    return Shown(pk=note.pk, at=note.at, kind="note", body=note.body, author=note.written_by.user.name)


def _message(message: Message, person: Person, reader: Reader, sent_again: frozenset[UUID]) -> Shown:
    from_us = message.direction == Message.Direction.OUTBOUND
    wordings = _wordings(message)
    line = Shown(
        pk=message.pk,
        at=message.at,
        kind=kinds.kind_of(message),
        from_us=from_us,
        author=author_of(message),
        body=wordings[-1],
        details=kinds.details_of(message),
        media=next((file_of(row, reader.slug) for row in message.media.all()), None),
        quote=_quote(message, person),
        reactions=_reactions(message, person),
        referral=_referral(message),
        edited=message.edited_at is not None,
        earlier=wordings[:-1],
        revoked=message.revoked_at is not None,
        written_at=_written_at(message),
        hint=reasons.hint_of(message),
        reaction_url=_reaction_url(message, reader),
        can_be_quoted=reader.can_send and message.wamid_hash is not None,
    )
    return _with_our_part(line, message, reader, sent_again) if from_us else line


def _with_our_part(line: Shown, message: Message, reader: Reader, sent_again: frozenset[UUID]) -> Shown:
    """What only messages of ours have: their state and its reasons, the template's parts, ways to go on."""
    parts = kinds.template_parts(message)
    reason, next_step = reasons.why(message)
    can_resend = reader.can_send and kinds.can_be_sent_again(message) and message.pk not in sent_again
    can_settle = reader.can_send and message.state == Message.State.UNCONFIRMED
    return replace(
        line,
        state=message.state,
        title=_title(message),
        footer=parts.footer,
        buttons=[(text, False) for text in parts.buttons],
        reason=reason,
        next_step=next_step,
        resend_url=_url("resend", message, reader) if can_resend else "",
        settle_url=_url("settle", message, reader) if can_settle else "",
    )


def _title(message: Message) -> str:
    if message.template is not None:
        return message.template.name
    return str(Kind(message.kind).label) if message.kind in TITLED else ""


def author_of(message: Message) -> str:
    """Who of us wrote it; empty for the patient."""
    if message.direction == Message.Direction.INBOUND:
        return ""
    if message.sent_by is not None:
        return message.sent_by.user.name
    if message.origin == Message.Origin.PHONE_APP:
        return _("am Praxistelefon")
    return _("Schnittstelle") if message.origin == Message.Origin.API else _("automatisch")


def _wordings(message: Message) -> list[str]:
    """What the message said first, and after each edit; at least one, maybe empty."""
    edits = [one for one in message.decorations.all() if one.type == "edit"]
    return [message.body or "", *(one.body or "" for one in sorted(edits, key=lambda one: (one.at, one.pk)))]


def _quote(message: Message, person: Person) -> Quote | None:
    if message.quoted is not None:
        is_ours = message.quoted.direction == Message.Direction.OUTBOUND
        text = shortened(line_of(message.quoted)[0], QUOTE_CHARACTERS)
        return Quote(message.quoted.pk, _("Wir") if is_ours else person.name, text)
    if message.quoted_wamid:
        return Quote(None, "", _("Antwort auf eine Nachricht, die hier nicht vorliegt"))
    return None


def _reactions(message: Message, person: Person) -> list[Reaction]:
    """The last reaction of each side counts; an empty one took it back."""
    last: dict[str, Message] = {}
    for one in sorted(message.decorations.all(), key=lambda one: (one.at, one.pk)):
        if one.type == "reaction" and one.state not in reasons.NOT_ARRIVED:
            last[one.direction] = one
    return [_reaction(one, person) for one in last.values() if (one.content or {}).get("emoji")]


def _reaction(one: Message, person: Person) -> Reaction:
    emoji = str((one.content or {})["emoji"])
    name = person.name if one.direction == Message.Direction.INBOUND else author_of(one)
    return Reaction(emoji, name, REACTION_WORDS.get(emoji.rstrip("\ufe0f"), _("reagiert")))


def _referral(message: Message) -> dict[str, str] | None:
    referral = (message.content or {}).get("referral")
    if not referral:
        return None
    return {"headline": referral.get("headline") or "", "body": referral.get("body") or ""}


def _written_at(message: Message) -> datetime | None:
    """The provider's time where the message came much later (peers 20)."""
    if message.provider_at is None or message.direction == Message.Direction.OUTBOUND:
        return None
    return message.provider_at if message.received_at - message.provider_at > LATE_AFTER else None


def _reaction_url(message: Message, reader: Reader) -> str:
    can_react = reader.can_send and message.direction == Message.Direction.INBOUND and message.wamid_hash is not None
    return _url("reaction", message, reader) if can_react else ""


def _url(name: str, message: Message, reader: Reader) -> str:
    arguments = {"practice": reader.slug, "conversation_id": message.conversation_id, "message_id": message.pk}
    return reverse(f"inbox:{name}", kwargs=arguments)
