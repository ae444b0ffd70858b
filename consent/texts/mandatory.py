"""What a consent page must say (C-02), and what no text of ours may claim."""

import re

from consent.purposes import Purpose
from consent.texts import ChatMessage, ConsentPage

# § 5 UWG: Meta's servers decrypt each message on its way, so none of these is true.
_CLAIMS = {
    "conformity": r"100 ?(?:%|prozent|percent) ?(?:ds-?gvo|datenschutz|gdpr|rodo)[ -]?(?:konform|compliant)"
    r"|100 ?% (?:zgodn|gdpr uyumlu|соответств|відповід)",
    "end_to_end": r"(?:ende-zu-ende|end-to-end)\b[^.]{0,40}\b(?:praxis|practice|praktyk)"
    r"|uçtan uca|сквозн\w+ шифр|наскрізн\w+ шифр|من الطرف إلى الطرف",
    "nobody_reads": r"niemand (?:sonst )?kann (?:hier )?mitlesen|(?:nobody|no one) (?:else )?can read"
    r"|kimse okuyamaz|никто не (?:может|сможет) прочитать|ніхто не (?:може|зможе) прочитати"
    r"|nikt nie może (?:prze)?czytać|لا يستطيع أحد",
    "key_in_germany": r"schlüssel bleib(?:t|en) in deutschland|keys? (?:stays?|remains?) in germany",
}
_BANNED = {name: re.compile(pattern) for name, pattern in _CLAIMS.items()}
_NAMES = re.compile(r"\{praxis_\w+\}")
_DASHES = re.compile("[\u2010-\u2015\u2212\u00ad]")

# The words by which each language says it, in lower case.
_WORDS = {
    "de": {
        "data": "handynummer",
        "health": "gesundheit",
        "usa": "usa",
        "secrecy": "schweigepflicht",
        "voluntary": "freiwillig",
    },
    "en": {
        "data": "mobile number",
        "health": "health",
        "usa": "usa",
        "secrecy": "confidentiality",
        "voluntary": "voluntary",
    },
    "tr": {
        "data": "cep telefonu numaram",
        "health": "sağlığım",
        "usa": "abd",
        "secrecy": "sır saklama",
        "voluntary": "gönüllü",
    },
    "ar": {
        "data": "رقم هاتفي المحمول",
        "health": "صحتي",
        "usa": "الولايات المتحدة",
        "secrecy": "واجب السرّية",
        "voluntary": "اختيارية",
    },
    "ru": {
        "data": "номер мобильного",
        "health": "здоровье",
        "usa": "сша",
        "secrecy": "врачебную тайну",
        "voluntary": "добровольно",
    },
    "uk": {
        "data": "номер мобільного",
        "health": "здоров’я",
        "usa": "сша",
        "secrecy": "лікарську таємницю",
        "voluntary": "добровільно",
    },
    "pl": {
        "data": "numer telefonu komórkowego",
        "health": "zdrowiu",
        "usa": "usa",
        "secrecy": "tajemnicy zawodowej",
        "voluntary": "dobrowolność",
    },
}


def banned_claims(text: str) -> tuple[str, ...]:
    """The names of the claims in a text that we may never make, whatever its spaces, dashes and case."""
    flat = " ".join(_DASHES.sub("-", text).casefold().split())
    return tuple(name for name, pattern in _BANNED.items() if pattern.search(flat))


def missing_elements(page: ConsentPage, language: str) -> tuple[str, ...]:
    """The names of what C-02 demands and this page, not yet filled, does not say.

    Raises KeyError for a language whose words are not set down here.
    """
    return tuple(name for name, is_said in elements(page, language).items() if not is_said)


def elements(page: ConsentPage, language: str) -> dict[str, bool]:
    """What C-02 demands, in the order of the checklist, and whether this page says it. Raises KeyError as above."""
    words = _WORDS[language]
    whole, declaration = page.plain(), page.declaration.plain().casefold()
    return {
        "practice_name": "{praxis_name}" in whole,
        "address": "{praxis_anschrift}" in whole,
        "purposes": Purpose.ORGANISATION in {choice.purpose for choice in page.purposes},
        "data": words["data"] in declaration,
        "health_data": words["health"] in declaration,
        "recipients": all(name in whole for name in ("{anbieter_firma}", "360dialog", "Meta")),
        "usa": words["usa"] in whole.casefold(),
        "secrecy_release": words["secrecy"] in declaration,
        "voluntary": words["voluntary"] in page.voluntary.plain().casefold(),
        "withdrawal": {"STOP", "{widerruf_url}"} <= set(page.withdrawal.text.split()),
    }


def chat_elements(chat: ChatMessage) -> dict[str, bool]:
    """What text C must say, which alone grants `organisation`; names and signs that are the same in every language."""
    return {
        "chat_practice": bool(
            {"{praxis_nominativ}", "{praxis_dativ}", "{praxis_name}"} & set(_NAMES.findall(chat.body))
        ),
        "chat_recipient": "Meta" in chat.body,
        "chat_withdrawal": "STOP" in chat.body,
        "chat_whole_text": "{optin_url}" in chat.body,
    }
