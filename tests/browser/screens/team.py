"""Screens of the team sharing its work, and how one gets there."""

from playwright.sync_api import Page

from tests.browser.screens.screen import Screen, Show
from tests.browser.visit import Visit

LABELS = (("Termin", "Petrol", "Punkt"), ("Schmerz", "Rot", "Raute"), ("Rechnung", "Bernstein", "Quadrat"))


def labels(visit: Visit) -> Page:
    """The practice's labels; whoever comes first makes three."""
    page = visit.of_staff("inbox/labels/", role="owner")
    for name, colour, shape in LABELS:
        if page.locator(".labels").get_by_text(name, exact=True).count():
            continue
        form = page.locator("form.label-form").last
        form.get_by_label("Name").fill(name)
        form.get_by_label("Farbe").select_option(label=colour)
        form.get_by_label("Form").select_option(label=shape)
        form.get_by_role("button", name="Anlegen").click()
    page.locator(".labels__one").nth(2).wait_for()
    return page


def menu(button: str, name: str = "Krüger") -> Show:
    """One of the thread's menus, open."""

    def show(visit: Visit) -> Page:
        labels(visit)
        page = visit.thread(name)
        page.locator(button).click()
        page.locator(".menu:popover-open .menu__form").wait_for()
        return page

    return show


def labelled(visit: Visit) -> Page:
    """Taken over, with a label, and the toast of it."""
    page = menu("#label-button")(visit)
    choice = page.locator(".menu:popover-open").get_by_role("button", name="Schmerz")
    if choice.get_attribute("aria-pressed") == "true":
        return page
    choice.click()
    page.locator(".toast").wait_for()
    page.locator(".thread__facts .label-mark").first.wait_for()
    return page


def a_note(visit: Visit) -> Page:
    """Somebody writes a note and is about to name a colleague."""
    page = visit.thread("Krüger")
    page.locator("#note-box > summary").click()
    page.locator("#note").fill("Bitte vor dem Termin noch das Röntgenbild ansehen, ")
    page.locator("#note").press("End")
    page.locator("#note").type("@")
    page.locator("#note-names:not([hidden])").wait_for()
    return page


def bulk(visit: Visit) -> Page:
    page = visit.of_staff("inbox/?tab=open")
    page.get_by_role("button", name="Mehrere auswählen").click()
    page.locator("#bulk-assign").wait_for()
    page.locator("a.row").nth(0).click()
    page.locator("a.row").nth(2).click(modifiers=["Shift"])
    page.locator('a.row[aria-checked="true"]').nth(2).wait_for()
    return page


def a_task(visit: Visit) -> Page:
    """A message did not arrive; somebody is to call."""
    page = visit.thread("Jansen")
    page.get_by_role("button", name="Als Aufgabe: anrufen").first.click()
    page.locator(".toast").wait_for()
    page.locator(".panel .task").first.wait_for(state="attached")
    return page


def tasks(visit: Visit) -> Page:
    a_task(visit)
    page = visit.of_staff("inbox/tasks/?whose=all")
    page.locator(".task").first.wait_for()
    return page


def mentions(visit: Visit) -> Page:
    """The manager names the front desk in a note."""
    page = visit.thread("Krüger", role="practice_manager")
    page.locator("#note-box > summary").click()
    page.locator("#note").fill("@Melek bitte den Termin am Donnerstag bestätigen.")
    page.get_by_role("button", name="Notiz speichern").click()
    page.locator('[data-kind="note"]').last.wait_for()
    return visit.of_staff("inbox/mentions/")


def handover(visit: Visit) -> Page:
    page = visit.thread("Krüger")
    if page.locator("#take-over").count():
        page.locator("#take-over").click()
        page.locator(".toast").wait_for()
    return visit.of_staff("inbox/handover/")


SCREENS = (
    Screen("team-labels", labels),
    Screen("team-labels-empty", lambda visit: visit.of_new_practice("inbox/labels/")),
    Screen("team-assign", menu("#assign-button")),
    Screen("team-snooze", menu("#snooze-button")),
    Screen("team-label", menu("#label-button")),
    Screen("team-task", menu("#task-button")),
    Screen("team-labelled", labelled),
    Screen("team-note", a_note),
    Screen("team-bulk", bulk),
    Screen("team-call", a_task),
    Screen("team-tasks", tasks),
    Screen("team-tasks-empty", lambda visit: visit.of_new_practice("inbox/tasks/")),
    Screen("team-mentions", mentions),
    Screen("team-mentions-empty", lambda visit: visit.of_new_practice("inbox/mentions/")),
    Screen("team-handover", handover),
    Screen("team-handover-empty", lambda visit: visit.of_new_practice("inbox/handover/")),
)
