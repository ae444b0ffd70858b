"""Every shape of webhook the reference knows, through door and drain, up to what reception sees of it."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from messaging.models import Conversation, MediaFile, Message, MessageStatus, Template, UnreadableEntry, WebhookDelivery
from patients.models import Contact, ContactIdentity
from practices.models import Role
from practices.scope import practice_scope
from tests.messaging.factories import Line
from tests.people import login, make_member
from tests.webhooks import NAMES, ONE_OF_EACH_KIND, recorded
from tests.whole import rows

pytestmark = pytest.mark.django_db

# What no message, status or event could be made of, with the reason the operator reads.
SET_ASIDE = {
    "empty_entry_list": "malformed",
    "handover_without_message": "unknown_field",
    "message_from_unknown_sender": "nobody_named",
    "message_without_id": "malformed",
    "messages_as_object": "malformed",
    "partner_event": "foreign_number",
    "status_without_id": "malformed",
    "text_in_group": "group",
    "unknown_field": "unknown_field",
}
CANNOT_BE_SHOWN = "Diese Art Nachricht zeigt Roger noch nicht. Sie ist aufbewahrt und nicht verloren."
BEING_FETCHED = "Wird geholt"
# By recording: what stands in the thread, in the order of the lines; the words are looked for in the page.
SHOWN: dict[str, list[str]] = {
    "audio_message": [BEING_FETCHED],
    "batch": ["Erste", "Dritte"],
    "batch_with_bad_items": ["Davor", "Danach", "Zuletzt"],
    "contacts_answer_to_request": ["Kontakt geschickt", "Kim, +4917604069013"],
    "contacts_message": ["Kontakt geschickt", "Jonas Beispiel, Hausarztpraxis Beispiel, +491713920015, 030 23125 099"],
    "document_message": [BEING_FETCHED, "vom Hausarzt"],
    "echo_image": ["Anfahrt", "am Praxistelefon"],
    "echo_text": ["Kommen Sie gern um 15 Uhr.", "am Praxistelefon"],
    "echo_to_user_id": ["Wir haben bis 18 Uhr geöffnet.", "am Praxistelefon"],
    "edit_message": ["Hat eine Nachricht geändert, die hier nicht vorliegt: „Ich meine nächste Woche.“"],
    "edit_message_image": ["Hat eine Nachricht geändert, die hier nicht vorliegt: „Der Zahn unten rechts“"],
    "handover_message": ["Bitte einen Menschen"],
    "image_message": [BEING_FETCHED, "Der Zahn unten links"],
    "image_message_with_url": [BEING_FETCHED],
    "image_message_without_id": [CANNOT_BE_SHOWN],
    "interactive_button_reply": ["Knopf getippt", "Mi 14:30"],
    "interactive_call_permission_reply": ["Hat auf die Frage nach Anrufen geantwortet."],
    "interactive_flow_reply": ["Formular ausgefüllt", "allergie: nein"],
    "interactive_list_reply": ["Aus der Liste gewählt", "Kontrolle", "etwa 20 Minuten"],
    "interactive_without_body": [CANNOT_BE_SHOWN],
    "location_message": ["Standort", "Brandenburger Tor", "Pariser Platz, Berlin", "52.5163, 13.3777"],
    "location_message_without_name": ["Standort", "48.1374, 11.5755"],
    "message_without_timestamp": ["Ohne Zeit"],
    "message_without_type": [CANNOT_BE_SHOWN],
    "order_message": ["Bestellung", "Bitte zurücklegen", "2 Artikel"],
    "reaction": ["Reaktion 👍 auf eine Nachricht, die hier nicht vorliegt."],
    "reaction_removed": ["Reaktion – auf eine Nachricht, die hier nicht vorliegt."],
    "reaction_removed_empty": ["Reaktion – auf eine Nachricht, die hier nicht vorliegt."],
    "request_welcome": ["Hat den Chat geöffnet und noch nichts geschrieben."],
    "revoke_message": ["Hat eine Nachricht gelöscht, die hier nicht vorliegt."],
    "standby_message": ["Hallo Assistent"],
    "sticker_message": [BEING_FETCHED],
    "system_changed_number": ["Die Person hat jetzt eine andere Nummer."],
    "system_changed_number_with_user_ids": ["Die Person hat jetzt eine andere Nummer."],
    "system_changed_user_id": ["WhatsApp meldet eine Änderung am Konto der Person."],
    "system_changed_user_id_as_text": ["WhatsApp meldet eine Änderung am Konto der Person."],
    "system_identity_changed": ["Die Person nutzt WhatsApp auf einem neuen Gerät."],
    "template_button_reply": ["Knopf getippt", "Termin bestätigen"],
    "template_button_reply_without_context": ["Knopf getippt", "Stopp"],
    "text_about_product": ["Was kostet das?"],
    "text_forwarded": ["Weitergeleiteter Text"],
    "text_frequently_forwarded": ["Kettenbrief"],
    "text_from_ad": ["Kam über eine Anzeige:", "Ich habe Ihre Anzeige gesehen."],
    "text_message": ["Guten Morgen, haben Sie diese Woche noch einen Termin frei?"],
    "text_message_user_id_in_phone_fields": ["Hallo?"],
    "text_message_with_parent": ["Bis morgen."],
    "text_message_with_user_id": ["Ich bin zehn Minuten später da."],
    "text_message_without_phone": ["Sind Sie am Freitag geöffnet?"],
    "text_message_without_phone_with_parent": ["Danke!"],
    "text_reply": ["Antwort auf eine Nachricht, die hier nicht vorliegt", "Ja, passt."],
    "text_with_unstorable_characters": ["vorher � und � nachher"],
    "unknown_message_type": [CANNOT_BE_SHOWN],
    "unsupported_message": [CANNOT_BE_SHOWN],
    "unsupported_poll": [CANNOT_BE_SHOWN],
    "video_message": [BEING_FETCHED, "So bewegt er sich"],
    "voice_message": [BEING_FETCHED],
}


def for_us(name: str, line: Line) -> bytes:
    """A recording as if it had been sent to our channel."""
    ids = {b"200000000000101": line.channel.waba_id, b"100000000000101": line.channel.phone_number_id}
    body = recorded(name)
    for theirs, ours in ids.items():
        body = body.replace(theirs, ours.encode())
    return body


def arrive(line: Line, body: bytes) -> None:
    assert line.post(body) == "200 OK"
    line.deliver()


def stored(line: Line) -> dict[str, list[Any]]:
    """All that a webhook may have changed for the people of a practice."""
    models = (Message, Conversation, Contact, ContactIdentity, MediaFile, MessageStatus, Template)
    with practice_scope(line.practice.pk):
        return {model.__name__: [row.__dict__ | {"_state": None} for row in rows_of(model)] for model in models}


def rows_of(model: Any) -> list[Any]:
    return list(model.objects.order_by("pk"))


# That each of them is read is tried without a database in every run (tests/messaging/whatsapp).
@pytest.mark.parametrize("name", rows(NAMES, everyday=ONE_OF_EACH_KIND.__contains__))
def test_a_recorded_webhook_is_processed_or_set_aside_and_a_second_time_changes_nothing(line: Line, name: str) -> None:
    arrive(line, for_us(name, line))
    once = stored(line)
    arrive(line, for_us(name, line) + b" ")

    outcome = ("unreadable", SET_ASIDE[name]) if name in SET_ASIDE else ("processed", "")
    assert [(delivery.state, delivery.error) for delivery in line.deliveries()] == [outcome, outcome]
    assert (stored(line), bool(once["Conversation"])) == (once, name in SHOWN)


@pytest.mark.parametrize("name", rows(SHOWN, everyday=ONE_OF_EACH_KIND.__contains__))
def test_reception_sees_what_came(line: Line, client: Client, name: str) -> None:
    login(client, make_member(line.practice, Role.RECEPTION))
    arrive(line, for_us(name, line))

    with practice_scope(line.practice.pk):
        conversation = Conversation.objects.order_by("pk").first()
    assert conversation is not None
    flow = thread(client, f"/p/morgenthal/inbox/{conversation.pk}/")
    places = [flow.find(words) for words in SHOWN[name]]
    assert [words for words, place in zip(SHOWN[name], places, strict=True) if place < 0] == []
    assert client.get("/p/morgenthal/inbox/?tab=open").status_code == 200


def thread(client: Client, address: str) -> str:
    """The words of the thread, without markup."""
    page = client.get(address)
    assert page.status_code == 200
    flow = page.content.decode().partition('id="thread-flow"')[2].partition('id="composer"')[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", flow)).split())


def test_bad_items_are_kept_for_the_operator_beside_their_good_neighbours(line: Line) -> None:
    arrive(line, for_us("batch_with_bad_items", line))

    with practice_scope(line.practice.pk):
        reasons = [entry.reason for entry in UnreadableEntry.objects.order_by("pk")]
        bodies = [entry.body for entry in UnreadableEntry.objects.order_by("pk")]
        assert WebhookDelivery.objects.get().state == "processed"
    assert reasons == ["malformed"] * 8
    assert bodies[:3] == [{}, "kaputt", {"type": "text"}]
