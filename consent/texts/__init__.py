"""The consent texts, as data: one file per version, in parts that a page can lay out (dental-dsgvo 2.5).

A version is what the practice's data is filled into; `consent.rendering` does that, and hashes the result.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Protocol

from consent.purposes import Purpose

# The version shown now, per language; the first is the one that binds.
CURRENT = {
    "de": "de-2026-05",
    "en": "en-2026-05",
    "tr": "tr-2026-05",
    "ar": "ar-2026-05",
    "ru": "ru-2026-05",
    "uk": "uk-2026-05",
    "pl": "pl-2026-05",
}
BINDING = "de"
FOLDER = resources.files(__package__)
OWN_NAMES = {
    "de": "Deutsch",
    "en": "English",
    "tr": "Türkçe",
    "ar": "العربية",
    "ru": "Русский",
    "uk": "Українська",
    "pl": "Polski",
}
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})  # also of texts that a practice brought along


def direction_of(language: str) -> str:
    """Of writing, as HTML spells it; a language may name its country ("ar-EG")."""
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


class MessageKey(StrEnum):
    """The short messages E1 to E10, in this order."""

    OPTIN_DONE = "optin_done"
    OPTOUT_ALL = "optout_all"
    OPTOUT_PART = "optout_part"
    OPTOUT_ASK = "optout_ask"
    AFTER_OPTOUT = "after_optout"
    DECLINED = "declined"
    WRONG_NUMBER = "wrong_number"
    MEDIA_HINT = "media_hint"
    BEGRUESSUNG = "begruessung"
    ABWESENHEIT = "abwesenheit"


class Document(Protocol):
    """Anything with placeholders that somebody reads as a whole."""

    def plain(self) -> str:
        """All of it as plain text, in the order in which it is read."""


@dataclass(frozen=True)
class Section:
    heading: str
    text: str

    def plain(self) -> str:
        return f"{self.heading} {self.text}"


@dataclass(frozen=True)
class PurposeChoice:
    """One checkbox (C-01)."""

    purpose: Purpose
    label: str
    explanation: str

    def plain(self) -> str:
        joint = ", " if self.explanation[:1].islower() else ". "
        return f"☐ {self.label}{joint}{self.explanation}"


@dataclass(frozen=True)
class ConsentPage:
    """Text A: everything C-02 asks for stands above the two buttons."""

    title: str
    intro: str
    sections: tuple[Section, ...]
    emergency: Section
    question: str
    purposes: tuple[PurposeChoice, ...]
    declaration: Section
    voluntary: Section
    withdrawal: Section
    agree_label: str
    decline_label: str
    privacy_label: str
    version_label: str

    def plain(self) -> str:
        parts: list[Document] = [*self.sections, self.emergency]
        closing: list[Document] = [*self.purposes, self.declaration, self.voluntary, self.withdrawal]
        buttons = f"[ {self.agree_label} ] [ {self.decline_label} ] · {self.privacy_label} · {self.version_label}"
        return "\n".join([self.title, self.intro, *_plain(parts), self.question, *_plain(closing), buttons])


@dataclass(frozen=True)
class Button:
    """A reply button; the id comes back in the webhook and is the same in every language."""

    id: str
    title: str


@dataclass(frozen=True)
class ChatMessage:
    """A message in the chat: text C, E1 to E10, and the prefilled sentence that carries the code."""

    body: str
    buttons: tuple[Button, ...] = ()

    def plain(self) -> str:
        titles = " ".join(f"[{button.title}]" for button in self.buttons)
        return f"{self.body}\n{titles}" if titles else self.body


@dataclass(frozen=True)
class PrivacyNotice:
    """Text G: the first layer of the information under Art. 13 DSGVO."""

    title: str
    as_of: str
    sections: tuple[Section, ...]

    def plain(self) -> str:
        return "\n".join([f"{self.title} ({self.as_of})", *_plain(self.sections)])


@dataclass(frozen=True)
class ClauseChoice:
    """One checkbox of text B."""

    purpose: Purpose
    label: str

    def plain(self) -> str:
        return f"☐ {self.label}"


@dataclass(frozen=True)
class ClauseText:
    """Text B: the part of the Anamnesebogen that may be left empty."""

    title: str
    intro: str
    question: str
    purposes: tuple[ClauseChoice, ...]
    declaration: str
    confirmation: str

    def plain(self) -> str:
        boxes = " ".join(_plain(self.purposes))
        return "\n".join([self.title, self.intro, self.question, boxes, self.declaration, self.confirmation])


@dataclass(frozen=True)
class WidgetText:
    """Text D: what stands on the practice's website before WhatsApp opens. It is read there, not agreed to."""

    title: str
    text: str
    read_label: str
    open_label: str

    def plain(self) -> str:
        return f"{self.title}\n{self.text}\n☐ {self.read_label} [ {self.open_label} ]"


@dataclass(frozen=True)
class GuardianText:
    """Text F: what somebody states who speaks for a child; one of the two boxes is ticked."""

    statement: str
    sole_label: str
    joint_label: str
    later: str

    def plain(self) -> str:
        return f"{self.statement} ☐ {self.sole_label} ☐ {self.joint_label} {self.later}"


@dataclass(frozen=True)
class Periods:
    """How long something is kept, in words that follow each other in a sentence of text G."""

    chats: str
    proofs: tuple[str, ...]  # three years to ten (L-11)

    def proofs_for(self, years: int) -> str:
        """Raises ValueError outside of three to ten years."""
        return self.proofs[range(3, 11).index(years)]


