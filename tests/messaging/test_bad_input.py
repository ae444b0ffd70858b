"""What nobody should send, sent anyway: a clear answer for whoever sees it, and nothing lost, doubled or stopped.

Elsewhere: the door's answers (test_webhook.py), times and characters of messages (test_inbound.py), files
(test_media.py), codes (test_consent_in_chat.py), the consent page (tests/consent/test_qr_page.py).
"""

import copy
import json
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from consent.actions import withdraw
from consent.models import Channel as ConsentChannel
from consent.models import ConsentEvent, ConsentState
from consent.purposes import Purpose
from messaging.actions import send_text
from messaging.models import Conversation, Message, MessageQuerySet, UnreadableEntry
from patients.models import Contact
from practices import doors
from practices.models import ApiToken, Door, Role
from practices.scope import practice_scope
from tests.at_once import at_once
from tests.consent_factories import opt_in
from tests.factories import make_practice
from tests.messaging.factories import Line, call, make_line, message, now, wamid
from tests.messaging.test_every_shape import for_us
from tests.people import login, make_member
from tests.webhooks import NAMES, ONE_OF_EACH_KIND
from tests.whole import rows

pytestmark = pytest.mark.django_db

ODD: list[Any] = [None, True, -1, 10**30, 2**31, 1e300, "", "x" * 5000, "\x00\ud800", {}, [], {"id": None}, [[None]]]


def received() -> MessageQuerySet:
    return Message.objects.filter(direction="in")


# ── the webhook ──


@pytest.mark.parametrize("path", ["", "x", "x/y", "..", "../../p/morgenthal/inbox", "%00", "ü" * 200])
def test_a_wrong_path_is_not_found_and_stores_nothing(line: Line, path: str) -> None:
    assert call(path, b"{}", {"HTTP_X_ROGER_WEBHOOK_SECRET": line.secret}) == "404 Not Found"
    assert line.deliveries() == []


@pytest.mark.parametrize("depth", [101, 5_000, 500_000])
def test_a_body_nested_too_deep_is_kept_and_the_next_one_is_read(line: Line, depth: int) -> None:
    deep = b'{"object": "x", "entry": ' + b"[" * depth + b"]" * depth + b"}"

    assert line.post(deep) == "200 OK"
    line.deliver(message("danach"))

    assert [delivery.state for delivery in line.deliveries()] == ["unreadable", "processed"]
    with practice_scope(line.practice.pk):
        assert [one.body for one in received()] == ["danach"]


@pytest.mark.parametrize("name", rows(NAMES, everyday=ONE_OF_EACH_KIND.__contains__))
def test_an_odd_value_anywhere_stops_neither_its_neighbours_nor_the_line(line: Line, name: str) -> None:
    recorded = json.loads(for_us(name, line))
    bodies = [odd_at(recorded, path, ODD[number % len(ODD)]) for number, path in enumerate(paths(recorded))]

    for body in bodies:
        assert line.post(json.dumps(body).encode()) == "200 OK"
    line.deliver(message("danach", phone="+4917139200" + "99"))

    assert [(one.state, one.error) for one in line.deliveries() if one.state in {"pending", "failed"}] == []
    with practice_scope(line.practice.pk):
        assert "danach" in [one.body for one in received()]


