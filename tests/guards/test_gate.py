"""Nothing passes the gate by: by what the code says, and by what it does with a gate that is closed (C-09).

One place creates what is queued, one place hands over, one place asks. Whoever adds another is told here.
"""

import ast
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from consent.gate import RULES, Consent, Kind
from consent.models import ConsentState
from consent.purposes import Purpose
from messaging import outbox, receipts
from messaging.actions import send_automatic, send_file, send_reaction, send_template, send_text
from messaging.dispatch import SendingRefused
from messaging.inbox.reasons import CANCELLED
from messaging.models import Conversation, MediaFile, Message, SendAttempt, Template
from messaging.whatsapp.client import WhatsAppClient
from practices.models import AuditEvent, Member, Practice
from practices.scope import practice_scope
from tests.factories import make_member, make_practice
from tests.fakes import FakeWhatsApp
from tests.guards import tracked
from tests.messaging.factories import PATIENT, Line, make_line
from tests.messaging.files import PDF
from tests.messaging.inbox.desk import grant, make_contact, make_conversation, make_template, receive

CLIENT = {name for name in vars(WhatsAppClient) if not name.startswith("_")}
Function = ast.FunctionDef | ast.AsyncFunctionDef


# ── what the code says ──


def trees(*words: str) -> Iterator[tuple[str, ast.Module]]:
    """The modules in which one of these words stands; in no other can anything have such a name."""
    for path in tracked.modules():
        source = tracked.source(path)
        if any(word in source for word in words):
            yield path, ast.parse(source)


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def called(node: ast.AST) -> list[str]:
    """The last names of what is called inside, in the order of the text."""
    calls = sorted(
        (one for one in ast.walk(node) if isinstance(one, ast.Call)), key=lambda one: (one.lineno, one.col_offset)
    )
    return [one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "") for one in calls]


def names(node: ast.AST) -> set[str]:
    """Every name and attribute that is read or imported inside."""
    said = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    said |= {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    return said | {alias.name for one in ast.walk(node) if isinstance(one, ast.ImportFrom) for alias in one.names}


def is_queued(node: ast.AST | None) -> bool:
    """Whether an expression is the state QUEUED, by name or by word."""
    by_word = isinstance(node, ast.Constant) and node.value == "queued"
    return by_word or (isinstance(node, ast.Attribute) and node.attr == "QUEUED")


def test_c_09_only_the_dispatcher_asks_the_gate() -> None:
    askers = [
        path for path, tree in trees("may_send") if "may_send" in names(tree) and not path.startswith("consent/gate/")
    ]

    assert askers == ["messaging/dispatch.py"]


def test_c_09_only_the_outbox_hands_messages_over_and_only_the_receipts_mark_as_read() -> None:
    users = {
        path: CLIENT & set(called(tree))
        for path, tree in trees("connect", "WhatsAppClient")
        if {"connect", "WhatsAppClient"} & names(tree) and not path.startswith(("messaging/whatsapp/", "simulator/"))
    }
    senders = {path: used & {"send", "mark_read"} for path, used in users.items() if used & {"send", "mark_read"}}

    assert senders == {"messaging/outbox.py": {"send"}, "messaging/receipts.py": {"mark_read"}}


def test_nothing_but_the_border_speaks_http() -> None:
    libraries = {"httpx", "requests", "urllib3", "aiohttp", "http.client", "urllib.request"}
    speakers = {
        path
        for path, tree in trees(*libraries, "http", "urllib")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and libraries & {alias.name for alias in node.names})
        or (isinstance(node, ast.ImportFrom) and node.module in libraries)
    }

    rooms = {path for path in speakers if not path.startswith(("simulator/", "roger/"))}
    assert {path.rpartition("/")[0] for path in rooms} == {"messaging/whatsapp"}


def test_c_09_one_place_queues_and_asks_before_it_does() -> None:
    queueing = [
        (path, function.name, called(function))
        for path, tree in trees("queued", "QUEUED")
        for function in functions(tree)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and called(call)[:1] in (["create"], ["Message"], ["bulk_create"], ["update"], ["Entry"])
        and any(keyword.arg == "state" and is_queued(keyword.value) for keyword in call.keywords)
    ]

    assert [(path, name) for path, name, _calls in queueing] == [("messaging/actions.py", "_send")]
    [(_path, _name, calls)] = queueing
    assert calls.index("lock_contact") < calls.index("require_permission") < calls.index("create")


