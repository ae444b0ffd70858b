"""How the stand-in writes phone numbers: `+` and digits inside, digits only where Meta does so."""

import re

BSUID = re.compile(r"^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$")
# The mobiles that the Bundesnetzagentur keeps free for films, so that a made-up patient never owns a real number.
MEDIA_RANGE = ("+4917139200", "+49176040690")


def digits_of(phone: str) -> str:
    """The digits alone: what Meta calls wa_id."""
    return re.sub(r"\D", "", phone)


def e164(phone: str) -> str:
    """`+` and digits, however it was typed. ValueError if it has no 7 to 15 digits."""
    digits = digits_of(phone)
    if not 7 <= len(digits) <= 15:
        raise ValueError("not a phone number")
    return f"+{digits}"


def is_bsuid(identifier: str) -> bool:
    """Whether this is a business-scoped user id (360dialog section 7)."""
    return BSUID.match(identifier) is not None


def first_free_media_number(taken: set[str]) -> str:
    """A mobile number of the media ranges that nobody here has yet. LookupError when all 200 are taken."""
    for prefix in MEDIA_RANGE:
        for suffix in range(100):
            if (number := f"{prefix}{suffix:02}") not in taken:
                return number
    raise LookupError("every number of the media ranges is taken")
