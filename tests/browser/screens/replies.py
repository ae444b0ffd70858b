"""Writing an answer."""

from playwright.sync_api import FilePayload, Page, expect

from tests.browser import material
from tests.browser.screens.screen import Screen
from tests.browser.visit import Visit


def a_refused_reply(visit: Visit) -> Page:
    """What somebody sees who sends white space: the text box stays, with the reason above."""
    page = visit.thread("Lindner")
    page.get_by_label("Antwort an").fill(" \n ")
    page.get_by_role("button", name="Senden").click()
    page.locator("#composer-errors").wait_for()
    return page


def a_quoting_reply(visit: Visit) -> Page:
    page = visit.thread("Lindner")
    page.get_by_role("article").first.hover()
    page.get_by_role("button", name="Antworten").first.click()
    return page


def saved_replies_are_offered(visit: Visit) -> Page:
    page = visit.thread("Lindner")
    page.get_by_label("Antwort an").fill("")
    page.get_by_label("Antwort an").press_sequentially("/te")
    page.get_by_role("option", name="Termin bestätigen").wait_for()
    return page


def a_placeholder_is_left(visit: Visit) -> Page:
    """No visit is noted, so the reply cannot say when it is."""
    page = saved_replies_are_offered(visit)
    page.keyboard.press("Enter")
    page.locator(".composer__mirror mark").wait_for(state="attached")
    page.get_by_role("button", name="Senden").click()
    page.locator("#composer-errors").wait_for()
    return page


def emoji_are_offered(visit: Visit) -> Page:
    page = visit.thread("Lindner")
    page.get_by_role("button", name="Emoji einsetzen").click()
    page.locator(".emoji__sign").first.wait_for()
    return page


def files_go_along(visit: Visit) -> Page:
    """A picture, a PDF, and one that is not taken."""
    page = visit.thread("Lindner")
    files = page.locator("li[data-file]")
    for left in reversed(range(files.count())):
        files.first.locator("[data-file-remove]").click()
        expect(files).to_have_count(left)
    chosen: list[FilePayload] = [
        {"name": "Anfahrt.png", "mimeType": "image/png", "buffer": material.a_picture()},
        {"name": "Merkblatt nach dem Eingriff.pdf", "mimeType": "application/pdf", "buffer": material.A_PDF},
        {"name": "Tabelle.xlsx", "mimeType": "application/vnd.ms-excel", "buffer": b"x"},
    ]
    page.locator("[data-choose]").set_input_files(chosen)
    files.nth(1).wait_for()
    return page


def files_ask_for_whom(visit: Visit) -> Page:
    page = files_go_along(visit)
    page.get_by_label("Antwort an").fill("Hier die Unterlagen.")
    page.get_by_role("button", name="Senden").click()
    page.locator("#composer-brake").wait_for()
    return page


def a_voice_note_is_recorded(visit: Visit) -> Page:
    page = visit.thread("Lindner")
    page.get_by_role("button", name="Sprachnachricht aufnehmen").click()
    page.locator(".recorder").get_by_text("Aufnahme läuft").wait_for()
    return page


def a_message_can_be_taken_back(visit: Visit) -> Page:
    page = visit.thread("Lindner", role="owner")
    page.get_by_label("Antwort an").fill("Gern, bis morgen.")
    page.get_by_role("button", name="Senden").click()
    page.get_by_role("button", name="Zurückholen").wait_for()
    return page


def a_reply_in_arabic(visit: Visit) -> Page:
    """With a placeholder nobody has filled, which is marked where it stands."""
    page = visit.thread("ليلى")
    page.get_by_label("Antwort an").fill("أهلاً بكِ، موعدك يوم {termin} في Zahnarztpraxis Morgenthal.")
    page.locator(".composer__mirror mark").wait_for(state="attached")
    return page


def a_saved_reply_is_changed(visit: Visit) -> Page:
    page = visit.of_staff("inbox/saved-replies/", role="owner")
    page.get_by_role("link", name="Ändern").first.click()
    page.get_by_role("heading", name="Schnellantwort ändern").wait_for()
    return page


SCREENS = (
    Screen("reply-refused", a_refused_reply),
    Screen("reply-quoting", a_quoting_reply),
    Screen("reply-saved-replies", saved_replies_are_offered),
    Screen("reply-placeholder", a_placeholder_is_left),
    Screen("reply-emoji", emoji_are_offered),
    Screen("reply-files", files_go_along),
    Screen("reply-files-for-whom", files_ask_for_whom),
    Screen("reply-recording", a_voice_note_is_recorded),
    Screen("reply-undo", a_message_can_be_taken_back),
    Screen("reply-arabic", a_reply_in_arabic),
    Screen("saved-replies", lambda visit: visit.of_staff("inbox/saved-replies/")),
    Screen("saved-replies-change", a_saved_reply_is_changed),
    Screen("saved-replies-empty", lambda visit: visit.of_new_practice("inbox/saved-replies/")),
)
