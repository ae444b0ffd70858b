"""A thousand messages nobody writes who means well: they neither run, nor break a page, nor slow it."""

import re
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import media as files
from messaging.inbox.listing import ROWS
from messaging.inbox.thread import PAGE
from messaging.inbox.wording import shortened
from messaging.models import Channel, Conversation, MediaFile, Message
from patients.profile_names import LONGEST, on_one_line
from tests.messaging.inbox import hostile
from tests.messaging.inbox.desk import make_contact, make_conversation, receive

LIST = "/p/morgenthal/inbox/"
SLOWER = 2.0  # times the work of plain messages, at most: marks and emoji are more bytes than letters
ROUNDS = 5


def conversations(channel: Channel, texts: list[str], number: int) -> list[Conversation]:
    """So many conversations among which these messages are shared out; the person is called like its last message."""
    made = []
    for start in range(number):
        conversation = make_conversation(channel, make_contact(profile_name=texts[start][:400]))
        *others, last = texts[start::number]
        Message.objects.bulk_create(of_patient(conversation, text) for text in others)
        receive(conversation, last)
        made.append(conversation)
    return made


def of_patient(conversation: Conversation, text: str) -> Message:
    return Message(
        conversation=conversation,
        contact_id=conversation.contact_id,
        channel_id=conversation.channel_id,
        direction="in",
        origin="patient",
        state="received",
        type="text",
        body=text,
        at=timezone.now(),
    )


@pytest.fixture
def attacked(channel: Channel) -> list[Conversation]:
    return conversations(channel, hostile.texts(1_000), ROWS)


def work_of(client: Client, address: str) -> float:
    """Seconds of this process's work for one page: the least of several rounds, so that neighbours do not count."""
    client.get(address)
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        assert client.get(address).status_code == 200
        taken.append(time.process_time() - begun)
    return min(taken)


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


@pytest.mark.parametrize("path", ["", "{conversation}/"])
def test_a_thousand_of_them_ask_no_more_and_work_hardly_more_than_plain_ones(
    desk: Client, channel: Channel, path: str
) -> None:
    """The plain ones first, then as many of the others in their place."""
    [first, *_rest] = conversations(channel, ["Guten Tag, ich habe eine Frage zu meinem Termin."] * 1_000, ROWS)
    address = LIST + path.format(conversation=first.pk)
    plain, plain_queries = work_of(desk, address), queries_of(desk, address)

    for number, message in enumerate(Message.objects.only("pk", "practice_id", "contact_id").order_by("pk")):
        message.body = hostile.TEXTS[number % len(hostile.TEXTS)]
        message.save(update_fields=["body"])

    assert queries_of(desk, address) == plain_queries
    assert work_of(desk, address) < SLOWER * plain


def test_nothing_of_them_is_markup_in_list_thread_and_search(desk: Client, attacked: list[Conversation]) -> None:
    for page in (
        desk.get(LIST),
        *(desk.get(f"{LIST}{conversation.pk}/") for conversation in attacked[:8]),
        desk.post(f"{LIST}search/", {"q": "termin"}),
        desk.post(f"{LIST}search/", {"q": "script", "parts": "1"}),
    ):
        text = page.content.decode()
        assert page.status_code == 200
        assert "<script>window" not in text
        assert "<img src=x" not in text
        assert "<h1>fremd" not in text


@pytest.mark.parametrize("text", [hostile.ENDLESS, hostile.WORDS, hostile.EMOJI, hostile.LINES])
def test_of_a_text_without_end_the_beginning_stands_there_and_the_rest_is_one_press_away(
    desk: Client, channel: Channel, text: str
) -> None:
    conversation = make_conversation(channel)
    for _ in range(PAGE):
        message = receive(conversation, text)

    page = desk.get(f"{LIST}{conversation.pk}/", headers={"HX-Request": "true"})
    whole = desk.get(f"{LIST}{conversation.pk}/messages/{message.pk}/", {"whole": "1"})

    assert len(page.content) < 400_000
    assert page.content.decode().count("mehr anzeigen") == PAGE
    assert text.strip() in whole.content.decode()
    assert "mehr anzeigen" not in whole.content.decode()


def test_a_long_message_as_people_write_them_is_shown_whole(desk: Client, channel: Channel) -> None:
    text = "Seit Montag. " * 315
    conversation = make_conversation(channel)
    receive(conversation, text)

    page = desk.get(f"{LIST}{conversation.pk}/").content.decode()

    assert (text in page, "mehr anzeigen" in page) == (True, False)


def test_a_row_of_the_list_says_one_short_line(desk: Client, attacked: list[Conversation]) -> None:
    rows = desk.get(LIST).context["rows"]

    assert len(rows) == ROWS
    assert max(len(row.last_line) for row in rows) <= 120
    assert max(len(row.name) for row in rows) <= LONGEST + len(" (laut WhatsApp)")
    assert [row.name for row in rows if re.search("[\u202a-\u202e\u2066-\u2069\n]", row.name)] == []


def test_only_the_beginning_of_a_text_is_looked_at_for_its_line() -> None:
    assert shortened("Termin " * 9_000) == f"{('Termin ' * 17)[:119].rstrip()}…"
    assert shortened("  \n kurz \n\n und gut ") == "kurz und gut"
    assert shortened("a" * 64_000) == f"{'a' * 119}…"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Jana V.", "Jana V."),
        ("Jana\u202e\nVogt\t ", "Jana Vogt"),
        ("\u2067ليلى\u2069", "ليلى"),
        ("Zu" + "\u0301" * 50, "Zu" + "\u0301" * 3),
        ("Đặng Thị Ngọc Ánh", "Đặng Thị Ngọc Ánh"),
        ("x" * 64_000, "x" * 79 + "…"),
        ("👩‍⚕️ Dr. Öz", "👩‍⚕️ Dr. Öz"),
        ("", ""),
    ],
)
def test_a_name_stands_on_one_line_and_turns_nothing_beside_it(name: str, expected: str) -> None:
    assert on_one_line(name) == expected


def test_a_file_name_with_line_breaks_is_a_name_and_no_header(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    message = receive(conversation, None, type="document")
    details = {"mime_type": "application/pdf", "kind": "document", "filename": hostile.FILE_NAME}
    file = MediaFile.objects.create(
        message=message, contact=conversation.contact, channel=channel, details=details, state="stored", size=0
    )
    path = files.sealed_file(file).path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")

    thread = desk.get(f"{LIST}{conversation.pk}/").content.decode()
    answer = desk.get(f"/p/morgenthal/media/{file.pk}/")

    assert answer.status_code == 200
    assert "Set-Cookie: a=b" not in str(answer.headers.get("Set-Cookie", ""))
    assert not re.search("[\r\n\u202e]", answer.headers["Content-Disposition"])
    assert "Befund Set-Cookie: a=b fdp.exe" in thread


@pytest.mark.parametrize("text", hostile.TEXTS)
@pytest.mark.parametrize("parts", [{}, {"parts": "1"}])
def test_a_search_marks_them_quickly(desk: Client, channel: Channel, text: str, parts: dict[str, str]) -> None:
    conversation = make_conversation(channel)
    for _ in range(20):
        receive(conversation, f"{text} Prothese")

    page = desk.post(f"{LIST}search/", {"q": "prothese", **parts})

    pieces = [hit.pieces for group in page.context["groups"] for hit in group.hits]
    assert len(pieces) == 20
    assert all(("Prothese", True) in each for each in pieces)
    assert max(sum(len(piece) for piece, _ in each) for each in pieces) < 300
