"""Phone numbers as E.164: one spelling of each, whatever people and WhatsApp write."""

import re
import unicodedata

import phonenumbers

# Digits and what people put between them. Letters never: stripped of its letters, WhatsApp's id `DE.1349…` would be a
# plausible number of somebody else.
_SPELLING = re.compile(r"\+?[\d\s()\[\]/.,\-\u2010-\u2015\u2212]+")
_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # of Arabic keyboards, and of copied numbers
_LONGEST = 60  # characters
_BARE_COUNTRY_CODE_FROM = 11  # digits; shorter ones may be a local number that begins like the country code
# Where WhatsApp names mobile numbers by digits that people no longer dial, or do not know yet (peers pain 27).
_OTHERWISE_AT_WHATSAPP = (
    (re.compile(r"\+521(\d{10})"), r"+52\1"),  # Mexico: the 1 of mobiles
    (re.compile(r"\+549(\d{10})"), r"+54\1"),  # Argentina: the 9 of mobiles called from abroad
    (re.compile(r"\+55(\d\d)([6-9]\d{7})"), r"+55\g<1>9\2"),  # Brazil: a ninth digit since 2016
)


def normalise(text: str, region: str = "DE") -> str | None:
    """The number as E.164 (`+491713920010`), None if it is none. `region` is where a number without country code is.

    Understands +49, 0049, 0, (0), a bare 49, and spaces, dashes, slashes, dots and brackets anywhere.
    """
    spelled = unicodedata.normalize("NFKC", _DIRECTION_MARKS.sub("", text)).strip()
    if len(spelled) > _LONGEST or not _SPELLING.fullmatch(spelled):
        return None
    return _valid(_with_plus(spelled, region), region)


def _with_plus(spelled: str, region: str) -> str:
    digits = "".join(sign for sign in spelled if sign.isdigit())
    code = str(phonenumbers.country_code_for_region(region))
    is_bare = not spelled.startswith("+") and digits.startswith(code) and len(digits) >= _BARE_COUNTRY_CODE_FROM
    return f"+{digits}" if is_bare else spelled


def _valid(spelled: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(spelled, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def canonical(e164: str) -> str:
    """One spelling for all under which WhatsApp and people name the same line: what tells numbers apart, and is neither
    shown nor called."""
    for spelling, common in _OTHERWISE_AT_WHATSAPP:
        if found := spelling.fullmatch(e164):
            return found.expand(common)
    return e164


def shown(e164: str) -> str:
    """A number as people here write it: "0171 3920010", foreign ones with their country code."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    styles = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, styles.NATIONAL if number.country_code == 49 else styles.INTERNATIONAL)
