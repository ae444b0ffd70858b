"""What a screen reader is given: roles, names, order and states of the desk's parts, as Chromium hands them on.

Parts of each tree, in order; no times and no days, and of whoever writes only what the demo says of them.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.product import Product
from tests.browser.screens import shell
from tests.browser.staff import Staff
from tests.browser.visit import Visit, row_of
from tests.whole import whole

pytestmark = pytest.mark.browser

ASSIGNED = re.compile("^.+ (Neu|Gesehen|Beantwortet|Nicht zugestellt|Ungeklärt) .*zugewiesen: .+$")


@pytest.fixture
def visit(product: Product, staff: Staff) -> Visit:
    return Visit(product, staff)


@pytest.fixture
def page(visit: Visit) -> Page:
    """A thread in which one may write, once its scripts have come."""
    page = visit.thread("Vogt, Jana")
    page.locator("[data-palette-open]:not([hidden])").wait_for(state="attached")
    page.locator("[data-replies]:not([hidden])").wait_for()
    return page


def test_the_desk_has_its_landmarks_in_the_order_one_works(page: Page) -> None:
    expect(page.locator("body")).to_match_aria_snapshot(
        """
        - link "Zur Unterhaltung"
        - banner:
          - link /Roger/
          - search:
            - searchbox "Suchen nach Namen, Nummer, Geburtsdatum oder Text"
        - navigation "Hauptbereiche":
          - link /Wartet auf uns/
          - link /Mir zugewiesen/
          - link /Nicht zugewiesen/
          - link /Zurückgestellt/
          - link /Erledigt/
          - link /Aufgaben/
          - link "Empfang"
          - link "Patient:innen"
          - link "Einwilligung"
        - main:
          - heading "Eingang" [level=1]
          - region /./:
            - heading /./ [level=2]
            - listbox
          - region /Vogt, Jana/:
            - heading /Vogt, Jana/ [level=2]
            - log "Nachrichten"
            - form "Antwort"
        - complementary "Patient"
        """
    )


def test_a_row_says_who_it_is_how_long_they_wait_and_whose_it_is(page: Page) -> None:
    row_of(page, "Vogt, Jana", "open", "snoozed", "done")

    expect(page.locator(".queue")).to_match_aria_snapshot(
        """
        - region /./:
          - heading /./ [level=2]
          - button /zuerst/
          - button "Mehrere auswählen"
          - listbox /./:
            - option /^Vogt, Jana geboren 1998 .+ (Neu|Gesehen|Beantwortet|Erledigt)/
        """
    )
    page.goto(re.sub(r"/inbox/.*", "/inbox/?tab=open", page.url))
    expect(page.get_by_role("option", name=ASSIGNED).first).to_be_visible()


@whole
def test_the_open_row_is_the_selected_one_and_the_only_one(visit: Visit) -> None:
    page = visit.of_staff("inbox/")
    row_of(page, "Vogt, Jana", "open").click()
    page.locator("#thread-name", has_text="Vogt, Jana").wait_for()

    expect(page.locator(".queue__list")).to_match_aria_snapshot(
        """
        - listbox:
          - option /Vogt, Jana/ [selected]
        """
    )
    expect(page.locator(".queue").get_by_role("option", selected=True)).to_have_count(1)


@whole
def test_the_head_names_the_person_and_then_what_one_can_do(page: Page) -> None:
    expect(page.locator("#thread-head")).to_match_aria_snapshot(
        """
        - heading /Vogt, Jana/ [level=2]
        - text: /\\d+ Jahre/
        - list "Wer noch hier ist"
        - button /Zuweisen/
        - button "Zurückstellen"
        - button "Label"
        - button "Aufgabe anlegen"
        - button "Zu einem Tag springen"
        - button "Erledigt"
        - button "Patient anzeigen oder einklappen" [expanded]
        """
    )


def test_the_thread_is_a_log_of_days_and_of_who_wrote_what(page: Page) -> None:
    expect(page.locator("#thread-log")).to_match_aria_snapshot(
        """
        - log "Nachrichten":
          - heading /./ [level=3]
          - article "von der Person":
            - paragraph: /./
            - time
            - button "Antworten"
          - article "von uns":
            - paragraph: /./
            - text: /./
            - time
            - text: /gelesen|zugestellt|gesendet/
            - button "Antworten"
        """
    )


@whole
def test_the_composer_says_to_whom_before_it_takes_a_word(page: Page) -> None:
    expect(page.locator("#composer")).to_match_aria_snapshot(
        """
        - form "Antwort":
          - paragraph:
            - text: Antwort an
            - strong: Vogt, Jana
          - textbox "Antwort an Vogt, Jana"
          - button "Sprachnachricht aufnehmen"
          - button "Schnellantwort einsetzen"
          - button "Emoji einsetzen"
          - combobox "Zweck":
            - option "Termine und Organisation"
          - button /Senden/
        """
    )


@whole
def test_a_closed_window_gives_the_reason_before_the_templates(visit: Visit) -> None:
    expect(visit.thread("Böttcher").locator("#composer")).to_match_aria_snapshot(
        """
        - form "Vorlage wählen":
          - heading "Freier Text geht gerade nicht" [level=3]
          - group: /24-Stunden-Fenster/
          - group "Vorlage":
            - radio /Chat fortsetzen/
            - radio /Termin. Erinnerung/
          - paragraph:
            - button "Vorlage senden"
        """
    )


@whole
def test_the_panel_says_consent_first_then_the_window_then_the_person(page: Page) -> None:
    expect(page.locator("#panel")).to_match_aria_snapshot(
        """
        - complementary "Patient":
          - heading "Vogt, Jana" [level=2]
          - region "Einwilligung liegt vor":
            - heading "Einwilligung liegt vor" [level=3]
            - list:
              - listitem: "ja: Termine und Organisation"
            - paragraph:
              - link "Verlauf und Nachweis"
              - link "Widerruf eintragen"
          - progressbar "24-Stunden-Fenster"
          - region "Vogt, Jana":
            - heading "Vogt, Jana" [level=3]
            - term: Geboren
            - term: Letzter Termin
            - term: Nächster Termin
          - heading "Auf WhatsApp" [level=3]
          - term: Mobil
          - definition:
            - text: /•••/
            - button "Nummer zeigen"
          - heading "Dokumente" [level=3]
          - heading "Ihre Zugriffe" [level=3]
        """
    )


@whole
def test_the_help_sheet_is_a_dialog_of_keys_and_what_they_do(visit: Visit) -> None:
    page = shell.keys(visit)

    expect(page.get_by_role("dialog")).to_match_aria_snapshot(
        """
        - dialog "Tasten":
          - heading "Tasten" [level=2]
          - button "Schließen"
          - term: j k
          - definition: nächste, vorige in der Liste
          - term: Strg k
          - definition: Personen und Befehle suchen
          - term: /
          - definition: suchen
          - term: h
          - definition: Zurückstellen
          - paragraph:
            - link "Meine Einstellungen"
        """
    )
    expect(page.get_by_role("heading", name="Tasten")).to_be_focused()


def test_behind_the_shield_nothing_is_left_to_read_out(visit: Visit) -> None:
    page = shell.the_shield(visit)

    expect(page.locator("body")).to_match_aria_snapshot(
        """
        - /children: deep-equal
        - dialog "Sichtschutz":
          - heading "Sichtschutz" [level=2]
          - paragraph: Namen und Texte sind verdeckt. Neue Nachrichten kommen weiter an.
          - text: /(Passwort|PIN) von .+/
          - textbox /(Passwort|PIN) von .+/
          - button "Weiterarbeiten"
          - paragraph: /Mit einer PIN/
          - link "Als andere Person anmelden":
            - /url: /login/
          - button "Abmelden"
        """
    )
    assert page.get_by_role("log").count() + page.get_by_role("listbox").count() == 0