def paths(tree: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body, branches and leaves."""
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, part in parts:
        yield (*so_far, name)
        yield from paths(part, (*so_far, name))


def odd_at(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with fresh wamids and this value in that place."""
    written = re.sub(r"wamid\.HBgMNDkxNzEzOTIwMDExFQIA[A-Za-z0-9+/=]+", lambda _: wamid(), json.dumps(body))
    changed = json.loads(written)
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = copy.deepcopy(value)
    return changed


def test_a_body_for_another_channel_of_the_same_practice_is_kept_apart(line: Line) -> None:
    other = make_line(line.practice, number="1000000002", waba="2000000002")

    line.deliver(message("nicht für diese Nummer", line=other))

    assert [(one.state, one.error) for one in line.deliveries()] == [("unreadable", "foreign_number")]
    with practice_scope(line.practice.pk):
        assert (received().count(), UnreadableEntry.objects.count()) == (0, 1)


# ── codes by the hundred ──


@pytest.mark.usefixtures("standing_clock")
def test_five_hundred_codes_from_one_address_are_stopped_and_another_address_is_not(client: Client) -> None:
    def knock(address: str) -> int:
        path = f"/q/{doors.new_token()}"
        return client.get(path, REMOTE_ADDR=address).status_code

    answers = [knock("203.0.113.7") for _ in range(500)]

    assert answers == [404] * 30 + [429] * 470
    assert knock("198.51.100.9") == 404


def test_a_hundred_wrong_codes_from_one_number_grant_nothing_and_are_all_kept(line: Line) -> None:
    code = "Meine Nachricht an die Praxis. Code: {}-{}"
    guesses = [message(code.format(*(random_group() for _ in range(2))), timestamp=now()) for _ in range(100)]

    line.deliver(*guesses)

    with practice_scope(line.practice.pk):
        assert received().count() == 100
        assert ConsentEvent.objects.count() == 0
        assert list(ConsentState.objects.all()) == []
        assert Message.objects.filter(direction="out").count() <= 1  # the question for consent, once


def random_group() -> str:
    return "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(4))


# ── replies that must not go out ──


@pytest.fixture
def conversation(line: Line) -> Conversation:
    """Somebody who agreed and has just written."""
    line.deliver(message("Hallo", timestamp=now()))
    with practice_scope(line.practice.pk):
        opt_in(Contact.objects.get())
        Message.objects.filter(direction="out").delete()
        return Conversation.objects.with_people().get()


@pytest.fixture
def desk(line: Line, client: Client) -> Client:
    login(client, make_member(line.practice, Role.RECEPTION, name="Anna Arnold"))
    return client


@pytest.fixture
def api(line: Line, client: Client) -> Callable[[str, bytes | str], Any]:
    """POST a raw body to the practice's API."""
    token = doors.new_token()
    with practice_scope(line.practice.pk):
        row = ApiToken.objects.create(name="Praxissoftware", scope=ApiToken.Scope.WRITE)
    doors.install(Door.Kind.API, token, leads_to=line.practice, object_id=row.pk)

    def post(path: str, body: bytes | str) -> Any:
        headers = {"authorization": f"Bearer {token}"}
        return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    return post


def close_window(conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(last_inbound_at=timezone.now() - timedelta(hours=25))


def withdraw_all(conversation: Conversation) -> None:
    withdraw(
        contact=conversation.contact,
        channel=ConsentChannel.STAFF_PHONE,
        act={"note": "am Telefon"},
        occurred_at=timezone.now(),
    )


def block(conversation: Conversation) -> None:
    Contact.objects.filter(pk=conversation.contact_id).update(blocked_at=timezone.now())


HINDRANCES = [(close_window, "window"), (withdraw_all, "consent"), (block, "blocked")]


@pytest.mark.parametrize(("hinder", "reason"), HINDRANCES)
def test_a_reply_that_must_not_go_out_is_refused_with_a_sentence_and_nothing_is_stored(
    line: Line, desk: Client, conversation: Conversation, hinder: Callable[[Conversation], None], reason: str
) -> None:
    with practice_scope(line.practice.pk):
        hinder(conversation)

    address = f"/p/morgenthal/inbox/{conversation.pk}/reply/"
    answer = desk.post(address, {"body": "Bis morgen um neun"}, headers={"HX-Request": "true"})

    composer = answer.context["composer"]
    assert (answer.status_code, composer.text) == (422, "Bis morgen um neun")
    assert [bool(sentence) for sentence in composer.errors] == [True]
    with practice_scope(line.practice.pk):
        assert Message.objects.filter(origin="staff").count() == 0


@pytest.mark.parametrize(("hinder", "reason"), HINDRANCES)
def test_the_api_is_refused_for_the_same_reasons(
    line: Line, api: Callable[..., Any], conversation: Conversation, hinder: Callable[..., None], reason: str
) -> None:
    with practice_scope(line.practice.pk):
        hinder(conversation)
    wanted = {"client_id": str(uuid4()), "text": "Bis morgen um neun", "purpose": "organisation"}

    answer = api(f"conversations/{conversation.pk}/messages/", json.dumps(wanted))

    assert (answer.status_code, answer.json()["refusal"]["reason"]) == (422, reason)
    with practice_scope(line.practice.pk):
        assert Message.objects.filter(origin="api").count() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"[" * 100_000,
        b'{"text": {"a": 1}, "client_id": [], "purpose": 7}',
        b'{"client_id": "01900000-0000-7000-8000-000000000000", "purpose": "organisation", "text": "\\ud800"}',
        b'{"client_id": "01900000-0000-7000-8000-000000000000", "purpose": "organisation", "text": "a\\u0000b"}',
        b'{"client_id": "01900000-0000-7000-8000-000000000000", "purpose": "x", "text": "\xff\xfe"}',
    ],
    ids=["nothing", "broken", "null", "a list", "deep", "other types", "a surrogate", "a NUL", "no UTF-8"],
)
def test_the_api_says_400_to_what_it_cannot_read(
    line: Line, api: Callable[..., Any], conversation: Conversation, body: bytes
) -> None:
    answer = api(f"conversations/{conversation.pk}/messages/", body)

    assert answer.status_code == 400
    with practice_scope(line.practice.pk):
        assert Message.objects.filter(origin="api").count() == 0


