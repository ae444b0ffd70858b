"""What is committed at the very moment somebody answers or closes is seen, whichever of the two came first."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone

from consent.purposes import Purpose
from messaging.actions import send_stored_file, send_text
from messaging.inbound.drain import drain
from messaging.models import Conversation, MediaFile, Message
from messaging.waiting_files import KEPT, keep_file, tidy
from practices.models import Member, Role
from practices.scope import practice_scope
from tests.consent_factories import opt_in
from tests.messaging.factories import Line, message, now
from tests.messaging.files import PDF
from tests.messaging.sending import decide
from tests.people import login, make_member

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}
SECONDS = 10


@pytest.fixture
def desk(line: Line, client: Client) -> Client:
    """Anna's browser."""
    login(client, make_member(line.practice, Role.RECEPTION, name="Anna Arnold"))
    return client


@pytest.fixture
def jonas(line: Line) -> Member:
    return make_member(line.practice, Role.RECEPTION, name="Jonas Fechner")


@pytest.fixture
def shown(line: Line) -> Message:
    """What the patient wrote and Anna's page shows."""
    line.deliver(message("Wann?", timestamp=now()))
    with practice_scope(line.practice.pk), transaction.atomic():
        opt_in(Conversation.objects.get().contact)
        return Message.objects.inbound().get()


@contextmanager
def uncommitted(line: Line, deed: Callable[[], object]) -> Iterator[threading.Event]:
    """A deed is done in a transaction of its own, which ends once the event is set."""
    is_done, may_commit = threading.Event(), threading.Event()

    def do() -> None:
        try:
            with practice_scope(line.practice.pk), transaction.atomic():
                deed()
                is_done.set()
                may_commit.wait(SECONDS)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        doing = threads.submit(do)
        assert is_done.wait(SECONDS), doing.exception(0)
        yield may_commit
        may_commit.set()
        doing.result(SECONDS)


def pressed_meanwhile(line: Line, deed: Callable[[], object], press: Callable[[], Any]) -> Any:
    """The answer to what somebody presses while a deed is not committed yet, which it is once the page waits for it."""
    with ThreadPoolExecutor(1) as threads, uncommitted(line, deed) as may_commit:
        pressed = threads.submit(lambda: _alone(press))
        while not pressed.done() and not somebody_waits():
            threading.Event().wait(0.02)
        may_commit.set()
        return _answer(pressed)


def _alone(press: Callable[[], Any]) -> Any:
    try:
        return press()
    finally:
        connections.close_all()


def _answer(pressed: "Future[Any]") -> Any:
    return pressed.result(SECONDS)


def somebody_waits() -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select exists (select from pg_locks where not granted)")
        return bool(cursor.fetchone()[0])


def address(conversation_id: UUID, deed: str) -> str:
    return f"/p/morgenthal/inbox/{conversation_id}/{deed}/"


def texts(line: Line) -> list[str | None]:
    with practice_scope(line.practice.pk), transaction.atomic():
        return [one.body for one in Message.objects.filter(kind="free_text").order_by("pk")]


def waiting_since(line: Line) -> tuple[Any, Any]:
    """Since when the thread waits, and the time of the patient's newest message."""
    with practice_scope(line.practice.pk), transaction.atomic():
        newest = Message.objects.inbound().order_by("-pk")[0]
        return Conversation.objects.get().waiting_since, newest.at


def test_two_colleagues_who_answer_at_once_do_not_answer_twice(
    line: Line, desk: Client, jonas: Member, shown: Message
) -> None:
    def jonas_answers() -> None:
        here = Conversation.objects.with_people().get()
        send_text(conversation=here, body="Um 9 Uhr.", purpose=Purpose.ORGANISATION, by=jonas)

    form = {"body": "Um 10 Uhr.", "after": shown.pk}
    answer = pressed_meanwhile(
        line, jonas_answers, lambda: desk.post(address(shown.conversation_id, "reply"), form, headers=HTMX)
    )

    assert (answer.status_code, answer.context["composer"].overtaken.text) == (422, "Um 9 Uhr.")
    assert texts(line) == ["Um 9 Uhr."]


@pytest.mark.parametrize("deed", ["reply", "closure"])
def test_a_message_that_arrives_while_the_button_is_pressed_still_waits(
    line: Line, desk: Client, shown: Message, deed: str
) -> None:
    line.post(json.dumps(message("Und noch etwas", timestamp=str(int(now()) + 1))).encode())

    answer = pressed_meanwhile(
        line,
        lambda: drain(1),
        lambda: desk.post(address(shown.conversation_id, deed), {"body": "Um 9 Uhr.", "after": shown.pk}, headers=HTMX),
    )

    since, newest = waiting_since(line)
    assert (answer.status_code, since) == ({"reply": 204, "closure": 422}[deed], newest)


def test_a_file_that_is_being_sent_is_not_tidied_away_beneath_its_message(
    line: Line, jonas: Member, shown: Message
) -> None:
    decide(line, files_in_chat=True)
    with practice_scope(line.practice.pk), transaction.atomic():
        conversation = Conversation.objects.with_people().get()
        opt_in(conversation.contact, [Purpose.BEHANDLUNG])
        row = keep_file(conversation=conversation, upload=SimpleUploadedFile("plan.pdf", PDF), by=jonas)

    def jonas_sends() -> None:
        here = Conversation.objects.with_people().get()
        send_stored_file(conversation=here, file=row, caption="", purpose=Purpose.BEHANDLUNG, by=jonas)

    with uncommitted(line, jonas_sends), practice_scope(line.practice.pk):
        removed = tidy(now=timezone.now() + 2 * KEPT)

    with practice_scope(line.practice.pk), transaction.atomic():
        assert (removed, MediaFile.objects.get().message) == (0, Message.objects.filter(direction="out").latest("pk"))
