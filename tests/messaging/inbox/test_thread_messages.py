"""How the messages of a thread look: each kind, what belongs to it, and what became of ours."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from messaging.models import Channel, Conversation, MediaFile, Message
from patients.models import Relation
from practices.models import Member
from tests.messaging.inbox.desk import (
    answer,
    make_contact,
    make_conversation,
    make_patient,
    receive,
)
from tests.messaging.inbox.threads import HTMX, address, make_thread, only


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    return make_thread(channel)


# ── kinds ──


@pytest.mark.parametrize(
    ("columns", "kind", "details"),
    [
        ({"type": "text"}, "text", []),
        ({"type": "button", "content": {"kind": "button_reply"}}, "button_reply", []),
        (
            {"type": "interactive", "content": {"kind": "list_reply", "description": "vormittags"}},
            "list_reply",
            ["vormittags"],
        ),
        (
            {"type": "interactive", "content": {"kind": "flow_reply", "answers": {"Tag": "Montag"}}},
            "flow_reply",
            ["Tag: Montag"],
        ),
        (
            {"type": "location", "content": {"kind": "location", "latitude": 52.5, "longitude": 13.4, "name": "Park"}},
            "location",
            ["Park", "52.5, 13.4"],
        ),
        (
            {"type": "contacts", "content": {"contacts": [{"name": "Ida", "phones": [{"phone": "+491713920011"}]}]}},
            "contacts",
            ["Ida, +491713920011"],
        ),
        ({"type": "order", "content": {"item_count": 2}}, "order", ["2 Artikel"]),
        ({"type": "unsupported", "content": {"kind": "poll"}}, "unsupported", []),
        ({"type": "holographic", "content": {"kind": "holographic", "raw": {}}}, "unknown", []),
        ({"type": "system", "content": {"kind": "user_changed_number"}}, "number_change", []),
        ({"type": "request_welcome", "content": {"kind": "request_welcome"}}, "system", []),
        ({"type": "reaction", "content": {"emoji": "👍"}}, "system", []),
        ({"type": "revoke", "content": {}}, "system", []),
        ({"type": "edit", "content": {}}, "system", []),
    ],
)
def test_every_kind_has_its_face(
    desk: Client, conversation: Conversation, columns: dict[str, object], kind: str, details: list[str]
) -> None:
    receive(conversation, "Text", **columns)  # type: ignore[arg-type]

    page = desk.get(address(conversation))

    assert (only(page).kind, only(page).details) == (kind, details)  # type: ignore[attr-defined]


def test_text_is_shown_as_text_whatever_it_says(desk: Client, conversation: Conversation) -> None:
    receive(conversation, "<script>alert(1)</script> {{ x }} \u202e")

    page = desk.get(address(conversation)).content.decode()

    assert page.count("<script>alert") == 0
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; {{ x }} \u202e") > 0


def test_a_reaction_stands_at_its_message_and_the_last_one_counts(desk: Client, conversation: Conversation) -> None:
    message = answer(conversation, "Passt Ihnen Montag?")
    for emoji in ("👎", "👍"):
        receive(conversation, None, type="reaction", target=message, content={"kind": "reaction", "emoji": emoji})

    [reaction] = only(desk.get(address(conversation))).reactions  # type: ignore[attr-defined]

    assert (reaction.emoji, reaction.name, reaction.word) == ("👍", "Vogt, Jana", "Daumen hoch")


def test_a_reaction_that_was_taken_back_is_gone(desk: Client, conversation: Conversation) -> None:
    message = answer(conversation, "Passt Ihnen Montag?")
    for emoji in ("👍", None):
        receive(conversation, None, type="reaction", target=message, content={"kind": "reaction", "emoji": emoji})

    assert only(desk.get(address(conversation))).reactions == []  # type: ignore[attr-defined]


def test_an_edited_message_shows_its_last_wording_and_keeps_the_first(desk: Client, conversation: Conversation) -> None:
    message = receive(conversation, "Montag", ago=timedelta(minutes=3))
    receive(conversation, "Dienstag", type="edit", target=message, ago=timedelta(minutes=2))
    receive(conversation, "Mittwoch", type="edit", target=message)
    Message.objects.filter(pk=message.pk).update(edited_at=timezone.now())

    line = only(desk.get(address(conversation)))

    assert (line.body, line.earlier, line.edited) == ("Mittwoch", ["Montag", "Dienstag"], True)  # type: ignore[attr-defined]


def test_a_deleted_message_says_so_and_no_more(desk: Client, conversation: Conversation) -> None:
    message = receive(conversation, "Versehentlich geschickt")
    Message.objects.filter(pk=message.pk).update(revoked_at=timezone.now())

    page = desk.get(address(conversation))

    assert page.content.decode().count("Vom Patienten gelöscht") == 1
    assert page.content.decode().partition('id="thread-flow"')[2].count("Versehentlich") == 0


def test_a_quote_names_whom_it_quotes(desk: Client, conversation: Conversation) -> None:
    ours = answer(conversation, "Montag oder Dienstag?", ago=timedelta(minutes=1))
    receive(conversation, "Das zweite", quoted=ours)
    receive(conversation, "Das da", quoted_wamid="wamid.unknown")

    _first, second, third = desk.get(address(conversation)).context["messages"]

    assert (second.quote.author, second.quote.text, second.quote.pk) == ("Wir", "Montag oder Dienstag?", ours.pk)
    assert (third.quote.pk, third.quote.text) == (None, "Antwort auf eine Nachricht, die hier nicht vorliegt")


def test_a_template_shows_what_went_out_and_which_button_was_tapped(desk: Client, conversation: Conversation) -> None:
    definition = [
        {"type": "FOOTER", "text": "Abmelden: STOP schreiben"},
        {"type": "BUTTONS", "buttons": [{"text": "Ich komme"}, {"text": "Absagen"}]},
    ]
    content = {"kind": "template", "definition": definition, "components": []}
    sent = answer(conversation, "Guten Tag Frau Vogt", type="template", content=content, ago=timedelta(minutes=2))
    receive(conversation, "Absagen", type="button", content={"kind": "button_reply"}, quoted=sent)

    line = desk.get(address(conversation)).context["messages"][0]

    assert (line.kind, line.body, line.footer) == ("template", "Guten Tag Frau Vogt", "Abmelden: STOP schreiben")
    assert line.buttons == [("Ich komme", False), ("Absagen", True)]


def test_a_message_that_came_late_says_when_it_was_written(desk: Client, conversation: Conversation) -> None:
    written = timezone.now() - timedelta(hours=3)
    message = receive(conversation)
    Message.objects.filter(pk=message.pk).update(provider_at=written)

    [remark] = only(desk.get(address(conversation))).remarks  # type: ignore[attr-defined]

    assert remark == f"um {timezone.localtime(written):%H:%M} geschrieben, später angekommen"


def test_a_mother_writes_for_her_child(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel, make_contact(profile_name="Daniela"))
    make_patient(conversation.contact, first_name="Mia", last_name="Hoffmann", relation=Relation.GUARDIAN)
    receive(conversation)

    page = desk.get(address(conversation))

    [patient] = page.context["panel"].patients
    assert page.context["conversation"].name == "Daniela (laut WhatsApp) für Hoffmann, Mia"
    assert (patient.name, patient.relation) == ("Hoffmann, Mia", "Sorgeberechtigte:r")


# ── ours: states and reasons ──


GONE = (
    "WhatsApp kann die Nachricht nicht zustellen, ohne den Grund zu nennen. Sie ist nicht angekommen. "
    "Bitte rufen Sie an."
)
CALL = "Sie ist nicht hinausgegangen. Bitte rufen Sie an, wenn es eilt."
ASK = "Fragen Sie nach, bevor Sie sie noch einmal senden: sonst kommt sie vielleicht doppelt an."


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"state": "read"}, ("", "")),
        ({"state": "failed", "error_code": 131026}, (GONE, "")),
        (
            {"state": "cancelled", "refusal": "consent"},
            ("Die Einwilligung fehlte, als die Nachricht hinausgehen sollte.", CALL),
        ),
        ({"state": "cancelled", "refusal": "something new"}, ("Sie durfte nicht hinausgehen.", CALL)),
        ({"state": "unconfirmed"}, ("Die Verbindung zu WhatsApp brach ab.", ASK)),
    ],
)
def test_what_did_not_arrive_says_why_and_what_to_do(
    desk: Client, anna: Member, conversation: Conversation, columns: dict[str, str], told: tuple[str, str]
) -> None:
    answer(conversation, by=anna, **columns)  # type: ignore[arg-type]

    line = only(desk.get(address(conversation)))

    assert (line.reason, line.next_step) == told  # type: ignore[attr-defined]


def test_only_the_last_of_a_run_of_ours_says_its_tick_in_words(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    first = answer(conversation, "eins", by=anna, ago=timedelta(minutes=3))
    answer(conversation, "zwei", by=anna, ago=timedelta(minutes=2))
    receive(conversation)

    page = desk.get(address(conversation))
    alone = desk.get(address(conversation, f"messages/{first.pk}/"), headers=HTMX)

    assert [line.shows_word for line in page.context["messages"]] == [False, True, False]
    assert alone.context["message"].shows_word is False


def test_what_is_no_text_says_what_it_is_when_it_is_answered(desk: Client, conversation: Conversation) -> None:
    receive(conversation, "Guten Tag")
    receive(conversation, None, type="audio")
    receive(conversation, "Die Krone", type="image")
    document = receive(conversation, None, type="document")
    MediaFile.objects.create(
        message=document,
        contact_id=document.contact_id,
        channel_id=document.channel_id,
        details={"kind": "document", "filename": "Überweisung.pdf"},
    )
    receive(conversation, None, type="location", content={"kind": "location", "latitude": 52.5, "longitude": 13.4})

    page = desk.get(address(conversation))

    words = ["Sprachnachricht", "Foto: Die Krone", "Dokument: Überweisung.pdf", "Standort"]
    assert [line.words_quoted for line in page.context["messages"]][-5:] == ["", *words]
    assert [page.text.count(f'data-words="{one}"') for one in words] == [1, 1, 1, 1]


def test_a_file_is_veiled_until_somebody_asks(desk: Client, conversation: Conversation) -> None:
    message = receive(conversation, None, type="image")
    row = MediaFile.objects.create(
        message=message,
        contact_id=message.contact_id,
        channel_id=message.channel_id,
        details={"kind": "image", "mime_type": "image/jpeg", "found_type": "image/jpeg", "width": 4, "height": 3},
        state=MediaFile.State.STORED,
    )

    page = desk.get(address(conversation)).content.decode()

    assert page.count(f"/p/morgenthal/media/{row.pk}/") > 0
    assert page.partition('id="thread-flow"')[2].count("<img") == 0
