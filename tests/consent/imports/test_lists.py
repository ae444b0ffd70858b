"""What people do with a list: upload, read another way, start, throw away, and take the faults with them."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.documents import DocumentNotAccepted, sealed_file
from consent.imports import faults, lists
from consent.imports.faults import harmless
from consent.imports.limits import FORMULA_BEGINS, NotReadable
from consent.imports.mapping import Field
from consent.imports.reading import clean, read
from consent.models import ConsentDocument, ConsentEvent, ConsentImport, ConsentImportRow, ConsentText
from practices.keys import KeyDestroyed, key_number_of, key_numbered
from practices.models import AuditEvent, Member, Practice
from tests.consent.imports.making import carried_out, checked, old_form, uploaded, verdicts
from tests.consent.imports.rows import EMRE, HEAD, JANA, WORDING, csv_of, jana
from tests.consent.intakes import PDF, paper
from tests.factories import make_member


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice)


def files() -> list[bytes]:
    return [b"".join(sealed_file(document).read()) for document in ConsentDocument.objects.order_by("pk")]


# ── uploading ──


def test_c_19_a_list_is_kept_with_its_file_its_rows_and_the_old_wording(practice: Practice, anna: Member) -> None:
    content = csv_of(JANA, EMRE)

    listing = uploaded(content, anna)

    rows = ConsentImportRow.objects.filter(belongs_to=listing).order_by("number")
    assert [(row.number, row.cells) for row in rows] == [(2, list(JANA)), (3, list(EMRE))]
    assert (listing.state, listing.rows_in_all, listing.created_by, files()) == ("uploaded", 2, anna, [content])
    text = ConsentText.objects.get(kind="imported")
    assert (listing.text, text.body, text.language) == (text, WORDING, "de")
    assert AuditEvent.objects.get(kind="import_uploaded").codes == {"rows": 2}


def test_the_same_wording_is_one_text(practice: Practice, anna: Member) -> None:
    first, second = uploaded(csv_of(JANA), anna), uploaded(csv_of(EMRE), anna)
    third = uploaded(csv_of(EMRE), anna, old_form(wording=WORDING + " Stand 2022"))

    assert first.text == second.text != third.text
    assert ConsentText.objects.filter(kind="imported").count() == 2


def test_a_scan_of_the_empty_form_is_named_by_every_event(practice: Practice, anna: Member) -> None:
    carried_out(csv_of(JANA), practice, anna, old_form(scan=paper(PDF, "formular.pdf")))

    scan = ConsentDocument.objects.order_by("pk").last()
    assert files()[1] == PDF
    assert ConsentEvent.objects.get().payload["evidence"]["proof_ref"]["form"] == str(scan.pk if scan else "")


@pytest.mark.parametrize(
    ("content", "form", "refusal"),
    [
        (b"Handy\n" + b"01713920010\n" * 200_000, {}, NotReadable),
        (b"%PDF-1.7", {}, NotReadable),
        (csv_of(JANA), {"scan": paper(b"MZ" + bytes(99), "formular.pdf")}, DocumentNotAccepted),
    ],
    ids=["200,000 rows", "no list", "a program as scan"],
)
def test_what_is_refused_leaves_nothing_behind(
    practice: Practice, anna: Member, content: bytes, form: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        uploaded(content, anna, old_form(**form))

    tables = (ConsentImport, ConsentImportRow, ConsentDocument)
    assert [rows.objects.count() for rows in tables] == [0, 0, 0]


def test_nobodys_words_are_stored_in_clear(practice: Practice, anna: Member) -> None:
    listing = uploaded(csv_of(JANA), anna)

    stored = [bytes(row.__dict__["cells"]) for row in ConsentImportRow.objects.all()]
    assert [word for word in (b"Vogt", b"3920010") if any(word in cells for cells in stored)] == []
    assert "alt.csv" not in repr(ConsentImport.objects.get(pk=listing.pk).__dict__["source"])


# ── reading another way ──


def test_wrong_umlauts_are_put_right_by_reading_the_file_again(practice: Practice, anna: Member) -> None:
    content = csv_of(jana(Nachname="Müßig")).decode().encode("cp850")
    listing = uploaded(content, anna)
    lists.read_again(listing=listing, encoding="cp1252", by=anna)
    wrong = ConsentImportRow.objects.get().cells[0]

    lists.read_again(listing=listing, encoding="cp850", by=anna)

    listing.refresh_from_db()
    assert (wrong == "Müßig", ConsentImportRow.objects.get().cells[0]) == (False, "Müßig")
    assert (listing.source["encoding"], listing.rows_in_all, listing.mapping["phone"]) == ("cp850", 1, 3)


def test_a_reading_that_fails_leaves_the_list_as_it_was(practice: Practice, anna: Member) -> None:
    listing = uploaded(csv_of(jana(Nachname="Müßig")).decode().encode("cp1252"), anna)

    with pytest.raises(NotReadable):
        lists.read_again(listing=listing, encoding="utf-8", by=anna)

    assert ConsentImportRow.objects.get().cells[0] == "Müßig"


# ── starting, throwing away ──


def test_a_list_is_started_once(practice: Practice, anna: Member) -> None:
    listing = checked(csv_of(JANA), practice, anna)
    lists.start(listing=listing, by=anna)

    with pytest.raises(lists.NotPossibleNow):
        lists.start(listing=listing, by=anna)
    with pytest.raises(lists.NotPossibleNow):
        lists.discard(listing=listing, by=anna)


def test_a_list_nobody_looked_through_is_not_started(practice: Practice, anna: Member) -> None:
    with pytest.raises(lists.NotPossibleNow):
        lists.start(listing=uploaded(csv_of(JANA), anna), by=anna)


def test_a_list_without_a_row_to_carry_out_is_not_started(practice: Practice, anna: Member) -> None:
    listing = checked(csv_of(jana(Handy="kaputt")), practice, anna)

    with pytest.raises(lists.NotPossibleNow) as caught:
        lists.start(listing=listing, by=anna)

    assert caught.value.for_person == "In dieser Liste gibt es nichts zu übernehmen."


def test_throwing_away_destroys_rows_files_and_their_keys(
    practice: Practice, anna: Member, django_capture_on_commit_callbacks: Any
) -> None:
    listing = uploaded(csv_of(JANA), anna, old_form(scan=paper(PDF, "formular.pdf")))
    papers = list(ConsentDocument.objects.all())
    paths = [sealed_file(one).path for one in papers]
    numbers = [key_number_of(ConsentDocument.objects.get(pk=one.pk).__dict__["details"]) for one in papers]

    with django_capture_on_commit_callbacks(execute=True):
        lists.discard(listing=listing, by=anna)

    listing.refresh_from_db()
    assert (listing.state, listing.source["columns"], ConsentImportRow.objects.count()) == ("discarded", [], 0)
    assert [path.exists() for path in paths] == [False, False]
    for number in numbers:
        with pytest.raises(KeyDestroyed):
            key_numbered(number)


def test_a_list_that_was_carried_out_cannot_be_thrown_away(practice: Practice, anna: Member) -> None:
    listing = carried_out(csv_of(JANA), practice, anna)

    with pytest.raises(lists.NotPossibleNow):
        lists.discard(listing=listing, by=anna)

    assert files() == [csv_of(JANA)]


# ── the faults as a list ──


def downloaded(listing: ConsentImport) -> list[list[str]]:
    content = faults.as_csv(listing)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_the_faults_come_with_their_rows_and_what_to_do(practice: Practice, anna: Member) -> None:
    bad = jana(Handy="kaputt")

    told = downloaded(checked(csv_of(JANA, bad, jana(Handy="0171 3920011", WhatsApp="naja")), practice, anna))

    assert told[0] == [*HEAD, "Zeile bisher", "Was zu klären ist"]
    assert [row[-2] for row in told[1:]] == ["3", "4"]
    assert (told[1][:6], told[1][-1]) == (
        list(bad),
        "Das ist keine gültige Telefonnummer. Bitte mit Vorwahl schreiben, zum Beispiel 0171 3920010 oder +48 …",
    )


def test_a_formula_in_a_list_leaves_as_a_text(practice: Practice, anna: Member) -> None:
    evil = jana(Nachname='=HYPERLINK("http://x.example")', Handy="kaputt", Vorname="@SUM(A1)")

    told = downloaded(checked(csv_of(evil), practice, anna))

    assert (told[1][0], told[1][1]) == ('\'=HYPERLINK("http://x.example")', "'@SUM(A1)")


def test_a_list_that_was_put_right_can_be_uploaded_again(practice: Practice, anna: Member) -> None:
    foreign = jana(Handy="+48 22 hundert")
    listing = checked(csv_of(foreign), practice, anna)
    content = faults.as_csv(listing).replace(b"+48 22 hundert", b"+49 171 3920010")

    again = uploaded(content, anna)
    mapped = {Field(name): place for name, place in again.mapping.items()}
    lists.map_and_check(listing=again, mapped=mapped, all_agreed=False, practice=practice, by=anna)

    assert verdicts(again) == {2: "grant"}


@given(st.text(max_size=30))
def test_no_cell_leaves_as_a_formula_and_each_comes_back_as_it_was(cell: str) -> None:
    kept = clean(cell)

    assert not harmless(kept).startswith(FORMULA_BEGINS)
    assert clean(harmless(kept)) == kept


@given(st.sampled_from(FORMULA_BEGINS), st.text(max_size=20))
def test_whatever_begins_like_a_formula_is_marked(beginning: str, rest: str) -> None:
    assert harmless(beginning + rest) == f"'{beginning}{rest}"


@given(st.lists(st.lists(st.text(min_size=1, max_size=12), min_size=2, max_size=4), min_size=1, max_size=5))
def test_any_table_is_read_or_refused_with_a_sentence(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=";", quoting=csv.QUOTE_ALL).writerows(rows)

    try:
        table = read(written.getvalue().encode("utf-8", "replace"))
    except NotReadable as refusal:
        assert refusal.for_person
        assert refusal.next_step
    else:
        assert all(cell.isprintable() for line in table.lines for cell in line.cells)
