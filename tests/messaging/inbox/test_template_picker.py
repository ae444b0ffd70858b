"""Where only a template may go: which are offered, what is filled in, and that the patient reads what was shown."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from pytest_django import DjangoAssertNumQueries

from consent.purposes import Purpose
from messaging.models import Channel, Conversation, Message, Template
from patients.models import Appointment, Patient
from practices.models import Practice
from tests.messaging.inbox.desk import (
    forget_keys,
    grant,
    make_channel,
    make_template,
)

HTMX = {"HX-Request": "true"}


def address(conversation: Conversation, path: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def offered(desk: Client, conversation: Conversation) -> list[str]:
    return [choice.name for choice in desk.get(address(conversation)).context["composer"].templates]


def wrote_on(conversation: Conversation) -> str:
    at: datetime = conversation.last_inbound_at or timezone.now()
    return f"{timezone.localtime(at):%d.%m.%Y}"


def test_a_template_comes_with_what_is_known(desk: Client, channel: Channel, asleep: Conversation) -> None:
    make_template(channel)

    [choice] = desk.get(address(asleep)).context["composer"].templates

    assert [(value.name, value.value) for value in choice.values] == [("1", "Frau Vogt"), ("2", wrote_on(asleep))]
    assert choice.body.startswith(f"Guten Tag Frau Vogt, Sie haben uns am {wrote_on(asleep)} geschrieben")
    assert (choice.footer, choice.buttons) == ("Abmelden: STOP schreiben", ("Antwort lesen",))


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({}, ["Chat fortsetzen"]),
        ({"status": "rejected"}, []),
        ({"status": "paused"}, []),
        ({"purpose": "behandlung"}, []),
        ({"category": "MARKETING"}, []),
        ({"category": "SOMETHING_NEW"}, []),
        ({"name": "optin_bestaetigung"}, []),
        ({"components": [{"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://x.example/d/{{1}}"}]}]}, []),
    ],
)
def test_only_what_may_go_is_offered(
    desk: Client, channel: Channel, asleep: Conversation, columns: dict[str, str], names: list[str]
) -> None:
    make_template(channel, **columns)

    assert offered(desk, asleep) == names


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("rejected", "INCORRECT_CATEGORY", "von WhatsApp abgelehnt: falsche Kategorie"),
        ("rejected", "NONE", "von WhatsApp abgelehnt"),
        ("rejected", "Too vague", "von WhatsApp abgelehnt: Too vague"),
        ("paused", "", "von WhatsApp angehalten"),
        ("pending", "", "WhatsApp prüft sie noch"),
        ("disabled", "", "von WhatsApp abgeschaltet"),
        ("outdated", "", "geändert, wird gerade neu gelesen"),
        ("something_new", "", "nicht freigegeben"),
    ],
)
def test_what_is_not_approved_is_seen_with_its_state_and_cannot_be_chosen(
    desk: Client, channel: Channel, asleep: Conversation, status: str, reason: str, words: str
) -> None:
    make_template(channel, "termin_bestaetigung")
    make_template(channel, status=status, reason=reason)

    page = desk.get(address(asleep))

    [barred] = page.context["composer"].offer.barred
    assert ([one.name for one in page.context["composer"].templates], barred.name, barred.state) == (
        ["Termin: Bestätigung"], "Chat fortsetzen", words,
    )  # fmt: skip
    row = page.text.partition("data-barred")[2].partition("</div>")[0]
    assert (row.count("disabled"), row.count(words), row.count("value=")) == (1, 1, 0)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"purpose": "behandlung"}, "dafür fehlt die Einwilligung"),
        ({"category": "MARKETING"}, "WhatsApp führt sie als Werbung"),
        ({"category": "SOMETHING_NEW"}, "WhatsApp führt sie als Werbung"),
        ({"purpose": "recall"}, "WhatsApp führt sie als Service, eine Vorsorge-Erinnerung gilt als Werbung"),
        ({"components": [{"type": "BODY", "text": "Ihre Krone ist da."}]}, "sie nennt eine Behandlung"),
        (
            {"components": [{"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://x.example/d/{{1}}"}]}]},
            "sie braucht einen persönlichen Link, von hier geht sie nicht",
        ),
        (
            {"components": [{"type": "HEADER", "format": "DOCUMENT"}]},
            "sie braucht im Kopf eine Datei oder einen Ort, das sendet Roger nicht",
        ),
        (
            {"components": [{"type": "HEADER", "format": "TEXT", "text": "Für {{1}}"}]},
            "sie braucht im Kopf eine Angabe, das sendet Roger nicht",
        ),
        ({"components": [{"type": "CAROUSEL"}]}, "sie ist von einer Art, die Roger nicht sendet"),
        (
            {"components": [{"type": "BUTTONS", "buttons": [{"type": "COPY_CODE"}]}]},
            "sie ist von einer Art, die Roger nicht sendet",
        ),
        ({"status": "paused", "purpose": "behandlung"}, "von WhatsApp angehalten"),
    ],
)
def test_what_is_approved_and_cannot_go_here_is_seen_with_the_reason(
    desk: Client, channel: Channel, asleep: Conversation, columns: dict[str, Any], words: str
) -> None:
    make_template(channel, "termin_bestaetigung")
    make_template(channel, **columns)
    grant(asleep.contact, Purpose.RECALL)

    page = desk.get(address(asleep))

    offer = page.context["composer"].offer
    assert ([one.name for one in offer.choices], [(one.name, one.state) for one in offer.barred]) == (
        ["Termin: Bestätigung"], [("Chat fortsetzen", words)],
    )  # fmt: skip
    row = page.text.partition("data-barred")[2].partition("</div>")[0]
    assert (row.count("disabled"), row.count(words), row.count("value=")) == (1, 1, 0)


def test_what_the_practice_does_not_use_whatsapp_for_says_so(
    desk: Client, practice: Practice, channel: Channel, asleep: Conversation
) -> None:
    Practice.objects.filter(pk=practice.pk).update(offered_purposes=["organisation"])
    make_template(channel, purpose="werbung", category="MARKETING")

    [barred] = desk.get(address(asleep)).context["composer"].offer.barred

    assert barred.state == "dafür nutzt Ihre Praxis WhatsApp nicht"


@pytest.mark.parametrize("columns", [{"status": "missing"}, {"status": "deleted"}, {"name": "optin_bestaetigung"}])
def test_what_is_gone_or_sent_by_rules_alone_is_not_shown(
    desk: Client, channel: Channel, asleep: Conversation, columns: dict[str, str]
) -> None:
    make_template(channel, **columns)

    assert desk.get(address(asleep)).context["composer"].offer.barred == []


@pytest.mark.parametrize(("barred", "is_folded"), [(3, False), (4, True)])
def test_many_that_cannot_go_are_folded_with_their_number(
    desk: Client, channel: Channel, asleep: Conversation, barred: int, is_folded: bool
) -> None:
    for number in range(barred):
        make_template(channel, f"vorlage_{number}", purpose="behandlung")

    page = desk.get(address(asleep)).text

    assert f"{barred} Vorlagen gehen hier nicht" in page
    assert ('<details class="barred" open>' in page) != is_folded


def test_it_says_when_the_list_was_last_read_as_a_whole(desk: Client, channel: Channel, asleep: Conversation) -> None:
    read_at = timezone.now() - timedelta(days=40)
    make_template(channel, synced_at=read_at)
    make_template(channel, "termin_bestaetigung", synced_at=timezone.now())  # WhatsApp told of this one since

    page = desk.get(address(asleep)).text

    assert f"Liste zuletzt bei WhatsApp gelesen: {timezone.localtime(read_at):%d.%m.}" in page


@pytest.mark.parametrize("status", ["paused", "missing"])
def test_where_nothing_is_approved_the_call_is_offered(
    desk: Client, channel: Channel, asleep: Conversation, status: str
) -> None:
    make_template(channel, status=status)

    page = desk.get(address(asleep)).text

    gate = page.partition('data-gate="window"')[2].partition('id="panel"')[0]
    assert "gibt es gerade keine freigegebene Vorlage" in gate
    assert (gate.count('id="dial-template"'), gate.count("Vorlage senden")) == (1, 0)


@pytest.mark.parametrize("templates", [1, 6])
def test_many_templates_and_a_visit_cost_the_queries_of_one(
    desk: Client,
    channel: Channel,
    asleep: Conversation,
    django_assert_num_queries: DjangoAssertNumQueries,
    templates: int,
) -> None:
    Appointment.objects.create(patient=Patient.objects.get(), starts_at=timezone.now() + timedelta(days=3))
    for number in range(templates):
        columns: dict[str, str] = [{}, {"status": "paused"}, {"purpose": "behandlung"}][number % 3]
        make_template(channel, f"vorlage_{number}", **columns)
    forget_keys()

    with django_assert_num_queries(QUERIES_WITH_TEMPLATES):
        desk.get(address(asleep), headers=HTMX)


QUERIES_WITH_TEMPLATES = 37  # of a thread whose last message has arrived, and one for the templates


def test_templates_of_another_number_are_not_offered(desk: Client, asleep: Conversation) -> None:
    other = make_channel(phone_number_id="phone-2")
    make_template(other)

    assert offered(desk, asleep) == []


def test_the_patient_reads_what_was_shown(desk: Client, channel: Channel, asleep: Conversation) -> None:
    template = make_template(channel)
    form = {"template": template.pk, "client_id": uuid4()} | values(template, "Frau Vogt", "21.11.2026")

    shown = desk.post(address(asleep, f"templates/{template.pk}/preview/"), form, headers=HTMX)
    response = desk.post(address(asleep, "reply/"), form, headers=HTMX)
    again = desk.post(address(asleep, "reply/"), form, headers=HTMX)

    message = Message.objects.get(direction="out")
    parameters = [{"type": "text", "text": "Frau Vogt"}, {"type": "text", "text": "21.11.2026"}]
    assert (response.status_code, again.status_code) == (200, 200)
    assert message.body == shown.context["template"].body
    assert message.content["components"] == [{"type": "body", "parameters": parameters}]
    assert (message.template, message.type, message.state, message.purpose) == (
        template, "template", "queued", "organisation",
    )  # fmt: skip


def test_after_a_template_was_sent_the_picker_is_at_its_start(
    desk: Client, channel: Channel, asleep: Conversation
) -> None:
    template, client_id = make_template(channel), uuid4()
    form = {"template": template.pk, "client_id": client_id} | values(template, "Frau V.", "gestern")
    refused = desk.post(address(asleep, "reply/"), form | {f"value-{template.pk}-2": ""}, headers=HTMX)

    sent = desk.post(address(asleep, "reply/"), form, headers=HTMX)

    before, after = refused.context["composer"], sent.context["composer"]
    assert ([one.is_chosen for one in before.templates], before.errors != []) == ([True], True)
    assert ([one.is_chosen for one in after.templates], after.errors) == ([False], [])
    assert [value.value for value in after.templates[0].values] == ["Frau Vogt", wrote_on(asleep)]
    assert after.client_id != client_id
    held = json.loads(sent.headers["HX-Trigger-After-Settle"])["roger:held"]
    assert held["messages"] == [str(one) for one in after.held.messages]


def test_where_no_line_is_the_picker_says_that_what_was_chosen_stays(
    desk: Client, channel: Channel, asleep: Conversation
) -> None:
    make_template(channel)

    page = desk.get(address(asleep)).text

    assert page.count('data-no-line="Noch nicht gesendet: keine Verbindung. Ihre Auswahl steht noch hier."') == 1


def test_a_template_that_names_its_placeholders_is_filled_by_their_names(
    desk: Client, channel: Channel, asleep: Conversation
) -> None:
    examples = {"body_text_named_params": [{"param_name": "person", "example": "Herr Engel"}]}
    body = {"type": "BODY", "text": "Guten Tag {{person}}, wir haben Zeit.", "example": examples}
    template = make_template(channel, components=[body])
    [choice] = desk.get(address(asleep)).context["composer"].templates

    desk.post(
        address(asleep, "reply/"),
        {"template": template.pk, f"value-{template.pk}-person": "Frau Vogt"},
        headers=HTMX,
    )

    [sent] = Message.objects.get(direction="out").content["components"][0]["parameters"]
    assert (choice.values[0].label, choice.values[0].value) == ("Angabe person, zum Beispiel „Herr Engel“", "Frau Vogt")
    assert sent == {"type": "text", "text": "Frau Vogt", "parameter_name": "person"}


def test_another_value_under_the_same_id_is_not_taken_for_sent(
    desk: Client, channel: Channel, asleep: Conversation
) -> None:
    template, client_id = make_template(channel), uuid4()
    for day in ("21.11.2026", "22.11.2026"):
        form = {"template": template.pk, "client_id": client_id} | values(template, "Frau Vogt", day)
        response = desk.post(address(asleep, "reply/"), form, headers=HTMX)

    composer = response.context["composer"]
    assert (response.status_code, composer.client_id == client_id) == (422, False)
    assert composer.errors[0].startswith("Ihre vorige Fassung ist schon hinausgegangen.")
    assert ["21.11.2026" in (one.body or "") for one in Message.objects.filter(direction="out")] == [True]


@pytest.mark.parametrize("second", ["", "   ", "x" * 201])
def test_a_missing_value_sends_nothing_and_keeps_the_others(
    desk: Client, channel: Channel, asleep: Conversation, second: str
) -> None:
    template = make_template(channel)

    response = desk.post(
        address(asleep, "reply/"), {"template": template.pk} | values(template, "Frau V.", second), headers=HTMX
    )

    [choice] = response.context["composer"].templates
    assert (response.status_code, response.context["composer"].errors) == (
        422, ["Es fehlt: Angabe 2. Bitte füllen Sie alle Felder aus."],
    )  # fmt: skip
    assert (choice.is_chosen, choice.values[0].value) == (True, "Frau V.")
    assert Message.objects.filter(direction="out").count() == 0


def test_a_value_is_one_line(desk: Client, channel: Channel, asleep: Conversation) -> None:
    template = make_template(channel)

    desk.post(
        address(asleep, "reply/"),
        {"template": template.pk} | values(template, "Frau\n\tVogt", "heute"),
        headers=HTMX,
    )

    message = Message.objects.get(direction="out")
    assert (message.body or "").startswith("Guten Tag Frau Vogt,")


def test_a_template_that_lost_its_approval_is_refused(desk: Client, channel: Channel, asleep: Conversation) -> None:
    template = make_template(channel, status="paused")

    response = desk.post(
        address(asleep, "reply/"), {"template": template.pk} | values(template, "Frau V.", "heute"), headers=HTMX
    )

    assert response.status_code == 422
    assert response.context["composer"].errors[0].startswith("WhatsApp hat diese Vorlage nicht freigegeben.")


@pytest.mark.parametrize("template", ["", "x"])
def test_no_template_is_asked_for_again(desk: Client, asleep: Conversation, template: str) -> None:
    response = desk.post(address(asleep, "reply/"), {"template": template}, headers=HTMX)

    assert (response.status_code, response.context["composer"].errors) == (422, ["Bitte wählen Sie eine Vorlage."])


def test_an_unknown_template_is_404(desk: Client, asleep: Conversation) -> None:
    nobody = "01900000-0000-7000-8000-000000000000"

    assert desk.post(address(asleep, "reply/"), {"template": nobody}, headers=HTMX).status_code == 404
    assert desk.post(address(asleep, f"templates/{nobody}/preview/")).status_code == 404


def test_a_trainee_gets_no_preview_and_a_stranger_404(
    bert: Client, clara: Client, channel: Channel, asleep: Conversation
) -> None:
    path = address(asleep, f"templates/{make_template(channel).pk}/preview/")

    assert (bert.post(path).status_code, clara.post(path).status_code) == (403, 404)


def values(template: Template, *said: str) -> dict[str, str]:
    return {f"value-{template.pk}-{number}": value for number, value in enumerate(said, start=1)}


@pytest.mark.parametrize(
    ("text", "examples", "expected"),
    [
        (
            "Guten Tag {{1}}, wir erinnern Sie an Ihren Termin am {{2}} um {{3}} Uhr.",
            ["Frau Berger", "Donnerstag, 14.05.2026", "09:30"],
            ["Frau Vogt", "LONG", "TIME"],
        ),
        (
            "Guten Tag {{1}}, Ihr Termin in {{2}} ist eingetragen: {{3}} um {{4}} Uhr.",
            ["Frau Berger", "Praxis am Markt", "14.05.2026", "09:30"],
            ["Frau Vogt", "", "DAY", "TIME"],
        ),
        (
            "Guten Tag {{1}}, Ihr Termin am {{2}} muss verlegt werden. Unser Vorschlag ist {{3}} um {{4}} Uhr.",
            ["Frau Berger", "11.05.2026", "12.05.2026", "11:15"],
            ["Frau Vogt", "DAY", "", ""],
        ),
    ],
)
def test_the_agreed_visit_is_filled_in_and_a_new_one_is_not(
    desk: Client, channel: Channel, asleep: Conversation, text: str, examples: list[str], expected: list[str]
) -> None:
    make_template(channel, components=[{"type": "BODY", "text": text, "example": {"body_text": [examples]}}])
    at = timezone.localtime(timezone.now() + timedelta(days=3))
    Appointment.objects.create(patient=Patient.objects.get(), starts_at=at)
    said = {"LONG": f"{WEEKDAYS[at.weekday()]}, {at:%d.%m.%Y}", "DAY": f"{at:%d.%m.%Y}", "TIME": f"{at:%H:%M}"}

    [choice] = desk.get(address(asleep)).context["composer"].templates

    assert [value.value for value in choice.values] == [said.get(one, one) for one in expected]
