"""The proof is a PDF/A-3b. No accredited validator can be installed here, so its rules are checked one by one.

By the numbers of ISO 19005-3: 6.1.3 (trailer), 6.1.3 (no encryption), 6.2.3 (output intent), 6.2.11 (fonts), 6.5 and
6.6 (no actions, no script, no dynamic forms), 6.6.2 (metadata), 6.8 (embedded files).
"""

import io
import re
import zlib
from collections.abc import Iterator

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from consent.proof.verify_proof import PAGE, attached, page_digests, streams
from practices.models import Practice
from tests.consent.proofs import a_history, proof_of


@pytest.fixture
def pdf(practice: Practice) -> bytes:
    return proof_of(practice, a_history("Jana Vogt ليلى Ярослава"))


@pytest.fixture
def reader(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf), strict=True)


def objects(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary and stream of the file."""
    for number in range(1, int(reader.trailer["/Size"])):
        found = reader.get_object(IndirectObject(number, 0, reader))
        if isinstance(found, DictionaryObject):
            yield found


def fonts(reader: PdfReader) -> list[DictionaryObject]:
    return [one for one in objects(reader) if one.get("/Type") == "/Font"]


def metadata(reader: PdfReader) -> str:
    stream = reader.root_object["/Metadata"].get_object()
    assert isinstance(stream, StreamObject)
    return stream.get_data().decode()


def test_c_18_the_metadata_says_part_3_level_b(reader: PdfReader) -> None:
    said = metadata(reader)

    assert re.findall(r"pdfaid:part>(\d)<", said) == ["3"]
    assert re.findall(r"pdfaid:conformance>(\w)<", said) == ["B"]
    assert reader.root_object["/Metadata"].get_object().get("/Filter") is None  # metadata is never packed


def test_the_metadata_and_the_document_information_agree(reader: PdfReader) -> None:
    assert reader.metadata is not None
    title = str(reader.metadata["/Title"])

    assert title == "Nachweis über Einwilligungen"
    assert title in metadata(reader)


def test_the_file_begins_and_ends_as_it_must(pdf: bytes) -> None:
    assert re.match(rb"%PDF-1\.7\n%[\x80-\xff]{4}", pdf)
    assert pdf.rstrip(b"\r\n").endswith(b"%%EOF")
    assert pdf.count(b"%%EOF") == 1


def test_the_trailer_has_an_identifier_and_nothing_is_encrypted(reader: PdfReader) -> None:
    first, second = reader.trailer["/ID"]

    assert (len(first), len(second), reader.is_encrypted, "/Encrypt" in reader.trailer) == (24, 24, False, False)


def test_colours_rest_on_an_embedded_profile(reader: PdfReader) -> None:
    [intent] = [one.get_object() for one in reader.root_object["/OutputIntents"].get_object()]
    profile = intent["/DestOutputProfile"].get_object()

    assert intent["/S"] == "/GTS_PDFA1"
    assert profile.get_data()[36:40] == b"acsp"  # the signature of an ICC profile
    assert profile["/N"] == 3


def test_every_font_is_embedded_and_says_its_letters(reader: PdfReader) -> None:
    composite = [one for one in fonts(reader) if one["/Subtype"] == "/Type0"]
    descendants = [one["/DescendantFonts"].get_object()[0].get_object() for one in composite]

    assert len(composite) >= 2
    assert len(fonts(reader)) == len(composite) + len(descendants)
    assert all("/ToUnicode" in one for one in composite)
    assert all(
        {"/FontFile2", "/FontFile3"} & set(one["/FontDescriptor"].get_object()) and one["/W"] for one in descendants
    )


def test_nothing_acts_by_itself(reader: PdfReader) -> None:
    forbidden = {"/JavaScript", "/JS", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/AA", "/OpenAction"}
    held = {str(value) for one in objects(reader) for name in ("/S", "/Subtype") if (value := one.get(name))}
    keys = {name for one in objects(reader) for name in one}

    assert forbidden & (held | keys) == set()
    assert "/AcroForm" not in reader.root_object


def test_the_attachment_is_named_related_and_listed(reader: PdfReader, pdf: bytes) -> None:
    listed = reader.root_object["/AF"]
    assert isinstance(listed, ArrayObject)
    [specification] = [one.get_object() for one in listed]
    stream = specification["/EF"]["/F"].get_object()

    assert (specification["/F"], specification["/UF"]) == ("nachweis.json", "nachweis.json")
    assert specification["/AFRelationship"] == "/Data"
    assert stream["/Subtype"] == "/application/json"
    assert stream.get_data() == attached(pdf)


def test_no_stream_is_packed_in_a_way_the_rules_forbid(reader: PdfReader) -> None:
    filters = {str(one["/Filter"]) for one in objects(reader) if "/Filter" in one}

    assert filters == {"/FlateDecode"}


def test_no_picture_is_see_through_without_a_colour_space(reader: PdfReader) -> None:
    assert [one for one in objects(reader) if one.get("/Subtype") == "/Image"] == []


def test_pages_are_told_in_the_order_in_which_they_are_read(reader: PdfReader, pdf: bytes) -> None:
    raw = [page["/Contents"].get_object() for page in reader.pages]

    drawn = [zlib.decompress(packed) for packed in _packed_pages(pdf)]

    assert drawn == [one.get_data() for one in raw]
    assert len(page_digests(pdf)) == len(reader.pages)


def _packed_pages(pdf: bytes) -> list[bytes]:

    packed = {number: data for number, _dictionary, data in streams(pdf)}
    return [packed[int(found[1])] for found in PAGE.finditer(pdf)]


def test_c_18_the_page_says_in_german_what_happened(reader: PdfReader) -> None:
    said = " ".join(" ".join(page.extract_text() for page in reader.pages).split())

    assert "Nachweis über Einwilligungen" in said
    assert "Sie haben auf der Seite zum QR-Code zugestimmt: Termine und Organisation." in said
    assert "So prüfen Sie diesen Nachweis selbst" in said
    assert "6 Einträge, unverändert" in said
