"""The code of one form: derived, so that a form posted twice gives the same code although only its hash is kept."""

import hmac
from collections.abc import Iterator
from itertools import count
from uuid import UUID

from consent.codes import ALPHABET, LENGTH, normalise_code
from practices.keys import blind_index, index_key

MOST_TRIES = 64


def codes_of(form_id: UUID) -> Iterator[str]:
    """The codes a form may have, best first. Nobody without the practice's key can tell them from random ones."""
    key = index_key("opt-in-code-of-form")
    for attempt in count():
        digest = hmac.digest(key, form_id.bytes + attempt.to_bytes(4), "sha256")
        number = int.from_bytes(digest[:8])
        signs = "".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH))
        if code := normalise_code(signs):
            yield code


def code_hash(code: str) -> bytes:
    """The keyed hash under which a code is kept; `code` as `normalise_code` gives it."""
    return blind_index("opt-in-code", code)
