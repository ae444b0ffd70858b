"""Media: upload, URL, download, expiry, limits (360dialog section 3)."""

import hashlib
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from simulator.samples import photo
from tests.simulator.conftest import JANA, SOMMER, Json, StandIn, code_of
from tests.simulator.test_content_rules import upload

PDF = b"%PDF-1.4 a plan"


def url_answer(standin: StandIn, media_id: str, key: str = "key-of-sommer") -> httpx.Response:
    """GET /{media-id}."""
    return standin.call("GET", f"/{media_id}", key=key)


def download(standin: StandIn, url: str, key: str = "key-of-sommer") -> httpx.Response:
    """The URL with its host swapped for the stand-in's, as an adapter does it."""
    parts = urlsplit(url)
    return standin.call("GET", f"{parts.path}?{parts.query}", key=key)


def photo_from_jana(standin: StandIn) -> Json:
    """A photo Jana sends: the `image` of the webhook."""
    standin.write(type="image", image={"caption": "Schwellung"})
    image: Json = standin.received()["image"]
    return image


def test_an_uploaded_file_comes_back_byte_for_byte(standin: StandIn) -> None:
    media_id = upload(standin, "application/pdf", PDF)

    answer = url_answer(standin, media_id).json()
    file = download(standin, answer["url"])

    assert (file.status_code, file.content, file.headers["content-type"]) == (200, PDF, "application/pdf")
    assert answer | {"url": ""} == {
        "url": "",
        "mime_type": "application/pdf",
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "file_size": len(PDF),
        "id": media_id,
        "messaging_product": "whatsapp",
    }


def test_media_ids_are_digits_only(standin: StandIn) -> None:
    assert upload(standin, "application/pdf").isdigit()
    assert photo_from_jana(standin)["id"].isdigit()


def test_the_url_has_the_lookaside_host_and_its_parameters(standin: StandIn) -> None:
    media_id = upload(standin, "application/pdf")

    parts = urlsplit(url_answer(standin, media_id).json()["url"])

    assert (parts.scheme, parts.netloc, parts.path) == (
        "https",
        "lookaside.fbsbx.com",
        "/whatsapp_business/attachments/",
    )
    assert sorted(parse_qs(parts.query)) == ["ext", "hash", "mid"]


def test_what_a_person_sends_is_fetched_by_the_id_of_the_webhook(standin: StandIn) -> None:
    image = photo_from_jana(standin)

    answer = url_answer(standin, image["id"]).json()
    file = download(standin, answer["url"])

    assert (image["mime_type"], image["caption"]) == ("image/jpeg", "Schwellung")
    assert file.content == photo()
    assert download(standin, image["url"]).content == file.content


def test_the_url_lives_five_minutes_and_a_new_one_can_be_had(standin: StandIn) -> None:
    media_id = upload(standin, "application/pdf", PDF)
    url = url_answer(standin, media_id).json()["url"]

    standin.advance(minutes=4)
    in_time = download(standin, url)
    standin.advance(minutes=2)
    too_late = download(standin, url)

    assert (in_time.status_code, too_late.status_code) == (200, 404)
    assert download(standin, url_answer(standin, media_id).json()["url"]).content == PDF


def test_an_uploaded_id_lives_30_days(standin: StandIn) -> None:
    media_id = upload(standin, "application/pdf")

    standin.advance(days=29)
    before = url_answer(standin, media_id).status_code
    standin.advance(days=1, seconds=1)
    after = url_answer(standin, media_id)

    assert (before, after.status_code, code_of(after)) == (200, 404, 100)
    assert after.json()["error"]["error_subcode"] == 33


def test_a_received_id_lives_7_days(standin: StandIn) -> None:
    media_id = photo_from_jana(standin)["id"]

    standin.advance(days=6)
    before = url_answer(standin, media_id).status_code
    standin.advance(days=1, seconds=1)

    assert (before, url_answer(standin, media_id).status_code) == (200, 404)


def test_another_numbers_key_opens_neither_id_nor_url(standin: StandIn) -> None:
    media_id = upload(standin, "application/pdf")
    url = url_answer(standin, media_id).json()["url"]

    assert url_answer(standin, media_id, key="key-of-dom").status_code == 404
    assert download(standin, url, key="key-of-dom").status_code == 404
    assert download(standin, url, key="").status_code == 401


