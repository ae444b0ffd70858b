"""Rows → what the message templates document (templates/messaging/_message.html). Asks the database nothing by itself:
the slice brought quotes and authors along, thread.belongings what else stands there, and one `warm` all keys.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from uuid import UUID

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.gate import Kind
from messaging.inbox import kinds, reasons
from messaging.inbox.addresses import address
from messaging.inbox.directions import figures_in_order
from messaging.inbox.document_panel import Led
from messaging.inbox.files import File, file_of
from messaging.inbox.marks import CANNOT_BE_SHOWN, LOOKS, KindLine, Ticks, help_title, kind_line, ticks_of
from messaging.inbox.persons import Person
from messaging.inbox.template_names import called
from messaging.inbox.templatetags.inbox import clock_time, day_phrase
from messaging.inbox.thread import Belongings, Item, Unread
from messaging.inbox.wording import line_of, named_line, shortened
from messaging.models import Message, Note
from messaging.resending import ENDED_BADLY

LONGEST_TEXT = 4_096  # characters, WhatsApp's own limit; what is longer is no message as people write them
CUT_AT = 1_000
LATE_AFTER = timedelta(minutes=10)
ONE_RUN = timedelta(minutes=5)
QUOTE_CHARACTERS = 200
REACTION_WORDS = {
    "👍": gettext_lazy("Daumen hoch"),
    "❤": gettext_lazy("Herz"),
    "😂": gettext_lazy("lacht"),
    "🙏": gettext_lazy("dankt"),
    "😮": gettext_lazy("staunt"),
    "😢": gettext_lazy("traurig"),
}
LINES = {"note", "system", "number_change"}
OF_NOBODY = {"template", "automatic"}  # kinds that nobody wrote by hand
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
    is_ours: bool = False


@dataclass(slots=True)
class Shown:
    """One message, note or system line as the thread shows it; `at` in the practice's time zone."""

    pk: UUID
    at: datetime
    kind: str
    from_us: bool = False
    state: str = ""
    look: str = ""
    url: str = ""
    day: str = ""
    author: str = ""
    concerns: str = ""
    body: str = ""
    kind_line: KindLine | None = None
    is_cut: bool = False
    cannot_be_shown: bool = False
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
    unseen_id: UUID | None = None  # itself, or the emoji on it, until somebody of the team has looked
    remarks: list[str] = field(default_factory=list)
    help_title: str = ""
    reason: str = ""
    next_step: str = ""
    ticks: Ticks | None = None
    shows_word: bool = False
    continues: bool = False
    moment: str = ""
    resend_url: str = ""
    settle_url: str = ""
    led: Led | None = None
    call_url: str = ""
    reaction_url: str = ""
    can_be_quoted: bool = False
    words_quoted: str = ""  # where its text alone does not say what is answered

    @property
    def unseen(self) -> bool:
        return self.unseen_id is not None

    @property
    def machine_time(self) -> str:
        return self.at.isoformat()

    @property
    def clock(self) -> str:
        return f"{self.at:%H:%M}"

    @property
    def is_line(self) -> bool:
        """Whether it stands between the messages (templates/messaging/_message_line.html)."""
        return self.kind in LINES

    @property
    def side(self) -> str:
        return "us" if self.from_us else "patient"

    @property
    def said_by(self) -> str:
        return _("von uns") if self.from_us else _("von der Person")

    @property
    def is_unsettled(self) -> bool:
        """Whether its state may still change."""
        return self.from_us and self.state != Message.State.READ

    @property
    def is_marked(self) -> bool:
        """Whether the slip has anything but a side, which many have not."""
        marks = self.continues or self.look or self.unseen_id
        return bool(marks) or self.is_unsettled or self.kind in OF_NOBODY

    @property
    def our_reaction(self) -> str:
        """The sign the practice reacted with, if it did; WhatsApp keeps one."""
        return next((_bare(one.emoji) for one in self.reactions if one.is_ours), "")

    @property
    def is_plain(self) -> bool:
        """Whether its text is all that stands on the slip, as with nearly every message."""
        marked = self.is_cut or self.revoked or self.reason or self.kind_line
        around = marked or self.quote or self.referral or self.media or self.led
        below = self.earlier or self.details or self.footer or self.buttons
        return bool(self.body) and not (around or below)


@dataclass(frozen=True)
class Reader:
    """For whom a thread is shown: addresses need the practice's slug, deeds the right to send."""

    slug: str
    can_send: bool


@dataclass(frozen=True)
class Setting:
    """What all messages of a part have in common. `resent`: ids of messages that have been sent again already;
    `names`: what to call the patients, where the contact writes for several; `led`: what became of the pages to which
    messages led; `unread`: what nobody has looked at yet, for who looks for the team."""

    person: Person
    reader: Reader
    beside: Belongings
    resent: Set[UUID] = frozenset()
    names: Mapping[UUID, str] = field(default_factory=dict)
    led: Mapping[UUID, Led] = field(default_factory=dict)
    unread: Unread | None = None


