"""Old consents from a list, as the practice manager takes them over, and as its people then confirm them."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser import old_lists
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.consent.imports.rows import csv_of, jana

pytestmark = pytest.mark.browser


UNUSED = iter(range(20, 50))  # the last digits of numbers nobody else in these tests or the demo has


def number() -> str:
    return f"0176 040690{next(UNUSED)}"


@pytest.fixture
def desk(staff: Staff) -> Page:
    return staff.at_work(role="owner")


def test_c_19_from_a_file_to_the_result(product: Product, desk: Page) -> None:
    given_a_list(desk, product)

    when_the_columns_are_right(desk)
    then_every_row_says_what_will_happen(desk)

    when_somebody_presses_twice(desk)
    then_the_page_shows_the_result_by_itself(desk)


def given_a_list(desk: Page, product: Product) -> None:
    yes, fault = jana(Vorname=uuid4().hex[:8], Handy=number()), jana(Handy="0171", Vorname="Fehler")
    old_lists.upload(desk, product, csv_of(yes, fault).decode().encode("cp1252"))


def when_the_columns_are_right(desk: Page) -> None:
    expect(desk.get_by_label("Handy", exact=True)).to_have_value("phone")
    expect(desk.get_by_label("WhatsApp", exact=True)).to_have_value("answer")
    desk.get_by_role("button", name="Zeilen durchsehen").click()


def then_every_row_says_what_will_happen(desk: Page) -> None:
    rows = desk.locator(".sheet tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Nummer ungültig")
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Zu klärende Zeilen als CSV").click()
    assert download.value.suggested_filename == "zu-klaeren.csv"


def when_somebody_presses_twice(desk: Page) -> None:
    desk.get_by_role("link", name="Weiter zum Übernehmen").click()
    desk.get_by_role("button", name="Jetzt übernehmen").click()


def then_the_page_shows_the_result_by_itself(desk: Page) -> None:
    expect(desk.get_by_text("Übernommen.")).to_be_visible(timeout=20_000)
    expect(desk.locator(".tally li").first).to_contain_text("1 Einwilligung, wartet auf Bestätigung")
