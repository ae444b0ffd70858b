"""The practice's API: its token opens its own rows, read and write apart, and sending asks the same gate."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.models import Conversation, Message
from patients.models import Contact
from practices import doors
from practices.models import ApiToken, Door
from practices.scope import practice_scope
from tests.consent_factories import opt_in
from tests.factories import make_practice
from tests.messaging.factories import Line, make_line, message, now

pytestmark = pytest.mark.django_db

NOBODYS = "01a20000-0000-7000-8000-000000000000"


def token_for(line: Line, scope: ApiToken.Scope = ApiToken.Scope.WRITE) -> str:
    token = doors.new_token()
    with practice_scope(line.practice.pk):
        row = ApiToken.objects.create(name="Praxissoftware", scope=scope)
    doors.install(Door.Kind.API, token, leads_to=line.practice, object_id=row.pk)
    return token


@pytest.fixture
def api(line: Line, client: Client) -> Callable[..., Any]:
    """One call with a token that may write."""
    token = token_for(line)

    def call(path: str, data: dict[str, Any] | None = None, *, token: str = token) -> Any:
        headers = {"authorization": f"Bearer {token}"}
        if data is None:
            return client.get(f"/api/v1/{path}", headers=headers)
        return client.post(f"/api/v1/{path}", data, content_type="application/json", headers=headers)

    return call


@pytest.fixture
def conversation(line: Line) -> Conversation:
    line.deliver(message("Hallo", timestamp=now()))
    with practice_scope(line.practice.pk):
        opt_in(Contact.objects.get())
        Message.objects.filter(direction="out").delete()
        return Conversation.objects.get()


def test_a_token_says_whose_it_is(api: Callable[..., Any]) -> None:
    assert api("me/").json() == {"practice": "morgenthal", "name": "Zahnarztpraxis Morgenthal", "scope": "write"}


@pytest.mark.parametrize(
    "path", ["me/", "contacts/", "conversations/", "templates/", f"conversations/{NOBODYS}/messages/"]
)
def test_without_a_token_there_is_nothing(client: Client, path: str) -> None:
    assert client.get(f"/api/v1/{path}").status_code == 401
    assert client.get(f"/api/v1/{path}", headers={"authorization": "Bearer nonsense"}).status_code == 401


def test_a_revoked_token_is_no_token(line: Line, api: Callable[..., Any]) -> None:
    with practice_scope(line.practice.pk):
        doors.close(Door.Kind.API, ApiToken.objects.get().pk)

    assert api("me/").status_code == 401


def test_contacts_come_with_their_consent(api: Callable[..., Any], conversation: Conversation) -> None:
    [contact] = api("contacts/").json()["results"]

    assert (contact["profile_name"], contact["phone"]) == ("Erika", "+4917139200" + "11")
    assert contact["consent"] == {
        "organisation": "granted",
        "behandlung": "none",
        "recall": "none",
        "werbung": "none",
    }


def test_a_blocked_number_waits_for_nothing(line: Line, api: Callable[..., Any], conversation: Conversation) -> None:
    [before] = api("conversations/").json()["results"]
    with practice_scope(line.practice.pk):
        Contact.objects.update(blocked_at=timezone.now())

    [after] = api("conversations/").json()["results"]

    assert before["waiting_since"] is not None
    assert after["waiting_since"] is None


def test_messages_are_read_in_their_conversation(api: Callable[..., Any], conversation: Conversation) -> None:
    [listed] = api("conversations/").json()["results"]
    [shown] = api(f"conversations/{listed['id']}/messages/").json()["results"]

    assert (shown["text"], shown["state"], shown["direction"]) == ("Hallo", "received", "in")


def test_a_text_is_queued_once_for_one_client_id(api: Callable[..., Any], conversation: Conversation) -> None:
    wanted = {"client_id": str(uuid4()), "text": "Termin um 9 Uhr", "purpose": "organisation"}

    answers = [api(f"conversations/{conversation.pk}/messages/", wanted) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[0].json()["state"] == "queued"


def test_another_text_under_the_same_client_id_is_refused(api: Callable[..., Any], conversation: Conversation) -> None:
    wanted = {"client_id": str(uuid4()), "text": "Termin um 9 Uhr", "purpose": "organisation"}
    api(f"conversations/{conversation.pk}/messages/", wanted)

    answer = api(f"conversations/{conversation.pk}/messages/", wanted | {"text": "Termin um 10 Uhr"})

    assert (answer.status_code, answer.json()["refusal"]["reason"]) == (422, "other_version_sent")


def test_the_gate_refuses_with_its_reason_and_nothing_is_stored(
    line: Line, api: Callable[..., Any], conversation: Conversation
) -> None:
    wanted = {"client_id": str(uuid4()), "text": "Unsere Angebote", "purpose": "werbung"}

    answer = api(f"conversations/{conversation.pk}/messages/", wanted)

    assert (answer.status_code, answer.json()["refusal"]["reason"]) == (422, "consent")
    with practice_scope(line.practice.pk):
        assert not Message.objects.filter(direction="out").exists()


def test_a_token_that_may_only_read_cannot_send(
    line: Line, api: Callable[..., Any], conversation: Conversation
) -> None:
    reader = token_for(line, ApiToken.Scope.READ)
    wanted = {"client_id": str(uuid4()), "text": "Hallo", "purpose": "organisation"}

    assert api(f"conversations/{conversation.pk}/messages/", wanted, token=reader).status_code == 403
    assert api("conversations/", token=reader).status_code == 200


def test_another_practices_token_finds_no_conversation_of_ours(
    api: Callable[..., Any], conversation: Conversation
) -> None:
    other = token_for(make_line(make_practice("ostufer"), number="3", waba="4"))

    assert api(f"conversations/{conversation.pk}/messages/", token=other).status_code == 404
    assert api("contacts/", token=other).json()["results"] == []


@pytest.mark.parametrize("wanted", [{}, {"client_id": "1", "text": "x", "purpose": "organisation"}, {"text": ""}])
def test_what_is_not_understood_is_named(
    api: Callable[..., Any], conversation: Conversation, wanted: dict[str, str]
) -> None:
    answer = api(f"conversations/{conversation.pk}/messages/", wanted)

    assert answer.status_code == 400
    assert answer.json()


def test_lists_cost_the_same_for_one_and_for_many(
    line: Line, api: Callable[..., Any], conversation: Conversation, django_assert_max_num_queries: Any
) -> None:
    for digit in range(5):
        line.deliver(message("Hallo", phone=f"+4917139200{20 + digit}", timestamp=now()))

    with django_assert_max_num_queries(16):
        assert len(api("contacts/").json()["results"]) == 6


def test_conversations_cost_the_same_for_one_and_for_many(
    line: Line, api: Callable[..., Any], conversation: Conversation
) -> None:
    costs = []
    for digits in ((), (20, 21, 22)):
        for digit in digits:
            line.deliver(message("Hallo", phone=f"+4917139200{digit}", timestamp=now()))
        with CaptureQueriesContext(connection) as queries:
            listed = api("conversations/").json()["results"]
        costs.append((len(listed), len(queries)))

    assert costs == [(1, costs[0][1]), (4, costs[0][1])]


def test_the_schema_describes_every_path(client: Client) -> None:
    schema = client.get("/api/schema/", headers={"accept": "application/vnd.oai.openapi+json"}).json()

    assert sorted(schema["paths"]) == [
        "/api/v1/appointments/",
        "/api/v1/appointments/{appointment_id}/",
        "/api/v1/contacts/",
        "/api/v1/conversations/",
        "/api/v1/conversations/{conversation_id}/messages/",
        "/api/v1/me/",
        "/api/v1/patients/",
        "/api/v1/templates/",
    ]
