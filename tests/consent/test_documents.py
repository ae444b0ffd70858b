"""Scans of papers: taken by their first bytes, sealed, never opened, handed out as a download and noted."""

import os
import time
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from consent.documents import DocumentNotAccepted, folder, keep_document, remove_leftovers, require_paper, sealed_file
from consent.models import ConsentDocument
from practices import keys
from practices.keys import KeyDestroyed
from practices.keystore import Subject
from practices.models import AccessLog, Member, Practice, Role
from practices.scope import practice_scope
from practices.uploads import LARGEST_FILE
from tests.consent.intakes import PDF, paper
from tests.consent_factories import make_contact
from tests.factories import make_member
from tests.people import login, make_practice
from tests.people import make_member as make_person

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(64)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64)


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice)


def kept(anna: Member, content: bytes = PDF, name: str = "einwilligung.pdf") -> ConsentDocument:
    return keep_document(upload=paper(content, name), contact=make_contact(), by=anna)


def a_pdf_bomb() -> bytes:
    """200 MB of zeroes in a stream of 200 KB, as a viewer would inflate it."""
    packer = zlib.compressobj(9)
    stream = b"".join([*(packer.compress(bytes(1024**2)) for _ in range(200)), packer.flush()])
    head = b"%%PDF-1.7\n1 0 obj<</Filter/FlateDecode/Length %d>>stream\n" % len(stream)
    return head + stream + b"\nendstream endobj\n%%EOF\n"


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [(PDF, "application/pdf"), (JPEG, "image/jpeg"), (PNG, "image/png"), (HEIC, "image/heic")],
)
def test_a_scan_is_known_by_its_first_bytes(content: bytes, mime_type: str) -> None:
    assert require_paper(paper(content, "irgendwas")) == mime_type


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Die Datei ist leer."),
        (b"MZ\x90\x00" + bytes(300), "Das ist kein PDF und kein Foto (JPEG, PNG, HEIC), auch wenn der Name so endet."),
        (b"PK\x03\x04" + bytes(300), "Das ist kein PDF und kein Foto (JPEG, PNG, HEIC), auch wenn der Name so endet."),
        (
            b"<html><script>alert(1)</script>",
            "Das ist kein PDF und kein Foto (JPEG, PNG, HEIC), auch wenn der Name so endet.",
        ),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg"/>',
            "Das ist kein PDF und kein Foto (JPEG, PNG, HEIC), auch wenn der Name so endet.",
        ),
        (PDF + bytes(LARGEST_FILE), "Die Datei ist zu groß. Bis 10 MB sind möglich."),
    ],
)
def test_what_is_no_scan_is_refused_with_a_sentence(anna: Member, content: bytes, sentence: str) -> None:
    with pytest.raises(DocumentNotAccepted) as refused:
        kept(anna, content)

    assert refused.value.for_person == sentence
    assert ConsentDocument.objects.count() == 0
    assert not folder().exists()


def test_a_pdf_bomb_is_stored_as_small_as_it_came_and_never_inflated(anna: Member) -> None:
    bomb = a_pdf_bomb()
    began = time.process_time()

    document = kept(anna, bomb)

    assert document.size == len(bomb) < 500_000
    assert sealed_file(document).path.stat().st_size < len(bomb) + 1000
    assert time.process_time() - began < 2


def test_on_disk_the_paper_lies_sealed_under_the_name_of_its_id(anna: Member) -> None:
    document = kept(anna, PDF + b"Jana Vogt, Unterschrift")

    path = sealed_file(document).path
    assert path == folder() / document.pk.hex[-2:] / document.pk.hex
    assert b"Vogt" not in path.read_bytes()
    assert b"".join(sealed_file(document).read()) == PDF + b"Jana Vogt, Unterschrift"


def test_it_dies_with_the_evidence_of_its_contact(anna: Member) -> None:
    document = kept(anna)

    keys.destroy(Subject.EVIDENCE, document.evidence_id)

    with pytest.raises(KeyDestroyed):
        sealed_file(ConsentDocument.objects.get(pk=document.pk))


def test_a_file_whose_transaction_was_rolled_back_goes_after_a_day(anna: Member) -> None:
    document = kept(anna)
    with transaction.atomic():
        lost = sealed_file(kept(anna)).path
        transaction.set_rollback(True)
    stranger = folder() / "ab" / "nicht-von-uns"
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_bytes(b"x")
    for path in (lost, stranger, sealed_file(document).path):
        _age(path)

    assert remove_leftovers(now=timezone.now()) == 1
    assert [path.exists() for path in (lost, stranger, sealed_file(document).path)] == [False, True, True]


def test_a_file_of_this_minute_is_left_alone(anna: Member) -> None:
    with transaction.atomic():
        path = sealed_file(kept(anna)).path
        transaction.set_rollback(True)

    assert remove_leftovers(now=timezone.now()) == 0
    assert path.exists()


def _age(path: Path) -> None:
    long_ago = (timezone.now() - timedelta(hours=25)).timestamp()
    os.utime(path, (long_ago, long_ago))


# ── handing it out ──


@pytest.fixture
def desk(client: Client, practice: Practice) -> Client:
    login(client, make_person(practice, Role.RECEPTION, name="Anna Arnold"))
    return client


def fetched(client: Client, document: ConsentDocument) -> Any:
    return client.get(f"/p/morgenthal/consent/documents/{document.pk}/")


def test_the_paper_is_a_download_that_nothing_can_run_in(desk: Client, anna: Member) -> None:
    document = kept(anna, name="Einwilligung Vogt.pdf")

    answer = fetched(desk, document)

    assert b"".join(answer.streaming_content) == PDF
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Einwilligung Vogt.pdf"'
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "application/pdf"


def test_who_fetched_it_is_noted(desk: Client, anna: Member) -> None:
    document = kept(anna)

    fetched(desk, document)

    seen = AccessLog.objects.get(kind="consent_document")
    assert (seen.about_id, seen.member.user.name) == (document.pk, "Anna Arnold")  # type: ignore[union-attr]


def test_a_trainee_may_not_fetch_it(client: Client, practice: Practice, anna: Member) -> None:
    document = kept(anna)
    login(client, make_person(practice, Role.TRAINEE, name="Bert Busch"))

    assert fetched(client, document).status_code == 403
    assert AccessLog.objects.count() == 0


def test_another_practice_does_not_find_it(client: Client, db: None, anna: Member) -> None:
    document = kept(anna)
    other = make_practice("ostufer")
    with practice_scope(other.pk):
        login(client, make_person(other, Role.OWNER, name="Clara Conrad"))

    assert fetched(client, document).status_code == 404
    assert client.get(f"/p/ostufer/consent/documents/{document.pk}/").status_code == 404


def test_a_file_that_is_gone_is_not_found(desk: Client, anna: Member) -> None:
    document = kept(anna)
    sealed_file(document).path.unlink()

    assert fetched(desk, document).status_code == 404
