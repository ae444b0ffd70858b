"""The list, its search, and who looked."""

from playwright.sync_api import Page

from tests.browser import searches
from tests.browser.screens.screen import Screen, Show
from tests.browser.visit import Visit


def inbox(query: str = "") -> Show:
    return lambda visit: visit.of_staff(f"inbox/{query}")


def the_menu_of_the_list(visit: Visit) -> Page:
    page = inbox()(visit)
    page.locator("#queue-menu summary").click()
    return page


def the_list_by_label(visit: Visit) -> Page:
    page = the_menu_of_the_list(visit)
    page.locator("#queue-menu").get_by_role("link", name="Termin", exact=True).click()
    page.locator(".queue__filter").wait_for()
    return page


def the_urgent_words_changed(visit: Visit) -> Page:
    """With a version of the practice's own."""
    page = visit.of_staff("inbox/urgent-words/", role="owner")
    words = page.get_by_label("Ein Wort oder eine kurze Wendung je Zeile")
    words.fill("\n".join([*words.input_value().splitlines()[:-1], "Naht offen"]))
    page.get_by_role("button", name="Speichern").click()
    page.get_by_text("Bisherige Fassungen").wait_for()
    return page


SCREENS = (
    Screen("inbox", inbox()),
    Screen("inbox-open", inbox("?tab=open")),
    Screen("inbox-mine", inbox("?tab=mine")),
    Screen("inbox-unassigned", inbox("?tab=unassigned")),
    Screen("inbox-snoozed", inbox("?tab=snoozed")),
    Screen("inbox-menu", the_menu_of_the_list),
    Screen("inbox-by-label", the_list_by_label),
    Screen("saved-views", lambda visit: visit.of_staff("inbox/views/", role="owner")),
    Screen("urgent-words", the_urgent_words_changed),
    Screen("inbox-done", inbox("?tab=done")),
    Screen("inbox-newest-first", inbox("?tab=waiting&order=newest")),
    Screen("inbox-empty", lambda visit: visit.of_new_practice("inbox/")),
    Screen("inbox-empty-done", lambda visit: visit.of_new_practice("inbox/?tab=done")),
    Screen("search", inbox("?q=termin")),
    Screen("search-begin", inbox("search/")),
    Screen("search-person", inbox("?q=krüger")),
    Screen("search-arabic", inbox("?q=موعد")),
    Screen("search-nothing", inbox("?q=Niemandsen")),
    Screen("search-filtered", searches.narrowed),
    Screen("search-parts", searches.inside_words),
    Screen("search-hit", searches.a_hit_is_open),
    Screen("thread-asks-why", searches.it_asks_why),
    Screen("access", searches.access),
    Screen("access-of-a-person", searches.who_looked),
    Screen("access-empty", lambda visit: visit.of_new_practice("access/")),
)
