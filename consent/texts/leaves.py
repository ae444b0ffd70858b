"""The wording of a text set piece by piece: what an editor may change, where it stands and what it is called.

Whatever text a file holds is found by walking its tables, so a new table needs nothing here but, if it should have a
German name, a label. Never offered are ids, keys, purposes and versions: code and webhooks rely on them.
"""

import copy
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

FIXED = frozenset({"version", "language", "draft_translation", "as_of", "renews", "id", "purpose"})
LONG = 90  # letters; a longer piece gets a box of several lines
AS_OF_OF_THE_SET = 1  # "as_of" is fixed at the top only; the notice has a line of that name

PARTS = {
    "page": _("Seite hinter dem QR-Code"),
    "chat": _("Frage im Chat"),
    "messages": _("Kurze Nachrichten"),
    "notice": _("Datenschutz kurz erklärt"),
    "prefilled": _("Vorbereiteter Satz"),
    "widget": _("Hinweis auf der Website"),
    "clause": _("Abschnitt im Anamnesebogen"),
    "guardian": _("Zusatz für Sorgeberechtigte"),
    "periods": _("Fristen"),
    "chat_words": _("Weitere Wörter im Chat"),
    "page_words": _("Weitere Wörter der Seite"),
}
GROUPS = {
    "sections": _("Abschnitt"),
    "purposes": _("Zweck"),
    "buttons": _("Taste"),
    "emergency": _("Kein Notruf"),
    "declaration": _("Einwilligung"),
    "voluntary": _("Freiwilligkeit"),
    "withdrawal": _("Widerruf"),
    "optin_done": _("Nach der Zustimmung (E1)"),
    "optout_all": _("Nach dem Widerruf (E2)"),
    "optout_part": _("Nach einem teilweisen Widerruf (E3)"),
    "optout_ask": _("Nachfrage bei Zweifeln (E4)"),
    "after_optout": _("Auf eine Nachricht nach STOP (E5)"),
    "declined": _("Nach „Nein, danke“ (E6)"),
    "wrong_number": _("Falsche Nummer (E7)"),
    "media_hint": _("Nach dem ersten Bild (E8)"),
    "begruessung": _("Begrüßung (E9)"),
    "abwesenheit": _("Abwesenheit (E10)"),
}
NAMES = {
    "title": _("Titel"),
    "intro": _("Einleitung"),
    "question": _("Frage"),
    "agree_label": _("Taste zum Zustimmen"),
    "decline_label": _("Taste zum Ablehnen"),
    "privacy_label": _("Zeile zum Datenschutz"),
    "version_label": _("Zeile mit der Fassung"),
    "heading": _("Überschrift"),
    "text": _("Text"),
    "label": _("Bezeichnung"),
    "explanation": _("Erklärung"),
    "body": _("Nachricht"),
    "as_of": _("Stand"),
    "prefilled": _("Satz, den der Patient schickt"),
    "statement": _("Erklärung"),
    "read_label": _("Kästchen „gelesen“"),
    "open_label": _("Taste zum Öffnen"),
    "sole_label": _("Kästchen „allein sorgeberechtigt“"),
    "joint_label": _("Kästchen „gemeinsam sorgeberechtigt“"),
    "later": _("Wenn das Kind älter wird"),
    "chats": _("Wie lange Nachrichten bleiben"),
    "proofs": _("Wie lange Nachweise bleiben"),
    "dead_code": _("Nach einem abgelaufenen Code"),
    "more": _("Auf „Mehr erfahren“"),
    "invitation": _("Einladung neben dem QR-Code"),
    "steps": _("Was zu tun ist, neben dem QR-Code"),
    "voluntary": _("Dass es freiwillig ist, neben dem QR-Code"),
    "language_label": _("Sprache wählen"),
    "binding": _("Welcher Text bindet"),
    "binding_link": _("Verweis auf den Text, der bindet"),
    "without_title": _("Ohne WhatsApp, Titel"),
    "without_text": _("Ohne WhatsApp, Text"),
    "errors_title": _("Etwas fehlt, Titel"),
    "first_purpose_needed": _("Ohne den ersten Zweck"),
    "unknown_purpose": _("Zweck, den es nicht gibt"),
    "open_too_long": _("Seite zu lange offen"),
    "ways_title": _("Andere Wege, Titel"),
    "phone": _("Telefon"),
    "email": _("E-Mail"),
    "on_site": _("Vor Ort"),
    "life_danger": _("Bei Lebensgefahr"),
    "declined_title": _("Abgelehnt, Titel"),
    "declined_text": _("Abgelehnt, Text"),
    "changed_mind": _("Es sich anders überlegen"),
    "invalid_title": _("Code gilt nicht, Titel"),
    "invalid_text": _("Code gilt nicht, Text"),
    "limited_title": _("Zu viele Versuche, Titel"),
    "limited_text": _("Zu viele Versuche, Text"),
    "unavailable_title": _("Gerade nicht möglich, Titel"),
    "unavailable_text": _("Gerade nicht möglich, Text"),
    "stop_title": _("Abmelden, Titel"),
    "stop_text": _("Abmelden, Text"),
    "stop_button": _("Abmelden, Taste"),
}


