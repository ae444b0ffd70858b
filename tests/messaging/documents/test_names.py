"""What a file is called when it is saved, whatever it was called when it came."""

import unicodedata

import pytest
from django.utils.http import content_disposition_header
from hypothesis import given
from hypothesis import strategies as st

from messaging.documents.files import FROM_PATIENTS, LONGEST_NAME, safe_name


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\Windows\\Plan.exe", "Plan.pdf"),
        ("Kostenplan.pdf\r\nX-Evil: 1", "Kostenplan.pdf"),
        ("Rechnung\u202efdp.exe", "Rechnungfdp.pdf"),
        ("...", "Dokument.pdf"),
        ("", "Dokument.pdf"),
        ("Plan \u200b für: Frau.pdf", "Plan für Frau.pdf"),
        ("a" * 300 + ".pdf", "a" * 80 + ".pdf"),
        ("مستند.pdf", "مستند.pdf"),
    ],
)
def test_a_name_has_no_folder_no_trick_and_the_ending_of_what_it_is(given_name: str, kept: str) -> None:
    assert safe_name(given_name, "application/pdf") == kept


@given(name=st.text(max_size=200), mime_type=st.sampled_from(sorted(FROM_PATIENTS)))
def test_any_name_is_one_plain_name_of_sane_length(name: str, mime_type: str) -> None:
    kept = safe_name(name, mime_type)

    ending = f".{FROM_PATIENTS[mime_type]}"
    assert kept.endswith(ending)
    assert 0 < len(kept.removesuffix(ending)) <= LONGEST_NAME
    assert [sign for sign in kept if unicodedata.category(sign)[0] == "C" or sign in '/\\:*?"<>|'] == []
    assert not kept.startswith((".", " "))
    header = content_disposition_header(True, kept)
    assert header
    assert ("\r" in header, "\n" in header) == (False, False)
