"""Text D: what a visitor of the practice's website reads before WhatsApp opens. It informs and asks for nothing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WidgetText:
    """A text, one box that says it was read, and the button behind it."""

    title: str
    text: str
    read_label: str
    open_label: str

    def plain(self) -> str:
        return f"{self.title} – {self.text}\n☐ {self.read_label} [ {self.open_label} ]"


_TEXTS = {
    "de": WidgetText(
        title="Über WhatsApp schreiben",
        text="Ein Klick öffnet WhatsApp. Meta erhält dann Daten von Ihnen, zum Beispiel Ihre Nummer und Ihre "
        "IP-Adresse, auch in den USA. Bitte schreiben Sie nichts zu Ihrer Gesundheit, bevor Sie im Chat zugestimmt "
        "haben. "
        "Telefon: {praxis_telefon}. Mehr: {datenschutz_url}",
        read_label="Ich habe das gelesen.",
        open_label="WhatsApp öffnen",
    ),
    "en": WidgetText(
        title="Write on WhatsApp",
        text="One click opens WhatsApp. Meta then receives data about you, for example your number and your IP "
        "address, also in the USA. Please write nothing about your health before you have agreed in the chat. "
        "Phone: {praxis_telefon}. More: {datenschutz_url}",
        read_label="I have read this.",
        open_label="Open WhatsApp",
    ),
}


def widget_text(language: str) -> WidgetText:
    """Text D in a language; German where there is none."""
    return _TEXTS.get(language, _TEXTS["de"])
