"""Every screen there is, and how one gets there: for the accessibility check and for `make screenshots`."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import FilePayload, Page

from consent import texts
from tests.browser import documents, error_pages, gateways, material, old_lists, searches, team, withdrawals
from tests.browser.product import Product
from tests.browser.visit import Visit

Show = Callable[[Visit], Page]
OTHERS = [language for language in texts.CURRENT if language != texts.BINDING]


@dataclass(frozen=True)
class Screen:
    """A name for its picture, and how to reach it; every call shows it afresh."""

    name: str
    show: Show


def inbox(query: str = "") -> Show:
    return lambda visit: visit.of_staff(f"inbox/{query}")


def thread(name: str, practice: int = 0, role: str = "reception") -> Show:
    return lambda visit: visit.thread(name, practice=practice, role=role)


def the_menu_of_the_list(visit: Visit) -> Page:
    page = inbox()(visit)
    page.locator("#queue-menu summary").click()
    return page


def the_list_by_label(visit: Visit) -> Page:
    page = the_menu_of_the_list(visit)
    page.locator("#queue-menu").get_by_role("link", name="Termin", exact=True).click()
    page.locator(".queue__filter").wait_for()
    return page


def a_day_is_to_be_chosen(visit: Visit) -> Page:
    page = visit.thread("Krüger")
    page.locator("#jump-button").click()
    return page


def the_urgent_words_changed(visit: Visit) -> Page:
    """With a version of the practice's own."""
    page = visit.of_staff("inbox/urgent-words/", role="owner")
    words = page.get_by_label("Ein Wort oder eine kurze Wendung je Zeile")
    words.fill("\n".join([*words.input_value().splitlines()[:-1], "Naht offen"]))
    page.get_by_role("button", name="Speichern").click()
    page.get_by_text("Bisherige Fassungen").wait_for()
    return page


def a_template_is_filled_in(visit: Visit) -> Page:
    page = visit.thread("Böttcher")
    page.locator(".choice input[type=radio]").first.check()
    return page


def keys(visit: Visit) -> Page:
    page = visit.thread("Krüger")
    page.locator("[data-keys-open]").wait_for(state="attached")
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()
    return page


def the_palette(visit: Visit) -> Page:
    page = visit.thread("Krüger")
    page.locator("[data-palette-open]:not([hidden])").wait_for(state="attached")
    page.keyboard.press("Control+k")
    page.locator("#palette-query").fill("kr")
    page.locator("[id^=palette-person]").first.wait_for()
    return page


def the_shield(visit: Visit) -> Page:
    """Over the open page. The server is kept out of it: others use the same session after this."""
    page = visit.thread("Krüger")
    page.route("**/shield/", lambda route: route.fulfill(status=204))
    page.get_by_role("button", name="Sichtschutz").click()
    page.locator("#shield[open]").wait_for()
    page.unroute("**/shield/")
    return page


def a_wrong_pin_is_refused(visit: Visit) -> Page:
    page = visit.of_staff("me/")
    page.get_by_label("Neue PIN", exact=True).fill("1234")
    page.get_by_label("Neue PIN noch einmal").fill("1243")
    page.get_by_label("Ihr Passwort").fill("falsch")
    page.get_by_role("button", name="PIN speichern").click()
    page.locator("[aria-invalid]").first.wait_for()
    return page


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
    while page.locator("[data-file-remove]").count():
        page.locator("[data-file-remove]").first.click()
    chosen: list[FilePayload] = [
        {"name": "Anfahrt.png", "mimeType": "image/png", "buffer": material.a_picture()},
        {"name": "Merkblatt nach dem Eingriff.pdf", "mimeType": "application/pdf", "buffer": material.A_PDF},
        {"name": "Tabelle.xlsx", "mimeType": "application/vnd.ms-excel", "buffer": b"x"},
    ]
    page.locator("[data-choose]").set_input_files(chosen)
    page.locator("li[data-file]").nth(1).wait_for()
    return page


