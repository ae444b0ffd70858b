"""Handing a message over: what goes out, what comes back, and what a lost answer means."""

import httpx
import pytest

from messaging.whatsapp import outgoing
from messaging.whatsapp.answers import Accepted
from messaging.whatsapp.client import WhatsAppClient
from messaging.whatsapp.errors import (
    ChannelBlocked,
    DeliveryError,
    OutcomeUnknown,
    Rejected,
    TemporarilyUnavailable,
    TryLater,
)
from tests.messaging.whatsapp.answering import BASE, KEY, Answering, Dripping, accepted, answer

HELLO = outgoing.text("Guten Tag!", to="+491713920011", attempt="attempt-1")


def test_a_message_is_posted_with_the_key_and_accepted_with_its_wamid() -> None:
    server = Answering(accepted("wamid.ABC"))

    result = server.client().send(HELLO)

    assert result == Accepted("wamid.ABC", "accepted", "+491713920011", None)
    assert server.asked == [("POST", "/messages")]
    assert server.body == HELLO
    headers = server.requests[0].headers
    assert headers["D360-API-KEY"] == KEY
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"].startswith("Roger/")
    assert "authorization" not in headers


def test_a_person_without_phone_comes_back_by_user_id() -> None:
    server = Answering(accepted("wamid.ABC", input="DE.9000000000000000001", user_id="DE.9000000000000000001"))

    assert server.client().send(HELLO) == Accepted("wamid.ABC", "accepted", None, "DE.9000000000000000001")


@pytest.mark.parametrize(
    ("response", "result"),
    [
        (answer(201, messages=[{"id": "wamid.A"}]), Accepted("wamid.A")),
        (
            answer(messages=[{"id": "wamid.A", "message_status": "held_for_quality_assessment"}]),
            Accepted("wamid.A", "held_for_quality_assessment"),
        ),
        (
            answer(messages=[{"id": "wamid.A"}], contacts=[{"wa_id": "491713920011 "}]),
            Accepted("wamid.A", None, "+491713920011"),
        ),
        (answer(messages=[{"id": "wamid.A"}], contacts="none"), Accepted("wamid.A")),
    ],
)
def test_any_2xx_with_a_wamid_is_accepted(response: httpx.Response, result: Accepted) -> None:
    assert Answering(response).client().send(HELLO) == result


@pytest.mark.parametrize(
    "response",
    [
        answer(),
        answer(messages=[]),
        answer(messages=[{"id": ""}]),
        answer(messages=[{"id": 7}]),
        answer(messages="wamid.A"),
        httpx.Response(200, content=b"null"),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"<html>welcome</html>"),
        httpx.Response(204),
    ],
)
def test_a_2xx_without_a_wamid_leaves_the_outcome_unknown(response: httpx.Response) -> None:
    with pytest.raises(OutcomeUnknown):
        Answering(response).client().send(HELLO)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.CloseError("reset"),
        httpx.RemoteProtocolError("disconnected"),
        httpx.DecodingError("gzip"),
        httpx.TooManyRedirects("loop"),
    ],
)
def test_a_connection_that_breaks_later_leaves_the_outcome_unknown(error: Exception) -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        Answering(error).client().send(HELLO)

    assert raised.value.meaning.key == "outcome_unknown"


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("busy"),
        httpx.ProxyError("proxy"),
        httpx.UnsupportedProtocol("ftp"),
    ],
)
def test_a_connection_that_never_came_to_be_has_sent_nothing_for_sure(error: Exception) -> None:
    with pytest.raises(TemporarilyUnavailable) as raised:
        Answering(error).client().send(HELLO)

    assert raised.value.certainly_not_sent
    assert raised.value.meaning.key == "no_connection"