def test_a_forged_expiry_opens_nothing(standin: StandIn) -> None:
    url = url_answer(standin, upload(standin, "application/pdf")).json()["url"]
    expiry = parse_qs(urlsplit(url).query)["ext"][0]

    assert download(standin, url.replace(expiry, str(int(expiry) + 9999))).status_code == 404


def test_a_deleted_file_is_gone(standin: StandIn) -> None:
    media_id = upload(standin, "application/pdf")

    answer = standin.call("DELETE", f"/{media_id}")

    assert answer.json() == {"success": True}
    assert url_answer(standin, media_id).status_code == 404


def test_twenty_misses_block_the_endpoint_for_half_an_hour(standin: StandIn) -> None:
    media_id = upload(standin, "application/pdf")

    misses = [url_answer(standin, "4711").status_code for _ in range(20)]
    blocked = url_answer(standin, media_id).status_code
    standin.advance(minutes=31)

    assert (set(misses), blocked) == ({404}, 429)
    assert url_answer(standin, media_id).status_code == 200


@pytest.mark.parametrize(
    ("mime_type", "size", "code"),
    [
        ("image/gif", 10, 100),
        ("application/zip", 10, 100),
        ("audio/webm", 10, 100),
        ("image/png", 0, 100),
        ("image/png", 5 * 1024 * 1024 + 1, 131053),
        ("image/webp", 500 * 1024 + 1, 131053),
        ("audio/ogg", 16 * 1024 * 1024 + 1, 131053),
    ],
)
def test_wrong_types_and_sizes_are_refused(standin: StandIn, mime_type: str, size: int, code: int) -> None:
    files = {"file": ("file", b"x" * size, mime_type)}

    answer = standin.call("POST", "/media", data={"messaging_product": "whatsapp"}, files=files)

    assert (answer.status_code, code_of(answer)) == (400, code)


def test_an_upload_needs_its_product_and_its_file(standin: StandIn) -> None:
    file = {"file": ("plan.pdf", PDF, "application/pdf")}

    without_product = standin.call("POST", "/media", data={"x": "y"}, files=file)
    without_file = standin.call("POST", "/media", data={"messaging_product": "whatsapp"})

    assert (code_of(without_product), code_of(without_file)) == (100, 100)


def test_more_than_100_megabytes_are_not_even_read(standin: StandIn) -> None:
    headers = {"D360-API-KEY": "key-of-sommer", "Content-Length": str(101 * 1024 * 1024)}

    answer = standin.http.post("/media", headers=headers, content=b"")

    assert (answer.status_code, answer.json()) == (413, {"error": "Request entity too large"})


def test_an_upload_is_listed_without_its_bytes(standin: StandIn) -> None:
    media_id = upload(standin, "application/pdf", PDF)

    (listed,) = standin.control("GET", "/sent").json()

    assert (listed["path"], listed["body"]["file"]) == (
        "/media",
        {"filename": "file", "mime_type": "application/pdf", "size": len(PDF), "id": media_id},
    )


def test_the_persons_phone_shows_what_was_sent(standin: StandIn) -> None:
    standin.open_window()
    media_id = upload(standin, "application/pdf", PDF)
    standin.send(type="document", document={"id": media_id, "filename": "Plan.pdf"})

    shown = standin.http.get(f"/phones/media/{SOMMER.lstrip('+')}/{media_id}")
    page = standin.http.get(f"/phones/{JANA.lstrip('+')}/{SOMMER.lstrip('+')}/").text

    assert shown.content == PDF
    assert f'href="/phones/media/493023125101/{media_id}"' in page


def test_a_file_that_browsers_could_run_is_saved_and_not_shown(standin: StandIn) -> None:
    standin.write(
        type="document", document={"data_base64": "PHNjcmlwdD4=", "mime_type": "text/html", "filename": "x.html"}
    )
    media_id = standin.received()["document"]["id"]

    shown = standin.http.get(f"/phones/media/493023125101/{media_id}")

    assert shown.headers["content-disposition"] == "attachment"
    assert (shown.headers["content-security-policy"], shown.headers["x-content-type-options"]) == ("sandbox", "nosniff")
