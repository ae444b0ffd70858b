"""sent, delivered, read, failed: shape, order, and what may go wrong with them."""

import json
from urllib.parse import quote

import pytest

from tests.simulator.conftest import ERIKA, JANA, SOMMER, StandIn
from tests.simulator.test_content_rules import upload


def test_sent_and_delivered_are_two_webhooks_of_the_2026_shape(standin: StandIn) -> None:
    standin.open_window()
    wamid = standin.send_text(biz_opaque_callback_data="attempt-1").json()["messages"][0]["id"]

    sent, delivered = standin.webhooks()

    now = sent["entry"][0]["changes"][0]["value"]["statuses"][0].pop("timestamp")
    user_id = sent["entry"][0]["changes"][0]["value"]["contacts"][0]["user_id"]
    assert now.isdigit()
    assert sent == {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": "200000000000101",
                "changes": [
                    {
                        "field": "messages",
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": {
                                "display_phone_number": "493023125101",
                                "phone_number_id": "100000000000101",
                            },
                            "statuses": [
                                {
                                    "id": wamid,
                                    "status": "sent",
                                    "recipient_id": "491713920001",
                                    "recipient_user_id": user_id,
                                    "biz_opaque_callback_data": "attempt-1",
                                    "pricing": {
                                        "billable": False,
                                        "pricing_model": "PMP",
                                        "type": "free_customer_service",
                                        "category": "service",
                                    },
                                }
                            ],
                            "contacts": [
                                {"profile": {"name": "Jana Vogt"}, "wa_id": "491713920001", "user_id": user_id}
                            ],
                        },
                    }
                ],
            }
        ],
    }
    assert delivered["entry"][0]["changes"][0]["value"]["statuses"][0]["status"] == "delivered"


def test_failed_has_no_contacts_and_no_user_id_of_a_phone(standin: StandIn) -> None:
    wamid = standin.send_text(biz_opaque_callback_data="attempt-1").json()["messages"][0]["id"]

    (value,) = standin.values()

    value["statuses"][0].pop("timestamp")
    assert value == {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "493023125101", "phone_number_id": "100000000000101"},
        "statuses": [
            {
                "id": wamid,
                "status": "failed",
                "recipient_id": "491713920001",
                "biz_opaque_callback_data": "attempt-1",
                "errors": [
                    {
                        "code": 131047,
                        "title": "Re-engagement message",
                        "message": "Re-engagement message",
                        "error_data": {"details": "Re-engagement message"},
                        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
                    }
                ],
            }
        ],
    }


def test_to_a_bsuid_statuses_carry_no_phone(standin: StandIn) -> None:
    standin.open_window(ERIKA)
    standin.send_text(to=ERIKA)

    sent, delivered = (value["statuses"][0] for value in standin.values())

    assert ("recipient_id" in sent, sent["recipient_user_id"]) == (False, ERIKA)
    assert ("recipient_id" in delivered, delivered["recipient_user_id"]) == (False, ERIKA)


def test_a_username_shows_with_delivered_but_not_with_sent(standin: StandIn) -> None:
    standin.open_window(ERIKA)
    standin.send_text(to=ERIKA)

    profiles = [value["contacts"][0]["profile"] for value in standin.values()]

    assert profiles == [{"name": "Erika"}, {"name": "Erika", "username": "@erika.m"}]