def test_an_answer_that_breaks_off_in_the_middle_leaves_the_outcome_unknown() -> None:
    body = Dripping(b'{"messages":', 1, then=httpx.ReadError("reset"))

    with pytest.raises(OutcomeUnknown):
        Answering(httpx.Response(200, stream=body)).client().send(HELLO)


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    body = Dripping(b"x" * 100_000, 1_000_000)

    with pytest.raises(OutcomeUnknown):
        Answering(httpx.Response(200, stream=body)).client().send(HELLO)

    assert body.taken == 51


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (answer(400, error={"code": 131047}), Rejected),
        (answer(401, error="Invalid API key"), ChannelBlocked),
        (answer(429, error={"code": 130429}), TemporarilyUnavailable),
        (answer(400, error={"code": 131048}), TryLater),
        (httpx.Response(502, html="<h1>Bad Gateway</h1>"), TemporarilyUnavailable),
        (httpx.Response(504, html="<h1>Gateway Timeout</h1>"), OutcomeUnknown),
    ],
)
def test_a_refusal_is_raised_as_its_class(response: httpx.Response, kind: type[DeliveryError]) -> None:
    with pytest.raises(DeliveryError) as raised:
        Answering(response).client().send(HELLO)

    assert type(raised.value) is kind


def test_a_retry_after_arrives_with_the_error() -> None:
    response = httpx.Response(429, headers={"retry-after": "12"})

    with pytest.raises(TemporarilyUnavailable) as raised:
        Answering(response).client().send(HELLO)

    assert raised.value.retry_after == 12.0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(status: int) -> None:
    server = Answering(httpx.Response(status, headers={"location": "https://elsewhere.example/"}), accepted())

    with pytest.raises(TemporarilyUnavailable) as raised:
        server.client().send(HELLO)

    assert raised.value.certainly_not_sent
    assert len(server.requests) == 1


def test_nothing_of_httpx_hangs_on_to_an_error() -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        Answering(httpx.ReadError("GET https://lookaside.example/?mid=1")).client().send(HELLO)

    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_half_a_surrogate_pair_reaches_whatsapp_escaped_instead_of_breaking_here() -> None:
    server = Answering(accepted())

    server.client().send(outgoing.text("halb \ud83d", to="+491713920011"))

    assert b"halb \\ud83d" in server.requests[0].content


def test_marking_read_may_show_typing_too() -> None:
    server = Answering(answer(success=True))

    server.client().mark_read("wamid.IN")
    assert server.body == {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.IN"}

    server.client().mark_read("wamid.IN", typing=True)
    assert server.body == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.IN",
        "typing_indicator": {"type": "text"},
    }
    assert server.asked == [("POST", "/messages"), ("POST", "/messages")]


def test_marking_read_is_content_with_null_and_may_be_repeated_after_a_timeout() -> None:
    Answering(httpx.Response(200, content=b"null")).client().mark_read("wamid.IN")

    with pytest.raises(TemporarilyUnavailable):
        Answering(httpx.ReadTimeout("slow")).client().mark_read("wamid.IN")


@pytest.mark.parametrize("key", ["", "  ", "with space", "line\nbreak", "ümlaut", "nul\0"])
def test_a_key_that_no_header_may_hold_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ValueError, match=r"^The API key holds characters that no header may hold\.$"):
        WhatsAppClient(key, BASE)


def test_a_key_pasted_with_a_line_end_works() -> None:
    server = Answering(accepted())

    with WhatsAppClient(f" {KEY}\n", BASE, transport=httpx.MockTransport(server)) as client:
        client.send(HELLO)

    assert server.requests[0].headers["D360-API-KEY"] == KEY


def test_a_base_address_with_a_path_keeps_it() -> None:
    server = Answering(accepted())

    server.client("http://127.0.0.1:8360/deep/").send(HELLO)

    assert str(server.requests[0].url) == "http://127.0.0.1:8360/deep/messages"


def test_a_cookie_of_one_answer_is_not_sent_with_the_next_request() -> None:
    response = accepted()
    response.headers["set-cookie"] = "session=1; Path=/"
    server = Answering(response)
    client = server.client()

    client.send(HELLO)
    client.send(HELLO)

    assert ["cookie" in request.headers for request in server.requests] == [False, False]


def test_a_closed_client_of_its_own_transport_sends_nothing_more() -> None:
    server = Answering(accepted())
    with server.client() as client:
        client.send(HELLO)

    with pytest.raises(RuntimeError):
        client.send(HELLO)
    assert len(server.requests) == 1