def files_ask_for_whom(visit: Visit) -> Page:
    page = files_go_along(visit)
    page.get_by_label("Antwort an").fill("Hier die Unterlagen.")
    page.get_by_role("button", name="Senden").click()
    page.locator("#composer-brake").wait_for()
    return page


def a_message_can_be_taken_back(visit: Visit) -> Page:
    page = visit.thread("Lindner", role="owner")
    page.get_by_label("Antwort an").fill("Gern, bis morgen.")
    page.get_by_role("button", name="Senden").click()
    page.get_by_role("button", name="Zurückholen").wait_for()
    return page


def a_saved_reply_is_changed(visit: Visit) -> Page:
    page = visit.of_staff("inbox/saved-replies/", role="owner")
    page.get_by_role("link", name="Ändern").first.click()
    page.get_by_role("heading", name="Schnellantwort ändern").wait_for()
    return page


def a_picture_is_open(visit: Visit) -> Page:
    page = visit.thread("Sommerfeld")
    page.get_by_role("link", name="Ansehen").first.click()
    page.locator(".picture__open").first.wait_for()
    return page


def the_panel_is_folded(visit: Visit) -> Page:
    """In a browser of its own, which remembers it."""
    page = visit.thread("Sommerfeld", role="dentist")
    page.locator("[data-panel-toggle]").click()
    return page


def the_front_desk_searches(visit: Visit) -> Page:
    page = visit.of_staff("front-desk/")
    page.get_by_role("button", name="Suchen oder neu anlegen").first.click()
    page.locator(".newcomer__forms").wait_for()
    return page


def nobody_is_found_at_the_front_desk(visit: Visit) -> Page:
    page = the_front_desk_searches(visit)
    page.get_by_label("Patient:in suchen").fill("Niemandsen")
    page.locator(".newcomer__forms").get_by_role("button", name="Suchen").click()
    page.get_by_text("Niemand mit diesem Namen gefunden.").wait_for()
    return page


def a_person(query: str = "") -> Show:
    """Somebody's consent over time, reached from the panel beside the thread."""

    def show(visit: Visit) -> Page:
        page = visit.thread("Lindner")
        page.get_by_role("link", name="Verlauf und Nachweis").click()
        page.locator(".act").first.wait_for()
        if query:
            page.get_by_role("link", name=query).click()
            page.locator(".act__sentence").first.wait_for()
        return page

    return show


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


def a_shown_text(visit: Visit) -> Page:
    page = a_person()(visit)
    page.get_by_role("link", name="wie er gezeigt wurde").first.click()
    page.locator(".paper--letters").wait_for()
    return page


def a_mother_agrees_on_paper(visit: Visit) -> Page:
    """The form with everything that a guardian and a paper ask for."""
    page = visit.of_staff("consent/intake/")
    page.get_by_label("eine sorgeberechtigte Person, für ein Kind").check()
    page.get_by_label("auf Papier, unterschrieben").check()
    page.get_by_label("Patient:in suchen").fill("Mia")
    page.get_by_role("button", name="Suchen", exact=True).click()
    page.get_by_label("Mia Hoffmann").check()
    return page


def an_empty_intake(visit: Visit) -> Page:
    page = visit.of_staff("consent/intake/")
    page.get_by_role("button", name="Aufnehmen", exact=True).click()
    page.get_by_role("alert").wait_for()
    return page


def a_consent_is_taken_down(visit: Visit) -> Page:
    """Somebody new agreed at the counter; the number is being asked."""
    page = visit.of_staff("consent/intake/")
    page.get_by_label("Vorname").fill("Rosa")
    page.get_by_label("Nachname").fill("Tresen")
    page.get_by_label("Geburtsdatum", exact=True).fill("1971-03-12")
    page.get_by_label("Handynummer mit WhatsApp").fill("0176 04069083")
    page.get_by_label("Termine und Organisation").check()
    page.get_by_role("button", name="Aufnehmen", exact=True).click()
    page.get_by_role("heading", name="Einwilligung aufgenommen").wait_for()
    return page


