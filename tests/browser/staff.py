"""People of a practice in front of their browser."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from tests.browser.chromium import Problems
from tests.browser.product import DemoPractice, Login, Product

RECEPTION_PC = {"width": 1280, "height": 720}


@dataclass
class Staff:
    """Opens browsers of people who have logged in. Each does so once; later browsers share that session."""

    product: Product
    browser: Browser
    problems: Problems
    sessions: dict[str, StorageState]
    opened: list[BrowserContext] = field(default_factory=list)

    def at_work(self, practice: int = 0, role: str = "reception", **options: object) -> Page:
        """A page on the practice's inbox. `options` are the browser's (viewport, color_scheme, java_script_enabled)."""
        of = self.product.practices[practice]
        login = of.login(role)
        page = self.stranger(**{"storage_state": self._session(of, login), **options})
        go_to(page, f"{self.product.address}/p/{of.slug}/inbox/", login)
        self.sessions[login.email] = page.context.storage_state()  # it may be another by now
        return page

    def stranger(self, **options: object) -> Page:
        """A page of somebody unknown."""
        settings = {"viewport": RECEPTION_PC, "locale": "de-DE", "timezone_id": "Europe/Berlin", **options}
        context = self.browser.new_context(**settings)  # type: ignore[arg-type]
        self.opened.append(context)
        page = context.new_page()
        self.problems.watch(page)
        return page

    def close(self) -> None:
        for context in self.opened:
            context.close()

    def _session(self, practice: DemoPractice, login: Login) -> StorageState:
        if login.email not in self.sessions:
            page = self.stranger()
            log_in(page, self.product.address, login)
            page.wait_for_url(re.compile(f"/p/{practice.slug}/inbox/"))
            self.sessions[login.email] = page.context.storage_state()
            page.context.close()
            self.opened.remove(page.context)
        return self.sessions[login.email]


def log_in(page: Page, address: str, login: Login) -> None:
    """Both steps, with what is written on the screen."""
    page.goto(f"{address}/login/")
    page.get_by_label("E-Mail").fill(login.email)
    page.get_by_label("Passwort").fill(login.password)
    page.get_by_role("button", name="Weiter").click()
    page.get_by_label("Sechsstelliger Code").fill(login.code())
    page.get_by_role("button", name="Anmelden").click()


def go_to(page: Page, address: str, login: Login) -> None:
    """Whoever did nothing for a while finds the shield there, and lifts it; without a PIN the login."""
    page.goto(address)
    if re.search(r"/login/", page.url):
        log_in(page, re.sub(r"(?<=[^:/])/.*", "", address), login)
        page.wait_for_url(re.compile(r"/p/|/practices/"))
        page.goto(address)
    if page.locator("main #shield-secret").is_visible():
        page.locator("main #shield-secret").fill(login.password)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.goto(address)


def newest_first(page: Page) -> Page:
    """On the list of all that is open, whoever wrote last on top: other tests bring in more people than a page of it
    holds. Whoever is answered stays in it."""
    page.goto(re.sub(r"/inbox/.*", "/inbox/?tab=open&order=newest", page.url))
    return page


def remove_file(page: Page, name: str) -> None:
    """Out of the reply box; back once the server has it no more, or it would wait for whoever opens the thread next."""
    with page.expect_response(lambda answer: answer.request.method == "DELETE" and "/files/" in answer.url) as removed:
        page.get_by_role("button", name=f"{name} entfernen").click()
    assert removed.value.status == 204
    expect(page.locator("li[data-file]").filter(has_text=name)).to_have_count(0)


def ready(page: Page) -> Page:
    """The page once its keys are heard."""
    page.locator("[data-palette-open]:not([hidden])").wait_for(state="attached")
    return page
