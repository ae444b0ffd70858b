"""Patients with their phones: the consent page behind the QR code, then the chat."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page

PHONE = {"width": 390, "height": 844}


@dataclass
class PatientsPhone:
    """One phone of the stand-in."""

    page: Page

    def consent(self, qr: str, *purposes: str) -> None:
        """Scan, tick, agree; ends where the stand-in asks whose phone this is."""
        self.page.goto(qr)
        for purpose in purposes:
            self.page.get_by_label(purpose).check()
        self.page.get_by_role("button", name="Zustimmen und WhatsApp öffnen").click()

    def belongs_to(self, name: str) -> None:
        """A new phone, whose chat opens with the prefilled text."""
        self.page.get_by_text("Neues Telefon").click()
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_role("button", name="Anlegen").click()

    @property
    def composer(self) -> Locator:
        return self.page.get_by_label("Nachricht", exact=True)

    def write(self, text: str) -> None:
        self.composer.fill(text)
        self.send()

    def send(self) -> None:
        self.page.locator(".composer").get_by_role("button", name="Senden").click()

    def stop(self) -> None:
        self.page.get_by_role("button", name="STOP").click()

    @property
    def received(self) -> Locator:
        """The texts of the practice, oldest first."""
        return self.page.locator(".bubble--theirs .bubble__text")

    def close_chat(self) -> None:
        self.page.get_by_role("link", name="Alle Chats").click()

    def open_chat(self, practice: str) -> None:
        self.page.get_by_role("link", name=practice).click()