def a_go_live_without_its_confirmations(visit: Visit) -> Page:
    page = visit.of_new_practice("consent/choices/")
    page.get_by_role("button", name="WhatsApp freigeben").click()
    page.get_by_role("alert").wait_for()
    return page


def a_list(step: Callable[[Page, Product], Page]) -> Show:
    """A step on the way of a list of old consents."""
    return lambda visit: step(visit.page_of(role="owner"), visit.product)


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
    path = page.url.partition("/consent/")[2]
    return visit.of_staff(f"consent/{path}", role="practice_manager")


def people_agree_anew(visit: Visit) -> Page:
    page = a_draft_is_handed_on(visit)
    page.get_by_role("button", name="Veröffentlichen").click()
    page.get_by_role("heading", name="Neue Zustimmung").wait_for()
    return page


def text_d_in(language: str) -> Show:
    return lambda visit: visit.of_patient(f"{gateways.text_d_address(visit.patient, visit.product)}?lang={language}")


def login(visit: Visit) -> Page:
    return visit.of_nobody("/login/")


def a_wrong_password(visit: Visit) -> Page:
    page = login(visit)
    page.get_by_label("E-Mail").fill("niemand@praxis.example")
    page.get_by_label("Passwort").fill("falsch")
    page.get_by_role("button", name="Weiter").click()
    page.get_by_role("alert").wait_for()
    return page


def the_code(visit: Visit) -> Page:
    known = visit.product.practices[1].login("prophylaxis")
    page = login(visit)
    page.get_by_label("E-Mail").fill(known.email)
    page.get_by_label("Passwort").fill(known.password)
    page.get_by_role("button", name="Weiter").click()
    page.get_by_label("Sechsstelliger Code").wait_for()
    return page


def a_code_with_letters(visit: Visit) -> Page:
    page = the_code(visit)
    page.get_by_label("Sechsstelliger Code").fill("abcdef")
    page.get_by_role("button", name="Anmelden").click()
    page.locator("[aria-invalid], [role=alert]").first.wait_for()
    return page


def qr(query: str = "") -> Show:
    return lambda visit: visit.of_patient(visit.product.practices[0].qr + query)


def nothing_is_ticked(visit: Visit) -> Page:
    page = qr()(visit)
    page.get_by_role("button", name="Zustimmen und WhatsApp öffnen").click()
    page.get_by_role("alert").wait_for()
    return page


def declined(visit: Visit) -> Page:
    page = qr()(visit)
    page.get_by_role("button", name="Nein, danke").click()
    page.get_by_role("heading", name="In Ordnung").wait_for()
    return page


def declined_in_arabic(visit: Visit) -> Page:
    page = qr("?lang=ar")(visit)
    page.get_by_role("button", name=texts.current("ar").page.decline_label).click()
    page.get_by_role("heading", name=texts.current("ar").words.declined_title).wait_for()
    return page


def a_code(visit: Visit) -> Page:
    page = visit.of_staff("consent/codes/", role="owner")
    page.locator(".codes tbody a").first.click()
    page.get_by_role("heading", name="Drucken").wait_for()
    return page


def a_revoked_code(visit: Visit) -> Page:
    page = visit.of_staff("consent/codes/new/", role="owner")
    page.get_by_label("Name", exact=True).fill("Zimmer 2, alt")
    page.get_by_role("button", name="Anlegen").click()
    page.get_by_text("Code zurückziehen").click()
    page.get_by_role("button", name="Zurückziehen").click()
    page.get_by_role("link", name="Zimmer 2, alt").click()
    page.get_by_text("Dieser Code gilt nicht mehr.").wait_for()
    return page


def a_code_without_a_name(visit: Visit) -> Page:
    page = visit.of_staff("consent/codes/new/", role="owner")
    page.get_by_label("Name", exact=True).fill(" ")
    page.get_by_role("button", name="Anlegen").click()
    page.locator("[aria-invalid]").wait_for()
    return page


def of_patient(path: str) -> Show:
    return lambda visit: visit.of_patient(visit.product.address + path)


