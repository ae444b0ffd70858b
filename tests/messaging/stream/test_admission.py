"""Who may listen: members with both steps passed, from our own pages. Everybody else gets a bare status."""

import pytest
from django.test import Client

from tests.messaging.stream.conftest import Desk
from tests.messaging.stream.listening import Stream
from tests.people import PASSWORD
from tests.whole import of_whole


def status(stream: Stream, path: str, **asked: str) -> int:
    answer = stream.get(path, **asked)
    assert answer.headers.get("cache-control") == "no-store"
    return answer.status


def test_a_member_is_let_in_with_headers_that_keep_the_stream_private(stream: Stream, anna: Desk) -> None:
    browser = stream.get(anna.path, session=anna.session)

    assert (browser.status, browser.headers) == (
        200,
        {
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "cross-origin-resource-policy": "same-origin",
            "x-accel-buffering": "no",
        },
    )
    browser.leave()


@pytest.mark.parametrize(
    "cookie",
    ["", of_whole("session="), "session=unknown", of_whole("other=1"), of_whole('session="'), of_whole("\x7f=;=,")],
)
def test_without_a_session_nobody_listens(stream: Stream, anna: Desk, cookie: str) -> None:
    assert status(stream, anna.path, cookie=cookie) == 401


def test_the_password_alone_is_not_enough(stream: Stream, anna: Desk) -> None:
    halfway = Client()
    halfway.post("/login/", {"username": anna.member.user.email, "password": PASSWORD})

    assert status(stream, anna.path, session=halfway.cookies["session"].value) == 401


def test_a_session_that_has_ended_is_no_session(stream: Stream, anna: Desk) -> None:
    key = anna.session
    anna.client.post("/logout/")

    assert status(stream, anna.path, session=key) == 401


def test_strangers_and_unknown_practices_get_the_same_answer(stream: Stream, anna: Desk, clara: Desk) -> None:
    assert status(stream, clara.path, session=anna.session) == 404
    assert status(stream, "/p/nowhere/stream/", session=anna.session) == 404


def test_another_site_is_refused_before_anything_is_looked_up(stream: Stream, anna: Desk) -> None:
    assert status(stream, anna.path, session=anna.session, sec_fetch_site="cross-site") == 403
    assert status(stream, anna.path, sec_fetch_site="cross-site") == 403
    assert status(stream, anna.path, session=anna.session, sec_fetch_site="same-origin") == 200


def test_there_is_nothing_else_here(stream: Stream, anna: Desk) -> None:
    assert status(stream, anna.path, session=anna.session, method="POST") == 404
    assert status(stream, f"{anna.path}more/", session=anna.session) == 404
    assert status(stream, "/", session=anna.session) == 404
    assert status(stream, "/healthz") == 200