@pytest.mark.parametrize("typed", ["%ED%A0%80", "%00", "%FF%FE", "a%00b%0D%0Ac"])
def test_bytes_that_are_no_text_are_answered_by_every_form_and_search(
    desk: Client, conversation: Conversation, typed: str
) -> None:
    form = "application/x-www-form-urlencoded"

    assert desk.get(f"/p/morgenthal/inbox/?q={typed}").status_code == 200
    assert desk.get(f"/p/morgenthal/inbox/?q={typed}&parts=1").status_code == 200
    reply = desk.post(f"/p/morgenthal/inbox/{conversation.pk}/reply/", f"body={typed}", content_type=form)
    assert reply.status_code in {303, 422}
    assert Client().post("/login/", f"username={typed}&password={typed}", content_type=form).status_code == 422


def test_a_text_of_64000_characters_is_refused_when_it_is_typed(
    line: Line, desk: Client, conversation: Conversation
) -> None:
    answer = desk.post(f"/p/morgenthal/inbox/{conversation.pk}/reply/", {"body": "ä" * 64_000})

    assert answer.status_code == 422
    assert "WhatsApp nimmt höchstens 4096 Zeichen." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_browsers_that_send_the_same_reply_at_the_same_moment_send_one() -> None:
    practice = make_practice()
    with transaction.atomic():
        line = make_line(practice)
    line.deliver(message("Hallo", timestamp=now()))
    with practice_scope(practice.pk), transaction.atomic():
        opt_in(Contact.objects.get())
        conversation = Conversation.objects.with_people().get()
    once = partial(
        send_text,
        conversation=conversation,
        body="Ja, um neun.",
        purpose=Purpose.ORGANISATION,
        by=None,
        client_id=uuid4(),
    )

    errors = at_once(practice, [lambda: once(conversation=fresh(conversation)) for _ in range(8)])

    assert errors == []
    with practice_scope(practice.pk), transaction.atomic():
        assert [one.body for one in Message.objects.filter(origin="staff")] == ["Ja, um neun."]


def fresh(conversation: Conversation) -> Conversation:
    """As each browser's own request would have it."""
    with transaction.atomic():
        return Conversation.objects.with_people().get(pk=conversation.pk)
