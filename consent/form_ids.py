"""The signed id in a consent page: which form this is, of which code, and what the person was shown.

It takes the place of a CSRF token. The page has no session and sets no cookie, so there is nothing a foreign page
could borrow; what must hold is that the form came from us, lately, and that the text it brings back is the one we
showed. So a page may stay open while a new version is published: what is written down is the version that was shown.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.core import signing

from consent.purposes import Purpose

LIFETIME_SECONDS = 14 * 86400
SALT = "consent.form"


@dataclass(frozen=True)
class Shown:
    """What stood on a page: its text, in which version and language, with which boxes, and the notice it led to."""

    qr_code: UUID
    text_sha256: str
    version: str
    language: str
    notice_version: str
    purposes: frozenset[Purpose]


@dataclass(frozen=True)
class FormId:
    """One page that was shown."""

    form: UUID
    shown: Shown


class FormIdInvalid(Exception):
    """Not signed by us, too old, of another code, or brought back with another text."""


def issue(shown: Shown) -> str:
    """A fresh id for one page."""
    texts = [shown.text_sha256, shown.version, shown.language, shown.notice_version]
    return signing.dumps([uuid4().hex, shown.qr_code.hex, *texts, sorted(shown.purposes)], salt=SALT)


def read(signed: str, qr_code: UUID) -> FormId:
    """What a page posted back. Raises FormIdInvalid."""
    try:
        form, code, sha256, version, language, notice, purposes = signing.loads(
            signed, salt=SALT, max_age=LIFETIME_SECONDS
        )
        shown = Shown(UUID(code), sha256, version, language, notice, frozenset(map(Purpose, purposes)))
        found = FormId(UUID(form), shown)
    except (signing.BadSignature, ValueError, TypeError):
        raise FormIdInvalid from None
    if found.shown.qr_code != qr_code:
        raise FormIdInvalid
    return found
