"""Templates: envelope, submission, moderation, deletion (360dialog section 10)."""

import time
from typing import Any

import pytest

from tests.simulator.conftest import SOMMER, Json, NewStandIn, StandIn, code_of, configuration

PATH = "/v1/configs/templates"


def new_template(**changes: Any) -> Json:
    """A template that Meta would take."""
    body = {
        "type": "BODY",
        "text": "Guten Tag {{1}}, wir sehen uns am {{2}} in der Praxis.",
        "example": {"body_text": [["Frau Vogt", "24.11."]]},
    }
    return {"name": "termin_neu", "category": "UTILITY", "language": "de", "components": [body], **changes}


def components(**changes: Any) -> Json:
    """The same with other components."""
    plain = {"type": "BODY", "text": "Ihre Unterlagen sind da."}
    return new_template(components=[{**plain, **changes.pop("body", {})}, *changes.pop("more", [])], **changes)


def names(answer: Json) -> list[str]:
    """The names of a list."""
    return [one["name"] for one in answer["waba_templates"]]


def test_the_list_has_360dialogs_envelope_and_lower_case_status(standin: StandIn) -> None:
    answer = standin.call("GET", PATH).json()

    assert {name: answer[name] for name in ("count", "filters", "limit", "offset", "sort", "total")} == {
        "count": 4,
        "filters": {},
        "limit": 1000,
        "offset": 0,
        "sort": ["business_templates.name"],
        "total": 4,
    }
    assert names(answer) == ["anmeldecode", "termin_erinnerung", "termin_mit_namen", "unterlagen"]
    assert {one["status"] for one in answer["waba_templates"]} == {"approved"}
    assert sorted(answer["waba_templates"][0]) == [
        "category",
        "components",
        "id",
        "language",
        "modified_at",
        "modified_by",
        "name",
        "namespace",
        "partner_id",
        "rejected_reason",
        "status",
        "waba_account_id",
    ]


@pytest.mark.parametrize(("given", "kept"), [("123456", True), ("demo-template", False), ("", False), (None, False)])
def test_template_ids_are_numbers_whatever_the_configuration_says(
    new_standin: NewStandIn, given: str | None, kept: bool
) -> None:
    config = configuration()
    config["numbers"][0]["templates"] = [{**config["numbers"][0]["templates"][0], "id": given}]
    standin = new_standin(config)

    answer = standin.control("POST", "/templates", {"number": SOMMER, "name": "termin_erinnerung", "event": "PAUSED"})
    template_id = standin.values()[0]["message_template_id"]

    assert (answer.status_code, template_id == 123456, template_id > 0) == (200, kept, True)


def test_limit_and_offset_page_through_the_list(standin: StandIn) -> None:
    answer = standin.call("GET", PATH, params={"limit": 2, "offset": 1}).json()

    assert (names(answer), answer["count"], answer["total"]) == (["termin_erinnerung", "termin_mit_namen"], 2, 4)


@pytest.mark.parametrize("filters", ['{"business_templates.name": "unterlagen"}', '{"name": "unterlagen"}'])
def test_filters_narrow_the_list(standin: StandIn, filters: str) -> None:
    assert names(standin.call("GET", PATH, params={"filters": filters}).json()) == ["unterlagen"]


@pytest.mark.parametrize("filters", ["{", "[]"])
def test_broken_filters_are_refused(standin: StandIn, filters: str) -> None:
    assert code_of(standin.call("GET", PATH, params={"filters": filters})) == 100


def test_each_account_sees_its_own_templates(standin: StandIn) -> None:
    assert names(standin.call("GET", PATH, key="key-of-dom").json()) == []


def test_a_new_template_is_submitted_and_approved_by_webhook(standin: StandIn) -> None:
    standin.plan(moderation={"decide_after_seconds": 0})

    created = standin.call("POST", PATH, json=new_template())
    standin.control("GET", "/settled")
    (webhook,) = standin.webhooks()

    entry = webhook["entry"][0]
    assert (created.status_code, created.json()["status"]) == (201, "submitted")
    assert entry["changes"] == [
        {
            "field": "message_template_status_update",
            "value": {
                "event": "APPROVED",
                "message_template_id": int(created.json()["id"]),
                "message_template_name": "termin_neu",
                "message_template_language": "de",
                "reason": "NONE",
                "message_template_category": "UTILITY",
            },
        }
    ]
    assert (entry["id"], abs(entry["time"] - time.time()) < 5) == ("200000000000101", True)


def test_moderation_can_reject(standin: StandIn) -> None:
    standin.plan(moderation={"decide_after_seconds": 0, "event": "REJECTED", "reason": "INCORRECT_CATEGORY"})

    standin.call("POST", PATH, json=new_template())
    standin.control("GET", "/settled")
    (value,) = standin.values()

    assert (value["event"], value["reason"]) == ("REJECTED", "INCORRECT_CATEGORY")
    listed = standin.call("GET", PATH, params={"filters": '{"name": "termin_neu"}'}).json()["waba_templates"][0]
    assert (listed["status"], listed["rejected_reason"]) == ("rejected", "INCORRECT_CATEGORY")


def test_moderation_can_wait_for_us(standin: StandIn) -> None:
    standin.plan(moderation={"decide_after_seconds": None})

    standin.call("POST", PATH, json=new_template())
    standin.control("GET", "/settled")

    assert standin.webhooks() == []