def test_only_the_outbox_puts_a_message_back_into_the_queue() -> None:
    """What it claimed itself and WhatsApp did not take; the next claim asks anew."""
    putting_back = [
        (path, function.name)
        for path, tree in trees("queued", "QUEUED")
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and any(is_queued(one) for one in _values(node))
    ]

    assert sorted(putting_back) == [("messaging/outbox.py", "_not_accepted"), ("messaging/outbox.py", "_retry_later")]


def _values(node: ast.Assign) -> list[ast.expr]:
    return list(node.value.elts) if isinstance(node.value, ast.Tuple) else [node.value]


def test_c_09_an_attempt_is_made_in_one_place_and_only_after_the_gate_was_asked() -> None:
    makers = [
        (path, function.name, called(function))
        for path, tree in trees("SendAttempt")
        for function in functions(tree)
        if "SendAttempt" in called(function)
    ]

    assert [(path, name) for path, name, _calls in makers] == [("messaging/outbox.py", "_permitted")]
    assert makers[0][2][0] == "require_permission"


# ── what it does ──

PLAIN = [{"type": "BODY", "text": "Guten Tag."}]


class WithTemplate(FakeWhatsApp):
    """A stand-in that knows one approved template."""

    @staticmethod
    def _config(line: Line, people: tuple[str, ...]) -> dict[str, Any]:
        config = FakeWhatsApp._config(line, people)
        approved = {"category": "UTILITY", "status": "approved", "components": PLAIN}
        config["numbers"][0]["templates"] = [{"id": "1", "name": "gruss", "language": "de"} | approved]
        return config


@pytest.fixture
def line(db: None) -> Line:
    return make_line(make_practice())


@pytest.fixture
def whatsapp(line: Line, settings: Any) -> Iterator[FakeWhatsApp]:
    fake = WithTemplate(line, PATIENT)
    limits = {"pair_burst": None, "pair_seconds": None, "throughput_per_second": None}
    fake.control("PUT", "faults", json={"limits": limits, "window": {"unseen": "open"}})
    settings.D360_TRANSPORT = fake
    yield fake
    fake.end()


@pytest.fixture
def conversation(line: Line, whatsapp: FakeWhatsApp) -> Iterator[Conversation]:
    """Somebody who agreed to everything has just written; the practice's scope stays open."""
    Practice.objects.update(files_in_chat=True, reply_after_stop=True)
    with practice_scope(line.practice.pk):
        conversation = make_conversation(line.channel, make_contact(PATIENT))
        grant(conversation.contact, *Purpose)
        receive(conversation)
        yield conversation


@pytest.fixture
def anna(line: Line) -> Member:
    return make_member(line.practice)


def text(to: Conversation, by: Member) -> object:
    return send_text(conversation=to, body="Gern.", purpose=Purpose.ORGANISATION, by=by)


def file(to: Conversation, by: Member) -> object:
    return send_file(
        conversation=to,
        content=io.BytesIO(PDF),
        mime_type="application/pdf",
        filename="Plan.pdf",
        size=len(PDF),
        caption="",
        purpose=Purpose.ORGANISATION,
        by=by,
    )


def emoji(to: Conversation, by: Member) -> object:
    target = to.messages.filter(direction="in").first()
    assert target
    return send_reaction(conversation=to, target=target, emoji="👍", purpose=Purpose.ORGANISATION, by=by)


def template_as(kind: Kind) -> Callable[[Conversation, Member], object]:
    def deed(to: Conversation, by: Member) -> object:
        found = Template.objects.first() or make_template(to.channel, "gruss", components=PLAIN)
        return send_template(conversation=to, template=found, rendered="Guten Tag.", components=[], by=by, kind=kind)

    return deed


def automatic(kind: Kind, purpose: Purpose | None = None) -> Callable[[Conversation, Member], object]:
    def deed(to: Conversation, by: Member) -> object:
        return send_automatic(conversation=to, kind=kind, body="Guten Tag.", purpose=purpose)

    return deed


