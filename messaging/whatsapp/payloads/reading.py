"""Total readers of other people's JSON: each takes any value and answers with the wanted type or None, never raises."""

import base64
import binascii
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

JsonObject: TypeAlias = Mapping[str, Any]

# 360dialog section 7: ISO country, optional ENT for linked portfolios, up to 128 alphanumerics.
USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}", re.ASCII)
PARENT_USER_ID = re.compile(r"[A-Z]{2}\.ENT\.[A-Za-z0-9]{1,128}", re.ASCII)
PHONE = re.compile(r"\+?([1-9][0-9]{5,14})", re.ASCII)

# Before WhatsApp existed and after anybody here works, a timestamp is a mistake and not a time.
EARLIEST = datetime(2009, 1, 1, tzinfo=UTC).timestamp()
LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()

EMPTY: JsonObject = {}


def mapping(value: object) -> JsonObject:
    """The object itself, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else EMPTY


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def objects(value: object) -> Iterator[JsonObject]:
    """The objects of a list; what is no object is passed over."""
    return (item for item in items(value) if isinstance(item, dict))


def text(value: object) -> str | None:
    """A string that says something. An empty one counts as absent, as 360dialog uses both alike."""
    return value if isinstance(value, str) and value else None


def identifier(value: object) -> str | None:
    """An id, which WhatsApp writes as a string or as a number (template ids)."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value).strip() or None


def flag(value: object) -> bool:
    return value is True or value == "true"


def flag_or_unknown(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def number(value: object) -> float | None:
    """A finite number, also from its text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def integer(value: object) -> int | None:
    """A whole number that a column can hold (32 bits)."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() and abs(found) < 2**31 else None


def error_code(value: object) -> int | None:
    """An error code of WhatsApp; the longest known have seven digits."""
    found = integer(value)
    return found if found is not None and found >= 0 else None


def moment(value: object) -> datetime | None:
    """Seconds since 1970, as string or number, in UTC. None for what is missing, no number or no plausible time."""
    seconds = number(value)
    if seconds is None or not EARLIEST <= seconds < LATEST:
        return None
    return datetime.fromtimestamp(int(seconds), tz=UTC)


def phone(value: object) -> str | None:
    """A phone number as "+" and digits. What is no number stays unread: digits are never fished out of an unknown
    identifier, or a BSUID would turn into a plausible number (360dialog section 7)."""
    match = PHONE.fullmatch(identifier(value) or "")
    return f"+{match[1]}" if match else None


def user_id(value: object) -> str | None:
    """A business-scoped user id."""
    found = identifier(value) or ""
    return found if USER_ID.fullmatch(found) else None


def parent_user_id(value: object) -> str | None:
    found = identifier(value) or ""
    return found if PARENT_USER_ID.fullmatch(found) else None


def sha256_hex(value: object) -> str | None:
    """The digest as lower-case hex: WhatsApp writes base64 in webhooks and hex in the URL answer (section 3)."""
    digest = text(value) or ""
    if re.fullmatch(r"[0-9A-Fa-f]{64}", digest):
        return digest.lower()
    try:
        decoded = base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded.hex() if len(decoded) == 32 else None
