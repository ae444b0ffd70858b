"""Consent stands on top of the panel: whether anything may go out, since when, how it came."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consent.gate import Consent
from consent.purposes import Purpose
from messaging.inbox import panel_sections
from messaging.inbox.panel_sections import Registered, register
from messaging.inbox.thread import PAGE
from messaging.models import Channel, Conversation
from patients.models import PatientContact, Relation
from practices.models import Member
from tests.consent.intakes import born
from tests.messaging.inbox.desk import grant, make_conversation, make_patient, note, receive


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    return make_conversation(channel)


def panel(desk: Client, conversation: Conversation) -> Any:
    return desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").context["panel"]


def test_what_is_granted_is_ticked_and_says_how_it_came(desk: Client, conversation: Conversation) -> None:
    grant(conversation.contact, Purpose.ORGANISATION)

    shown = panel(desk, conversation)

    ticks = [is_granted for _label, is_granted in shown.consent.purposes]
    assert (shown.consent.state, ticks, shown.consent.source) == ("given", [True, False, False, False], "QR-Code")
    assert [sentence for _at, sentence in shown.optins] == ["erteilt, QR-Code"]


@pytest.mark.parametrize(
    ("state", "shown_as"),
    [
        (Consent.PENDING, "pending"),
        (Consent.EXPIRED, "pending"),
        (Consent.WITHDRAWN, "withdrawn"),
        (Consent.REJECTED, "withdrawn"),
        (Consent.OUTDATED, "missing"),
    ],
)
def test_what_is_not_granted_says_what_to_do(
    desk: Client, conversation: Conversation, state: Consent, shown_as: str
) -> None:
    grant(conversation.contact, Purpose.ORGANISATION, state=state)

    consent = panel(desk, conversation).consent

    assert (consent.state, consent.purposes, consent.sentence != "") == (shown_as, [], True)


def test_a_stranger_has_no_consent(desk: Client, conversation: Conversation) -> None:
    assert panel(desk, conversation).consent.state == "missing"


@pytest.fixture
def no_sections(monkeypatch: pytest.MonkeyPatch) -> list[Registered]:
    registered: list[Registered] = []
    monkeypatch.setattr(panel_sections, "_registered", registered)
    return registered


def test_other_rooms_add_sections_that_have_something_to_say(
    desk: Client, conversation: Conversation, no_sections: list[Registered]
) -> None:
    register(title="Bogen", template="messaging/_number.html", section=lambda *_: {"is": "there"})
    register(title="Leer", template="messaging/_number.html", section=lambda *_: None)

    assert panel(desk, conversation).sections == [("Bogen", "messaging/_number.html", {"is": "there"})]


# ── families (C-20 to C-22) ──


def text_of(html: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.decode())).replace("\u202f", " ").split())


def test_c_21_the_thread_says_for_which_child_somebody_writes(desk: Client, conversation: Conversation) -> None:
    make_patient(conversation.contact, first_name="Daniela", last_name="Krüger")
    make_patient(
        conversation.contact,
        first_name="Mia",
        last_name="Krüger",
        birth_date=born(8),
        relation=Relation.GUARDIAN,
    )
    make_patient(
        conversation.contact,
        first_name="Ben",
        last_name="Krüger",
        birth_date=born(1),
        relation=Relation.GUARDIAN,
    )

    html = desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").content

    assert "Schreibt für: Mia Krüger, 8 Jahre; Ben Krüger, 1 Jahr" in text_of(html)


def test_whoever_writes_only_for_itself_has_no_such_line(desk: Client, conversation: Conversation) -> None:
    make_patient(conversation.contact)

    html = desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").content.decode()

    assert 'id="written-for"' not in html


def test_c_22_each_child_shows_its_own_consents_and_the_custody(desk: Client, conversation: Conversation) -> None:
    contact = conversation.contact
    mia = make_patient(contact, first_name="Mia", birth_date=born(8), relation=Relation.GUARDIAN)
    PatientContact.objects.update(custody="joint")
    grant(contact, Purpose.ORGANISATION)
    grant(contact, Purpose.ORGANISATION, patient=mia)
    grant(contact, Purpose.BEHANDLUNG, patient=mia, state=Consent.PENDING)

    [shown] = panel(desk, conversation).patients

    assert shown.relation == ("Sorgeberechtigte:r, gemeinsam sorgeberechtigt, der andere Elternteil ist einverstanden")
    assert shown.consents == [
        ("Termine und Organisation", "erteilt", True),
        ("Behandlung und Kostenplan", "wartet auf Bestätigung der Nummer", False),
        ("Vorsorge-Erinnerung", "nicht erteilt", False),
        ("Neuigkeiten", "nicht erteilt", False),
    ]


def test_a_family_costs_the_same_queries_for_one_child_and_for_three(desk: Client, conversation: Conversation) -> None:
    address = f"/p/morgenthal/inbox/{conversation.pk}/"
    make_patient(conversation.contact, first_name="Mia", birth_date=born(8), relation=Relation.GUARDIAN)
    with CaptureQueriesContext(connection) as few:
        desk.get(address)
    for name in ("Ben", "Lea"):
        make_patient(conversation.contact, first_name=name, birth_date=born(5), relation=Relation.GUARDIAN)
    with CaptureQueriesContext(connection) as many:
        desk.get(address)

    assert len(many) == len(few)


def test_from_the_panel_one_takes_a_consent_down(desk: Client, conversation: Conversation, bert: Client) -> None:
    address = f"/p/morgenthal/inbox/{conversation.pk}/"
    intake = f"/p/morgenthal/consent/intake/?contact={conversation.contact_id}"

    assert intake in desk.get(address).content.decode()
    assert intake not in bert.get(address).content.decode()


# ── folding it away, and the notes ──


def test_the_panel_is_folded_for_one_person_and_so_from_the_pages_first_byte(
    desk: Client, bert: Client, conversation: Conversation
) -> None:
    thread, folding = f"/p/morgenthal/inbox/{conversation.pk}/", "/p/morgenthal/inbox/panel/"
    folded = ' data-panel="closed"'

    answer = desk.post(folding, {"state": "closed"})
    pages = [browser.get(address).text for browser in (desk, bert) for address in (thread, "/p/morgenthal/inbox/")]
    desk.post(folding, {"state": "open"})

    assert answer.status_code == 204
    assert [folded in page for page in pages] == [True, True, False, False]
    assert folded not in desk.get(thread).text


def test_the_number_of_notes_leads_to_the_newest(desk: Client, conversation: Conversation, anna: Member) -> None:
    note(conversation, "Die erste", by=anna)
    newest = note(conversation, "Die zweite", by=anna)
    for number in range(PAGE):
        receive(conversation, f"Nummer {number}")
    thread = f"/p/morgenthal/inbox/{conversation.pk}/"

    page = desk.get(thread).text
    [address] = re.findall(r'id="panel-notes"\s+href="([^"]*)"', page)
    found = desk.get(address)

    assert address == f"{thread}?message={newest.pk}#message-{newest.pk}"
    assert "2 Notizen" in page
    assert f'id="message-{newest.pk}"' not in page
    assert f'id="message-{newest.pk}"' in found.text
