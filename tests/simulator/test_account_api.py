"""Webhook address, health, profile, unknown paths."""

import pytest

from tests.simulator.conftest import SOMMER, Json, NewStandIn, StandIn, code_of, configuration

HOOK = "/v1/configs/webhook"
PROFILE = "/whatsapp_business_profile"


def test_a_new_webhook_address_is_used_with_its_headers(standin: StandIn) -> None:
    body = {"url": "https://roger.test/new/", "headers": {"Authorization": "Basic x"}}

    answer = standin.call("POST", HOOK, json=body)
    standin.write()
    (request,) = standin.bag.take()

    assert (answer.status_code, answer.json()) == (200, {"url": "https://roger.test/new/"})
    assert standin.call("GET", HOOK).json() == {"url": "https://roger.test/new/"}
    assert (str(request.url), request.headers["authorization"]) == ("https://roger.test/new/", "Basic x")
    assert "x-roger-webhook-secret" not in request.headers


@pytest.mark.parametrize("url", ["", "ftp://roger.test/", "https://", "https://my_host.test/"])
@pytest.mark.parametrize("path", [HOOK, "/waba_webhook"])
def test_what_is_no_webhook_address_is_refused(standin: StandIn, path: str, url: str) -> None:
    assert code_of(standin.call("POST", path, json={"url": url})) == 100


@pytest.mark.parametrize("body", [[], {"url": "https://roger.test/", "headers": ["x"]}])
def test_what_is_no_webhook_configuration_is_refused(standin: StandIn, body: object) -> None:
    assert code_of(standin.call("POST", HOOK, json=body)) == 100


def test_a_number_keeps_its_own_address_unless_the_account_overrides(new_standin: NewStandIn) -> None:
    config = configuration()
    config["numbers"][1] |= {"waba_id": "200000000000101", "webhook_url": ""}
    standin = new_standin(config)

    standin.call("POST", "/waba_webhook", json={"url": "https://roger.test/waba/"})
    urls = [standin.call("GET", HOOK, key=key).json()["url"] for key in ("key-of-sommer", "key-of-dom")]
    standin.call("POST", "/waba_webhook", json={"url": "https://roger.test/waba/", "override_all": True})

    assert urls == ["http://roger.test/webhooks/360dialog/token-of-sommer/", "https://roger.test/waba/"]
    assert standin.call("GET", HOOK).json() == {"url": "https://roger.test/waba/"}


def test_health_is_available_until_somebody_says_otherwise(standin: StandIn) -> None:
    healthy = standin.call("GET", "/health_status").json()["health_status"]
    state = {"can_send_message": "LIMITED", "errors": [{"error_code": 141006, "error_description": "Zahlung"}]}
    standin.control("POST", "/health", {"number": SOMMER, **state})
    limited = standin.call("GET", "/health_status").json()["health_status"]

    assert healthy["can_send_message"] == "AVAILABLE"
    assert [one["entity_type"] for one in healthy["entities"]] == ["PHONE_NUMBER", "WABA", "BUSINESS"]
    assert limited["can_send_message"] == "LIMITED"
    assert limited["entities"][0] == {"entity_type": "PHONE_NUMBER", "id": "100000000000101", **state}
    assert standin.control("POST", "/health", {"number": SOMMER, "can_send_message": "SICK"}).status_code == 400


def test_a_profile_is_changed_and_read_by_field(standin: StandIn) -> None:
    change = {"messaging_product": "whatsapp", "about": "Zahnarztpraxis", "websites": ["https://praxis.example"]}

    answer = standin.call("POST", PROFILE, json=change)

    assert answer.json() == {"success": True}
    assert standin.call("GET", PROFILE).json() == {"data": [change]}
    assert standin.call("GET", PROFILE, params={"fields": "about,email"}).json() == {
        "data": [{"messaging_product": "whatsapp", "about": "Zahnarztpraxis"}]
    }


@pytest.mark.parametrize(
    "change",
    [
        {"messaging_product": "telegram"},
        {"about": "x" * 140},
        {"description": "x" * 513},
        {"websites": ["https://a.example"] * 3},
        {"websites": ["https://" + "x" * 256]},
    ],
)
def test_a_profile_too_long_is_refused(standin: StandIn, change: Json) -> None:
    assert code_of(standin.call("POST", PROFILE, json={"messaging_product": "whatsapp", **change})) == 100


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/unknown"), ("PUT", "/messages"), ("GET", "/favicon.ico")])
def test_an_unknown_path_is_a_404_in_body_b(standin: StandIn, method: str, path: str) -> None:
    answer = standin.call(method, path)

    assert (answer.status_code, answer.json()) == (404, {"error": "Not found"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/media"),
        ("GET", "/4711"),
        ("GET", "/v1/configs/templates"),
        ("GET", "/health_status"),
        ("GET", PROFILE),
    ],
)
def test_every_path_wants_the_key(standin: StandIn, method: str, path: str) -> None:
    answer = standin.call(method, path, key="wrong")

    assert (answer.status_code, answer.json()) == (401, {"error": "Invalid API key"})
