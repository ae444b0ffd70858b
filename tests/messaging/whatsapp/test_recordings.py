"""The recorded webhooks themselves: complete against the reference, realistic, and without anybody's real number."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.webhooks import NAMES, recorded, recorded_json

# 0171 39200xx, 0176 040690xx, 030 23125 xxx: numbers that belong to nobody.
RESERVED = re.compile(r"49(17139200\d{2}|176040690\d{2}|3023125\d{3})")
RESERVED_WITHOUT_COUNTRY = re.compile(r"03023125\d{3}")
OTHER_NUMBERS = re.compile(
    r"\d{1,10}"  # counts, sizes and seconds since 1970
    r"|\d*0{7,}\d*"  # ids we made up: no phone number has seven zeros in a row
)

TYPES = {
    "audio",
    "button",
    "contacts",
    "document",
    "edit",
    "image",
    "interactive",
    "location",
    "order",
    "reaction",
    "request_welcome",
    "revoke",
    "sticker",
    "system",
    "text",
    "unsupported",
    "video",
}
FIELDS = {
    "account_review_update",
    "account_update",
    "business_capability_update",
    "history",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "messages",
    "messaging_handovers",
    "phone_number_name_update",
    "phone_number_quality_update",
    "smb_app_state_sync",
    "smb_message_echoes",
    "standby",
    "template_category_update",
    "user_preferences",
}
TEMPLATE_EVENTS = {
    "APPROVED",
    "ARCHIVED",
    "DISABLED",
    "FLAGGED",
    "IN_APPEAL",
    "PAUSED",
    "PENDING",
    "PENDING_DELETION",
    "REINSTATED",
    "REJECTED",
    "UNARCHIVED",
}
STATUSES = {"delivered", "failed", "played", "read", "sent"}
SYSTEM_CHANGES = {"customer_identity_changed", "user_changed_number", "user_changed_user_id"}


def values_of(tree: Any, key: str) -> Iterator[Any]:
    """Every value under this key, anywhere in the tree."""
    if isinstance(tree, dict):
        if key in tree:
            yield tree[key]
        for inner in tree.values():
            yield from values_of(inner, key)
    elif isinstance(tree, list):
        for inner in tree:
            yield from values_of(inner, key)


def everywhere(key: str) -> set[str]:
    return {value for name in NAMES for value in values_of(recorded_json(name), key) if isinstance(value, str)}


def strings_of(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for inner in tree.values():
            yield from strings_of(inner)
    elif isinstance(tree, list):
        for inner in tree:
            yield from strings_of(inner)
    elif tree is not None:
        yield str(tree)


@pytest.mark.parametrize(
    ("key", "expected"),
    [("type", TYPES | SYSTEM_CHANGES), ("field", FIELDS), ("event", TEMPLATE_EVENTS), ("status", STATUSES)],
)
def test_everything_the_reference_names_is_recorded(key: str, expected: set[str]) -> None:
    assert expected - everywhere(key) == set()


def numbers_in(tree: Any) -> Iterator[str]:
    """Every run of digits that a person could read as a number; grouped ones count as one."""
    for text in strings_of(tree):
        if not text.startswith("wamid."):
            yield from re.findall(r"\d+", re.sub(r"(?<=\d)[ -](?=\d)", "", text))


def test_no_recording_holds_a_number_that_could_be_somebodys() -> None:
    allowed = (RESERVED, RESERVED_WITHOUT_COUNTRY, OTHER_NUMBERS)
    found = {number for name in NAMES for number in numbers_in(recorded_json(name))}

    assert [number for number in sorted(found) if not any(kind.fullmatch(number) for kind in allowed)] == []
    assert {number for number in found if RESERVED.fullmatch(number)} >= {"491713920011", "493023125001"}


def test_wamids_are_built_as_metas_with_a_reserved_number_inside() -> None:
    wamids = [wamid.removeprefix("wamid.") for wamid in everywhere("id") if wamid.startswith("wamid.")]
    insides = [base64.b64decode(wamid, validate=True) for wamid in wamids]

    assert {inside[:2] for inside in insides} == {b"\x1c\x18"}
    digits = {inside[3 : 3 + inside[2]].decode() for inside in insides}
    assert [number for number in sorted(digits) if number and not RESERVED.fullmatch(number)] == []
    assert "491713920011" in digits


def test_every_recording_is_one_json_object_with_a_final_line_end() -> None:
    assert len(NAMES) >= 120
    assert [name for name in NAMES if not isinstance(json.loads(recorded(name)), dict)] == []
    assert [name for name in NAMES if not recorded(name).endswith(b"}\n")] == []
