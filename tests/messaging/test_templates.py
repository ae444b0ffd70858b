"""Templates follow 360dialog: read whole, changed by webhooks, never sent when they must not be."""

from typing import Any

import pytest

from messaging.models import Template
from messaging.templates import synchronise
from practices.scope import practice_scope
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import Line, envelope

pytestmark = pytest.mark.django_db

BODY = [
    {"type": "BODY", "text": "Guten Tag {{1}}, bitte rufen Sie uns an.", "example": {"body_text": [["Frau Weber"]]}}
]


def at_360dialog(whatsapp: FakeWhatsApp, *names: str) -> None:
    for name in names:
        definition = {"name": name, "category": "UTILITY", "language": "de", "components": BODY}
        whatsapp.http.post(
            "/v1/configs/templates", json=definition, headers={"D360-API-KEY": whatsapp.line.channel.api_key}
        ).raise_for_status()


def known(line: Line) -> dict[str, str]:
    with practice_scope(line.practice.pk):
        return dict(Template.objects.values_list("name", "status"))


def event(line: Line, field: str, **value: Any) -> dict[str, Any]:
    named = {"message_template_name": "rueckruf", "message_template_language": "de", "message_template_id": "1"}
    body = envelope({}, line=line, field=field)
    body["entry"][0]["changes"][0]["value"] = named | value
    return body


def test_templates_are_read_from_360dialog_and_a_vanished_one_cannot_be_sent(
    line: Line, whatsapp: FakeWhatsApp
) -> None:
    at_360dialog(whatsapp, "rueckruf", "termin")
    with practice_scope(line.practice.pk):
        Template.objects.create(channel=line.channel, name="alt", language="de", category="UTILITY", status="approved")

        assert synchronise() == 2

    assert set(known(line)) == {"alt", "rueckruf", "termin"}
    assert known(line)["alt"] == "missing"
    with practice_scope(line.practice.pk):
        assert Template.objects.get(name="rueckruf").components[0]["text"].startswith("Guten Tag")


def test_reading_twice_changes_nothing(line: Line, whatsapp: FakeWhatsApp) -> None:
    at_360dialog(whatsapp, "rueckruf")
    with practice_scope(line.practice.pk):
        synchronise()
        synchronise()

    assert list(known(line)) == ["rueckruf"]


@pytest.fixture
def template(line: Line) -> Template:
    with practice_scope(line.practice.pk):
        return Template.objects.create(
            channel=line.channel, name="rueckruf", language="de", category="UTILITY", status="approved", provider_id="1"
        )


@pytest.mark.parametrize(
    ("field", "value", "column", "then"),
    [
        ("message_template_status_update", {"event": "PAUSED"}, "status", "paused"),
        ("message_template_status_update", {"event": "REJECTED", "reason": "SCAM"}, "reason", "SCAM"),
        (
            "template_category_update",
            {"new_category": "MARKETING", "previous_category": "UTILITY"},
            "category",
            "MARKETING",
        ),
        ("message_template_quality_update", {"new_quality_score": "RED"}, "quality", "RED"),
        ("message_template_components_update", {"message_template_element": "Neu"}, "status", "outdated"),
    ],
)
def test_what_meta_says_about_a_template_holds_at_once(
    line: Line, template: Template, field: str, value: dict[str, str], column: str, then: str
) -> None:
    line.deliver(event(line, field, **value))

    with practice_scope(line.practice.pk):
        assert getattr(Template.objects.get(), column) == then


def test_an_announced_change_of_category_does_not_hold_yet(line: Line, template: Template) -> None:
    line.deliver(event(line, "template_category_update", correct_category="MARKETING", new_category="UTILITY"))

    with practice_scope(line.practice.pk):
        assert Template.objects.get().category == "UTILITY"