def shown(items: Sequence[Item], setting: Setting) -> list[Shown]:
    """What the thread shows, in the same order; the keys must be at hand (`sealed_rows`)."""
    lines = [_show(item, setting) for item in items]
    chosen = {(item.quoted_id, item.body) for item in items if isinstance(item, Message) and kinds.is_tap(item)}
    unseen = unseen_of(items, setting.unread, setting.beside)
    for line, item, following in zip_longest(lines, items, items[1:]):
        set_in_run(line, item, following)
        line.buttons = [(text, (line.pk, text) in chosen) for text, _chosen in line.buttons]
        line.unseen_id = unseen.get(line.pk)
    _say_days(lines)
    return lines


def set_in_run(line: Shown, item: Item, following: Item | None) -> None:
    """The last of ours says its tick as a word; what the same person goes on with at once moves together."""
    follows_ours = isinstance(following, Message) and following.direction == Message.Direction.OUTBOUND
    line.shows_word = line.from_us and not follows_ours
    line.continues = bool(line.url) and isinstance(following, Message) and _is_one_run(item, following)


def _is_one_run(item: Item, following: Message) -> bool:
    """Whether the same person wrote both, shortly after each other and on one day."""
    if not isinstance(item, Message) or following.type == "system" or following.at - item.at > ONE_RUN:
        return False
    same_writer = (item.direction, item.origin, item.sent_by_id) == (
        following.direction, following.origin, following.sent_by_id,
    )  # fmt: skip
    return same_writer and timezone.localtime(item.at).date() == timezone.localtime(following.at).date()


def _say_days(lines: list[Shown]) -> None:
    """Name the day above its first line."""
    known = None
    for line in lines:
        day = line.at.date()
        if day != known:
            line.day = day_phrase(line.at)
        known = day


def unseen_of(items: Sequence[Item], unread: Unread | None, beside: Belongings) -> dict[UUID, UUID]:
    """What the patient wrote since somebody of the team last looked, by the item where it stands: all of it since our
    last answer, and an emoji on that."""
    unseen: dict[UUID, UUID] = {}
    for item in items:
        if unread is None or not isinstance(item, Message) or not unread.holds(item):
            continue
        if item.direction == Message.Direction.INBOUND:
            unseen[item.pk] = item.pk
        elif emoji := [one.pk for one in beside.decorations.get(item.pk, []) if one.sets_emoji]:
            unseen[item.pk] = emoji[-1]
    return unseen


def sealed_rows(items: Iterable[Item], beside: Belongings) -> list[Model]:
    """Every row that will be opened to show these items."""
    rows: list[Model] = [*beside.files.values(), *chain.from_iterable(beside.decorations.values())]
    for item in items:
        rows.append(item)
        if isinstance(item, Message) and item.quoted:
            rows.append(item.quoted)
    return rows


def _show(item: Item, setting: Setting) -> Shown:
    if isinstance(item, Note):
        return _note(item)
    if (line := kinds.system_line(item)) is not None:
        kind, text = line
        return Shown(pk=item.pk, at=timezone.localtime(item.at), kind=kind, body=text)
    return _message(item, setting)


def _note(note: Note) -> Shown:
    """What staff told each other; without an author it is something Roger noted in the thread itself."""
    at = timezone.localtime(note.at)
    if note.written_by is None:
        return Shown(pk=note.pk, at=at, kind="system", body=note.body)
    return Shown(pk=note.pk, at=at, kind="note", body=note.body, author=note.written_by.user.name)


def _message(message: Message, setting: Setting) -> Shown:
    decorations, file = setting.beside.decorations.get(message.pk, []), setting.beside.files.get(message.pk)
    kind, wordings, reader = kinds.kind_of(message), _wordings(message, decorations), setting.reader
    can_be_answered = reader.can_send and message.wamid_hash is not None and message.revoked_at is None
    from_us, media = message.direction == Message.Direction.OUTBOUND, file_of(file, reader.slug) if file else None
    line = Shown(
        pk=message.pk,
        at=timezone.localtime(message.at),
        kind=kind,
        from_us=from_us,
        url=_url("message", message, reader),
        author=author_of(message),
        concerns=setting.names.get(message.concerns_patient_id, "") if message.concerns_patient_id else "",
        body=figures_in_order(cut(wordings[-1])),
        is_cut=len(wordings[-1]) > LONGEST_TEXT,
        kind_line=kind_line(kind, _title(message)),
        cannot_be_shown=kind in CANNOT_BE_SHOWN,
        details=kinds.details_of(message),
        media=media,
        quote=_quote(message, setting.person),
        reactions=_reactions(decorations, setting.person),
        referral=_referral(message),
        edited=message.edited_at is not None,
        earlier=[cut(one) for one in wordings[:-1]],
        revoked=message.revoked_at is not None,
        look="deleted" if message.revoked_at else "",
        remarks=_remarks(message),
        moment=_moment(message),
        reaction_url=_url("reaction", message, reader) if can_be_answered and not from_us else "",
        can_be_quoted=can_be_answered,
        words_quoted=named_line(message, media.file_name if media else "", QUOTE_CHARACTERS),
    )
    if line.from_us:
        _add_our_part(line, message, setting)
    return line


