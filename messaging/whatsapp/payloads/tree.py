"""From bytes to a JSON object that PostgreSQL can hold."""

import json
import math
import re
from typing import Any

from messaging.whatsapp.payloads.reading import JsonObject

DEEPEST = 100  # WhatsApp needs about 12 levels

# PostgreSQL text holds neither NUL nor half of a surrogate pair; both are legal in JSON as \u0000 and \ud83d.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
MAY_BE_UNSTORABLE = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)  # as JSON spells it; pairs of surrogates too


class UnreadableBody(ValueError):
    """Not a JSON object, or nested too deep. Says nothing of the body, which holds personal data."""


def loads(body: bytes | str) -> JsonObject:
    """Read a JSON object. Bytes that are no UTF-8, NUL and lone surrogates become U+FFFD; NaN and infinities, None.

    Raises UnreadableBody for what is no JSON, no object, or nested deeper than 100.
    """
    written = body.decode("utf-8-sig", errors="replace") if isinstance(body, bytes) else body
    try:
        found = READER.decode(written)
    except (ValueError, RecursionError):
        raise UnreadableBody("no JSON") from None
    if not isinstance(found, dict):
        raise UnreadableBody("no JSON object")
    if isinstance(body, bytes) and _needs_no_cleaning(written):
        return found
    return {_storable(key): _clean(value, depth=1) for key, value in found.items()}


def _integer(digits: str) -> int | str:
    # Python refuses to read numbers of thousands of digits: one such number must not spoil the rest of the body.
    return int(digits) if len(digits) < 40 else digits


def _finite(digits: str) -> float | None:
    found = float(digits)
    return found if math.isfinite(found) else None


def _nothing(_constant: str) -> None:
    return None


def _needs_no_cleaning(written: str) -> bool:
    """Whether nothing can be unstorable or nested too deep in this JSON, decoded from bytes: nearly always."""
    return written.count("{") + written.count("[") < DEEPEST and not MAY_BE_UNSTORABLE.search(written)


READER = json.JSONDecoder(parse_int=_integer, parse_float=_finite, parse_constant=_nothing)


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, (dict, list)):
        if depth >= DEEPEST:
            raise UnreadableBody("nested too deep")
        if isinstance(value, list):
            return [_clean(item, depth + 1) for item in value]
        return {_storable(key): _clean(item, depth + 1) for key, item in value.items()}
    return value


def _storable(written: str) -> str:
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", written)