def receipt(to: Conversation, by: Member) -> object:
    newest = to.messages.filter(direction="in").first()
    Conversation.objects.filter(pk=to.pk).update(receipt_up_to=newest, receipt_after=timezone.now() - timedelta(1))
    return receipts.send_due()


WAYS: dict[Kind, Callable[[Conversation, Member], object]] = {
    Kind.FREE_TEXT: text,
    Kind.MEDIA: file,
    Kind.REACTION: emoji,
    Kind.TEMPLATE: template_as(Kind.TEMPLATE),
    Kind.BULK: template_as(Kind.BULK),
    Kind.NUMBER_CHECK: template_as(Kind.NUMBER_CHECK),
    Kind.AUTOMATIC: automatic(Kind.AUTOMATIC, Purpose.ORGANISATION),
    Kind.CANNED_REPLY: automatic(Kind.CANNED_REPLY),
    Kind.OPT_IN_PROMPT: automatic(Kind.OPT_IN_PROMPT),
    Kind.CONFIRMATION: automatic(Kind.CONFIRMATION),
    Kind.AFTER_STOP: automatic(Kind.AFTER_STOP),
    Kind.READ_RECEIPT: receipt,
}


def stored() -> tuple[int, int, int, int]:
    ours = Message.objects.filter(direction="out").count()
    return ours, MediaFile.objects.count(), SendAttempt.objects.count(), AuditEvent.objects.count()


def test_every_kind_there_is_has_its_way_here() -> None:
    assert set(WAYS) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_c_09_a_closed_gate_leaves_nothing_of_any_kind(
    kind: Kind, conversation: Conversation, anna: Member, whatsapp: FakeWhatsApp
) -> None:
    Practice.objects.update(live_since=None)
    before = stored()

    try:
        WAYS[kind](conversation, anna)
    except SendingRefused as refused:
        assert refused.reason == "live"
    outbox.drain()

    assert (stored(), whatsapp.control("GET", "sent")) == (before, [])


def suit(kind: Kind, conversation: Conversation) -> None:
    """Let the person be one to whom this kind may go."""
    wanted = {Kind.OPT_IN_PROMPT: Consent.NONE, Kind.NUMBER_CHECK: Consent.PENDING, Kind.AFTER_STOP: Consent.WITHDRAWN}
    if kind in wanted:
        ConsentState.objects.update(state=wanted[kind])
    if kind == Kind.NUMBER_CHECK:
        conversation.contact.number_proven_at = None
        conversation.contact.save(update_fields=["number_proven_at"])


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.usefixtures("by_day")
def test_c_09_whatever_reached_the_stand_in_had_an_attempt_that_the_gate_allowed(
    kind: Kind, conversation: Conversation, anna: Member, whatsapp: FakeWhatsApp
) -> None:
    suit(kind, conversation)

    WAYS[kind](conversation, anna)
    outbox.drain()

    sent = [call["body"] for call in whatsapp.control("GET", "sent") if "biz_opaque_callback_data" in call["body"]]
    allowed = {str(pk): state for pk, state in SendAttempt.objects.values_list("pk", "outcome")}
    assert {body["biz_opaque_callback_data"]: "accepted" for body in sent} == allowed
    assert len(allowed) == (0 if kind == Kind.READ_RECEIPT else 1)


@pytest.fixture
def by_day(line: Line) -> None:
    """No hour is quiet, so that the test passes at night; and where it is Sunday here, the practice lives elsewhere."""
    now = timezone.now()
    places = ("Pacific/Kiritimati", "Europe/Berlin", "Pacific/Pago_Pago")
    awake = next(place for place in places if timezone.localtime(now, ZoneInfo(place)).weekday() != 6)
    Practice.objects.update(timezone=awake, quiet_from="00:00", quiet_until="00:00")


def test_the_thread_has_a_sentence_for_every_reason_a_message_is_taken_back_for() -> None:
    """Quiet hours take nothing back: what meets them waits."""
    stay_silent = {"quiet", "already_granted", "prompted_recently", "number_proven", "number_checked"}
    reasons = {rule.reason for rule in RULES} - stay_silent - {"purpose", "after_stop"}

    assert reasons - set(CANCELLED) == set()