def phones(path: str = "") -> Show:
    return lambda visit: visit.of_patient(f"{visit.product.phones}/phones/{path}")


def error(status: int, **context: object) -> Show:
    return lambda visit: error_pages.show(visit, f"{status}.html", **context)


def unable(template: str) -> Show:
    return lambda visit: error_pages.of_practice(visit, f"consent/{template}.html")


def a_tablet_is_to_be_paired(visit: Visit) -> Page:
    page = visit.page_of(role="owner")
    gateways.pairing_code(page, visit.product, "Tresen links")
    return page


def a_tablet(visit: Visit) -> Page:
    """Paired, in a browser of its own."""
    code = gateways.pairing_code(visit.page_of(role="owner"), visit.product, "Wartezimmer")
    return gateways.pair(visit.staff.stranger(viewport=gateways.TABLET), visit.product, code)


def a_tablet_without_network(visit: Visit) -> Page:
    page = a_tablet(visit)
    page.context.set_offline(True)
    page.locator("#offline").wait_for()
    return page


def a_wrong_pairing_code(visit: Visit) -> Page:
    page = gateways.ask_for_code(visit.patient, visit.product)
    page.get_by_label("Kopplungscode").fill("ABCD-2345")
    page.get_by_role("button", name="Koppeln").click()
    page.get_by_role("alert").wait_for()
    return page


def a_wrong_address_of_a_website(visit: Visit) -> Page:
    page = visit.of_staff("consent/widgets/", role="owner")
    page.get_by_label("Name", exact=True).last.fill("Zweite Website")
    page.get_by_label("Adressen der Website").last.fill("http://praxis.example")
    page.get_by_role("button", name="Hinzufügen").click()
    page.locator("[aria-invalid]").first.wait_for()
    return page


def text_d_unread(visit: Visit) -> Page:
    page = gateways.text_d(visit.patient, visit.product)
    page.get_by_role("button", name="WhatsApp öffnen").click()
    page.get_by_role("alert").wait_for()
    return page


def patients(path: str = "", role: str = "reception") -> Show:
    return lambda visit: visit.of_staff(f"patients/{path}", role=role)


def a_patient(name: str, role: str = "owner") -> Show:
    """Somebody's page, reached by looking for them."""

    def show(visit: Visit) -> Page:
        page = visit.of_staff("patients/", role=role)
        page.get_by_label("Name, Nummer oder Geburtsdatum").fill(name)
        page.get_by_text("gefunden").first.wait_for()
        page.locator(".patients__row").filter(has_text=name.rsplit(maxsplit=1)[-1]).first.click()
        page.get_by_role("heading", name="Wer schreibt").wait_for()
        return page

    return show


def nobody_is_found_in_the_list(visit: Visit) -> Page:
    page = patients()(visit)
    page.get_by_label("Name, Nummer oder Geburtsdatum").fill("Niemandsen")
    page.get_by_role("heading", name="Niemand gefunden").wait_for()
    return page


def somebody_who_may_exist(visit: Visit) -> Page:
    """The form for somebody new, with the hint that she is a patient already."""
    page = patients("new/")(visit)
    page.get_by_label("Vorname").fill("Daniela")
    page.get_by_label("Nachname").fill("Hofmann")
    page.get_by_label("Geburtsdatum", exact=True).fill("1984-02-25")
    page.get_by_role("button", name="Anlegen", exact=True).click()
    page.get_by_role("alert").wait_for()
    return page


def two_records_of_one_person(visit: Visit) -> Page:
    page = a_patient("Daniela Hoffmann", role="reception")(visit)
    page.get_by_role("link", name="Doppelte Akte zusammenführen").click()
    page.get_by_label("Zweite Akte").fill("Krüger")
    page.get_by_role("button", name="Suchen", exact=True).click()
    page.locator(".patients__row").first.click()
    page.get_by_role("heading", name="Ist das dieselbe Person?").wait_for()
    return page


