"""Files: uploaded, looked up, fetched from one host only."""

import io
import logging

import httpx
import pytest

from messaging.whatsapp import download
from messaging.whatsapp.answers import MediaLocation
from messaging.whatsapp.errors import ChannelBlocked, DeliveryError, MediaRefused, NotFound, TemporarilyUnavailable
from tests.messaging.whatsapp.answering import BASE, KEY, Answering, Dripping, answer

LOOKASIDE = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=700000000000001&ext=1795601100&hash=abc"
DIGEST = "ca0df2c95aa144c1d0ff2ff3c8f967fdc1de9ef0c4120b3726416701b519d619"


@pytest.mark.parametrize("content", [b"%PDF-1.7 Befund", io.BytesIO(b"%PDF-1.7 Befund")])
def test_a_file_is_uploaded_with_type_and_name(content: bytes | io.BytesIO) -> None:
    server = Answering(answer(id="700000000000001"))

    assert server.client().upload_media(content, "application/pdf", "Befund.pdf") == "700000000000001"

    assert server.asked == [("POST", "/media")]
    request = server.requests[0]
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="messaging_product"\r\n\r\nwhatsapp\r\n' in request.content
    assert (
        b'name="file"; filename="Befund.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7 Befund' in request.content
    )


def test_an_upload_without_id_is_worth_another_try() -> None:
    with pytest.raises(TemporarilyUnavailable):
        Answering(answer()).client().upload_media(b"x", "image/png", "x.png")


def test_an_upload_whose_answer_got_lost_may_be_repeated() -> None:
    with pytest.raises(TemporarilyUnavailable):
        Answering(httpx.ReadTimeout("slow")).client().upload_media(b"x", "image/png", "x.png")


def test_the_address_of_a_file_is_asked_by_its_id() -> None:
    server = Answering(answer(url=LOOKASIDE, mime_type="image/png", sha256=DIGEST, file_size=103632, id="7"))

    assert server.client().media_url("700000000000001") == MediaLocation(LOOKASIDE, "image/png", DIGEST, 103632)
    assert server.asked == [("GET", "/700000000000001")]


@pytest.mark.parametrize("media_id", ["", "..", "a/b", "v1/configs/webhook", "1?x=2", "1#", "%2e%2e", "1" * 129, "७"])
def test_an_id_that_would_be_another_address_is_never_asked(media_id: str) -> None:
    server = Answering(answer())

    with pytest.raises(MediaRefused):
        server.client().media_url(media_id)

    assert server.requests == []


@pytest.mark.parametrize("content", [b"{}", b'{"url":""}', b'{"url":7}', b"null", b"<html>"])
def test_an_answer_without_address_is_worth_another_try(content: bytes) -> None:
    with pytest.raises(TemporarilyUnavailable):
        Answering(httpx.Response(200, content=content)).client().media_url("700000000000001")


def test_a_dead_id_is_not_found() -> None:
    with pytest.raises(NotFound):
        Answering(answer(404, error={"code": 100, "error_subcode": 33})).client().media_url("700000000000001")


def test_a_file_is_fetched_from_the_base_address_with_the_key() -> None:
    server = Answering(httpx.Response(200, stream=Dripping(b"x" * 50_000, 3)))

    chunks = list(server.client().download_media(LOOKASIDE))

    assert b"".join(chunks) == b"x" * 150_000
    assert max(map(len, chunks)) <= 65_536
    request = server.requests[0]
    assert str(request.url) == f"{BASE}/whatsapp_business/attachments/?mid=700000000000001&ext=1795601100&hash=abc"
    assert request.headers["D360-API-KEY"] == KEY
    assert request.headers["Accept-Encoding"] == "identity"


def test_the_stand_in_is_asked_at_its_own_address_too() -> None:
    server = Answering(httpx.Response(200, content=b"x"))

    list(server.client("http://127.0.0.1:8360").download_media(LOOKASIDE))

    assert str(server.requests[0].url).startswith("http://127.0.0.1:8360/whatsapp_business/attachments/?mid=")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
        "http://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
        "ftp://lookaside.fbsbx.com/x",
        "https://evil.example/whatsapp_business/attachments/?mid=1",
        "https://lookaside.fbsbx.com.evil.example/x",
        "https://evil.example/?https://lookaside.fbsbx.com/",
        "https://lookaside.fbsbx.com@evil.example/x",
        "https://user:pass@lookaside.fbsbx.com/x",
        "https://lookaside.fbsbx.com:8443/x",
        "https://lookaside.fbsbx.com\\@evil.example/x",
        "https://lookaside.fbsbx.com/a\r\nX-Header: 1",
        "https://lookaside.fbsbx.com/../v1/configs/webhook",
        "https://lookaside.fbsbx.com/%2e%2e/v1/configs/webhook",
        "https://lookaside.fbsbx.com/a b",
        "https://lоokaside.fbsbx.com/x",  # a Cyrillic letter
        "https://[lookaside.fbsbx.com/x",
        "file:///etc/passwd",
        BASE,
    ],
)
def test_no_other_address_is_ever_asked(url: str) -> None:
    server = Answering(httpx.Response(200, content=b"x"))

    with pytest.raises(MediaRefused) as raised:
        list(server.client().download_media(url))

    assert raised.value.reason == "address"
    assert server.requests == []