def _add_our_part(line: Shown, message: Message, setting: Setting) -> None:
    """What only messages of ours have: their state and its reasons, the template's parts, ways to go on."""
    parts, reader = kinds.template_parts(message), setting.reader
    line.state, line.ticks = message.state, ticks_of(message.state)
    line.look = line.look or LOOKS.get(Message.State(message.state), "")
    line.footer, line.buttons = parts.footer, [(text, False) for text in parts.buttons]
    line.reason, line.next_step = reasons.why(message)
    line.help_title = help_title(message.state)
    line.led = setting.led.get(message.pk)
    leads_nowhere = line.led is not None and line.led.state == "over"
    if reader.can_send and kinds.can_be_sent_again(message) and message.pk not in setting.resent and not leads_nowhere:
        line.resend_url = _url("resend", message, reader)
    if reader.can_send and message.state == Message.State.UNCONFIRMED:
        line.settle_url = _url("settle", message, reader)
    if reader.can_send and message.state in ENDED_BADLY:
        line.call_url = address("inbox:number", reader.slug, conversation_id=message.conversation_id)


def _title(message: Message) -> str:
    if message.template is not None:
        return called(message.template.name)
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


def cut(text: str) -> str:
    """The text as a thread shows it: the beginning of one without end; the whole is one press away."""
    return text if len(text) <= LONGEST_TEXT else f"{text[:CUT_AT]} …"


def _wordings(message: Message, decorations: Iterable[Message]) -> list[str]:
    """What the message said first, and after each edit; at least one, maybe empty."""
    return [message.body or "", *(one.body or "" for one in decorations if one.type == "edit")]


def _quote(message: Message, person: Person) -> Quote | None:
    if message.quoted is not None:
        is_ours = message.quoted.direction == Message.Direction.OUTBOUND
        text = shortened(line_of(message.quoted)[0], QUOTE_CHARACTERS)
        return Quote(message.quoted.pk, _("Wir") if is_ours else person.name, text)
    if message.quoted_wamid:
        return Quote(None, "", _("Antwort auf eine Nachricht, die hier nicht vorliegt"))
    return None


def _reactions(decorations: Iterable[Message], person: Person) -> list[Reaction]:
    """The last reaction of each side counts; an empty one took it back."""
    last: dict[str, Message] = {}
    for one in decorations:
        if one.type == "reaction" and one.state not in reasons.NOT_ARRIVED:
            last[one.direction] = one
    return [_reaction(one, person) for one in last.values() if (one.content or {}).get("emoji")]


def _reaction(one: Message, person: Person) -> Reaction:
    emoji = str((one.content or {})["emoji"])
    name = person.name if one.direction == Message.Direction.INBOUND else author_of(one)
    word = str(REACTION_WORDS.get(_bare(emoji), gettext_lazy("reagiert")))
    return Reaction(emoji, name, word, one.direction == Message.Direction.OUTBOUND)


def _bare(emoji: str) -> str:
    """Without the sign that asks for a coloured picture, which some telephones leave out."""
    return emoji.rstrip("\ufe0f")


def reaction_choices() -> list[tuple[str, str, str]]:
    """What staff may react with: the sign as it is sent, as `our_reaction` says it, and its name."""
    return [(f"{sign}\ufe0f" if sign == "❤" else sign, sign, str(word)) for sign, word in REACTION_WORDS.items()]


def _referral(message: Message) -> dict[str, str] | None:
    referral = (message.content or {}).get("referral")
    if not referral:
        return None
    return {"headline": referral.get("headline") or "", "body": referral.get("body") or ""}


def _moment(message: Message) -> str:
    """To the second, when it was written by WhatsApp's clock and when it was here, for whoever points at the time."""
    arrived = f"{timezone.localtime(message.received_at):%d.%m.%Y, %H:%M:%S}"
    if message.provider_at is None or message.direction == Message.Direction.OUTBOUND:
        return arrived
    written = f"{timezone.localtime(message.provider_at):%d.%m.%Y, %H:%M:%S}"
    return _("geschrieben %(written)s, angekommen %(arrived)s") % {"written": written, "arrived": arrived}


def _remarks(message: Message) -> list[str]:
    """What is said quietly below it: when it was written, where that was long before it came (peers 20), that it was
    edited, and how it goes or came."""
    remarks = [reasons.hint_of(message) or kinds.way_of(message)]
    if message.edited_at is not None and message.revoked_at is None:
        remarks.insert(0, _("bearbeitet"))
    written = message.provider_at if message.direction == Message.Direction.INBOUND else None
    if written and message.received_at - written > LATE_AFTER:
        time = clock_time(timezone.localtime(written))
        remarks.insert(0, _("um %(time)s geschrieben, später angekommen") % {"time": time})
    return [remark for remark in remarks if remark]


def _url(name: str, message: Message, reader: Reader) -> str:
    ids = {"conversation_id": message.conversation_id, "message_id": message.pk}
    return address(f"inbox:{name}", reader.slug, **ids)
