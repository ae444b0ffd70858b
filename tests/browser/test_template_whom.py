"""The template picker where one number is of several: it follows whom the template is for, around what is typed."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.held import first, first_of, hold
from tests.browser.material import in_its_environment, numbers
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

MOTHER = "Daniela Hoffmann"
PREVIEW = "**/preview/"
PREVIEW_AFTER = 500  # ms, and asked for after 300
# Moves the newest message of whoever has this number by so many hours; Mia's visit is noted, or gone again.
STAGE = """
import sys, django
django.setup()
from datetime import datetime, timedelta
from django.db import transaction
from django.db.models import F
from messaging.models import Conversation
from patients.identities import find_or_create_contact
from patients.models import Appointment, PatientContact
from practices.models import Practice
from practices.scope import practice_scope
phone, hours, at = sys.argv[1], int(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
with practice_scope(Practice.objects.get(slug="morgenthal").pk), transaction.atomic():
    contact, _ = find_or_create_contact(phone=phone)
    moved = F("last_inbound_at") + timedelta(hours=hours)
    Conversation.objects.filter(contact=contact).update(last_inbound_at=moved)
    links = PatientContact.objects.filter(contact=contact).select_related("patient")
    mia = next(link.patient for link in links if link.patient.first_name == "Mia")
    if hours < 0:
        Appointment.objects.create(patient=mia, starts_at=at)
    else:
        Appointment.objects.filter(patient=mia, starts_at=at).delete()
"""


@pytest.fixture
def visit(product: Product) -> Iterator[datetime]:
    """Nobody may write freely to the mother, and her daughter comes in an hour."""
    soon = (datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(hours=1)).replace(second=0, microsecond=0)
    phone = numbers(product)[MOTHER]
    in_its_environment(product, "-c", STAGE, phone, "-72", soon.isoformat())
    yield soon
    in_its_environment(product, "-c", STAGE, phone, "72", soon.isoformat())


@pytest.fixture
def picker(product: Product, staff: Staff, visit: datetime) -> Page:
    """With the reminder chosen; nothing of anybody's visit stands in it."""
    page = Visit(product, staff).thread("Hoffmann")
    page.get_by_role("radio", name=re.compile("Termin: Erinnerung")).check()
    expect(field(page, 1)).to_have_value("Frau Hoffmann")
    expect(field(page, 2)).to_have_value("")
    return page


def field(page: Page, number: int) -> Locator:
    """Of the template that is chosen."""
    return page.locator(f"#template-picker [name^=value-][name$='-{number}']:visible")


def read(page: Page) -> Locator:
    """What the patient will read."""
    return page.locator("#template-picker .message__text:visible")


def test_the_visit_of_whoever_is_chosen_comes_into_the_fields_and_into_what_is_read(
    picker: Page, visit: datetime
) -> None:
    whom = picker.get_by_label("Für wen?")
    field(picker, 1).fill("liebe Frau Hoffmann")
    whom.focus()

    whom.select_option(label="Mia Hoffmann, 2017")

    expect(field(picker, 2)).to_have_value(re.compile(f"{visit:%d.%m.%Y}$"))
    expect(field(picker, 3)).to_have_value(f"{visit:%H:%M}")
    expect(read(picker)).to_contain_text(f"um {visit:%H:%M} Uhr")
    expect(read(picker)).to_contain_text("liebe Frau Hoffmann")
    expect(field(picker, 1)).to_have_value("liebe Frau Hoffmann")
    expect(whom).to_be_focused()

    whom.select_option(label="Daniela Hoffmann (selbst), 1984")

    expect(field(picker, 3)).not_to_have_value(f"{visit:%H:%M}")


def test_what_is_typed_while_the_answer_is_on_its_way_stays(picker: Page, visit: datetime) -> None:
    held = hold(picker, "**/templates/")
    picker.get_by_label("Für wen?").select_option(label="Mia Hoffmann, 2017")
    asked = first(picker, held)
    field(picker, 1).fill("liebe Frau Hoffmann")

    asked.continue_()

    expect(field(picker, 3)).to_have_value(f"{visit:%H:%M}")
    expect(field(picker, 1)).to_have_value("liebe Frau Hoffmann")
    expect(read(picker)).to_contain_text("liebe Frau Hoffmann")
    expect(field(picker, 1)).to_be_focused()


def test_an_older_preview_never_stands_over_the_visit_that_came_after_it(picker: Page, visit: datetime) -> None:
    held = hold(picker, PREVIEW)
    field(picker, 1).fill("liebe Frau Hoffmann")
    older = first(picker, held)

    picker.get_by_label("Für wen?").select_option(label="Mia Hoffmann, 2017")
    expect(field(picker, 3)).to_have_value(f"{visit:%H:%M}")
    older.continue_()

    picker.unroute(PREVIEW)
    field(picker, 1).fill("Frau Hoffmann, liebe")
    expect(read(picker)).to_contain_text("Frau Hoffmann, liebe")
    expect(read(picker)).to_contain_text(f"um {visit:%H:%M} Uhr")


def test_what_is_typed_while_a_preview_is_on_its_way_is_previewed_after_it(picker: Page) -> None:
    held = hold(picker, PREVIEW)
    field(picker, 1).fill("liebe Frau Hoffmann")
    older = first(picker, held)

    field(picker, 3).fill("09:15")
    picker.wait_for_timeout(PREVIEW_AFTER)
    older.continue_()
    first_of(picker, held, 2)[1].continue_()

    expect(read(picker)).to_contain_text("um 09:15 Uhr")


def test_sending_waits_for_no_preview(picker: Page, visit: datetime) -> None:
    picker.get_by_label("Für wen?").select_option(label="Mia Hoffmann, 2017")
    expect(field(picker, 3)).to_have_value(f"{visit:%H:%M}")
    held = hold(picker, PREVIEW)
    field(picker, 1).fill("liebe Frau Hoffmann")
    preview = first(picker, held)

    with picker.expect_request("**/reply/"):
        picker.get_by_role("button", name=re.compile("senden$")).click()

    preview.continue_()


def test_what_whatsapp_says_of_a_template_is_seen_at_once_around_what_is_typed(picker: Page, product: Product) -> None:
    field(picker, 1).fill("liebe Frau Hoffmann")
    told = {"number": product.practices[0].phone, "name": "chat_fortsetzen"}

    product.control("POST", "/templates", told | {"event": "paused"})

    barred = picker.locator("[data-barred]").filter(has_text="Chat fortsetzen")
    expect(barred).to_contain_text("von WhatsApp angehalten")
    expect(picker.get_by_role("radio", name=re.compile("Termin: Erinnerung"))).to_be_checked()
    expect(field(picker, 1)).to_have_value("liebe Frau Hoffmann")
    expect(field(picker, 1)).to_be_focused()
    product.control("POST", "/templates", told | {"event": "approved"})
    expect(barred).to_have_count(0)