@dataclass(frozen=True)
class ChatWords:
    """What the chat says besides the messages of their own."""

    dead_code: str  # before text C: the tap confirms what was ticked, so it must say what that was
    more: str


@dataclass(frozen=True)
class PageWords:
    """What public pages say besides texts A and G. No part of a consent, so it is not hashed."""

    invitation: str  # on paper beside the code, as the two that follow
    steps: str
    voluntary: str
    language_label: str
    binding: str  # empty in German
    binding_link: str
    without_title: str
    without_text: str
    errors_title: str
    first_purpose_needed: str
    unknown_purpose: str
    open_too_long: str
    ways_title: str
    phone: str
    email: str
    on_site: str
    life_danger: str
    declined_title: str
    declined_text: str
    changed_mind: str
    invalid_title: str
    invalid_text: str
    limited_title: str
    limited_text: str
    unavailable_title: str
    unavailable_text: str
    stop_title: str
    stop_text: str
    stop_button: str


@dataclass(frozen=True)
class TextSet:
    """All texts of one version."""

    version: str
    language: str
    draft_translation: bool
    as_of: date  # the month it is from
    renews: tuple[Purpose, ...]  # what must be agreed to anew with it (C-06): a new purpose, recipient or country
    prefilled: ChatMessage
    page: ConsentPage
    chat: ChatMessage
    messages: dict[MessageKey, ChatMessage]
    notice: PrivacyNotice
    clause: ClauseText
    widget: WidgetText
    guardian: GuardianText
    periods: Periods
    chat_words: ChatWords
    words: PageWords

    @property
    def direction(self) -> str:
        return direction_of(self.language)

    def name_purposes(self, purposes: Iterable[Purpose]) -> str:
        """The labels of these purposes in this language, in the order of the page: for `{zwecke}`."""
        wanted = set(purposes)
        return ", ".join(choice.label for choice in self.page.purposes if choice.purpose in wanted)


@cache
def load(version: str) -> TextSet:
    """The texts of a version that was ever published; raises FileNotFoundError for any other."""
    return text_set(tables(version))


def tables(version: str) -> dict[str, Any]:
    """A version as its file has it, to be changed at will; raises FileNotFoundError for one that never was."""
    if version not in published():
        raise FileNotFoundError(f"No consent texts {version!r}")
    return tomllib.loads((FOLDER / f"{version}.toml").read_text("utf-8"))


def current(language: str) -> TextSet:
    """The texts to show now in a language ("en", "en-GB"); German where we have none."""
    return load(CURRENT.get(language.lower().partition("-")[0], CURRENT["de"]))


@cache
def published() -> tuple[str, ...]:
    """Every version there ever was; old ones stay readable (C-05)."""
    names = (file.name for file in FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def versions_of(language: str) -> list[TextSet]:
    """Every version of the house there ever was in a language, the oldest first."""
    known = (load(version) for version in published())
    return sorted((one for one in known if one.language == language), key=lambda one: one.as_of)


def newest_by(day: date, language: str) -> str | None:
    """The newest version in a language whose month had begun on a day; None before the first."""
    begun = [one.version for one in versions_of(language) if one.as_of <= day]
    return begun[-1] if begun else None


def text_set(written: dict[str, Any]) -> TextSet:
    """All texts of a version from its tables, as a file of this folder has them.

    Raises KeyError, TypeError or ValueError for tables that are none.
    """
    return TextSet(
        version=written["version"],
        language=written["language"],
        draft_translation=written["draft_translation"],
        as_of=_month(written),
        renews=tuple(map(Purpose, written.get("renews", ()))),
        prefilled=ChatMessage(written["prefilled"]),
        page=_page(written["page"]),
        chat=_message(written["chat"]),
        messages={key: _message(written["messages"][key]) for key in MessageKey},
        notice=_notice(written["notice"]),
        clause=_clause(written["clause"]),
        widget=WidgetText(**written["widget"]),
        guardian=GuardianText(**written["guardian"]),
        periods=Periods(written["periods"]["chats"], tuple(written["periods"]["proofs"])),
        chat_words=ChatWords(**written["chat_words"]),
        words=PageWords(**written["page_words"]),
    )


def _month(written: dict[str, Any]) -> date:
    """The month a version is from stands in its name ("de-2026-05"); a practice's own edition says it itself."""
    return date.fromisoformat(f"{written.get('as_of') or written['version'].partition('-')[2]}-01")


def _page(table: dict[str, Any]) -> ConsentPage:
    parts = {name: Section(**table[name]) for name in ("emergency", "declaration", "voluntary", "withdrawal")}
    choices = (PurposeChoice(**{**choice, "purpose": Purpose(choice["purpose"])}) for choice in table["purposes"])
    return ConsentPage(**{**table, **parts, "sections": _sections(table), "purposes": tuple(choices)})


def _notice(table: dict[str, Any]) -> PrivacyNotice:
    return PrivacyNotice(**{**table, "sections": _sections(table)})


def _clause(table: dict[str, Any]) -> ClauseText:
    choices = (ClauseChoice(Purpose(choice["purpose"]), choice["label"]) for choice in table["purposes"])
    return ClauseText(**{**table, "purposes": tuple(choices)})


def _sections(table: dict[str, Any]) -> tuple[Section, ...]:
    return tuple(Section(**section) for section in table["sections"])


def _message(table: dict[str, Any]) -> ChatMessage:
    return ChatMessage(table["body"], tuple(Button(**button) for button in table.get("buttons", ())))


def _plain(parts: Iterable[Document]) -> list[str]:
    return [part.plain() for part in parts]
