"""The way through a list page by page, as a browser without scripts takes it."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.imports import lists, running
from consent.models import ConsentDocument, ConsentEvent, ConsentImport, ConsentImportRow
from consent.tasks import run_import
from practices.models import AccessLog, Member, Practice, Role
from practices.scope import practice_scope
from tests.consent.imports.making import old_form
from tests.consent.imports.rows import EMRE, JANA, WORDING, csv_of, jana, workbook_of
from tests.consent_factories import make_contact, states_of
from tests.factories import make_practice
from tests.people import login, make_member

PAGE = "/p/morgenthal/consent/imports/"


@pytest.fixture
def practice(db: None) -> Practice:
    return make_practice()


@pytest.fixture
def sabine(practice: Practice) -> Member:
    return make_member(practice, Role.PRACTICE_MANAGER, name="Sabine Kruse")


@pytest.fixture
def desk(client: Client, sabine: Member) -> Client:
    login(client, sabine)
    return client


def filled_in(content: bytes = csv_of(JANA, EMRE), name: str = "alt.csv", **changes: Any) -> dict[str, Any]:
    said = {
        "table": SimpleUploadedFile(name, content),
        "wording": WORDING,
        "dated": "2021-03-01",
        "language": "de",
        "purposes": ["organisation"],
    }
    return {field: word for field, word in (said | changes).items() if word is not None}


def text_of(answer: Any) -> str:
    html = re.sub(r"<head>.*?</head>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def uploaded(desk: Client, content: bytes = csv_of(JANA, EMRE)) -> str:
    """The address of a list that was just uploaded."""
    address: str = desk.post(PAGE, filled_in(content))["Location"]
    return address.removesuffix("mapping/")


def as_guessed(desk: Client, address: str) -> dict[str, str]:
    """What the page of the columns would send if nobody changed anything."""
    html = desk.get(f"{address}mapping/").content.decode()
    selects = re.findall(r'<select name="(column_\d+)".*?</select>', html, flags=re.DOTALL)
    chosen = re.findall(r'<select name="column_\d+".*?value="([^"]*)"\s+selected.*?</select>', html, flags=re.DOTALL)
    return dict(zip(selects, chosen, strict=True))


def looked_through(desk: Client, content: bytes = csv_of(JANA, EMRE)) -> str:
    address = uploaded(desk, content)
    desk.post(f"{address}mapping/", as_guessed(desk, address))
    return address


def counts(practice: Practice) -> list[int]:
    with practice_scope(practice.pk):
        return [rows.objects.count() for rows in (ConsentImport, ConsentImportRow, ConsentDocument)]


# ── the whole way ──


def test_c_19_a_list_is_taken_over_in_four_steps(desk: Client, practice: Practice) -> None:
    address = looked_through(desk)
    dry_run = text_of(desk.get(address))
    question = text_of(desk.get(f"{address}carrying-out/"))

    started = desk.post(f"{address}carrying-out/")
    under_way = text_of(desk.get(address))
    run_import(practice_id=practice.pk)
    result = text_of(desk.get(address))

    assert "1 Einwilligung, wartet auf Bestätigung" in dry_run
    assert "1 Widerruf" in dry_run
    assert "1 Einwilligung. Sie wartet 14 Tage auf die Bestätigung. Roger schreibt niemanden deshalb an." in question
    assert (started.status_code, started["Location"]) == (302, address)
    assert "0 von 2 Zeilen" in under_way
    assert "Wer jetzt schreibt, bestätigt mit einem Tippen." in result
    with practice_scope(practice.pk):
        assert ConsentEvent.objects.count() == 2
        assert states_of(make_contact())["organisation"] == "pending"  # type: ignore[index]


def test_nothing_happens_before_the_last_button(desk: Client, practice: Practice) -> None:
    address = looked_through(desk)
    desk.get(f"{address}carrying-out/")

    with practice_scope(practice.pk):
        assert (ConsentEvent.objects.count(), running.run(seconds=0)) == (0, False)


def test_a_workbook_goes_the_same_way(desk: Client) -> None:
    address = looked_through(desk, workbook_of(JANA))

    assert "Sheet" in text_of(desk.get(f"{address}mapping/"))
    assert "1 Einwilligung, wartet auf Bestätigung" in text_of(desk.get(address))


# ── uploading ──


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"table": None}, "Bitte wählen Sie eine Datei."),
        ({"table": SimpleUploadedFile("leer.csv", b"")}, "Die Datei ist leer."),
        ({"table": SimpleUploadedFile("bild.csv", b"%PDF-1.7")}, "Das ist keine Tabelle, auch wenn der Name so endet."),
        (
            {"table": SimpleUploadedFile("x.csv", b"x" * (3 * 1024**2 + 1))},
            "Die Datei ist zu groß. Bis 3 MB sind möglich.",
        ),
        ({"wording": "Ja"}, "Das ist kein ganzer Einwilligungstext."),
        ({"wording": None}, "Bitte fügen Sie den Wortlaut des alten Formulars ein."),
        ({"dated": "2008-01-01"}, "Bitte prüfen Sie das Datum: ab 2009 und nicht in der Zukunft."),
        ({"dated": f"{timezone.localdate() + timedelta(days=2):%Y-%m-%d}"}, "Bitte prüfen Sie das Datum"),
        ({"purposes": ["recall"]}, "Ohne „Termine und Organisation“ geht WhatsApp nicht."),
        ({"purposes": None}, "Bitte kreuzen Sie an, wofür das Formular galt."),
        ({"scan": SimpleUploadedFile("formular.pdf", b"MZ" + bytes(99))}, "Das ist kein PDF und kein Foto"),
    ],
    ids=lambda case: "" if isinstance(case, str) else next(iter(case)),
)
def test_what_is_wrong_is_said_and_nothing_is_stored(
    desk: Client, practice: Practice, changes: dict[str, Any], sentence: str
) -> None:
    answer = desk.post(PAGE, filled_in(**changes))

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert counts(practice) == [0, 0, 0]


def test_two_hundred_thousand_rows_get_one_clear_sentence(desk: Client, practice: Practice) -> None:
    answer = desk.post(PAGE, filled_in(b"Handy\n" + b"01713920010\n" * 200_000))

    assert answer.status_code == 422
    assert "Die Liste hat mehr als 20.000 Zeilen. Teilen Sie die Liste, zum Beispiel nach Anfangsbuchstaben" in text_of(
        answer
    )
    assert counts(practice) == [0, 0, 0]


# ── the columns ──


def test_the_columns_are_shown_with_ten_rows_and_what_roger_guessed(desk: Client) -> None:
    address = uploaded(desk, csv_of(*(jana(Vorname=f"Jana{number}") for number in range(12))))

    page = text_of(desk.get(f"{address}mapping/"))

    assert as_guessed(desk, address) == {
        "column_0": "last_name",
        "column_1": "first_name",
        "column_2": "birth_date",
        "column_3": "phone",
        "column_4": "agreed_on",
        "column_5": "answer",
    }
    assert ("Jana9" in page, "Jana10" in page) == (True, False)
    assert "UTF-8" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"column_3": ""}, "Keine Spalte ist die Handynummer."),
        ({"column_4": ""}, "Keine Spalte ist das Datum der Einwilligung."),
        ({"column_5": ""}, "Keine Spalte sagt Ja oder Nein."),
        ({"column_0": "", "column_1": ""}, "Keine Spalte sagt, wer die Person ist"),
        ({"column_2": "phone"}, "„Handynummer“ ist zweimal gewählt."),
    ],
)
def test_columns_that_do_not_suffice_are_named(desk: Client, changes: dict[str, str], sentence: str) -> None:
    address = uploaded(desk)

    answer = desk.post(f"{address}mapping/", as_guessed(desk, address) | changes)

    assert (answer.status_code, sentence in text_of(answer)) == (422, True)


def test_a_list_of_those_who_agreed_needs_no_column_for_it(desk: Client) -> None:
    address = uploaded(desk)

    desk.post(f"{address}mapping/", as_guessed(desk, address) | {"column_5": "", "all_agreed": "on"})

    assert "2 Einwilligung, wartet auf Bestätigung" in text_of(desk.get(address))


def test_wrong_umlauts_are_put_right_on_the_page(desk: Client) -> None:
    address = uploaded(desk, csv_of(jana(Nachname="Müßig")).decode().encode("cp850"))
    desk.post(f"{address}reading/", {"encoding": "cp1252"})
    wrong = text_of(desk.get(f"{address}mapping/"))

    desk.post(f"{address}reading/", {"encoding": "cp850"})

    page = text_of(desk.get(f"{address}mapping/"))
    assert ("Müßig" in wrong, "Müßig" in page, "DOS, ältere Praxissoftware (CP850)" in page) == (False, True, True)


def test_a_reading_that_cannot_be_says_so(desk: Client) -> None:
    address = uploaded(desk, csv_of(jana(Nachname="Müßig")).decode().encode("cp1252"))

    answer = desk.post(f"{address}reading/", {"encoding": "utf-8"})

    assert answer.status_code == 422
    assert "Der Text der Datei ist nicht zu lesen." in text_of(answer)


# ── the dry run ──


def test_faults_come_first_each_with_what_to_do(desk: Client) -> None:
    address = looked_through(desk, csv_of(JANA, EMRE, jana(Handy="kaputt")))

    html = desk.get(address).content.decode()

    assert re.findall(r'<th scope="row">(\d+)</th>', html) == ["4", "2", "3"]
    assert "Das ist keine gültige Telefonnummer. Bitte mit Vorwahl schreiben" in html


def test_rows_of_one_kind_can_be_picked(desk: Client) -> None:
    address = looked_through(desk, csv_of(JANA, EMRE, jana(Handy="kaputt")))

    html = desk.get(f"{address}?verdict=withdraw").content.decode()

    assert re.findall(r'<th scope="row">(\d+)</th>', html) == ["3"]


@pytest.mark.parametrize("query", ["?verdict=nonsense", "?page=99", "?page=x", "?verdict=&page=1"])
def test_an_address_that_asks_for_nonsense_gets_a_page(desk: Client, query: str) -> None:
    assert desk.get(looked_through(desk) + query).status_code == 200


def test_long_lists_have_pages(desk: Client) -> None:
    rows = [jana(Vorname=f"Jana{number}", Handy=f"0171 39200{number:02d}") for number in range(60)]
    address = looked_through(desk, csv_of(*rows))

    first, second = desk.get(address).content.decode(), desk.get(f"{address}?verdict=grant&page=2").content.decode()

    assert (first.count('<th scope="row">'), second.count('<th scope="row">')) == (50, 10)


def test_faults_are_downloaded_as_a_file_without_a_name_of_anybody(desk: Client) -> None:
    answer = desk.get(looked_through(desk, csv_of(jana(Handy="kaputt"))) + "faults.csv")

    assert answer["Content-Disposition"] == 'attachment; filename="zu-klaeren.csv"'
    assert answer.content.decode("utf-8-sig").splitlines()[1].startswith("Vogt;Jana;02.05.1984;kaputt")


def test_a_list_without_anything_to_do_offers_no_button_and_takes_no_post(desk: Client) -> None:
    address = looked_through(desk, csv_of(jana(Handy="kaputt")))

    answer = desk.post(f"{address}carrying-out/")

    assert "Weiter zum Übernehmen" not in text_of(desk.get(address))
    assert (answer.status_code, "In dieser Liste gibt es nichts zu übernehmen." in text_of(answer)) == (422, True)


def test_who_looked_at_a_list_is_noted(desk: Client, practice: Practice, sabine: Member) -> None:
    address = looked_through(desk)
    with practice_scope(practice.pk):
        before = AccessLog.objects.filter(kind="consent_import").count()

    desk.get(address)

    with practice_scope(practice.pk):
        noted = AccessLog.objects.filter(kind="consent_import").order_by("-at", "-pk")
        assert (noted.count(), noted[0].member_id, noted[0].about_id) == (
            before + 1,
            sabine.pk,
            ConsentImport.objects.get().pk,
        )


def test_nothing_of_a_row_stands_in_an_address_or_a_title(desk: Client) -> None:
    address = looked_through(desk, csv_of(JANA, jana(Handy="kaputt")))

    pages = [desk.get(address + step).content.decode() for step in ("", "mapping/", "carrying-out/")]

    titles = [re.findall(r"<title>(.*?)</title>", page)[0] for page in pages]
    links = " ".join(link for page in pages for link in re.findall(r'(?:href|action)="([^"]*)"', page))
    assert titles == ["Liste durchsehen – Roger", "Spalten zuordnen – Roger", "Liste übernehmen – Roger"]
    assert [word for word in ("Vogt", "Jana", "3920010", "alt.csv", "kaputt") if word in links] == []


# ── while it runs, and afterwards ──


def test_the_progress_is_asked_for_when_the_stream_says_so_and_only_then(desk: Client, practice: Practice) -> None:
    address = looked_through(desk)
    desk.post(f"{address}carrying-out/")
    pk = UUID(address.rstrip("/").rpartition("/")[2])

    running_page = desk.get(f"{address}progress/").content.decode()
    run_import(practice_id=practice.pk)
    done_page = desk.get(f"{address}progress/").content.decode()

    assert f'hx-trigger="roger:import-{pk} from:body"' in running_page
    assert ("hx-trigger" in done_page, "Übernommen." in done_page) == (False, True)


def test_a_list_under_way_leads_from_every_step_to_its_progress(desk: Client) -> None:
    address = looked_through(desk)
    desk.post(f"{address}carrying-out/")

    answers = [desk.get(f"{address}mapping/"), desk.get(f"{address}carrying-out/"), desk.post(f"{address}discarding/")]
    answers += [desk.post(f"{address}reading/", {"encoding": "cp850"}), desk.post(f"{address}mapping/", {})]

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, address)}


def test_the_result_leads_to_the_file_the_wording_and_the_person(desk: Client, practice: Practice) -> None:
    address = looked_through(desk, csv_of(JANA))
    desk.post(f"{address}carrying-out/")
    run_import(practice_id=practice.pk)

    page = desk.get(address).content.decode()

    links = re.findall(r'href="(/p/morgenthal/consent/(?:documents|texts)/[^"]*)"', page)
    file, wording = (desk.get(link) for link in links)
    assert b"".join(file.streaming_content) == csv_of(JANA)  # type: ignore[attr-defined]
    assert WORDING in text_of(wording)
    with practice_scope(practice.pk):
        contact = make_contact()
    person = text_of(desk.get(f"/p/morgenthal/consent/persons/{contact.pk}/"))
    assert "Vogt, Jana" in person
    assert "aus einer Liste übernommen" in person
    assert "24.05.2023" in person


def test_a_list_is_thrown_away_on_the_page(desk: Client, practice: Practice) -> None:
    address = looked_through(desk)

    answer = desk.post(f"{address}discarding/")

    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert counts(practice) == [1, 0, 0]
    assert "Diese Liste wurde verworfen" in text_of(desk.get(address))
    assert "verworfen" in text_of(desk.get(PAGE))


def test_the_page_of_lists_costs_the_same_for_one_and_for_many(desk: Client, practice: Practice) -> None:
    uploaded(desk)
    with CaptureQueriesContext(connection) as one:
        desk.get(PAGE)
    with practice_scope(practice.pk):
        member = Member.objects.get(practice=practice)
        for _number in range(3):
            lists.upload(content=csv_of(JANA), filename="alt.csv", form=old_form(), by=member)

    with CaptureQueriesContext(connection) as many:
        page = desk.get(PAGE)

    assert len(one) == len(many)
    assert page.content.decode().count(">alt.csv<") == 4
