"""kapso-whatsapp-cloud-api, a second client nobody here wrote, drives the Graph mount over the network."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from kapso_whatsapp import WhatsAppAPIError, WhatsAppClient
from kapso_whatsapp.webhooks import NormalizedWebhookResult, normalize_webhook

from simulator.inprocess import Postbag
from tests.simulator.conftest import ERIKA, JANA, SOMMER, Json, Served

PHONE_ID, WABA_ID = "100000000000101", "200000000000101"
BODY: Json = {"type": "body", "parameters": [{"type": "text", "text": "Frau Vogt"}, {"type": "text", "text": "24.11."}]}
LINK: Json = {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "karte"}]}

Talk = Callable[[WhatsAppClient], Awaitable[Any]]


def with_kapso(served: Served, talk: Talk, key: str = "key-of-sommer") -> Any:
    """Run a conversation with the client."""

    async def run() -> Any:
        async with WhatsAppClient(
            access_token=key, base_url=f"{served.url}/graph", max_retries=0, graph_version="v23.0"
        ) as client:
            return await talk(client)

    return asyncio.run(run())


def write(served: Served, sender: str = JANA, **wish: Any) -> str:
    """A person writes; the wamid."""
    answer = served.control("POST", "/messages", {"from": sender, "to": SOMMER, **(wish or {"text": "Hallo"})})
    wamid: str = answer.json()["wamid"]
    return wamid


def normalized(served: Served, bag: Postbag) -> list[NormalizedWebhookResult]:
    """All webhooks as kapso understands them."""
    served.control("GET", "/settled")
    return [normalize_webhook(json.loads(request.content)) for request in bag.take()]


def states(served: Served) -> list[tuple[str, str]]:
    """(type, state) of what the practice sent."""
    served.control("GET", "/settled")
    messages = served.control("GET", "/messages").json()
    return [(one["type"], one["state"]) for one in messages if one["direction"] == "out"]


def test_kapso_sends_text_and_reads_our_answer(served: Served) -> None:
    write(served)

    answer = with_kapso(
        served, lambda client: client.messages.send_text(phone_number_id=PHONE_ID, to=JANA, body="Guten Tag")
    )

    assert answer.messages[0].id.startswith("wamid.")
    assert answer.contacts[0].wa_id == "491713920001"
    assert states(served) == [("text", "delivered")]
    assert [one["path"] for one in served.control("GET", "/sent").json()] == [f"/graph/v23.0/{PHONE_ID}/messages"]


def test_kapso_sends_interactive_messages(served: Served) -> None:
    write(served)

    async def talk(client: WhatsAppClient) -> None:
        to: Json = {"phone_number_id": PHONE_ID, "to": JANA}
        await client.messages.send_interactive_buttons(
            **to, body_text="Passt das?", buttons=[{"id": "ja", "title": "Ja"}], footer_text="Praxis"
        )
        await client.messages.send_interactive_list(
            **to,
            body_text="Wann?",
            button_text="Zeiten",
            sections=[{"title": "Früh", "rows": [{"id": "9", "title": "9 Uhr", "description": "früh"}]}],
        )
        await client.messages.send_interactive_cta_url(
            **to, body_text="Lesen", parameters={"display_text": "Öffnen", "url": "https://praxis.example"}
        )
        await client.messages.send_location(**to, location={"latitude": 52.5, "longitude": 13.4, "name": "Praxis"})

    with_kapso(served, talk)

    assert states(served) == [("interactive", "delivered")] * 3 + [("location", "delivered")]


def test_kapso_uploads_sends_and_deletes_media(served: Served) -> None:
    write(served)

    async def talk(client: WhatsAppClient) -> tuple[str, Any, Any]:
        uploaded = await client.media.upload(
            phone_number_id=PHONE_ID, file=b"%PDF", type="application/pdf", filename="Plan.pdf"
        )
        document = {"id": uploaded.id, "filename": "Plan.pdf"}
        await client.messages.send_document(phone_number_id=PHONE_ID, to=JANA, document=document)
        found = await client.media.get(media_id=uploaded.id)
        return uploaded.id, found, await client.media.delete(media_id=uploaded.id)

    media_id, found, deleted = with_kapso(served, talk)

    assert (found.id, found.mime_type, found.url.split("?")[0]) == (
        media_id,
        "application/pdf",
        "https://lookaside.fbsbx.com/whatsapp_business/attachments/",
    )
    assert deleted == {"success": True}
    assert states(served) == [("document", "delivered")]


def test_kapso_sends_templates(served: Served) -> None:
    template = {"name": "termin_erinnerung", "language": {"code": "de"}, "components": [BODY, LINK]}

    with_kapso(
        served, lambda client: client.messages.send_template(phone_number_id=PHONE_ID, to=JANA, template=template)
    )

    assert states(served) == [("template", "delivered")]


def test_kapso_lists_creates_and_deletes_templates(served: Served) -> None:
    async def talk(client: WhatsAppClient) -> tuple[list[str], Any, Any, list[str]]:
        before = await client.templates.list(business_account_id=WABA_ID, status="APPROVED")
        created = await client.templates.create(
            business_account_id=WABA_ID,
            name="danke",
            language="de",
            category="UTILITY",
            components=[{"type": "BODY", "text": "Danke für Ihren Besuch."}],
        )
        deleted = await client.templates.delete(business_account_id=WABA_ID, name="danke")
        after = await client.templates.list(business_account_id=WABA_ID)
        return [one["name"] for one in before["data"]], created, deleted, [one["name"] for one in after["data"]]

    before, created, deleted, after = with_kapso(served, talk)

    assert before == after == ["termin_erinnerung", "termin_mit_namen", "unterlagen", "anmeldecode"]
    assert (created["status"], created["category"], deleted) == ("PENDING", "UTILITY", {"success": True})


def test_kapso_marks_messages_read(served: Served) -> None:
    wamid = write(served)

    with_kapso(
        served,
        lambda client: client.messages.mark_read(phone_number_id=PHONE_ID, message_id=wamid, typing_indicator=True),
    )

    assert served.control("GET", "/messages").json()[0]["state"] == "read"


def test_kapso_knows_what_our_errors_mean(served: Served) -> None:
    served.control("PUT", "/faults", {"window": {"closed": "sync"}})

    async def talk(client: WhatsAppClient) -> None:
        await client.messages.send_text(phone_number_id=PHONE_ID, to=JANA, body="Guten Tag")

    with pytest.raises(WhatsAppAPIError) as closed:
        with_kapso(served, talk)
    with pytest.raises(WhatsAppAPIError) as stranger:
        with_kapso(served, talk, key="wrong")

    assert (closed.value.error_code, closed.value.status_code) == (131047, 400)
    assert (stranger.value.error_code, stranger.value.status_code) == (190, 401)


def test_kapso_gets_the_number_itself(served: Served) -> None:
    number = with_kapso(served, lambda client: client.request("GET", PHONE_ID))

    assert (number["id"], number["display_phone_number"], number["verified_name"]) == (
        PHONE_ID,
        SOMMER,
        "Praxis Sommer",
    )


def test_one_numbers_token_does_not_open_anothers_paths(served: Served) -> None:
    with pytest.raises(WhatsAppAPIError) as refused:
        with_kapso(
            served, lambda client: client.messages.send_text(phone_number_id="100000000000102", to=JANA, body="x")
        )

    assert refused.value.error_code == 100


def test_kapso_normalizes_messages_of_all_shapes(served: Served, bag: Postbag) -> None:
    wamids = [write(served), write(served, ERIKA), write(served, type="image")]
    served.control("PUT", "/faults", {"webhooks": {"shape": "2025"}})
    wamids.append(write(served))

    results = normalized(served, bag)

    messages = [result.messages[0] for result in results]
    assert [message["id"] for message in messages] == wamids
    assert [message["type"] for message in messages] == ["text", "text", "image", "text"]
    assert [result.phone_number_id for result in results] == [PHONE_ID] * 4


def test_kapso_normalizes_statuses_and_failures(served: Served, bag: Postbag) -> None:
    write(served)
    bag.take()

    async def talk(client: WhatsAppClient) -> None:
        await client.messages.send_text(phone_number_id=PHONE_ID, to=JANA, body="kommt an")

    with_kapso(served, talk)
    delivered = normalized(served, bag)
    served.control("POST", "/clock", {"advance_seconds": 90_000})
    with_kapso(served, talk)
    failed = normalized(served, bag)

    statuses = [status for result in delivered + failed for status in result.statuses]
    assert [status.status for status in statuses] == ["sent", "delivered", "failed"]
    assert {status.recipient_id for status in statuses} == {"491713920001"}
    assert statuses[2].errors is not None
    assert statuses[2].errors[0]["code"] == 131047
