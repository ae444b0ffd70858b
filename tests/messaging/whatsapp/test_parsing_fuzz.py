"""Nothing a webhook may hold makes the door raise anything but UnreadableBody, and nothing in it disappears."""

import copy
import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from messaging.whatsapp.payloads import Delivery, InboundMessage, UnreadableBody, parse
from tests.webhooks import NAMES, recorded, recorded_json
from tests.whole import as_many

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", "\x00", "\ud83d", "DE.123", "491713920011", "wamid.x", "1795600800", "NaN", -1, 10**40]),
)
KEYS = st.sampled_from(["id", "type", "text", "messages", "statuses", "value", "field", "errors", "from", "x"])
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a JSON tree."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in pairs for place in places(inner, (*path, key)))]


def replaced(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(tree)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return changed


def removed(tree: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(tree)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return changed


@st.composite
def mutated_webhooks(draw: st.DrawFn) -> Any:
    """A recorded webhook with up to three values replaced or removed, anywhere."""
    tree = recorded_json(draw(st.sampled_from(NAMES)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(tree)))
        tree = removed(tree, path) if path and draw(st.booleans()) else replaced(tree, path, draw(ANYTHING))
        if not isinstance(tree, dict):
            break
    return tree


def read(body: bytes) -> Delivery | None:
    try:
        return parse(body)
    except UnreadableBody:
        return None


@settings(max_examples=as_many(whole=600, everyday=150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated_webhooks())
def test_a_changed_webhook_is_read_and_every_entry_has_an_event(tree: Any) -> None:
    delivery = read(json.dumps(tree).encode())

    assert (delivery is None) == (not isinstance(tree, dict))
    if delivery is not None:
        assert delivery.entries
        assert all(entry.events for entry in delivery.entries)


@settings(max_examples=as_many(whole=300, everyday=80), deadline=None)
@given(st.binary(max_size=200))
@example(b'{"entry": "\\ud800"}')
@example(b'{"\\u0000": 1}')
def test_arbitrary_bytes_are_read_or_unreadable(body: bytes) -> None:
    delivery = read(body)

    assert delivery is None or len(delivery.entries) >= 1


@settings(max_examples=as_many(whole=150, everyday=50), deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_a_webhook_cut_off_anywhere_is_unreadable(name: str, data: st.DataObject) -> None:
    body = recorded(name).rstrip()
    cut = data.draw(st.integers(0, len(body) - 1))

    assert read(body[:cut]) is None


@settings(max_examples=as_many(whole=300, everyday=80), deadline=None)
@given(ANYTHING)
def test_a_neighbour_of_any_shape_leaves_the_good_message_alone(neighbour: Any) -> None:
    body = recorded_json("text_message")
    value = body["entry"][0]["changes"][0]["value"]
    value["messages"] = [neighbour, value["messages"][0]]

    delivery = read(json.dumps(body).encode())

    assert delivery is not None
    message = delivery.entries[0].events[1]
    assert isinstance(message, InboundMessage)
    assert message.text == "Guten Morgen, haben Sie diese Woche noch einen Termin frei?"


@settings(max_examples=as_many(whole=300, everyday=80), deadline=None)
@given(ANYTHING)
def test_whatever_is_kept_can_be_stored_as_text_in_postgresql(anything: Any) -> None:
    body = recorded_json("unknown_field")
    body["entry"][0]["changes"][0]["value"]["outlook"] = anything

    delivery = read(json.dumps(body).encode())

    assert delivery is not None
    stored = json.dumps(delivery.entries[0].raw, ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in stored
    assert stored.encode().decode() == stored
