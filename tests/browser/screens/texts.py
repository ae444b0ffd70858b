"""The practice writes its consent texts."""

from playwright.sync_api import Page

from tests.browser.screens.screen import Screen, Show
from tests.browser.visit import Visit


def texts_of(path: str = "") -> Show:
    return lambda visit: visit.of_staff(f"consent/texts/{path}", role="owner")


def a_draft(part: str, language: str = "Deutsch") -> Show:
    """The owner writes; whoever was here before has begun."""

    def show(visit: Visit) -> Page:
        page = texts_of()(visit)
        card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=language))
        begin, go_on = card.get_by_role("button", name="Neue Fassung schreiben"), card.locator(".edition__deeds a")
        (go_on if go_on.count() else begin).first.click()
        if page.get_by_role("button", name="Zurück zum Schreiben").count():
            page.get_by_role("button", name="Zurück zum Schreiben").click()
        page.get_by_role("button", name=part, exact=True).click()
        return page

    return show


def a_draft_with_a_mistake(visit: Visit) -> Page:
    page = a_draft("Seite hinter dem QR-Code")(visit)
    page.get_by_label("Titel").first.fill("Mit {praxis} schreiben")
    page.locator("#preview .errors").wait_for()
    return page


def a_draft_is_handed_on(visit: Visit) -> Page:
    """English, so that the German draft stays with its writer; read by the manager, who may publish it."""
    page = a_draft("Freigabe", "Englisch")(visit)
    page.get_by_label("Was ist neu und warum?").fill("Ein neuer Dienstleister")
    page.get_by_label("Termine und Organisation").check()
    page.get_by_role("button", name="Zur Freigabe vorlegen").click()
    page.get_by_role("button", name="Zurück zum Schreiben").wait_for()
    path = page.url.partition("/consent/")[2]
    return visit.of_staff(f"consent/{path}", role="practice_manager")


def people_agree_anew(visit: Visit) -> Page:
    page = a_draft_is_handed_on(visit)
    page.get_by_role("button", name="Veröffentlichen").click()
    page.get_by_role("heading", name="Neue Zustimmung").wait_for()
    return page


SCREENS = (
    Screen("texts", texts_of()),
    Screen("text-version", texts_of("versions/de-2026-05/")),
    Screen("text-draft", a_draft_with_a_mistake),
    Screen("text-draft-messages", a_draft("Kurze Nachrichten")),
    Screen("text-draft-finish", a_draft("Freigabe")),
    Screen("text-review", a_draft_is_handed_on),
    Screen("text-renewal", people_agree_anew),
)
