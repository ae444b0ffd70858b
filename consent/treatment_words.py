"""Words that say what is done to somebody, or why: never in a template for `organisation` (C-23, glossary), and the
reason for a second look at a free text (C-24).

A template is read on a locked screen, by whoever holds the phone. The list is data with a version, so that a template
refused today can be explained later. Neutral words that patients need stay out of it: Termin, Kontrolle, Unterlagen,
Schmerzen (whom to call), Rechnung.
"""

import re
import unicodedata
from functools import lru_cache

VERSION = "de-2026-05"

# Found anywhere in a word, so also in compounds and with endings. What somebody has or takes:
FINDING_STEMS = (
    *("parodont", "paradont", "karies", "kariös", "abszess", "entzündung", "fistel", "nachblutung", "krankschreibung"),
    *("befund", "diagnose", "biopsie", "antibiotik", "penicillin", "amoxicillin", "ibuprofen", "schmerzmittel"),
    *("blutverdünn", "marcumar", "diabetes", "schwangerschaft", "hepatitis", "periodont", "caries"),
)
# And what is done about it:
STEMS = (
    *FINDING_STEMS,
    *("wurzelbehandlung", "wurzelkanal", "wurzelspitz", "zahnfüllung", "stofffüllung", "plombe", "inlay", "onlay"),
    *("extraktion", "zahnentfernung", "zahn ziehen", "zahn gezogen", "weisheitszahn", "implantat", "implantation"),
    *("krone", "überkronung", "zahnbrücke", "teilkrone", "prothese", "zahnersatz", "stiftzahn", "provisorium"),
    *("kieferorthopäd", "zahnspange", "aligner", "bracket", "retainer", "aufbissschiene", "knirscherschiene"),
    *("zahnfleisch", "taschenmessung"),
    *("zahnreinigung", "prophylaxe", "fissurenversiegelung", "fluoridierung", "bleaching", "aufhellung"),
    *("röntgen", "zahnfilm", "narkose", "sedierung", "lachgas", "betäubung", "zahnoperation", "chirurg"),
    *("knochenaufbau", "sinuslift", "zahntrauma", "nachsorge"),
    *("root canal", "dental filling", "extraction", "implant", "denture", "tooth removal", "x-ray"),
    *("veneer", "heil- und kostenplan"),
)
FINDING_WHOLE = ("au", "eau", "hiv")
# These count only as a whole word: there is an "OP" in "Option", a "Füllung" in "Erfüllung", an "HIV" in "Archiv".
WHOLE = (
    *FINDING_WHOLE,
    *("op", "pzr", "par", "upt", "zst", "kfo", "ze", "opg", "dvt", "hkp", "brücke", "brücken"),
    *("schiene", "füllung", "füllungen", "operation", "operationen", "operativ", "crown"),
)

Spelled = tuple[str, ...]


@lru_cache(maxsize=1024)
def treatment_words_in(text: str) -> Spelled:
    """The words of a text that name a treatment, as they stand there, each once and in order."""
    return _found(_TREATMENTS, text)


def findings_in(text: str) -> Spelled:
    """The words of a text that name a finding, a drug or a diagnosis: less than what a template may not say, since
    people talk about the appointment for a cleaning all day."""
    return _found(_FINDINGS, text)


def _found(pattern: re.Pattern[str], text: str) -> Spelled:
    found = (match.group() for match in pattern.finditer(unicodedata.normalize("NFC", text)))
    return tuple(dict.fromkeys(found))


def _spellings(word: str) -> str:
    """With umlauts as such or written out, and with any blank or hyphen where the word has one."""
    letters = {"ä": "(?:ä|ae)", "ö": "(?:ö|oe)", "ü": "(?:ü|ue)", "ß": "(?:ß|ss)", " ": r"\s+", "-": r"[-\u2010\u2011]"}
    return "".join(letters.get(letter, re.escape(letter)) for letter in word)


def _pattern(stems: Spelled, whole: Spelled) -> re.Pattern[str]:
    anywhere, alone = ("|".join(_spellings(word) for word in words) for words in (stems, whole))
    return re.compile(rf"\w*(?:{anywhere})\w*|\b(?:{alone})\b", re.IGNORECASE)


_TREATMENTS = _pattern(STEMS, WHOLE)
_FINDINGS = _pattern(FINDING_STEMS, FINDING_WHOLE)
