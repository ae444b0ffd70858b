"""Which error an answer of 360dialog is, and what the outbox may do about it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.whatsapp.errors import (
    ChannelBlocked,
    DeliveryError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    TemporarilyUnavailable,
    TryLater,
    classify,
)

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


def graph(code: object, **more: object) -> bytes:
    """Body A: a Graph error passed through."""
    return json.dumps({"error": {"message": "(#1) words", "type": "OAuthException", "code": code, **more}}).encode()


def plain(words: str) -> bytes:
    """Body B: 360dialog's current schema."""
    return json.dumps({"error": words}).encode()


def gateway(message: object, status: int = 400) -> bytes:
    """Body C: the older shape."""
    meta = {"success": False, "http_code": status, "developer_message": message, "360dialog_trace_id": "trace-1"}
    return json.dumps({"meta": meta}).encode()


# Section 9: code, HTTP status, class R, P, C or L.
TABLE = """
0 401 C
1 400 R
2 503 R
3 500 C
4 400 R
4 429 R
10 403 C
200 403 C
250 403 C
299 403 C
33 400 C
100 400 P
190 401 C
368 403 C
80007 400 R
80007 429 R
130429 429 R
130472 400 P
130497 403 P
131000 500 R
131005 403 C
131008 400 P
131009 400 P
131016 500 R
131021 400 P
131026 400 P
131030 400 P
131031 403 C
131037 400 C
131042 400 C
131044 400 C
131043 400 P
131045 500 C
131047 400 P
131048 400 L
131049 400 L
131050 400 P
131051 400 P
131052 400 R
131053 400 P
131055 400 P
131056 400 R
131057 500 R
131062 400 P
131063 400 P
131064 400 L
132000 400 P
132001 404 P
132005 400 P
132007 400 P
132008 400 P
132012 400 P
132015 400 L
132016 400 P
132068 400 C
132069 400 R
133000 500 R
133004 503 R
133005 400 P
133008 400 P
133009 400 P
133006 400 C
133010 400 C
133015 400 L
133016 400 L
134101 400 R
134102 400 R
135000 400 P
137000 400 P
139200 400 P
2388318 400 P
2388330 400 P
"""
ROWS = [(int(code), int(status), letter) for code, status, letter in map(str.split, TABLE.strip().splitlines())]
CLASSES = {"R": TemporarilyUnavailable, "P": Rejected, "C": ChannelBlocked, "L": TryLater}


@pytest.mark.parametrize(("code", "status", "letter"), ROWS)
def test_each_listed_code_has_the_class_of_the_reference(code: int, status: int, letter: str) -> None:
    error = classify(status, graph(code), {})

    assert type(error) is CLASSES[letter]
    assert (error.code, error.http_status) == (code, status)


@pytest.mark.parametrize(("code", "status", "letter"), ROWS)
def test_a_listed_code_decides_whatever_the_http_status(code: int, status: int, letter: str) -> None:
    del status

    assert {type(classify(other, graph(code), {})) for other in (400, 401, 403, 418, 429, 500)} == {CLASSES[letter]}


@pytest.mark.parametrize(
    ("status", "body", "kind", "key"),
    [
        (400, plain("Your WhatsApp for Business API has been disabled"), ChannelBlocked, "api_disabled"),
        (400, plain("You have exceeded the endpoint rate limit."), TemporarilyUnavailable, "rate_exceeded"),
        (400, gateway("You have exceeded the endpoint rate limit."), TemporarilyUnavailable, "rate_exceeded"),
        (400, plain("Could not send message due to lack of payment."), ChannelBlocked, "payment_missing"),
        (400, plain("Invalid api_key"), ChannelBlocked, "invalid_key"),
        (400, plain("something else"), Rejected, "refused"),
        (400, b"", Rejected, "refused"),
        (400, HTML, Rejected, "refused"),
        (401, plain("Invalid API key"), ChannelBlocked, "invalid_key"),
        (401, b"", ChannelBlocked, "invalid_key"),
        (403, plain("The endpoint is blocked"), ChannelBlocked, "endpoint_blocked"),
        (404, plain("Not found"), NotFound, "not_found"),
        (404, graph(100, error_subcode=33), NotFound, "100/33"),
        (400, graph(100, error_subcode=2388046), Rejected, "100/2388046"),
        (408, b"", TemporarilyUnavailable, "unavailable"),
        (413, b"", Rejected, "refused"),
        (418, graph(424242), Rejected, "424242"),
        (425, b"", TemporarilyUnavailable, "unavailable"),
        (429, b"", TemporarilyUnavailable, "rate_exceeded"),
        (500, plain("Internal server error"), TemporarilyUnavailable, "unavailable"),
        (500, graph(424242), TemporarilyUnavailable, "unavailable"),
        (502, HTML, TemporarilyUnavailable, "unavailable"),
        (503, HTML, TemporarilyUnavailable, "rate_exceeded"),
        (504, HTML, OutcomeUnknown, "outcome_unknown"),
        (555, b"", TemporarilyUnavailable, "unavailable"),
        (302, b"", TemporarilyUnavailable, "unavailable"),
        (200, HTML, OutcomeUnknown, "outcome_unknown"),
    ],
)
def test_without_a_listed_code_status_and_words_decide(
    status: int, body: bytes, kind: type[DeliveryError], key: str
) -> None:
    error = classify(status, body, {})

    assert type(error) is kind
    assert error.meaning.key == key


