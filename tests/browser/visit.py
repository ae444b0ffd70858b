"""Somebody who walks through all screens, as each of the people who see them."""

import re
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

from playwright.sync_api import Locator, Page

from roger.embedded.environment import read
from tests.browser.patients import PHONE
from tests.browser.product import Login, Product
from tests.browser.staff import Staff, go_to, log_in

BLANK = "about:blank"
LOOKS = 2  # through all tabs
NEW_PRACTICE = {
    "slug": "neue-praxis",
    "name": "Zahnarztpraxis Neubeginn",
    "street": "Beispielweg 2",
    "postal-code": "10115",
    "city": "Berlin",
    "state": "BE",
    "phone": "+493023125300",
    "emergency-phone": "+493023125399",
    "email": "praxis@neubeginn.example",
    "owner-email": "nora.neubeginn@neubeginn.example",
    "owner-name": "Nora Neubeginn",
}


@dataclass
class Visit:
    """One page for each person, used for one screen after the other."""

    product: Product
    staff: Staff
    pages: dict[tuple[int, str], Page] = field(default_factory=dict)
    threads: dict[tuple[int, str], str] = field(default_factory=dict)  # addresses, by practice and part of a name

    @cached_property
    def patient(self) -> Page:
        return self.staff.stranger(viewport=PHONE)

    @cached_property
    def new_login(self) -> Login:
        """The owner's of a practice that was made a moment ago."""
        return create_practice(self.product)

    @cached_property
    def new_owner(self) -> Page:
        page = self.staff.stranger()
        log_in(page, self.product.address, self.new_login)
        page.wait_for_url(f"**/p/{NEW_PRACTICE['slug']}/inbox/")
        return page

    @cached_property
    def at_two_practices(self) -> Page:
        """Somebody who works at both, before the choice."""
        page = self.staff.stranger()
        log_in(page, self.product.address, self.product.practices[1].login("prophylaxis"))
        page.wait_for_url("**/practices/")
        return page

    @property
    def digits(self) -> str:
        """The first practice's number, as wa.me spells it."""
        return self.product.practices[0].phone.removeprefix("+")

    def page_of(self, practice: int = 0, role: str = "reception") -> Page:
        if (practice, role) not in self.pages:
            self.pages[practice, role] = self.staff.at_work(practice, role)
        return self.pages[practice, role]

    def of_staff(self, path: str, practice: int = 0, role: str = "reception") -> Page:
        page = self.page_of(practice, role)
        of = self.product.practices[practice]
        go_to(page, f"{self.product.address}/p/{of.slug}/{path}", of.login(role))
        return page

    def thread(self, name: str, practice: int = 0, role: str = "reception") -> Page:
        """The conversation with somebody, wherever it stands."""
        if address := self.threads.get((practice, name)):
            page = self.page_of(practice, role)
            go_to(page, address, self.product.practices[practice].login(role))
            return page
        page = self.of_staff("inbox/", practice, role)
        self.threads[practice, name] = address_of(page, name, "open", "snoozed", "done")
        page.goto(self.threads[practice, name])
        return page

    def leave(self) -> None:
        """Nobody looks at anything: an open page asks for all that the next screen changes, and that costs time."""
        for page in (page for context in self.staff.browser.contexts for page in context.pages):
            if page.url != BLANK:
                page.goto(BLANK)

    def of_new_practice(self, path: str) -> Page:
        go_to(self.new_owner, f"{self.product.address}/p/{NEW_PRACTICE['slug']}/{path}", self.new_login)
        return self.new_owner

    def of_nobody(self, path: str) -> Page:
        page = self.patient
        page.context.clear_cookies()
        page.goto(self.product.address + path)
        return page

    def of_patient(self, address: str) -> Page:
        self.patient.goto(address)
        return self.patient


def create_practice(product: Product) -> Login:
    """As the operator does it: manage.py create_practice."""
    told = [f"--{name}={value}" for name, value in NEW_PRACTICE.items()]
    command = [sys.executable, "manage.py", "create_practice", *told]
    said = subprocess.run(command, env=read(product.home / "env"), capture_output=True, text=True, check=True).stdout
    facts = dict(line.split(maxsplit=1) for line in said.splitlines()[1:])
    return Login("owner", facts["login"], facts["password"], facts["secret"])


def row_of(page: Page, name: str, *tabs: str) -> Locator:
    """Somebody's row, on whichever page of these tabs it stands. Raises LookupError."""
    address_of(page, name, *tabs)
    return page.get_by_role("option").filter(has_text=name).first


def address_of(page: Page, name: str, *tabs: str) -> str:
    """Where somebody's thread is, read at one go: other tests bring people into the list, which then shows its first
    page again, and while one turns its pages a row may move up to the one before. Raises LookupError."""
    for tab in tabs * LOOKS:
        for number in count(1):
            page.goto(re.sub(r"/inbox/.*", f"/inbox/?tab={tab}&page={number}", page.url))
            rows = page.get_by_role("option")
            if found := rows.filter(has_text=name).evaluate_all("rows => rows.map(row => row.href)"):
                return str(found[0])
            if not rows.count():
                break
    raise LookupError(f"nobody called {name} has written")
