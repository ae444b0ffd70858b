"""What was read out at the desk, or stands on a paper: which version of the texts, with which boxes (C-05, C-16).

The page carries it back signed. So what is written down is what was on the screen, whatever was chosen or published
meanwhile; and a note that was made up, comes from another practice or leads to other words than those shown is refused.
A paper from an earlier day bears the words of that day: the versions that were valid then can be named, and no other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.core import signing
from django.utils.translation import gettext as _

from consent.editions import current_set, set_of, version_at, versions_between
from consent.models import ConsentText
from consent.purposes import Purpose
from consent.qr_codes import offered_by
from consent.rendering import Rendered
from consent.texts import ConsentPage, GuardianText, TextSet
from consent.wording import guardian_of, guardian_page_of, keep_text, page_of, practice_in_scope
from practices.models import Practice
from practices.refusal import Refusal
from practices.scope import current_practice_id

LIFETIME_SECONDS = 14 * 86400
SALT = "consent.read_out"


class ReadOutInvalid(Refusal):
    """Not signed by us, too old, of another practice, or it leads to other words than those that were shown."""

    reason = "read_out"

    def __init__(self) -> None:
        super().__init__(
            _("Der gezeigte Text ist nicht mehr gültig, oder die Seite war zu lange offen."),
            next_step=_("Lesen Sie den Text, der jetzt dasteht, noch einmal vor."),
        )


class NoTextThen(Refusal):
    """A paper from before the first of our texts."""

    reason = "no_text_then"


@dataclass(frozen=True)
class ReadOut:
    """A version of the texts that was ever published, and the boxes it was shown with."""

    version: str
    purposes: frozenset[Purpose]

    @cached_property
    def words(self) -> TextSet:
        return set_of(self.version)

    @property
    def language(self) -> str:
        return self.words.language

    def page(self, practice: Practice) -> Rendered[ConsentPage]:
        """Text A."""
        return page_of(self.words, practice, self.purposes)

    def guardian(self, practice: Practice, child: str) -> Rendered[GuardianText]:
        """Text F, about a child by this name."""
        return guardian_of(self.words, practice, child)

    def text(self, kind: ConsentText.Kind) -> ConsentText:
        """The row of text A, or of texts A and F: kept, so that an event can name it."""
        practice = practice_in_scope()
        is_guardians = kind == ConsentText.Kind.GUARDIAN
        rendered = guardian_page_of(self.words, practice, self.purposes) if is_guardians else self.page(practice)
        return keep_text(kind, self.version, self.language, rendered.text)


def current(language: str, practice: Practice) -> ReadOut:
    """What the desk shows now in a language."""
    return ReadOut(current_set(language).version, frozenset(offered_by(practice)))


# ── the note in the page ──


def sign(read_out: ReadOut) -> str:
    """The note that says what the page shows."""
    boxes = sorted(read_out.purposes)
    return signing.dumps([current_practice_id(), read_out.version, boxes, *_hashes(read_out)], salt=SALT)


def read(signed: str) -> ReadOut:
    """What a page posted back. Raises ReadOutInvalid."""
    try:
        practice_id, version, boxes, *hashes = signing.loads(signed, salt=SALT, max_age=LIFETIME_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        raise ReadOutInvalid from None
    if practice_id != current_practice_id():
        raise ReadOutInvalid
    found = ReadOut(version, frozenset(map(Purpose, boxes)))
    if hashes != _hashes(found):  # the practice has another name or address now
        raise ReadOutInvalid
    return found


def _hashes(read_out: ReadOut) -> list[str]:
    practice = practice_in_scope()
    guardians = guardian_page_of(read_out.words, practice, read_out.purposes)
    return [read_out.page(practice).sha256, guardians.sha256]


# ── paper ──


def versions_on(day: date, language: str, practice: Practice) -> list[str]:
    """The versions that were valid at some moment of a day, the oldest first; none before the first there was."""
    begin = datetime.combine(day, time(0), tzinfo=ZoneInfo(practice.timezone))
    return versions_between(language, begin, begin + timedelta(days=1))


def on_paper(*, agreed_at: datetime, version: str, language: str, purposes: Collection[Purpose]) -> ReadOut:
    """What stands on a paper that was signed on an earlier day: the version that is named, if it was valid on that day,
    else the one that was valid then. Raises NoTextThen."""
    practice = practice_in_scope()
    day = agreed_at.astimezone(ZoneInfo(practice.timezone)).date()
    valid = versions_on(day, language, practice)
    if not valid:
        raise NoTextThen(
            _("An diesem Tag gab es in dieser Sprache noch keinen unserer Texte."),
            next_step=_("Prüfen Sie das Datum. Ältere Einwilligungen übernehmen Sie als Liste unter „Listen“."),
        )
    named = version if version in valid else version_at(language, agreed_at) or valid[0]
    return ReadOut(named, frozenset(purposes))
