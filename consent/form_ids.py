"""The signed id in the consent page: which form this is, of which code, and which wording the person read.

It takes the place of a CSRF token. The page has no session and sets no cookie, so there is nothing a foreign page
could borrow; what must hold is that the form came from us, lately, and that its text is the one we write down.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.core import signing

LIFETIME_SECONDS = 6 * 3600
SALT = "consent.form"


@dataclass(frozen=True)
class FormId:
    form: UUID
    qr_code: UUID
    text_sha256: str


class FormIdInvalid(Exception):
    """Not signed by us, too old, or of another code."""


def issue(qr_code: UUID, text_sha256: str) -> str:
    """A fresh id for one page."""
    return signing.dumps([uuid4().hex, qr_code.hex, text_sha256], salt=SALT)


def read(signed: str, qr_code: UUID) -> FormId:
    """What a page posted back. Raises FormIdInvalid."""
    try:
        form, code, sha256 = signing.loads(signed, salt=SALT, max_age=LIFETIME_SECONDS)
        found = FormId(UUID(form), UUID(code), sha256)
    except (signing.BadSignature, ValueError, TypeError):
        raise FormIdInvalid from None
    if found.qr_code != qr_code:
        raise FormIdInvalid
    return found
