"""The consent texts, as data: one file per version, in parts that a page can lay out (dental-dsgvo 2.5).

A version is what the practice's data is filled into; `consent.rendering` does that, and hashes the result.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Protocol

from consent.purposes import Purpose

# The version shown now, per language.
CURRENT = {"de": "de-2026-05", "en": "en-2026-05"}


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
class GuardianText:
    """Text F: what a guardian states beside text A, with one box for the custody."""

    statement: str
    sole_label: str
    joint_label: str
    later: str

    def plain(self) -> str:
        return f"{self.statement} ☐ {self.sole_label} ☐ {self.joint_label} {self.later}"


@dataclass(frozen=True)
class TextSet:
    """All texts of one version."""

    version: str
    language: str
    draft_translation: bool
    prefilled: ChatMessage
    page: ConsentPage
    chat: ChatMessage
    messages: dict[MessageKey, ChatMessage]
    notice: PrivacyNotice
    guardian: GuardianText

    def name_purposes(self, purposes: Iterable[Purpose]) -> str:
        """The labels of these purposes in this language, in the order of the page: for `{zwecke}`."""
        wanted = set(purposes)
        return ", ".join(choice.label for choice in self.page.purposes if choice.purpose in wanted)


@cache
def load(version: str) -> TextSet:
    """The texts of a version that was ever published; raises FileNotFoundError for any other."""
    if version not in published():
        raise FileNotFoundError(f"No consent texts {version!r}")
    return text_set(tomllib.loads((resources.files(__package__) / f"{version}.toml").read_text("utf-8")))


def current(language: str) -> TextSet:
    """The texts to show now in a language ("en", "en-GB"); German where we have none."""
    return load(CURRENT.get(language.lower().partition("-")[0], CURRENT["de"]))


@cache
def published() -> tuple[str, ...]:
    """Every version there ever was; old ones stay readable (C-05)."""
    names = (file.name for file in resources.files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def text_set(tables: dict[str, Any]) -> TextSet:
    """All texts of a version from its tables, as a file of this folder has them."""
    return TextSet(
        version=tables["version"],
        language=tables["language"],
        draft_translation=tables["draft_translation"],
        prefilled=ChatMessage(tables["prefilled"]),
        page=_page(tables["page"]),
        chat=_message(tables["chat"]),
        messages={key: _message(tables["messages"][key]) for key in MessageKey},
        notice=_notice(tables["notice"]),
        guardian=GuardianText(**tables["guardian"]),
    )


def _page(table: dict[str, Any]) -> ConsentPage:
    parts = {name: Section(**table[name]) for name in ("emergency", "declaration", "voluntary", "withdrawal")}
    choices = (PurposeChoice(**{**choice, "purpose": Purpose(choice["purpose"])}) for choice in table["purposes"])
    return ConsentPage(**{**table, **parts, "sections": _sections(table), "purposes": tuple(choices)})


def _notice(table: dict[str, Any]) -> PrivacyNotice:
    return PrivacyNotice(**{**table, "sections": _sections(table)})


def _sections(table: dict[str, Any]) -> tuple[Section, ...]:
    return tuple(Section(**section) for section in table["sections"])


def _message(table: dict[str, Any]) -> ChatMessage:
    return ChatMessage(table["body"], tuple(Button(**button) for button in table.get("buttons", ())))


def _plain(parts: Iterable[Document]) -> list[str]:
    return [part.plain() for part in parts]