def test_a_wrong_address_is_refused_before_the_first_chunk_is_asked_for() -> None:
    with pytest.raises(MediaRefused):
        Answering(httpx.Response(200)).client().download_media("https://evil.example/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
def test_a_redirect_is_refused(status: int) -> None:
    server = Answering(httpx.Response(status, headers={"location": "https://evil.example/"}))

    with pytest.raises(MediaRefused) as raised:
        list(server.client().download_media(LOOKASIDE))

    assert raised.value.reason == "redirect"
    assert len(server.requests) == 1


def test_a_file_that_announces_more_than_a_hundred_megabytes_is_not_begun() -> None:
    body = Dripping(b"x", 10)
    response = httpx.Response(200, headers={"content-length": "100000001"}, stream=body)

    with pytest.raises(MediaRefused) as raised:
        list(Answering(response).client().download_media(LOOKASIDE))

    assert raised.value.reason == "too large"
    assert body.taken == 0


@pytest.mark.parametrize("announced", [{}, {"content-length": "5"}, {"content-length": "a lot"}])
def test_a_file_that_grows_beyond_a_hundred_megabytes_is_given_up(announced: dict[str, str]) -> None:
    body = Dripping(b"x" * 1_000_000, 1_000)
    received = 0

    with pytest.raises(MediaRefused) as raised:
        for chunk in Answering(httpx.Response(200, headers=announced, stream=body)).client().download_media(LOOKASIDE):
            received += len(chunk)

    assert raised.value.reason == "too large"
    assert 99_900_000 <= received <= 100_000_000


def test_a_file_of_exactly_a_hundred_megabytes_is_fetched() -> None:
    body = Dripping(b"x" * 1_000_000, 100)

    received = sum(map(len, Answering(httpx.Response(200, stream=body)).client().download_media(LOOKASIDE)))

    assert received == 100_000_000


def test_a_file_that_drips_for_minutes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "LONGEST_DOWNLOAD", 0.05)
    body = Dripping(b"x" * 65_536, 1_000, pause=0.01)

    with pytest.raises(TemporarilyUnavailable):
        list(Answering(httpx.Response(200, stream=body)).client().download_media(LOOKASIDE))

    assert body.taken < 10


@pytest.mark.parametrize("status", [200, 404])
def test_a_server_that_drips_single_bytes_is_given_up_too(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr(download, "LONGEST_DOWNLOAD", 0.05)
    monkeypatch.setattr(download, "LONGEST_ERROR", 0.05)
    body = Dripping(b"x", 1_000, pause=0.01)

    with pytest.raises(DeliveryError):
        list(Answering(httpx.Response(status, stream=body)).client().download_media(LOOKASIDE))

    assert body.taken < 10


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_a_packed_file_is_refused(encoding: str) -> None:
    response = httpx.Response(200, headers={"content-encoding": encoding}, stream=Dripping(b"\x1f\x8b", 1))

    with pytest.raises(MediaRefused) as raised:
        list(Answering(response).client().download_media(LOOKASIDE))

    assert raised.value.reason == "encoding"


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (httpx.Response(404), NotFound),
        (answer(401, error="Invalid API key"), ChannelBlocked),
        (httpx.Response(503, html="<h1>busy</h1>"), TemporarilyUnavailable),
        (httpx.Response(504), TemporarilyUnavailable),
    ],
)
def test_an_error_instead_of_a_file_has_its_class(response: httpx.Response, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        list(Answering(response).client().download_media(LOOKASIDE))


def test_a_download_that_breaks_off_may_be_repeated() -> None:
    body = Dripping(b"x" * 65_536, 2, then=httpx.ReadError("reset"))
    chunks = Answering(httpx.Response(200, stream=body)).client().download_media(LOOKASIDE)

    assert next(chunks) == b"x" * 65_536
    with pytest.raises(TemporarilyUnavailable):
        list(chunks)


def test_neither_addresses_nor_keys_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("tests").debug("the log is on")
        list(Answering(httpx.Response(200, content=b"x")).client().download_media(LOOKASIDE))

    assert caplog.messages == ["the log is on"]