def test_a_category_is_announced_and_then_changed(standin: StandIn) -> None:
    wish = {"number": SOMMER, "name": "unterlagen", "category": "marketing"}

    standin.control("POST", "/templates", {**wish, "impending": True})
    announced = standin.call("GET", PATH, params={"filters": '{"name": "unterlagen"}'}).json()["waba_templates"][0]
    standin.control("POST", "/templates", wish)
    impending, done = standin.values()

    assert (impending["new_category"], impending["correct_category"], announced["category"]) == (
        "UTILITY",
        "MARKETING",
        "UTILITY",
    )
    assert (done["previous_category"], done["new_category"]) == ("UTILITY", "MARKETING")


def test_a_quality_falls(standin: StandIn) -> None:
    standin.control("POST", "/templates", {"number": SOMMER, "name": "unterlagen", "quality": "green"})
    standin.control("POST", "/templates", {"number": SOMMER, "name": "unterlagen", "quality": "red"})

    scores = [(value["previous_quality_score"], value["new_quality_score"]) for value in standin.values()]

    assert scores == [("UNKNOWN", "GREEN"), ("GREEN", "RED")]


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"number": SOMMER, "name": "gibt_es_nicht", "event": "PAUSED"}, 404),
        ({"number": "+4915", "name": "unterlagen", "event": "PAUSED"}, 404),
        ({"number": SOMMER, "name": "unterlagen", "event": "EXPLODED"}, 400),
        ({"number": SOMMER, "name": "unterlagen"}, 400),
        ({"name": "unterlagen"}, 400),
    ],
)
def test_moderation_by_hand_says_what_it_does_not_understand(standin: StandIn, wish: Json, status: int) -> None:
    assert standin.control("POST", "/templates", wish).status_code == status


def test_deleting_takes_all_languages_of_a_name(standin: StandIn) -> None:
    standin.call("POST", PATH, json=new_template(name="unterlagen", language="tr"))

    answer = standin.call("DELETE", f"{PATH}/unterlagen")

    assert answer.json() == {
        "meta": {"developer_message": "template name=unterlagen was deleted", "http_code": 200, "success": True}
    }
    assert names(standin.call("GET", PATH).json()) == ["anmeldecode", "termin_erinnerung", "termin_mit_namen"]
    assert standin.call("DELETE", f"{PATH}/unterlagen").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        new_template(components=[{"type": "HEADER", "format": "IMAGE"}, *new_template()["components"]]),
        components(more=[{"type": "FOOTER", "text": "x" * 60}]),
        components(more=[{"type": "HEADER", "format": "TEXT", "text": "{{1}}", "example": {"header_text": ["A"]}}]),
        components(more=[{"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "example": "ABC"}]}]),
        components(more=[{"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "x" * 25}] * 10}]),
        new_template(category="marketing"),
        new_template(name="termin_erinnerung", language="tr"),
    ],
)
def test_a_well_formed_template_is_taken(standin: StandIn, body: Json) -> None:
    assert standin.call("POST", PATH, json=body).status_code == 201


@pytest.mark.parametrize(
    ("body", "code", "subcode"),
    [
        ([], 100, None),
        (new_template(name="Termin Neu"), 100, 2388046),
        (new_template(name="x" * 513), 100, 2388046),
        (new_template(name=None), 131008, None),
        (new_template(language=None), 131008, None),
        (new_template(category="SERVICE"), 100, None),
        (new_template(components=[]), 131008, None),
        (new_template(components=[{"type": "FOOTER", "text": "x"}]), 100, None),
        (new_template(components=new_template()["components"] * 2), 100, None),
        (new_template(name="unterlagen"), 100, 2388024),
        (components(body={"text": "x" * 1025}), 100, None),
        (components(body={"text": "{{1}} ist da und wartet", "example": {}}), 100, 2388299),
        (components(body={"text": "Es wartet auf Sie {{1}}"}), 100, 2388299),
        (components(body={"text": "Es {{1}} {{2}} da", "example": {"body_text": [["1", "2"]]}}), 100, 2388293),
        (components(body={"text": "Guten Tag {{1}}, es ist da."}), 100, 2388043),
        (components(more=[{"type": "FOOTER", "text": "x" * 61}]), 100, None),
        (components(more=[{"type": "HEADER", "format": "TEXT", "text": "x" * 61}]), 100, None),
        (components(more=[{"type": "HEADER", "format": "TEXT", "text": "{{1}}"}]), 100, 2388043),
        (components(more=[{"type": "HEADER", "format": "TEXT", "text": "{{1}} und {{2}}"}]), 100, None),
        (components(more=[{"type": "HEADER", "format": "GIF"}]), 100, None),
        (components(more=[{"type": "CAROUSEL"}]), 100, None),
        (components(more=[{"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Ja"}] * 11}]), 100, None),
        (components(more=[{"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "x" * 26}]}]), 100, None),
        (components(more=[{"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Auf"}] * 3}]), 100, None),
        (components(more=[{"type": "BUTTONS", "buttons": [{"type": "PHONE_NUMBER", "text": "Ruf"}] * 2}]), 100, None),
    ],
)
def test_a_malformed_template_is_refused(standin: StandIn, body: Any, code: int, subcode: int | None) -> None:
    answer = standin.call("POST", PATH, json=body)

    assert (answer.status_code, code_of(answer)) == (400, code)
    assert answer.json()["error"].get("error_subcode") == subcode
