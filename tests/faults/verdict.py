"""What must hold after the run, counted in the database, at the stand-in and in the browsers."""

import re
from collections import Counter
from dataclasses import asdict, dataclass
from io import StringIO
from typing import Any

import httpx
from django.core.management import call_command
from django.db import transaction

from consent.gate import Kind
from messaging import deliveries
from messaging.models import Message, SendAttempt
from messaging.wamids import wamid_hash
from practices.models import Change
from practices.scope import practice_scope
from tests.faults.browsers import Browser
from tests.faults.opening import Opened
from tests.faults.postman import Post
from tests.faults.progress import say

REPLY = re.compile(r"Antwort (\d+)")
UNSETTLED = (Message.State.QUEUED, Message.State.SENDING)
HANDED_OVER = {Message.State.SENT, Message.State.DELIVERED, Message.State.READ}


@dataclass(frozen=True)
class Verdict:
    """The last line of the fault run, with exactly these names (design.md section 2)."""

    sent: int
    acknowledged: int
    missing: int
    processed_twice: int
    sent_twice: int
    unprocessed: int
    ledger_ok: bool
    stream_gaps: int
    crash_points: int
    ok: bool

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def waiting(opened: list[Opened]) -> int:
    """Deliveries that are pending, and messages that are queued."""
    return sum(counts["pending"] + unsettled[0] for counts, unsettled in map(_work, opened))


def on_their_way(opened: list[Opened]) -> int:
    """Messages claimed by somebody whose outcome is not known yet."""
    return sum(_work(one)[1][1] for one in opened)


def _work(one: Opened) -> tuple[dict[str, int], tuple[int, int]]:
    with practice_scope(one.practice_id), transaction.atomic():
        states = Counter(Message.objects.filter(state__in=UNSETTLED).values_list("state", flat=True))
        return deliveries.counts(), (states[Message.State.QUEUED], states[Message.State.SENDING])


def missing(opened: list[Opened], post: Post) -> int:
    """Acknowledged webhooks that became no message."""
    return sum(_missing(one, post) for one in opened)


def _missing(one: Opened, post: Post) -> int:
    with practice_scope(one.practice_id), transaction.atomic():
        known = {bytes(hashed) for hashed in _inbound().values_list("wamid_hash", flat=True)}
        mine = [wamid for wamid in post.acknowledged if post.sent[wamid].line is one.line]
        return sum(wamid_hash(wamid) not in known for wamid in mine)


def processed_twice(opened: list[Opened]) -> int:
    """Messages that stand there more than once, and strangers who were asked for consent more than once."""
    return sum(_processed_twice(one) for one in opened)


def _processed_twice(one: Opened) -> int:
    with practice_scope(one.practice_id), transaction.atomic():
        texts = Counter(message.body for message in _inbound())
        asked = Counter(Message.objects.filter(kind=Kind.OPT_IN_PROMPT).values_list("contact_id", flat=True))
    return surplus(texts) + surplus(asked)


def _inbound() -> Any:
    return Message.objects.filter(direction=Message.Direction.INBOUND)


def sent_twice(opened: list[Opened], simulator: str) -> int:
    """Messages the stand-in accepted more than once, by attempt; one that we know nothing of counts as well."""
    calls = httpx.get(f"{simulator}/control/sent", timeout=30).json()
    attempts = [
        call["body"]["biz_opaque_callback_data"] for call in calls if "biz_opaque_callback_data" in call["body"]
    ]
    known = dict(pair for one in opened for pair in _attempts(one))
    unknown = [attempt for attempt in attempts if attempt not in known]
    return surplus(Counter(known.get(attempt, "") for attempt in attempts if attempt in known)) + len(unknown)


def _attempts(one: Opened) -> list[tuple[str, str]]:
    with practice_scope(one.practice_id), transaction.atomic():
        return [(str(attempt), str(message)) for attempt, message in SendAttempt.objects.values_list("pk", "message")]


def not_sent(opened: list[Opened]) -> int:
    """Messages that failed or were cancelled, although nothing forbade any of them."""
    return sum(_not_sent(one) for one in opened)


def _not_sent(one: Opened) -> int:
    with practice_scope(one.practice_id), transaction.atomic():
        return Message.objects.filter(state__in=(Message.State.FAILED, Message.State.CANCELLED)).count()


def unresolved(opened: list[Opened], simulator: str) -> int:
    """Messages the stand-in accepted that do not stand as sent here: a status must have settled each."""
    calls = httpx.get(f"{simulator}/control/sent", timeout=30).json()
    accepted = {call["body"].get("biz_opaque_callback_data") for call in calls} - {None}
    return sum(_unresolved(one, accepted) for one in opened)


def _unresolved(one: Opened, accepted: set[str]) -> int:
    with practice_scope(one.practice_id), transaction.atomic():
        attempts = SendAttempt.objects.exclude(message__state__in=HANDED_OVER)
        return len(accepted & {str(pk) for pk in attempts.values_list("pk", flat=True)})


def out_of_order(simulator: str) -> int:
    """Replies the stand-in accepted after a later one to the same person; their numbers alternate between practices."""
    last: Counter[tuple[int, str]] = Counter()
    late = 0
    for call in httpx.get(f"{simulator}/control/sent", timeout=30).json():
        if found := REPLY.fullmatch(call["body"].get("text", {}).get("body", "")):
            number = int(found.group(1))
            thread = number % 2, call["body"]["to"]
            late += number < last[thread]
            last[thread] = max(number, last[thread])
    return late


def unprocessed(opened: list[Opened]) -> int:
    """Deliveries not read, unreadable or failed, and messages neither sent nor settled."""
    left = 0
    for counts, unsettled in map(_work, opened):
        left += counts["pending"] + counts["failed"] + counts["unreadable"] + sum(unsettled)
    return left


def ledger_ok() -> bool:
    """Whether the ledger of every practice verifies."""
    try:
        call_command("ledger", "verify", "--json", stdout=StringIO())
    except SystemExit:
        return False
    return True


def stream_gaps(opened: list[Opened], browsers: list[Browser]) -> int:
    """Committed changes, since a browser was there, that none of their practice ever heard of."""
    return sum(_gaps(one, [browser for browser in browsers if browser.practice is one]) for one in opened)


def _gaps(one: Opened, browsers: list[Browser]) -> int:
    there_since = min(browser.first_heard_at or float("inf") for browser in browsers)
    with practice_scope(one.practice_id), transaction.atomic():
        changes = [(row.kind, str(row.ref), row.at.timestamp()) for row in Change.objects.all()]
    told = [change for change in changes if change[2] >= there_since]
    return sum(not any(browser.has_heard(*change) for browser in browsers) for change in told)


def surplus(counted: "Counter[Any]") -> int:
    """How many there are beyond one of each."""
    return sum(count - 1 for count in counted.values())


def details(opened: list[Opened]) -> None:
    """States of all outgoing messages, for whoever reads along."""
    for one in opened:
        with practice_scope(one.practice_id), transaction.atomic():
            mine = Message.objects.filter(direction=Message.Direction.OUTBOUND)
            states = Counter(mine.values_list("state", flat=True))
            say(f"{one.line.practice.slug}: {deliveries.counts()} {dict(states)}")
