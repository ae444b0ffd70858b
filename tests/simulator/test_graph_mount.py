"""The Graph mount: Meta's addresses and errors, the same behaviour."""

from typing import Any

import httpx
import pytest

from tests.simulator.conftest import JANA, Json, StandIn, code_of

OWN = "/graph/v23.0/100000000000101"
ACCOUNT = "/graph/v23.0/200000000000101"


def graph(standin: StandIn, method: str, path: str, *, token: str | None = None, **kwargs: Any) -> httpx.Response:
    """A call with a Bearer token."""
    headers = {"Authorization": f"Bearer {token or 'key-of-sommer'}"}
    return standin.http.request(method, path, headers=headers, **kwargs)


def names(answer: Json) -> list[str]:
    """The templates of a list."""
    return [one["name"] for one in answer["data"]]


@pytest.mark.parametrize("version", ["v21.0", "v24.0"])
def test_any_version_leads_to_the_same_handlers(standin: StandIn, version: str) -> None:
    standin.open_window()
    body = {"messaging_product": "whatsapp", "to": JANA, "text": {"body": "Guten Tag"}}

    answer = graph(standin, "POST", f"/graph/{version}/100000000000101/messages", json=body)

    assert answer.json()["contacts"][0]["wa_id"] == "491713920001"
    assert standin.statuses() == ["sent", "delivered"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic key-of-sommer"}])
def test_a_wrong_token_is_190_in_metas_body(standin: StandIn, headers: dict[str, str]) -> None:
    answer = standin.http.post(f"{OWN}/messages", headers=headers, json={})

    assert (answer.status_code, code_of(answer)) == (401, 190)


@pytest.mark.parametrize("path", ["/graph/v23.0/100000000000102/messages", "/graph/v23.0/4711/messages"])
def test_another_numbers_path_does_not_exist_for_this_token(standin: StandIn, path: str) -> None:
    answer = graph(standin, "POST", path, json={})

    assert (code_of(answer), answer.json()["error"]["error_subcode"]) == (100, 33)


def test_templates_come_in_graphs_envelope_with_the_status_in_capitals(standin: StandIn) -> None:
    answer = graph(standin, "GET", f"{ACCOUNT}/message_templates").json()

    assert (sorted(answer), answer["paging"]) == (["data", "paging"], {"cursors": {}})
    assert {one["status"] for one in answer["data"]} == {"APPROVED"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "unterlagen"}, ["unterlagen"]),
        ({"category": "authentication"}, ["anmeldecode"]),
        ({"status": "REJECTED"}, []),
        ({"language": "de", "limit": 2}, ["termin_erinnerung", "termin_mit_namen"]),
    ],
)
def test_templates_are_filtered(standin: StandIn, query: Json, found: list[str]) -> None:
    assert names(graph(standin, "GET", f"{ACCOUNT}/message_templates", params=query).json()) == found


def test_a_submitted_template_is_pending_here(standin: StandIn) -> None:
    standin.plan(moderation={"decide_after_seconds": None})
    new = {
        "name": "danke",
        "language": "de",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Danke für Ihren Besuch."}],
    }

    created = graph(standin, "POST", f"{ACCOUNT}/message_templates", json=new).json()
    (listed,) = graph(standin, "GET", f"{ACCOUNT}/message_templates", params={"name": "danke"}).json()["data"]

    assert created == {"id": listed["id"], "status": "PENDING", "category": "UTILITY"}
    assert listed["status"] == "PENDING"


def test_deleting_a_template_goes_by_name(standin: StandIn) -> None:
    path = f"{ACCOUNT}/message_templates"

    answer = graph(standin, "DELETE", path, params={"name": "unterlagen"})
    again = graph(standin, "DELETE", path, params={"name": "unterlagen"})

    assert (answer.json(), again.status_code) == ({"success": True}, 404)
    assert names(graph(standin, "GET", path).json()) == ["termin_erinnerung", "termin_mit_namen", "anmeldecode"]


def test_media_go_up_and_down(standin: StandIn) -> None:
    files = {"file": ("plan.pdf", b"%PDF", "application/pdf")}
    uploaded = graph(standin, "POST", f"{OWN}/media", data={"messaging_product": "whatsapp"}, files=files).json()

    found = graph(standin, "GET", f"/graph/v23.0/{uploaded['id']}").json()
    file = graph(standin, "GET", found["url"].replace("https://lookaside.fbsbx.com", ""))
    deleted = graph(standin, "DELETE", f"/graph/v23.0/{uploaded['id']}").json()

    assert (found["mime_type"], file.content, deleted) == ("application/pdf", b"%PDF", {"success": True})


def test_the_number_describes_itself(standin: StandIn) -> None:
    assert graph(standin, "GET", OWN).json() == {
        "id": "100000000000101",
        "display_phone_number": "+493023125101",
        "verified_name": "Praxis Sommer",
        "quality_rating": "GREEN",
        "throughput": {"level": "STANDARD"},
        "name_status": "APPROVED",
    }


def test_the_profile_is_the_same_as_at_360dialog(standin: StandIn) -> None:
    change = {"messaging_product": "whatsapp", "about": "Zahnarztpraxis"}

    graph(standin, "POST", f"{OWN}/whatsapp_business_profile", json=change)

    assert standin.call("GET", "/whatsapp_business_profile").json() == {"data": [change]}
    assert graph(standin, "GET", f"{OWN}/whatsapp_business_profile").json() == {"data": [change]}
