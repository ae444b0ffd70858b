"""Fill a practice's data into a text, and fix the result by its hash (C-02, C-05).

Placeholders are literal names in braces, looked up and nothing more; a filled-in value is never looked at again, so no
practice name can become code or pull in another value.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any, Generic, TypeVar, cast

from django.utils.translation import gettext as _

from consent.texts import ConsentPage, Document, TextSet
from consent.texts.mandatory import banned_claims, missing_elements
from practices.refusal import Refusal

D = TypeVar("D", bound=Document)

# Any pair of braces, so that a misspelt placeholder is named as missing and never shown to a patient.
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class MissingPlaceholder(Refusal):
    """A text cannot be shown: values for `names` are missing or empty."""

    reason = "missing_placeholder"

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(
            _("Der Text ist nicht vollständig. Es fehlt: {names}.").replace("{names}", ", ".join(names)),
            next_step=_("Ergänzen Sie die Angaben zur Praxis."),
        )


class BannedClaim(Refusal):
    """A text claims what is not true; `claims` are names from `consent.texts.mandatory`."""

    reason = "banned_claim"

    def __init__(self, claims: tuple[str, ...]) -> None:
        self.claims = claims
        super().__init__(
            _("Der Text verspricht etwas, das nicht stimmt."),
            next_step=_("Nehmen Sie Aussagen zu Konformität, Verschlüsselung und Schlüsseln heraus."),
        )


class MissingElement(Refusal):
    """A consent page does not say all that C-02 demands; `elements` are names from `consent.texts.mandatory`."""

    reason = "missing_element"

    def __init__(self, elements: tuple[str, ...]) -> None:
        self.elements = elements
        super().__init__(
            _("Der Einwilligung fehlen Pflichtangaben: {names}.").replace("{names}", ", ".join(elements)),
            next_step=_("Ergänzen Sie den Text und veröffentlichen Sie ihn als neue Version."),
        )


@dataclass(frozen=True)
class Rendered(Generic[D]):
    """A text as somebody saw it.

    `text` is canonical: NFC, `\\n` between lines, no space at a line's end. `sha256` is the hex digest of its UTF-8.
    """

    document: D
    text: str
    sha256: str


def render_page(texts: TextSet, values: Mapping[str, str]) -> Rendered[ConsentPage]:
    """Text A for a practice; `text_version` need not be given. Raises MissingElement besides what `render` raises."""
    if missing := missing_elements(texts.page, texts.language):
        raise MissingElement(missing)
    return render(texts.page, {**values, "text_version": texts.version})


def render(document: D, values: Mapping[str, str]) -> Rendered[D]:
    """The document with every placeholder filled. Raises MissingPlaceholder or BannedClaim, and then shows nothing."""
    lines = {name: " ".join(value.split()) for name, value in values.items()}
    if missing := tuple(name for name in placeholders(document) if not lines.get(name)):
        raise MissingPlaceholder(missing)
    filled = cast(D, _filled(document, lines))
    text = canonical(filled.plain())
    if claims := banned_claims(text):
        raise BannedClaim(claims)
    return Rendered(filled, text, digest(text))


def previewed(document: D, values: Mapping[str, str]) -> D:
    """As `render`, for whoever is still writing it: what has no value stays in its braces, and nothing is refused."""
    return cast(D, _filled(document, {name: values.get(name) or f"{{{name}}}" for name in placeholders(document)}))


def placeholders(document: Document) -> tuple[str, ...]:
    """The names a document needs, each once, in the order in which they are read."""
    return placeholders_in(document.plain())


def placeholders_in(text: str) -> tuple[str, ...]:
    """As `placeholders`, of a piece of text."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def canonical(text: str) -> str:
    """The one spelling that is stored and hashed, so that a proof does not hang on line ends or composed letters."""
    lines = (line.rstrip() for line in unicodedata.normalize("NFC", text).splitlines())
    return "\n".join(lines).rstrip("\n")


def digest(text: str) -> str:
    """SHA-256 of the canonical text in UTF-8, 64 hex digits."""
    return hashlib.sha256(canonical(text).encode()).hexdigest()


def _filled(part: Any, values: Mapping[str, str]) -> Any:
    if isinstance(part, Enum):  # a Purpose is a str too
        return part
    if isinstance(part, str):
        return _PLACEHOLDER.sub(lambda match: values[match[1]], part)
    if isinstance(part, tuple):
        return tuple(_filled(piece, values) for piece in part)
    if is_dataclass(part) and not isinstance(part, type):
        return replace(part, **{field.name: _filled(getattr(part, field.name), values) for field in fields(part)})
    return part
