"""What must be right before a wording may be published (C-02): each mistake is found, named, and said where it is.

The same questions are asked while somebody writes, when they hand it on, and in the transaction that publishes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent import texts
from consent.codes import find_code
from consent.purposes import Purpose
from consent.rendering import placeholders_in, previewed
from consent.texts import TextSet
from consent.texts.leaves import Leaf, leaves
from consent.texts.mandatory import banned_claims, chat_elements, elements
from consent.wording import optin_url, practice_in_scope, values_for
from practices.models import Practice
from practices.refusal import Refusal

LONGEST_BUTTON = 20  # letters (WhatsApp)
LONGEST_WITH_BUTTONS = 1024
LONGEST_MESSAGE = 4096
SAMPLE_CODE = "7K4F-012Q"
# Parts that are shown as they stand (consent/texts): at most a name of their own is filled in, and no practice's data.
NOT_FILLED = frozenset({"periods", "chat_words", "page_words"})
# What stands in a preview for values that only an act brings.
SAMPLES = {
    "code": SAMPLE_CODE,
    "datum": "11.05.2026",
    "uhrzeit": "09:07",
    "zwecke": Purpose.ORGANISATION.label,
    "zwecke_an": Purpose.ORGANISATION.label,
    "zwecke_aus": Purpose.WERBUNG.label,
    "naechster_tag": gettext_lazy("Montag"),
    "oeffnungszeit": "08:00",
    "kind_name": "…",
    "altersgrenze": "16",
    "handynummer": "0171 3920010",
}
ELEMENTS = {
    "practice_name": gettext_lazy("Name der Praxis"),
    "address": gettext_lazy("Anschrift der Praxis"),
    "purposes": gettext_lazy("Zwecke zum Ankreuzen"),
    "data": gettext_lazy("welche Daten, in der Einwilligung"),
    "health_data": gettext_lazy("Angaben zur Gesundheit, in der Einwilligung"),
    "recipients": gettext_lazy("Empfänger: Software, 360dialog und Meta"),
    "usa": gettext_lazy("Übermittlung in die USA"),
    "secrecy_release": gettext_lazy("Entbindung von der Schweigepflicht, in der Einwilligung"),
    "voluntary": gettext_lazy("Freiwilligkeit"),
    "withdrawal": gettext_lazy("Widerruf mit STOP und Adresse"),
    "chat_practice": gettext_lazy("Frage im Chat: Name der Praxis"),
    "chat_recipient": gettext_lazy("Frage im Chat: Meta als Empfänger"),
    "chat_withdrawal": gettext_lazy("Frage im Chat: Widerruf mit STOP"),
    "chat_whole_text": gettext_lazy("Frage im Chat: Adresse des ganzen Textes"),
}
CLAIMS = {
    "conformity": gettext_lazy("volle Übereinstimmung mit dem Datenschutz"),
    "end_to_end": gettext_lazy("Verschlüsselung vom Patienten bis in die Praxis"),
    "nobody_reads": gettext_lazy("dass sonst niemand lesen könne"),
    "key_in_germany": gettext_lazy("dass der Schlüssel das Land nicht verlasse"),
}


@dataclass(frozen=True)
class Mistake:
    """One thing that stands in the way. `name` is the element's, the placeholder's or the claim's; `path` where."""

    kind: str  # element, placeholder, practice_data, claim, empty, too_long, code, unreadable
    name: str
    sentence: str
    path: str = ""


@dataclass(frozen=True)
class Element:
    """One line of the checklist of C-02."""

    name: str
    label: str
    is_said: bool


class NotReady(Refusal):
    """A wording may not be published; `mistakes` says why, each with its name."""

    reason = "text_not_ready"

    def __init__(self, mistakes: "list[Mistake]") -> None:
        self.mistakes = mistakes
        super().__init__(
            " ".join(mistake.sentence for mistake in mistakes),
            next_step=_("Verbessern Sie den Entwurf und legen Sie ihn noch einmal vor."),
        )


def require_ready(content: Mapping[str, Any]) -> TextSet:
    """The text set, if nothing stands in the way of publishing it for the practice in scope. Raises NotReady."""
    if mistakes := mistakes_in(content):
        raise NotReady(mistakes)
    return texts.text_set(dict(content))


def mistakes_in(content: Mapping[str, Any]) -> list[Mistake]:
    """All that is wrong, in the order of the text."""
    text_set = readable(content)
    if text_set is None:
        return [Mistake("unreadable", "content", _("Der Text hat nicht die Teile, die Roger braucht."))]
    house = texts.tables(texts.current(text_set.language).version)
    found = leaves(content, house)
    return [
        *_missing_elements(text_set),
        *_empty(found, leaves(house)),
        *_wrong_placeholders(found, text_set),
        *_claims(found),
        *_too_long(text_set),
        *_lost_code(text_set),
    ]


def readable(content: Mapping[str, Any]) -> TextSet | None:
    try:
        return texts.text_set(dict(content))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def checklist(text_set: TextSet) -> list[Element]:
    """What C-02 demands of page and chat, and what of it is said."""
    try:
        found = elements(text_set.page, text_set.language)
    except KeyError:  # a language whose words nobody has set down: nothing can be found
        found = dict.fromkeys(elements(texts.current("de").page, "de"), False)
    found |= chat_elements(text_set.chat)
    return [Element(name, str(ELEMENTS.get(name, name)), is_said) for name, is_said in found.items()]


