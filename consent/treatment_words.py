"""Words that say what is done to somebody, or why: never in a template for `organisation` (C-23, glossary).

A template is read on a locked screen, by whoever holds the phone. The list is data with a version, so that a template
refused today can be explained later. Neutral words that patients need stay out of it: Termin, Kontrolle, Unterlagen,
Schmerzen (whom to call), Rechnung.
"""

import re
import unicodedata
from functools import lru_cache

VERSION = "de-2026-05"

# Found anywhere in a word, so also in compounds and with endings.
STEMS = (
    *("wurzelbehandlung", "wurzelkanal", "wurzelspitz", "zahnfüllung", "stofffüllung", "plombe", "inlay", "onlay"),
    *("extraktion", "zahnentfernung", "zahn ziehen", "zahn gezogen", "weisheitszahn", "implantat", "implantation"),
    *("krone", "überkronung", "zahnbrücke", "teilkrone", "prothese", "zahnersatz", "stiftzahn", "provisorium"),
    *("kieferorthopäd", "zahnspange", "aligner", "bracket", "retainer", "aufbissschiene", "knirscherschiene"),
    *("parodont", "paradont", "zahnfleisch", "taschenmessung", "karies", "kariös", "abszess", "entzündung", "fistel"),
    *("zahnreinigung", "prophylaxe", "fissurenversiegelung", "fluoridierung", "bleaching", "aufhellung"),
    *("röntgen", "zahnfilm", "narkose", "sedierung", "lachgas", "betäubung", "zahnoperation", "chirurg"),
    *("knochenaufbau", "sinuslift", "zahntrauma", "nachsorge", "nachblutung", "krankschreibung"),
    *("befund", "diagnose", "biopsie", "antibiotik", "penicillin", "amoxicillin", "ibuprofen", "schmerzmittel"),
    *("blutverdünn", "marcumar", "diabetes", "schwangerschaft", "hepatitis"),
    *("root canal", "dental filling", "extraction", "implant", "denture", "tooth removal", "x-ray", "periodont"),
    *("caries", "veneer", "heil- und kostenplan"),
)
# These count only as a whole word: there is an "OP" in "Option", a "Füllung" in "Erfüllung", an "HIV" in "Archiv".
WHOLE = (
    *("op", "pzr", "par", "upt", "zst", "kfo", "ze", "opg", "dvt", "hkp", "au", "eau", "hiv", "brücke", "brücken"),
    *("schiene", "füllung", "füllungen", "operation", "operationen", "operativ", "crown"),
)

Spelled = tuple[str, ...]


@lru_cache(maxsize=1024)
def treatment_words_in(text: str) -> Spelled:
    """The words of a text that name a treatment, as they stand there, each once and in order."""
    found = (match.group() for match in _PATTERN.finditer(unicodedata.normalize("NFC", text)))
    return tuple(dict.fromkeys(found))


def _spellings(word: str) -> str:
    """With umlauts as such or written out, and with any blank or hyphen where the word has one."""
    letters = {"ä": "(?:ä|ae)", "ö": "(?:ö|oe)", "ü": "(?:ü|ue)", "ß": "(?:ß|ss)", " ": r"\s+", "-": r"[-\u2010\u2011]"}
    return "".join(letters.get(letter, re.escape(letter)) for letter in word)


_STEMS = "|".join(_spellings(word) for word in STEMS)
_WHOLE = "|".join(_spellings(word) for word in WHOLE)
_PATTERN = re.compile(rf"\w*(?:{_STEMS})\w*|\b(?:{_WHOLE})\b", re.IGNORECASE)
