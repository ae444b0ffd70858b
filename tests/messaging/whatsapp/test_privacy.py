"""Values and errors of the border may end in a traceback or a log: they must not tell what they hold."""

import dataclasses
import inspect
import pkgutil
from importlib import import_module

import pytest

from messaging.whatsapp import answers, errors, outgoing, payloads
from messaging.whatsapp.errors import DeliveryError, MediaRefused, classify
from messaging.whatsapp.payloads import parse
from tests.webhooks import NAMES, recorded

PERSONAL = ("Erika", "Kim", "Jonas", "49171", "49176", "wamid", "DE.9", "Termin", "lookaside")


def dataclasses_of_the_border() -> list[type]:
    modules = [answers, outgoing.free_form, outgoing.interactive, outgoing.templates] + [
        import_module(f"messaging.whatsapp.payloads.{module.name}")
        for module in pkgutil.iter_modules(payloads.__path__)
    ]
    return sorted(
        {
            found
            for module in modules
            for _, found in inspect.getmembers(module, dataclasses.is_dataclass)
            if isinstance(found, type) and found.__module__ == module.__name__
        },
        key=lambda found: found.__name__,
    )


@pytest.mark.parametrize("name", NAMES)
def test_no_event_shows_what_it_holds(name: str) -> None:
    delivery = parse(recorded(name))

    shown = repr([delivery, *delivery.entries, *(event for entry in delivery.entries for event in entry.events)])

    assert [word for word in PERSONAL if word in shown] == []


@pytest.mark.parametrize("kind", dataclasses_of_the_border(), ids=lambda kind: kind.__name__)
def test_every_value_of_the_border_is_frozen_and_silent(kind: type) -> None:
    assert "__repr__" not in vars(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_the_guard_above_sees_the_values_it_is_for() -> None:
    names = {kind.__name__ for kind in dataclasses_of_the_border()}

    assert {"InboundMessage", "StatusUpdate", "Peer", "Text", "Accepted", "Entry", "HeaderFile"} <= names


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":{"code":131026,"message":"(#131026) +491713920011 wamid.HBg Erika",'
        b'"error_data":{"details":"Erika 491713920011"}}}',
        b'{"error":"Erika 491713920011"}',
        b'{"meta":{"developer_message":"Erika 491713920011 wamid.HBg"}}',
        b"<html>Erika 491713920011</html>",
    ],
)
def test_an_error_says_codes_and_nothing_else(body: bytes) -> None:
    error = classify(400, body, {})

    said = f"{error} {error!r} {error.args}"

    assert [word for word in PERSONAL if word in said] == []


def test_the_words_of_an_error_hold_its_key_and_status() -> None:
    assert str(classify(400, b'{"error":{"code":131026}}', {})) == "131026 (HTTP 400)"
    assert str(classify(401, b'{"error":"Invalid API key"}', {})) == "invalid_key (HTTP 401)"
    assert str(MediaRefused("too large")) == "media_refused: too large"


def test_every_error_of_the_family_is_a_delivery_error() -> None:
    found = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]

    assert {kind.__name__ for kind in found} == {
        "ChannelBlocked",
        "DeliveryError",
        "MediaRefused",
        "NotFound",
        "OutcomeUnknown",
        "Rejected",
        "TemporarilyUnavailable",
        "TryLater",
        "UnreadableBody",
    }
    assert [kind.__name__ for kind in found if not issubclass(kind, DeliveryError)] == ["UnreadableBody"]
