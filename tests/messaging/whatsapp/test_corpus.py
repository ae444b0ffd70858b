"""Payloads nobody here wrote, replayed from the folder named by CORPUS: what we read, and what we would have sent."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from messaging.whatsapp import outgoing
from messaging.whatsapp.answers import Accepted, TemplateRecord
from messaging.whatsapp.errors import NotFound
from messaging.whatsapp.outgoing import Body, Button, QuickReply, Row, Section
from messaging.whatsapp.payloads import InboundMessage, StatusUpdate, Unknown, UnknownContent, Unreadable, parse
from tests.messaging.whatsapp.answering import Answering, answer

CORPUS = Path(os.environ["CORPUS"])
if not CORPUS.is_dir():
    raise NotADirectoryError("CORPUS names no folder.")

TO = "+491713920011"

REQUESTS_AND_ANSWERS = ("send-", "create-template-", "response-")
WEBHOOKS = sorted(path.stem for path in CORPUS.glob("*.json") if not path.name.startswith(REQUESTS_AND_ANSWERS))
SENDS = sorted(path.stem for path in CORPUS.glob("send-*.json"))

# Shapes we never send: links instead of ids, flows, and parameters Meta has given up or that only look like text.
NEVER_SENT = {
    "send-image-link",
    "send-interactive-flow",
    "send-template-interactive",
    "send-template-issue-resolution",
    "send-template-shipping",
    "send-template-text",
}


def raw(name: str) -> bytes:
    return (CORPUS / f"{name}.json").read_bytes()


def content(name: str) -> Any:
    return json.loads(raw(name))


def test_the_corpus_is_there() -> None:
    assert (len(WEBHOOKS), len(SENDS)) == (62, 20)


@pytest.mark.parametrize("name", WEBHOOKS)
def test_a_foreign_webhook_is_read_whole(name: str) -> None:
    delivery = parse(raw(name))

    assert len(delivery.entries) == len(content(name)["entry"])
    for entry in delivery.entries:
        assert entry.events
        assert [event for event in entry.events if isinstance(event, Unreadable)] == []


@pytest.mark.parametrize("name", [name for name in WEBHOOKS if name.startswith("inbound-")])
def test_a_foreign_message_has_sender_time_and_known_content(name: str) -> None:
    [event] = parse(raw(name)).entries[0].events

    if name == "inbound-group-create":
        assert isinstance(event, Unknown)
        assert event.field == "group_lifecycle_update"
    else:
        assert isinstance(event, InboundMessage)
        assert event.sender.is_identified
        assert event.timestamp is not None
        assert type(event.content) is not UnknownContent


@pytest.mark.parametrize("name", [name for name in WEBHOOKS if name.startswith("status-")])
def test_a_foreign_status_has_a_known_word_and_time(name: str) -> None:
    [event] = parse(raw(name)).entries[0].events

    assert isinstance(event, StatusUpdate)
    assert event.kind is not None
    assert event.timestamp is not None


def media(sent: Body) -> Body:
    kind = sent["type"]
    file = sent[kind]
    return outgoing.media(kind, file["id"], caption=file.get("caption"), filename=file.get("filename"), to=TO)


def text(sent: Body) -> Body:
    return outgoing.text(sent["text"]["body"], quote=sent.get("context", {}).get("message_id"), to=TO)


def location(sent: Body) -> Body:
    place = sent["location"]
    return outgoing.location(place["latitude"], place["longitude"], name=place["name"], address=place["address"], to=TO)


def reaction(sent: Body) -> Body:
    return outgoing.reaction(sent["reaction"]["message_id"], sent["reaction"]["emoji"], to=TO)


def buttons(sent: Body) -> Body:
    drawn = sent["interactive"]
    choices = [Button(**button["reply"]) for button in drawn["action"]["buttons"]]
    return outgoing.buttons(drawn["body"]["text"], choices, to=TO)


def choice_list(sent: Body) -> Body:
    drawn = sent["interactive"]
    sections = [
        Section([Row(**row) for row in section["rows"]], section["title"]) for section in drawn["action"]["sections"]
    ]
    header, footer = drawn["header"]["text"], drawn["footer"]["text"]
    return outgoing.choice_list(
        drawn["body"]["text"], drawn["action"]["button"], sections, header=header, footer=footer, to=TO
    )


def template(sent: Body) -> Body:
    drawn = sent["template"]
    values = [parameter["text"] for part in drawn.get("components", []) for parameter in part["parameters"]]
    return outgoing.template(drawn["name"], drawn["language"]["code"], body=values, to=TO)


BUILDERS: dict[str, Callable[[Body], Body]] = {
    "send-audio-id": media,
    "send-document-id": media,
    "send-image-id": media,
    "send-interactive-buttons": buttons,
    "send-interactive-list": choice_list,
    "send-location": location,
    "send-reaction": reaction,
    "send-sticker-id": media,
    "send-template-body-pt-br": template,
    "send-template-hello-world": template,
    "send-text": text,
    "send-text-formatting": text,
    "send-text-reply": text,
}


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_our_builders_write_what_others_send(name: str) -> None:
    sent = content(name)

    assert BUILDERS[name](sent) == {"recipient_type": "individual"} | sent | {"to": TO}


def test_every_request_of_the_corpus_is_either_built_or_never_sent() -> None:
    assert set(SENDS) == set(BUILDERS) | NEVER_SENT | {"send-typing-indicator"}


def test_the_buttons_of_a_foreign_template_are_built_alike() -> None:
    components = content("send-template-interactive")["template"]["components"]
    payloads = [component["parameters"][0]["payload"] for component in components[2:]]

    built = outgoing.template("t", "de", buttons=[QuickReply(n, payload) for n, payload in enumerate(payloads)], to=TO)

    assert built["template"]["components"] == components[2:]


def test_the_typing_indicator_is_sent_as_others_send_it() -> None:
    server = Answering(answer(success=True))
    expected = content("send-typing-indicator")

    server.client().mark_read(expected["message_id"], typing=True)

    assert server.body == expected


def answering(name: str, status: int = 200) -> Answering:
    return Answering(httpx.Response(status, content=raw(name)))


def test_a_foreign_answer_to_a_message_is_accepted() -> None:
    [message] = content("response-send-ok")["messages"]

    assert answering("response-send-ok").client().send({}) == Accepted(message["id"])


def test_a_foreign_upload_and_address_are_read() -> None:
    uploaded, expected = content("response-media-upload"), content("response-media-url")

    assert answering("response-media-upload").client().upload_media(b"x", "image/png", "x.png") == uploaded["id"]
    found = answering("response-media-url").client().media_url(expected["id"])

    assert (found.mime_type, found.file_size) == (expected["mime_type"], expected["file_size"])
    assert found.sha256 == expected["sha256"]
    server = Answering(httpx.Response(200, content=b"bytes"))
    assert b"".join(server.client().download_media(found.url)) == b"bytes"


def test_a_foreign_error_is_classified() -> None:
    with pytest.raises(NotFound) as raised:
        answering("response-error-object-not-found", 400).client().media_url("1")

    assert raised.value.meaning.key == "100/33"


def test_foreign_templates_are_read_listed_created_and_deleted() -> None:
    listed = answering("response-template-list").client().templates()
    assert [template.name for template in listed] == [
        template["name"] for template in content("response-template-list")["data"]
    ]

    for definition in sorted(path.stem for path in CORPUS.glob("create-template-*.json")):
        wanted = content(definition)
        created = answering("response-template-created").client().create_template(wanted)
        assert created == TemplateRecord(
            id=content("response-template-created")["id"],
            name=wanted["name"],
            language=wanted["language"],
            category="UTILITY",
            status="REJECTED",
            rejected_reason=None,
            namespace=None,
            components=tuple(wanted["components"]),
        )

    answering("response-template-deleted").client().delete_template("t")


def test_a_foreign_profile_is_read() -> None:
    profile = answering("response-business-profile").client().business_profile()

    assert profile.vertical == "RESTAURANT"
    assert len(profile.websites) == 2