def a_number_is_linked(visit: Visit) -> Page:
    """Beside the thread of somebody nobody knows."""
    page = visit.thread("Nadja")
    if not page.locator("#panel-link-open").is_visible():
        page.locator("[data-panel-toggle]").click()
    page.locator("#panel-link-open").click()
    page.get_by_label("Patient:in suchen").fill("Hof")
    page.locator(".panel__candidate").first.wait_for()
    page.get_by_text("Neu anlegen", exact=True).click()
    return page


STAFF = (
    *(Screen(name, show) for name, show in team.SCREENS),
    Screen("inbox", inbox()),
    Screen("inbox-open", inbox("?tab=open")),
    Screen("inbox-mine", inbox("?tab=mine")),
    Screen("inbox-unassigned", inbox("?tab=unassigned")),
    Screen("inbox-snoozed", inbox("?tab=snoozed")),
    Screen("inbox-menu", the_menu_of_the_list),
    Screen("inbox-by-label", the_list_by_label),
    Screen("thread-jump", a_day_is_to_be_chosen),
    Screen("saved-views", lambda visit: visit.of_staff("inbox/views/", role="owner")),
    Screen("urgent-words", the_urgent_words_changed),
    Screen("inbox-done", inbox("?tab=done")),
    Screen("inbox-newest-first", inbox("?tab=waiting&order=newest")),
    Screen("inbox-empty", lambda visit: visit.of_new_practice("inbox/")),
    Screen("inbox-empty-done", lambda visit: visit.of_new_practice("inbox/?tab=done")),
    Screen("front-desk-empty", lambda visit: visit.of_new_practice("front-desk/")),
    Screen("search", inbox("?q=termin")),
    Screen("search-begin", inbox("search/")),
    Screen("search-person", inbox("?q=krüger")),
    Screen("search-nothing", inbox("?q=Niemandsen")),
    Screen("search-filtered", searches.narrowed),
    Screen("search-parts", searches.inside_words),
    Screen("search-hit", searches.a_hit_is_open),
    Screen("thread-asks-why", searches.it_asks_why),
    Screen("access", searches.access),
    Screen("access-of-a-person", searches.who_looked),
    Screen("access-empty", lambda visit: visit.of_new_practice("access/")),
    Screen("thread", thread("Krüger")),
    Screen("thread-children", thread("Hoffmann")),
    Screen("thread-every-kind", thread("Sommerfeld")),
    Screen("thread-picture-open", a_picture_is_open),
    Screen("thread-panel-folded", the_panel_is_folded),
    Screen("thread-arabic", thread("ليلى")),
    Screen("thread-failed", thread("Jansen")),
    Screen("thread-unconfirmed", thread("Peters")),
    Screen("thread-notes", thread("Wolf")),
    Screen("reply-refused", a_refused_reply),
    Screen("reply-quoting", a_quoting_reply),
    Screen("reply-saved-replies", saved_replies_are_offered),
    Screen("reply-placeholder", a_placeholder_is_left),
    Screen("reply-emoji", emoji_are_offered),
    Screen("reply-files", files_go_along),
    Screen("reply-files-for-whom", files_ask_for_whom),
    Screen("reply-undo", a_message_can_be_taken_back),
    Screen("saved-replies", lambda visit: visit.of_staff("inbox/saved-replies/")),
    Screen("saved-replies-change", a_saved_reply_is_changed),
    Screen("saved-replies-empty", lambda visit: visit.of_new_practice("inbox/saved-replies/")),
    Screen("gate-consent", thread("Marlow")),
    Screen("gate-stopped", thread("Klein")),
    Screen("gate-window", thread("Böttcher")),
    Screen("gate-window-template", a_template_is_filled_in),
    Screen("gate-identity", thread("Weiß")),
    Screen("gate-blocked", thread("Schubert")),
    Screen("gate-pending", thread("Demir")),
    Screen("thread-for-whom", thread("Hoffmann")),
    Screen("keys", keys),
    Screen("palette", the_palette),
    Screen("shield", the_shield),
    Screen("me", lambda visit: visit.of_staff("me/", role="owner")),
    Screen("me-pin-refused", a_wrong_pin_is_refused),
    Screen("choices", lambda visit: visit.of_staff("consent/choices/", role="owner")),
    Screen("choices-before-go-live", lambda visit: visit.of_new_practice("consent/choices/")),
    Screen("choices-refused", a_go_live_without_its_confirmations),
    Screen("gate-channel", thread("Ziegler", practice=1)),
    Screen("gate-role", thread("Lindner", role="trainee")),
    Screen("thread-possible-withdrawal", withdrawals.doubt),
    Screen("withdrawal-form", withdrawals.form),
    Screen("withdrawal-booked", withdrawals.booked),
    Screen("front-desk", lambda visit: visit.of_staff("front-desk/")),
    Screen("consent-overview", lambda visit: visit.of_staff("consent/")),
    Screen("consent-overview-empty", lambda visit: visit.of_new_practice("consent/")),
    Screen("consent-reviews", lambda visit: visit.of_staff("consent/reviews/")),
    Screen("consent-person", a_person()),
    Screen("consent-person-for-the-patient", a_person("zum Vorlesen oder Zeigen")),
    Screen("consent-shown-text", a_shown_text),
    Screen("front-desk-search", the_front_desk_searches),
    Screen("front-desk-nobody", nobody_is_found_at_the_front_desk),
    Screen("kiosks-empty", lambda visit: visit.of_new_practice("consent/kiosks/")),
    Screen("kiosks-pairing", a_tablet_is_to_be_paired),
    Screen("kiosks", lambda visit: visit.of_staff("consent/kiosks/", role="owner")),
    Screen("widgets", lambda visit: visit.of_staff("consent/widgets/", role="owner")),
    Screen("widgets-wrong", a_wrong_address_of_a_website),
    Screen("widgets-empty", lambda visit: visit.of_new_practice("consent/widgets/")),
    Screen("intake", lambda visit: visit.of_staff("consent/intake/")),
    Screen("intake-guardian-paper", a_mother_agrees_on_paper),
    Screen("intake-refused", an_empty_intake),
    Screen("intake-taken-down", a_consent_is_taken_down),
    Screen("patients", patients()),
    Screen("patients-nobody", nobody_is_found_in_the_list),
    Screen("patients-empty", lambda visit: visit.of_new_practice("patients/")),
    Screen("patients-blocked", patients("blocked/", role="owner")),
    Screen("patient", a_patient("Mia Hoffmann")),
    Screen("patient-new", patients("new/")),
    Screen("patient-similar", somebody_who_may_exist),
    Screen("patient-joining", two_records_of_one_person),
    Screen("panel-link", a_number_is_linked),
    Screen("lists-empty", lambda visit: visit.of_new_practice("consent/imports/")),
    Screen("lists-refused", a_list(old_lists.refused)),
    Screen("lists-columns", a_list(old_lists.upload)),
    Screen("lists-columns-missing", a_list(old_lists.columns_missing)),
    Screen("lists-rows", a_list(old_lists.look_through)),
    Screen("lists-question", a_list(old_lists.ask)),
    Screen("lists-result", a_list(old_lists.result)),
    Screen("lists", a_list(old_lists.lists)),
)
TEXTS = (
    Screen("texts", texts_of()),
    Screen("text-version", texts_of("versions/de-2026-05/")),
    Screen("text-draft", a_draft_with_a_mistake),
    Screen("text-draft-messages", a_draft("Kurze Nachrichten")),
    Screen("text-draft-finish", a_draft("Freigabe")),
    Screen("text-review", a_draft_is_handed_on),
    Screen("text-renewal", people_agree_anew),
)
CODES = (
    Screen("code", a_code),
    Screen("code-new", lambda visit: visit.of_staff("consent/codes/new/", role="owner")),
    Screen("code-new-refused", a_code_without_a_name),
    Screen("code-revoked", a_revoked_code),
    Screen("codes", lambda visit: visit.of_staff("consent/codes/", role="owner")),
    Screen("codes-reception", lambda visit: visit.of_staff("consent/codes/")),
    Screen("codes-empty", lambda visit: visit.of_new_practice("consent/codes/")),
)
LANGUAGES = tuple(Screen(f"qr-{language}", qr(f"?lang={language}")) for language in texts.CURRENT)
ENTRY = (
    Screen("login", login),
    Screen("login-wrong", a_wrong_password),
    Screen("login-code", the_code),
    Screen("login-code-wrong", a_code_with_letters),
    Screen("login-choice", lambda visit: visit.at_two_practices),
)
ERRORS = (
    *(Screen(f"error-{status}", error(status)) for status in (400, 403, 404, 429, 500, 503)),
    Screen("error-413", error(413, megabytes=25)),
)
PATIENTS = (
    Screen("qr-nothing-ticked", nothing_is_ticked),
    Screen("qr-declined", declined),
    Screen("qr-limited", unable("qr_limited")),
    Screen("qr-unavailable", unable("qr_unavailable")),
    Screen("qr-invalid", of_patient("/q/AAAAAAAAAAAAAAAAAAAAAA")),
    Screen("withdrawal-page", withdrawals.page_of),
    *(Screen(f"withdrawal-page-{one}", withdrawals.page_in(one)) for one in OTHERS),
    Screen("withdrawal-done", withdrawals.done),
    Screen("withdrawal-invalid", of_patient("/w/AAAAAAAAAAAAAAAAAAAAAA")),
    Screen("privacy-notice", of_patient("/datenschutz/morgenthal/")),
    *(Screen(f"privacy-notice-{one}", of_patient(f"/datenschutz/morgenthal/?lang={one}")) for one in OTHERS),
    Screen("qr-declined-arabic", declined_in_arabic),
)
DOCUMENTS = (
    Screen("document-form", documents.form),
    Screen("document-form-empty", documents.empty_form),
    Screen("document-form-family", documents.form_of_family),
    Screen("document-form-refused", documents.refused_form),
    Screen("document-pin", documents.a_pin),
    Screen("invitation-form", documents.invitation_form),
    Screen("document-page", documents.question),
    Screen("document-page-wrong", documents.wrong),
    Screen("document-page-locked", documents.locked),
    Screen("document-page-arabic", documents.in_arabic),
    Screen("document-opened", documents.opened),
    Screen("document-opened-picture", documents.opened_picture),
    Screen("document-gone", of_patient("/d/AAAAAAAAAAAAAAAAAAAAAA")),
    Screen("upload-question", documents.upload_question),
    Screen("upload-page", documents.upload_page),
    Screen("upload-received", documents.handed_in),
    Screen("upload-refused", documents.refused_upload),
    Screen("thread-documents", documents.receipts),
)
GATEWAYS = (
    Screen("kiosk", a_tablet),
    Screen("kiosk-offline", a_tablet_without_network),
    Screen("kiosk-code", lambda visit: gateways.ask_for_code(visit.patient, visit.product)),
    Screen("kiosk-code-wrong", a_wrong_pairing_code),
    Screen("website", lambda visit: visit.of_patient(f"{visit.product.phones}/website/")),
    Screen("widget", lambda visit: gateways.text_d(visit.patient, visit.product)),
    *(Screen(f"widget-{one}", text_d_in(one)) for one in OTHERS),
    Screen("widget-unread", text_d_unread),
    Screen("widget-invalid", of_patient("/widget/AAAAAAAAAAAAAAAAAAAAAA")),
)
PHONES = (
    Screen("phones", phones()),
    Screen("phones-list", phones("491713920009/")),
    Screen("phones-chat", lambda visit: phones(f"491713920009/{visit.digits}/")(visit)),
    Screen("phones-whose", lambda visit: visit.of_patient(f"{visit.product.phones}/wa/{visit.digits}?text=Guten+Tag")),
    Screen("phones-unknown", phones("1/")),
)
SCREENS = (*STAFF, *TEXTS, *CODES, *ENTRY, *ERRORS, *LANGUAGES, *PATIENTS, *DOCUMENTS, *GATEWAYS, *PHONES)