def test_an_unknown_code_that_calls_itself_transient_is_worth_a_retry() -> None:
    assert type(classify(400, graph(424242, is_transient=True), {})) is TemporarilyUnavailable
    assert type(classify(400, graph(424242, is_transient=False), {})) is Rejected


def test_the_gateway_body_may_hold_a_graph_error_as_text() -> None:
    nested = graph(131047, error_data={"details": "More than 24 hours"}, fbtrace_id="A1").decode()

    error = classify(400, gateway(nested), {})

    assert type(error) is Rejected
    assert (error.code, error.details, error.trace_id) == (131047, "More than 24 hours", "A1")


def test_the_gateway_body_may_hold_a_graph_error_as_an_object() -> None:
    assert classify(400, gateway(json.loads(graph(131042))), {}).code == 131042


def test_a_code_written_as_text_counts() -> None:
    assert classify(400, graph("131047"), {}).code == 131047


def test_words_trace_and_body_are_kept_for_the_operator() -> None:
    body = gateway("something new")

    error = classify(400, body, {})

    assert (error.details, error.trace_id, error.body) == ("something new", "trace-1", body)


def test_a_huge_body_is_kept_in_part() -> None:
    assert len(classify(500, b"x" * 1_000_000, {}).body) == 16_384


@pytest.mark.parametrize(
    ("status", "body", "certainly_not_sent"),
    [
        (400, plain("You have exceeded the endpoint rate limit."), True),
        (429, b"", True),
        (408, b"", True),
        (503, HTML, True),
        (302, b"", True),
        (500, graph(131016), True),
        (500, graph(131057), True),
        (500, graph(131000), False),
        (500, b"", False),
        (502, HTML, False),
        (555, b"", False),
    ],
)
def test_only_a_server_that_failed_without_a_decision_may_have_sent(
    status: int, body: bytes, certainly_not_sent: bool
) -> None:
    error = classify(status, body, {})

    assert isinstance(error, TemporarilyUnavailable)
    assert error.certainly_not_sent is certainly_not_sent


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 30 ", 30.0),
        ("0", 0.0),
        ("99999999999", 86_400.0),
        ("Wed, 25 Nov 2026 10:01:00 GMT", 60.0),
        ("Wed, 25 Nov 2026 09:00:00 GMT", 0.0),
        ("Wed, 25 Nov 2099 09:00:00 GMT", 86_400.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٧", None),
        ("", None),
        ("Wed, 99 Nov 2026 10:01:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_spellings_and_never_beyond_a_day(header: str, seconds: float | None) -> None:
    with time_machine.travel(datetime(2026, 11, 25, 10, 0, tzinfo=UTC), tick=False):
        error = classify(429, b"", {"Retry-After": header})

    assert isinstance(error, TemporarilyUnavailable)
    assert error.retry_after == seconds


def test_without_the_header_nobody_said_when() -> None:
    error = classify(503, b"", {})

    assert isinstance(error, TemporarilyUnavailable)
    assert error.retry_after is None


@pytest.mark.parametrize(
    ("code", "wait"),
    [
        (131049, timedelta(hours=24)),
        (131048, timedelta(hours=4)),
        (132015, timedelta(hours=3)),
        (133015, timedelta(minutes=5)),
        (133016, timedelta(hours=72)),
    ],
)
def test_later_says_how_much_later(code: int, wait: timedelta) -> None:
    error = classify(400, graph(code), {})

    assert isinstance(error, TryLater)
    assert error.wait == wait


def test_the_sentence_for_staff_belongs_to_the_code() -> None:
    assert classify(400, graph(131047), {}).for_person == (
        "Das 24-Stunden-Fenster ist geschlossen. Die Nachricht ist nicht angekommen. "
        "Bitte wählen Sie eine Vorlage oder rufen Sie an."
    )


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b'{"error":null}',
        b'{"error":[]}',
        b'{"error":{}}',
        b'{"error":{"code":null,"error_data":[]}}',
        b'{"error":{"code":{"a":1}}}',
        b'{"error":{"code":1e99}}',
        b'{"meta":null}',
        b'{"meta":{"developer_message":[1]}}',
        b'{"meta":{"developer_message":"{\\"error\\":7}"}}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_body_of_any_shape_leaves_the_status_to_decide(body: bytes) -> None:
    assert type(classify(400, body, {})) is Rejected
    assert type(classify(500, body, {})) is TemporarilyUnavailable
    assert type(classify(401, body, {})) is ChannelBlocked


@settings(deadline=None)
@given(st.integers(200, 599), st.binary(max_size=100), st.text(max_size=30))
def test_every_answer_has_exactly_one_class(status: int, body: bytes, retry_after: str) -> None:
    error = classify(status, body, {"Retry-After": retry_after})

    assert isinstance(error, TemporarilyUnavailable | TryLater | OutcomeUnknown | ChannelBlocked | Rejected)
    assert error.http_status == status
