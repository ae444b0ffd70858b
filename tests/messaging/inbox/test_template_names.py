"""Templates carry words people read, not the names WhatsApp knows them by."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from messaging.inbox.template_names import CALLED, called

BEGUN_WITH = json.loads((Path(settings.BASE_DIR) / "roger" / "demo" / "templates.json").read_text())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("termin_aenderung", "Termin: Änderung"),
        ("rueckruf_verpasst", "Rückruf verpasst"),
        ("neue_sprechzeiten_2026", "Neue sprechzeiten 2026"),
        ("x", "X"),
        ("_", ""),
    ],
)
def test_a_template_is_called_by_words(name: str, expected: str) -> None:
    assert called(name) == expected


def test_every_template_a_practice_begins_with_has_words_of_its_own() -> None:
    names = {template["name"] for template in BEGUN_WITH}

    assert names == CALLED.keys()
    assert len({called(name) for name in names}) == len(names)


def test_whoever_works_in_english_reads_english() -> None:
    with override("en"):
        assert called("termin_erinnerung") == "Appointment: reminder"