def _missing_elements(text_set: TextSet) -> Iterator[Mistake]:
    for element in checklist(text_set):
        if not element.is_said:
            sentence = _("Pflichtangabe fehlt: %(name)s.") % {"name": element.label}
            yield Mistake("element", element.name, sentence, "chat" if element.name.startswith("chat_") else "page")


def _empty(found: Iterable[Leaf], house: Iterable[Leaf]) -> Iterator[Mistake]:
    """Except what the house leaves empty too: German binds, so nothing is said about another text that does."""
    may_be_empty = {leaf.path for leaf in house if not leaf.value.strip()}
    for leaf in found:
        if not leaf.value.strip() and leaf.path not in may_be_empty:
            yield Mistake("empty", leaf.path, _("Leer: %(where)s.") % {"where": leaf.where}, leaf.path)


# ── placeholders ──


def _wrong_placeholders(found: list[Leaf], text_set: TextSet) -> Iterator[Mistake]:
    """A name nobody fills there (a typing mistake, or one of another text), and data the practice has not given."""
    values = values_for(practice_in_scope(), text_set)
    for leaf in found:
        filled = set(placeholders_for(leaf, text_set, values))
        for name in placeholders_in(leaf.value):
            told = {"name": f"{{{name}}}", "where": leaf.where}
            if name not in filled:
                yield Mistake("placeholder", name, _("Unbekannter Platzhalter %(name)s (%(where)s).") % told, leaf.path)
            elif name in values and not values[name].strip():
                sentence = _("Der Praxis fehlt die Angabe zu %(name)s (%(where)s).") % told
                yield Mistake("practice_data", name, sentence, leaf.path)


@cache
def _of_the_house(language: str) -> Mapping[str, frozenset[str]]:
    """The placeholders that only some texts have: those the house's version uses there."""
    used: dict[str, frozenset[str]] = {}
    for leaf in leaves(texts.tables(texts.current(language).version)):
        used[_filled_as(leaf)] = used.get(_filled_as(leaf), frozenset()) | set(placeholders_in(leaf.value))
    return used


def _filled_as(leaf: Leaf) -> str:
    """What is filled at once: the whole document, or the piece alone."""
    return leaf.path if leaf.part in NOT_FILLED else leaf.document


def placeholders_for(leaf: Leaf, text_set: TextSet, values: Mapping[str, str]) -> list[str]:
    """The placeholders that are filled in this piece, wherever it is shown (C-02); `values` are the practice's."""
    own = _of_the_house(text_set.language).get(_filled_as(leaf), frozenset())
    everywhere = [] if leaf.part in NOT_FILLED else list(values)
    return [*everywhere, *sorted(own - set(everywhere))]


def sample_values(practice: Practice, text_set: TextSet, leaf: Leaf | None = None) -> dict[str, str]:
    """What a preview is filled with: the practice's data, and samples for what only an act brings. Of one piece: no
    more than what is filled there."""
    samples = {name: str(value) for name, value in SAMPLES.items()}
    own = {"optin_url": optin_url(), "text_version": text_set.version, "widerruf_link": f"{settings.BASE_URL}/w/…"}
    of_practice = values_for(practice, text_set)
    values = samples | own | of_practice
    filled = placeholders_for(leaf, text_set, of_practice) if leaf else values
    return {name: values[name] for name in filled if name in values}


# ── what else ──


def _claims(found: Iterable[Leaf]) -> Iterator[Mistake]:
    for leaf in found:
        for name in banned_claims(leaf.value):
            told = {"claim": CLAIMS[name], "where": leaf.where}
            sentence = _("Nicht wahr und deshalb nicht erlaubt: %(claim)s (%(where)s).") % told
            yield Mistake("claim", name, sentence, leaf.path)


def _too_long(text_set: TextSet) -> Iterator[Mistake]:
    """WhatsApp cuts or refuses what is longer; counted as filled for this practice."""
    values = sample_values(practice_in_scope(), text_set)
    messages = {"chat": text_set.chat} | {f"messages.{key}": one for key, one in text_set.messages.items()}
    for path, message in messages.items():
        limit = LONGEST_WITH_BUTTONS if message.buttons else LONGEST_MESSAGE
        places = [(f"{path}.body", previewed(message, values).body, limit)]
        places += [(f"{path}.buttons.{n}.title", one.title, LONGEST_BUTTON) for n, one in enumerate(message.buttons)]
        for place, words, most in places:
            if len(words) > most:
                told = {"where": Leaf(place, words).where, "most": most, "count": len(words)}
                sentence = _("Zu lang für WhatsApp: %(where)s hat %(count)d Zeichen, erlaubt sind %(most)d.") % told
                yield Mistake("too_long", place, sentence, place)


def _lost_code(text_set: TextSet) -> Iterator[Mistake]:
    """The prefilled sentence proves the number (C-07): its code must be found again in what the person sends."""
    sent = previewed(text_set.prefilled, sample_values(practice_in_scope(), text_set)).body
    if find_code(sent) != SAMPLE_CODE:
        sentence = _("Im vorbereiteten Satz muss „Code: {code}“ stehen, sonst lässt sich die Nummer nicht bestätigen.")
        yield Mistake("code", "code", sentence, "prefilled")