@dataclass(frozen=True)
class Leaf:
    """One piece of wording. `path` ("page.sections.0.text") is also its name in a form."""

    path: str
    value: str

    @property
    def part(self) -> str:
        return self.path.partition(".")[0]

    @property
    def document(self) -> str:
        """What is read as a whole: each short message by itself, any other part in one."""
        return ".".join(self.path.split(".")[:2]) if self.part == "messages" else self.part

    @property
    def group(self) -> str:
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        """What it is within its group: "Überschrift"."""
        last = self.path.rpartition(".")[2]
        return str(NAMES.get(last, last.replace("_", " ")))

    @property
    def where(self) -> str:
        """The whole way to it: "Seite hinter dem QR-Code, Abschnitt 1, Text"."""
        return ", ".join(dict.fromkeys(filter(None, (part_label(self.part), group_label(self.group), self.name))))

    @property
    def is_long(self) -> bool:
        return len(self.value) > LONG or "\n" in self.value


def part_label(part: str) -> str:
    return str(PARTS.get(part, part.replace("_", " ")))


def group_label(group: str) -> str:
    """ "Abschnitt 1"; empty for what stands in a part directly."""
    words = [_group_word(word) for word in group.split(".")[1:]]
    return " ".join(words)


def _group_word(word: str) -> str:
    if word.isdecimal():
        return str(int(word) + 1)
    return str(GROUPS.get(word, word.replace("_", " ")))


def leaves(content: Mapping[str, Any], like: Mapping[str, Any] | None = None) -> list[Leaf]:
    """All wording of a text set, in the order of `like`: what comes out of a JSON column has lost its own."""
    found = [Leaf(".".join(path), value) for path, value in _walk(content)]
    if like is None:
        return found
    order = {".".join(path): place for place, (path, _value) in enumerate(_walk(like))}
    return sorted(found, key=lambda leaf: order.get(leaf.path, len(order)))


def _walk(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, Mapping):
        for key, child in node.items():
            if not _is_fixed(key, path):
                yield from _walk(child, (*path, key))
    elif isinstance(node, list):
        for place, child in enumerate(node):
            yield from _walk(child, (*path, str(place)))


def _is_fixed(key: str, path: tuple[str, ...]) -> bool:
    return key in FIXED and not (key == "as_of" and len(path) >= AS_OF_OF_THE_SET)


def reworded(content: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """The same text set with other words in the places that have any; every other name in `words` is passed over."""
    changed = copy.deepcopy(dict(content))
    for path, _value in _walk(content):
        if (name := ".".join(path)) in words:
            _put(changed, path, tidy(words[name]))
    return changed


def _put(node: Any, path: tuple[str, ...], value: str) -> None:
    for step in path[:-1]:
        node = node[int(step)] if isinstance(node, list) else node[step]
    last = path[-1]
    node[int(last) if isinstance(node, list) else last] = value


def tidy(typed: str) -> str:
    """As a browser sends it → as a text is kept: NFC, plain line ends, no space around."""
    lines = (line.strip() for line in unicodedata.normalize("NFC", typed).splitlines())
    return "\n".join(lines).strip()
