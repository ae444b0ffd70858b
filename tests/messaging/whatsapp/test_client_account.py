"""Templates, health, webhook and profile of a number."""

import json
from typing import Any

import httpx
import pytest

from messaging.whatsapp.answers import BusinessProfile, HealthEntity, HealthStatus, TemplateRecord
from messaging.whatsapp.errors import ChannelBlocked, NotFound, Rejected, TemporarilyUnavailable
from messaging.whatsapp.payloads import ReportedError
from tests.messaging.whatsapp.answering import Answering, answer

BODY = {"type": "BODY", "text": "Guten Tag {{1}}"}


def record(number: int) -> dict[str, Any]:
    return {
        "id": f"60000000000{number:04}",
        "name": f"vorlage_{number}",
        "namespace": "ns",
        "language": "de",
        "category": "UTILITY",
        "status": "approved",
        "rejected_reason": "NONE",
        "components": [BODY],
        "partner_id": "p",
        "waba_account_id": "w",
    }


def templates_server(count: int) -> Answering:
    """360dialog's list of so many templates, in pages as asked."""

    def page(request: httpx.Request) -> httpx.Response:
        limit, offset = int(request.url.params["limit"]), int(request.url.params["offset"])
        found = [record(number) for number in range(offset, min(offset + limit, count))]
        return answer(
            count=len(found), filters={}, limit=limit, offset=offset, sort=[], total=count, waba_templates=found
        )

    return Answering(page)


def test_templates_are_read_with_status_in_capitals() -> None:
    server = templates_server(1)

    assert server.client().templates() == [
        TemplateRecord(
            id="600000000000000",
            name="vorlage_0",
            language="de",
            category="UTILITY",
            status="APPROVED",
            rejected_reason="NONE",
            namespace="ns",
            components=(BODY,),
        )
    ]


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3)])
def test_every_page_of_templates_is_read_once(count: int, pages: int) -> None:
    server = templates_server(count)

    found = server.client().templates()

    assert [template.name for template in found] == [f"vorlage_{number}" for number in range(count)]
    assert len(server.requests) == pages
    assert server.asked[0] == ("GET", "/v1/configs/templates?limit=100&offset=0&sort=business_templates.name")


def test_a_list_that_never_ends_is_given_up() -> None:
    server = Answering(lambda _request: answer(total=10**9, waba_templates=[record(1)]))

    assert len(server.client().templates()) == 50


def test_an_envelope_without_total_is_one_page() -> None:
    server = Answering(answer(waba_templates=[record(1), "broken", record(2)]))

    assert [template.name for template in server.client().templates()] == ["vorlage_1", "vorlage_2"]
    assert len(server.requests) == 1


def test_a_new_template_is_submitted_and_comes_back_with_its_state() -> None:
    server = Answering(answer(201, id="600000000000009", status="submitted", category="UTILITY"))
    definition = {"name": "termin", "category": "UTILITY", "language": "de", "components": [BODY]}

    created = server.client().create_template(definition)

    assert server.asked == [("POST", "/v1/configs/templates")]
    assert server.body == definition
    assert created == TemplateRecord("600000000000009", "termin", "de", "UTILITY", "SUBMITTED", None, None, (BODY,))


def test_a_template_name_whatsapp_does_not_take_is_told_as_such() -> None:
    server = Answering(answer(400, error={"code": 100, "error_subcode": 2388046}))

    with pytest.raises(Rejected) as raised:
        server.client().create_template({"name": "Termin!"})

    assert raised.value.meaning.key == "100/2388046"


def test_a_template_is_deleted_by_name() -> None:
    server = Answering(answer(meta={"success": True, "http_code": 200}))

    server.client().delete_template("termin_erinnerung")

    assert server.asked == [("DELETE", "/v1/configs/templates/termin_erinnerung")]


@pytest.mark.parametrize("name", ["", "../webhook", "a/b", "a?b", "Termin", "a" * 513, "ümlaut"])
def test_a_name_that_would_be_another_address_is_never_asked(name: str) -> None:
    server = Answering(answer())

    with pytest.raises(Rejected):
        server.client().delete_template(name)

    assert server.requests == []


def test_deleting_a_template_that_is_gone_is_not_found() -> None:
    with pytest.raises(NotFound):
        Answering(answer(404, error="not found")).client().delete_template("termin")


def test_health_names_the_entity_that_is_wrong() -> None:
    server = Answering(
        answer(
            health_status={
                "can_send_message": "BLOCKED",
                "entities": [
                    {"entity_type": "PHONE_NUMBER", "id": "100000000000101", "can_send_message": "AVAILABLE"},
                    {
                        "entity_type": "WABA",
                        "id": 200000000000101,
                        "can_send_message": "BLOCKED",
                        "errors": [
                            {
                                "error_code": 141006,
                                "error_description": "No payment method",
                                "possible_solution": "Add one",
                            }
                        ],
                        "additional_info": ["Look at the account"],
                    },
                ],
            }
        )
    )

    assert server.client().health_status() == HealthStatus(
        "BLOCKED",
        (
            HealthEntity("PHONE_NUMBER", "100000000000101", "AVAILABLE"),
            HealthEntity(
                "WABA",
                "200000000000101",
                "BLOCKED",
                (ReportedError(141006, message="No payment method", details="Add one"),),
                ("Look at the account",),
            ),
        ),
    )
    assert server.asked == [("GET", "/health_status")]


@pytest.mark.parametrize("content", [b"<html>", b"{}", b'{"health_status":null}', b"null"])
def test_a_health_answer_that_says_nothing_is_worth_another_try(content: bytes) -> None:
    with pytest.raises(TemporarilyUnavailable):
        Answering(httpx.Response(200, content=content)).client().health_status()


def test_the_webhook_is_set_with_its_secret_header() -> None:
    server = Answering(answer(url="https://roger.example/webhooks/360dialog/token/"))

    server.client().set_webhook("https://roger.example/webhooks/360dialog/token/", {"X-Roger-Webhook-Secret": "geheim"})

    assert server.body == {
        "url": "https://roger.example/webhooks/360dialog/token/",
        "headers": {"X-Roger-Webhook-Secret": "geheim"},
    }
    assert server.asked == [("POST", "/v1/configs/webhook")]


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_profile_is_read_in_both_wrappings(wrapped: bool) -> None:
    profile = {"about": "Zahnarztpraxis", "vertical": "HEALTH", "websites": ["https://praxis.example", 7]}
    server = Answering(answer(data=[{"business_profile": profile} if wrapped else profile]))

    assert server.client().business_profile() == BusinessProfile(
        about="Zahnarztpraxis", vertical="HEALTH", websites=("https://praxis.example",)
    )
    [(method, address)] = server.asked
    assert (method, address.partition("?")[0]) == ("GET", "/whatsapp_business_profile")


def test_a_practice_without_profile_has_an_empty_one() -> None:
    assert Answering(answer(data=[])).client().business_profile() == BusinessProfile()


def test_a_revoked_key_blocks_every_call() -> None:
    client = Answering(httpx.Response(401, content=json.dumps({"error": "Invalid API key"}))).client()

    for call in (client.health_status, client.templates, client.business_profile):
        with pytest.raises(ChannelBlocked):
            call()
