"""What goes wrong on purpose: errors, lost answers, evil media."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.simulator.conftest import JANA, MEHMET, SOMMER, Json, Served, StandIn, code_of
from tests.simulator.test_content_rules import upload
from tests.simulator.test_media_api import download, url_answer


def rule(action: str, **more: Any) -> dict[str, list[Json]]:
    """A plan of one rule."""
    return {"rules": [{"action": action, **more}]}


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [
        ({"body": "B", "http_status": 403, "details": "blocked"}, 403, {"error": "blocked"}),
        ({"body": "B", "code": 131056}, 400, {"error": "(Business Account, Consumer Account) pair rate limit hit"}),
    ],
)
def test_an_error_can_come_in_body_b(standin: StandIn, wanted: Json, status: int, body: Json) -> None:
    standin.plan(**rule("error", **wanted))

    answer = standin.send_text()

    assert (answer.status_code, answer.json()) == (status, body)


def test_an_error_can_come_in_the_old_gateways_body_c(standin: StandIn) -> None:
    standin.plan(**rule("error", body="C", http_status=400, details="endpoint rate exceeded"))

    answer = standin.send_text()

    meta = answer.json()["meta"]
    assert (answer.status_code, meta["success"], meta["http_code"], meta["developer_message"]) == (
        400,
        False,
        400,
        "endpoint rate exceeded",
    )
    assert len(meta["360dialog_trace_id"]) == 24


@pytest.mark.parametrize(("body", "content_type"), [("html", "text/html; charset=utf-8"), ("empty", None)])
def test_a_proxys_error_is_no_json(standin: StandIn, body: str, content_type: str | None) -> None:
    standin.plan(**rule("error", body=body, http_status=502))

    answer = standin.send_text()

    assert (answer.status_code, answer.headers.get("content-type")) == (502, content_type)
    assert ("502 Bad Gateway" in answer.text) == (body == "html")


def test_too_many_requests_can_say_how_long_to_wait(standin: StandIn) -> None:
    standin.plan(**rule("error", http_status=429, code=80007, retry_after=7))

    answer = standin.send_text()

    assert (answer.status_code, answer.headers["retry-after"], code_of(answer)) == (429, "7", 80007)


@pytest.mark.parametrize("code", [131026, 131049, 130472, 131042, 131053, 131047])
def test_one_code_can_come_at_once_or_after_the_200(standin: StandIn, code: int) -> None:
    standin.open_window()
    standin.open_window(MEHMET)
    rules = [{"action": "error", "code": code, "to": JANA}, {"action": "fail", "code": code, "to": MEHMET}]
    standin.plan(rules=rules)

    at_once, later = standin.send_text(to=JANA), standin.send_text(to=MEHMET)

    assert (at_once.status_code, code_of(at_once), later.status_code) == (400, code, 200)
    assert standin.failures() == [code]


def test_a_refused_message_is_neither_listed_nor_shown(standin: StandIn) -> None:
    standin.open_window()
    standin.plan(**rule("error", http_status=500))

    standin.send_text("verloren")

    assert standin.control("GET", "/sent").json() == []
    assert [one["direction"] for one in standin.control("GET", "/messages").json()] == ["in"]


def test_a_rule_can_spare_the_first_calls_and_end_after_some(standin: StandIn) -> None:
    standin.open_window()
    standin.plan(**rule("error", http_status=503, code=131016, skip=1, times=2))

    statuses = [standin.send_text().status_code for _ in range(5)]

    assert statuses == [200, 503, 503, 200, 200]
    assert standin.control("GET", "/faults").json()["rules"][0]["times"] <= 0


def test_a_rule_can_strike_a_share_of_calls_the_same_in_every_run(standin: StandIn) -> None:
    runs = []
    for _ in range(2):
        standin.plan(**rule("error", share=0.4), seed=3, window={"unseen": "open"})
        runs.append([standin.send_text().status_code for _ in range(20)])

    assert runs[0] == runs[1]
    assert sorted(set(runs[0])) == [200, 500]


def test_a_rule_can_mean_one_template(standin: StandIn) -> None:
    standin.plan(**rule("fail", code=131049, template="unterlagen_neu"))
    standin.plan(**rule("error", code=132015, template="termin_mit_namen"))
    names = {
        "type": "body",
        "parameters": [
            {"type": "text", "parameter_name": "datum", "text": "24.11."},
            {"type": "text", "parameter_name": "uhrzeit", "text": "9"},
        ],
    }
    code = {"type": "body", "parameters": [{"type": "text", "text": "123456"}]}

    hit = standin.send(
        type="template", template={"name": "termin_mit_namen", "language": {"code": "de"}, "components": [names]}
    )
    spared = standin.send(
        type="template", template={"name": "anmeldecode", "language": {"code": "de"}, "components": [code]}
    )

    assert (code_of(hit), spared.status_code) == (132015, 200)


def test_a_rule_can_mean_one_type_or_one_number(standin: StandIn) -> None:
    standin.plan(
        rules=[
            {"action": "error", "type": "location"},
            {"action": "error", "http_status": 503, "number": "493023125101"},
        ],
        window={"unseen": "open"},
    )
    place = {"latitude": 52.5, "longitude": 13.4}

    statuses = [
        standin.send(type="location", location=place, key="key-of-dom").status_code,
        standin.send_text(key="key-of-dom").status_code,
        standin.send_text().status_code,
    ]

    assert statuses == [500, 200, 503]


def test_a_read_receipt_can_fail(standin: StandIn) -> None:
    wamid = standin.open_window()
    standin.plan(**rule("error", on="read", http_status=500))

    body = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}

    assert standin.call("POST", "/messages", json=body).status_code == 500


def test_a_template_can_be_held_for_quality(standin: StandIn) -> None:
    standin.open_window()
    standin.plan(**rule("held"))

    assert standin.send_text().json()["messages"][0]["message_status"] == "held_for_quality_assessment"


def test_a_200_can_lack_its_wamid(standin: StandIn) -> None:
    standin.open_window()
    standin.plan(**rule("no_wamid"))

    answer = standin.send_text()

    assert (answer.status_code, answer.json()["messages"]) == (200, [])
    assert standin.statuses() == ["sent", "delivered"]


def test_a_status_can_overtake_the_answer(served: Served, bag: Any) -> None:
    plan = {"statuses": {"before_response": True, "delivered_after": 0.3}, "window": {"unseen": "open"}}
    served.control("PUT", "/faults", plan)
    started = time.monotonic()

    answer = httpx.post(
        f"{served.url}/messages",
        headers={"D360-API-KEY": "key-of-sommer"},
        json={"messaging_product": "whatsapp", "to": JANA, "text": {"body": "x"}},
    )

    assert (answer.status_code, len(bag.take())) == (200, 2)
    assert time.monotonic() - started >= 0.3


def send_over_network(served: Served, timeout: float = 5) -> httpx.Response:
    """A text to Jana over a real socket."""
    return httpx.post(
        f"{served.url}/messages",
        headers={"D360-API-KEY": "key-of-sommer"},
        json={"messaging_product": "whatsapp", "to": JANA, "text": {"body": "x"}, "biz_opaque_callback_data": "a-1"},
        timeout=timeout,
    )


def accepted(served: Served) -> list[str]:
    """The callback data of what the stand-in accepted."""
    return [one["body"]["biz_opaque_callback_data"] for one in served.control("GET", "/sent").json()]


def test_a_message_can_be_accepted_and_the_connection_dropped(served: Served) -> None:
    served.control("PUT", "/faults", {**rule("reset", times=1), "window": {"unseen": "open"}})

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        send_over_network(served)

    assert accepted(served) == ["a-1"]
    assert send_over_network(served).status_code == 200


def test_a_message_can_be_accepted_and_the_answer_held(served: Served) -> None:
    served.control("PUT", "/faults", {**rule("hang", seconds=0.6), "window": {"unseen": "open"}})

    with pytest.raises(httpx.ReadTimeout):
        send_over_network(served, timeout=0.2)
    patient = send_over_network(served)

    assert (patient.status_code, accepted(served)) == (200, ["a-1", "a-1"])


def test_without_a_socket_a_lost_answer_is_the_error_httpx_raises_for_it(standin: StandIn) -> None:
    standin.open_window()
    standin.plan(rules=[{"action": "reset", "times": 1}, {"action": "hang", "seconds": 0}])

    with pytest.raises(httpx.RemoteProtocolError):
        standin.send_text()
    with pytest.raises(httpx.ReadTimeout):
        standin.send_text()

    assert standin.statuses() == ["sent", "delivered"] * 2


def test_an_answer_can_be_slow(standin: StandIn) -> None:
    standin.open_window()
    standin.plan(**rule("slow", seconds=0.2))
    started = time.monotonic()

    answer = standin.send_text()

    assert (answer.status_code, time.monotonic() - started >= 0.2) == (200, True)


@pytest.mark.parametrize("call", ["upload", "media_url", "media_download", "templates", "any"])
def test_every_call_can_fail(standin: StandIn, call: str) -> None:
    media_id = upload(standin, "application/pdf")
    url = url_answer(standin, media_id).json()["url"]
    calls: dict[str, Callable[[], httpx.Response]] = {
        "upload": lambda: standin.call(
            "POST", "/media", data={"messaging_product": "whatsapp"}, files={"file": ("a", b"x", "text/plain")}
        ),
        "media_url": lambda: url_answer(standin, media_id),
        "media_download": lambda: download(standin, url),
        "templates": lambda: standin.call("GET", "/v1/configs/templates"),
    }
    standin.plan(**rule("error", on=call, http_status=503))

    statuses = {name: make().status_code for name, make in calls.items()}

    assert statuses == {name: 503 if call in {"any", name} else 200 for name in calls}


def test_a_media_url_can_lead_somewhere_private(standin: StandIn) -> None:
    media_id = upload(standin, "application/pdf")
    standin.plan(rules=[{"action": "private_url", "on": "media_url", "times": 1}])
    bare = url_answer(standin, media_id).json()["url"]
    standin.plan(rules=[{"action": "private_url", "on": "media_url", "location": "http://127.0.0.1:6379"}])
    swapped = url_answer(standin, media_id).json()["url"]

    assert bare == "http://169.254.169.254/latest/meta-data/"
    assert swapped.startswith("http://127.0.0.1:6379/whatsapp_business/attachments/?mid=")


def test_a_media_url_can_be_expired_from_the_start(standin: StandIn) -> None:
    media_id = upload(standin, "application/pdf")
    standin.plan(**rule("expired", on="media_url"))

    assert download(standin, url_answer(standin, media_id).json()["url"]).status_code == 404


def test_a_download_can_redirect_to_an_evil_place(standin: StandIn) -> None:
    url = url_answer(standin, upload(standin, "application/pdf")).json()["url"]
    standin.plan(**rule("redirect", on="media_download", location="http://evil.test/collect", http_status=307))

    answer = download(standin, url)

    assert (answer.status_code, answer.headers["location"]) == (307, "http://evil.test/collect")


def test_a_download_can_be_gone_or_endless(standin: StandIn) -> None:
    url = url_answer(standin, upload(standin, "application/pdf", b"PDF")).json()["url"]
    size = 3 * 65_536
    standin.plan(
        rules=[
            {"action": "expired", "on": "media_download", "times": 1},
            {"action": "giant", "on": "media_download", "times": 1, "bytes": size},
        ]
    )

    gone, giant, fine = (download(standin, url) for _ in range(3))

    assert (gone.status_code, len(giant.content), fine.content) == (404, size, b"PDF")
    assert "content-length" not in giant.headers


def test_a_download_can_break_off(served: Served) -> None:
    files = {"file": ("a.txt", b"x", "text/plain")}
    key = {"D360-API-KEY": "key-of-sommer"}
    media_id = httpx.post(
        f"{served.url}/media", headers=key, data={"messaging_product": "whatsapp"}, files=files
    ).json()["id"]
    url = urlsplit(httpx.get(f"{served.url}/{media_id}", headers=key).json()["url"])
    served.control("PUT", "/faults", rule("reset", on="media_download"))

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        httpx.get(f"{served.url}{url.path}?{url.query}", headers=key)


@pytest.mark.parametrize(
    "plan",
    [
        [],
        {"rulez": []},
        {"rules": [{"action": "explode"}]},
        {"rules": [{"action": "error", "on": "phone"}]},
        {"rules": [{"action": "error", "body": "D"}]},
        {"rules": [{"action": "error", "too": JANA}]},
        {"rules": [{}]},
        {"statuses": {"read": 1}},
        {"window": {"open": True}},
    ],
)
def test_a_misspelt_plan_is_refused_and_changes_nothing(standin: StandIn, plan: Any) -> None:
    before = standin.control("GET", "/faults").json()

    answer = standin.control("PUT", "/faults", plan)

    assert answer.status_code == 400
    assert standin.control("GET", "/faults").json() == before


def test_a_plan_comes_back_as_it_stands_with_every_default(standin: StandIn) -> None:
    standin.control("PUT", "/faults", {"statuses": {"skip": ["delivered"]}})

    plan = standin.control("GET", "/faults").json()

    assert sorted(plan) == ["limits", "moderation", "rules", "seed", "statuses", "webhooks", "window"]
    assert plan["statuses"]["skip"] == ["delivered"]
    assert plan["limits"] == {"pair_burst": 45, "pair_seconds": 6.0, "throughput_per_second": 80}
    assert plan["window"] == {"closed": "async", "unseen": "closed"}
    assert standin.control("PUT", "/faults", plan).json() == plan


def test_faults_of_one_number_leave_another_alone(standin: StandIn) -> None:
    standin.plan(**rule("error", on="any", number=SOMMER, http_status=500))

    statuses = [
        standin.call("GET", "/v1/configs/templates", key=key).status_code for key in ("key-of-sommer", "key-of-dom")
    ]

    assert statuses == [500, 200]