def test_a_marketing_template_is_billed_inside_the_window(standin: StandIn) -> None:
    offer = {
        "name": "zahnreinigung",
        "language": "de",
        "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Die Zahnreinigung im Dezember."}],
    }
    standin.plan(moderation={"decide_after_seconds": None})
    standin.call("POST", "/v1/configs/templates", json=offer)
    standin.control("POST", "/templates", {"number": SOMMER, "name": "zahnreinigung", "event": "APPROVED"})
    standin.open_window()

    standin.send(type="template", template={"name": "zahnreinigung", "language": {"code": "de"}})

    pricing = standin.values()[0]["statuses"][0]["pricing"]
    assert pricing == {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"}


def test_read_comes_when_the_person_looks_and_only_once(standin: StandIn) -> None:
    standin.open_window()
    standin.send_text("eins")
    standin.send_text("zwei")
    standin.webhooks()

    first = standin.control("POST", "/seen", {"from": JANA, "to": SOMMER}).json()
    second = standin.control("POST", "/seen", {"from": JANA, "to": SOMMER}).json()

    assert (first, second) == ({"read": 2}, {"read": 0})
    assert standin.statuses() == ["read", "read"]


def test_the_phone_page_reports_read(standin: StandIn) -> None:
    standin.open_window()
    standin.send_text()
    standin.webhooks()

    answer = standin.http.post("/phones/491713920001/493023125101/seen")

    assert answer.status_code == 204
    assert standin.statuses() == ["read"]


def test_read_can_come_by_itself(standin: StandIn) -> None:
    standin.open_window()
    standin.plan(statuses={"read_after": 0})
    standin.send_text()

    standin.control("GET", "/clock")

    assert standin.statuses() == ["sent", "delivered", "read"]


@pytest.mark.parametrize(
    ("habits", "expected"),
    [
        ({"reorder": True}, ["delivered", "sent"]),
        ({"skip": ["delivered"]}, ["sent"]),
        ({"skip": ["sent", "delivered"]}, []),
        ({"skip": ["delivered"], "share": 0}, ["sent", "delivered"]),
    ],
)
def test_statuses_come_as_the_plan_wants(standin: StandIn, habits: dict[str, object], expected: list[str]) -> None:
    standin.open_window()
    standin.plan(statuses=habits)

    standin.send_text()

    assert standin.statuses() == expected


def test_a_late_sent_takes_nothing_back_on_the_phone(standin: StandIn) -> None:
    standin.open_window()
    standin.plan(statuses={"reorder": True})

    standin.send_text()

    assert standin.control("GET", "/messages").json()[-1]["state"] == "delivered"


def test_every_webhook_can_come_several_times(standin: StandIn) -> None:
    standin.open_window()
    standin.plan(webhooks={"duplicates": 2})

    standin.send_text()

    assert standin.statuses() == ["sent", "sent", "sent", "delivered", "delivered", "delivered"]


def test_a_share_of_duplicates_is_the_same_in_every_run(standin: StandIn) -> None:
    runs = []
    for _ in range(2):
        standin.control("POST", "/reset")
        standin.open_window()
        standin.plan(webhooks={"duplicates": 1, "share": 0.5}, seed=7)
        for _ in range(10):
            standin.send_text()
        runs.append(standin.statuses())

    assert runs[0] == runs[1]
    assert 20 < len(runs[0]) < 40


def test_somebody_unreachable_is_131026_after_the_200(standin: StandIn) -> None:
    standin.control("POST", "/people", {"phone": JANA, "name": "Jana Vogt", "reachable": False})

    standin.send(type="template", template={"name": "unterlagen_fehlt", "language": {"code": "de"}})
    answer = standin.send_text()

    assert answer.status_code == 200
    assert standin.failures() == [131026]


def test_what_failed_does_not_show_on_the_phone(standin: StandIn) -> None:
    standin.send_text("kommt nicht an")

    assert "kommt nicht an" not in standin.http.get("/phones/491713920001/493023125101/").text
    assert standin.control("GET", "/messages").json()[-1]["content"] == {"body": "kommt nicht an"}


def test_the_2025_shape_knows_no_bsuid(standin: StandIn) -> None:
    standin.plan(webhooks={"shape": "2025"})
    standin.write()
    standin.send_text()

    bodies = json.dumps(standin.webhooks())

    assert [word for word in ("user_id", "DE.") if word in bodies] == []
    assert bodies.count("491713920001") > 0


def send_voice_note(standin: StandIn) -> str:
    """A voice note to Jana; its wamid. The webhooks of it are forgotten."""
    standin.open_window()
    media_id = upload(standin, "audio/ogg")
    wamid: str = standin.send(type="audio", audio={"id": media_id, "voice": True}).json()["messages"][0]["id"]
    standin.webhooks()
    return wamid


def test_a_voice_note_is_played_once(standin: StandIn) -> None:
    wamid = send_voice_note(standin)
    played = f"/phones/491713920001/493023125101/played/{wamid}"

    answers = [standin.http.post(played).status_code for _ in range(2)]

    assert answers == [204, 204]
    assert standin.statuses() == ["played"]
    assert f'data-played="{quote(played)}"' in standin.http.get("/phones/491713920001/493023125101/").text


def test_a_text_cannot_be_played_nor_can_anothers_voice_note(standin: StandIn) -> None:
    voice_note = send_voice_note(standin)
    text = standin.send_text().json()["messages"][0]["id"]
    standin.webhooks()

    of_text = standin.http.post(f"/phones/491713920001/493023125101/played/{text}")
    of_another = standin.http.post(f"/phones/491713920002/493023125101/played/{voice_note}")

    assert (of_text.status_code, of_another.status_code, standin.statuses()) == (204, 404, [])


def test_without_read_receipts_the_practice_hears_nothing_of_reading(standin: StandIn) -> None:
    standin.control("POST", "/people", {"phone": JANA, "name": "Jana Vogt", "read_receipts": False})
    wamid = send_voice_note(standin)

    seen = standin.control("POST", "/seen", {"from": JANA, "to": SOMMER}).json()
    standin.http.post(f"/phones/491713920001/493023125101/played/{wamid}")

    assert (seen, standin.statuses()) == ({"read": 1}, [])
    assert "ungelesen" not in standin.http.get("/phones/491713920001/").text
