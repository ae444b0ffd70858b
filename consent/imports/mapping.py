"""Which column says what. Guessed from the head, then put right by the person."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.purposes import Purpose
from patients.phone import normalise


class Field(models.TextChoices):
    """What a column may say."""

    PHONE = "phone", _("Handynummer")
    NAME = "name", _("ganzer Name")
    LAST_NAME = "last_name", _("Nachname")
    FIRST_NAME = "first_name", _("Vorname")
    BIRTH_DATE = "birth_date", _("Geburtsdatum")
    RECORD_NUMBER = "record_number", _("Patientennummer")
    AGREED_ON = "agreed_on", _("Datum der Einwilligung")
    ANSWER = "answer", _("Ja oder Nein zu allem")
    PURPOSES = "purposes", _("Zwecke in Worten")
    ORGANISATION = Purpose.ORGANISATION.value, _("Ja oder Nein: Termine und Organisation")
    BEHANDLUNG = Purpose.BEHANDLUNG.value, _("Ja oder Nein: Behandlung und Kostenplan")
    RECALL = Purpose.RECALL.value, _("Ja oder Nein: Vorsorge-Erinnerung")
    WERBUNG = Purpose.WERBUNG.value, _("Ja oder Nein: Neuigkeiten")
    PAPER = "paper", _("Ablage des Papiers")


PURPOSE_FIELDS = {Field(purpose.value): purpose for purpose in Purpose}
ANSWERS = frozenset({Field.ANSWER, Field.PURPOSES, *PURPOSE_FIELDS})

# Heads as practice software and people write them, folded: no case, no umlauts, letters and digits only.
HEADS: dict[Field, tuple[str, ...]] = {
    Field.PHONE: (
        *("handy", "handynummer", "handynr", "mobil", "mobilnummer", "mobilnr", "mobiltelefon", "telefonmobil"),
        *("telmobil", "mobile", "mobilephone", "mobilenumber", "cell", "cellphone", "whatsappnummer"),
        *("telefon", "telefonnummer", "telefonnr", "telnr", "tel", "rufnummer", "nummer", "phone", "phonenumber"),
    ),
    Field.BIRTH_DATE: (
        *("geburtsdatum", "gebdatum", "geburtstag", "geboren", "geborenam", "gebam", "geb", "gebdat"),
        *("birthdate", "birthday", "dateofbirth", "dob"),
    ),
    Field.AGREED_ON: (
        *("datumdereinwilligung", "einwilligungsdatum", "einwilligungam", "einwilligungvom", "datumeinwilligung"),
        *("eingewilligtam", "zustimmungam", "zustimmungsdatum", "datumderzustimmung", "zugestimmtam"),
        *("unterschriebenam", "unterschriftam", "datumderunterschrift", "unterschriftsdatum", "datum"),
        *("consentdate", "dateofconsent", "signedon", "signed", "date"),
    ),
    Field.FIRST_NAME: ("vorname", "firstname", "givenname", "rufname"),
    Field.LAST_NAME: ("nachname", "familienname", "zuname", "lastname", "surname", "familyname"),
    Field.NAME: ("name", "patient", "patientin", "patientenname", "vollername", "namevorname", "fullname"),
    Field.RECORD_NUMBER: (
        *("patientennummer", "patientennr", "patnr", "patid", "patientenid", "karteinummer", "karteinr"),
        *("kartennummer", "akte", "aktennummer", "patientid", "patientnumber", "recordnumber", "id", "nr"),
    ),
    Field.PURPOSES: ("zwecke", "zweck", "umfang", "wofuer", "wozu", "purposes", "purpose"),
    Field.ORGANISATION: (
        *("termine", "termineundorganisation", "organisation", "terminerinnerung", "terminerinnerungen"),
        *("appointments", "terminewhatsapp"),
    ),
    Field.BEHANDLUNG: ("behandlung", "behandlungundkostenplan", "kostenplan", "hkp", "treatment"),
    Field.RECALL: (
        *("recall", "vorsorge", "vorsorgeerinnerung", "prophylaxe", "erinnerung", "erinnerungen", "kontrolle"),
        *("checkup", "reminder", "reminders"),
    ),
    Field.WERBUNG: ("werbung", "neuigkeiten", "newsletter", "angebote", "marketing", "advertising", "news"),
    Field.ANSWER: (
        *("einwilligung", "einwilligungwhatsapp", "whatsappeinwilligung", "zustimmung", "einverstanden", "erlaubnis"),
        *(
            "erlaubt",
            "janein",
            "antwort",
            "whatsappja",
            "whatsapperlaubt",
            "consent",
            "optin",
            "agreed",
            "answer",
            "whatsapp",
        ),
    ),
    Field.PAPER: ("ablage", "ordner", "dokument", "formular", "scan", "beleg", "document", "folder"),
}
CONTENT_LOOKED_AT, MOST_ARE = 50, 0.5
_DAY = re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{2}|\d{4}-\d{1,2}-\d{1,2}")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Incomplete(StrEnum):
    """What a mapping lacks."""

    PHONE = "phone"
    PERSON = "person"
    DATE = "date"
    ANSWER = "answer"


Mapped = Mapping[Field, int]  # our field → place of the column, from 0


def fold(words: str) -> str:
    """For comparing what people write in heads and cells."""
    spelled = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", words).casefold().translate(_UMLAUTS))
    return "".join(sign for sign in spelled if sign.isalnum())


def guess(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[Field, int]:
    """Which columns say what, as far as the heads and the first rows tell. No column says two things."""
    heads = [fold(column) for column in columns]
    guessed: dict[Field, int] = {}
    for field, words in HEADS.items():
        free = [place for place in range(len(heads)) if place not in guessed.values()]
        if (place := _place(heads, words, free)) is not None:
            guessed[field] = place
    return _surname(_with_number(guessed, columns, rows))


def _place(heads: Sequence[str], words: Iterable[str], free: Sequence[int]) -> int | None:
    return next((place for word in words for place in free if heads[place] == word), None)


def _with_number(guessed: dict[Field, int], columns: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[Field, int]:
    """What no head says, or what a head says that holds something else, the numbers themselves say."""
    if Field.PHONE in guessed and _share_of_numbers(guessed[Field.PHONE], rows) > 0:
        return guessed
    shares = {place: _share_of_numbers(place, rows) for place in range(len(columns))}
    best = max(shares, key=shares.__getitem__)
    if shares[best] < MOST_ARE:
        return guessed
    return {field: place for field, place in guessed.items() if place != best} | {Field.PHONE: best}


def _share_of_numbers(place: int, rows: Sequence[Sequence[str]]) -> float:
    cells = [row[place] for row in rows[:CONTENT_LOOKED_AT] if place < len(row) and row[place]]
    return sum(is_number(cell) for cell in cells) / len(cells) if cells else 0.0


def is_number(cell: str) -> bool:
    """Whether a cell holds a telephone number; 02.05.1984 would be one in Velbert."""
    return _DAY.match(cell) is None and normalise(cell) is not None


def _surname(guessed: dict[Field, int]) -> dict[Field, int]:
    """Beside a first name, "Name" is the family's."""
    if Field.NAME in guessed and Field.FIRST_NAME in guessed and Field.LAST_NAME not in guessed:
        guessed[Field.LAST_NAME] = guessed.pop(Field.NAME)
    return guessed


def missing(mapped: Mapped, *, all_agreed: bool) -> list[Incomplete]:
    """What a list cannot do without."""
    complaints = {
        Incomplete.PHONE: Field.PHONE not in mapped,
        Incomplete.PERSON: not {Field.NAME, Field.LAST_NAME, Field.RECORD_NUMBER} & mapped.keys(),
        Incomplete.DATE: Field.AGREED_ON not in mapped,
        Incomplete.ANSWER: not ANSWERS & mapped.keys() and not all_agreed,
    }
    return [name for name, is_missing in complaints.items() if is_missing]
