"""Search over ciphertext: keyed stems in a narrow side table (security.md 1.7, with what it leaks)."""

import hmac
import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import snowballstemmer

from messaging.models import Message
from practices.keys import index_key
from practices.postgres.bulk import insert_columns
from practices.scope import current_practice_id

WORD = re.compile(r"[^\W_]+", re.UNICODE)
SHORTEST_NUMBER = 3
_stemmer = threading.local()


def index(messages: Iterable[Message]) -> None:
    """Make these messages findable; deleting a message deletes its tokens in the same action."""
    pairs = [(token, message.pk) for message in messages if message.body for token in tokens(message.body)]
    insert_columns(
        "message_token",
        {
            "practice_id": ("int", [current_practice_id()] * len(pairs)),
            "token": ("int", [token for token, _ in pairs]),
            "message_id": ("uuid", [message_id for _, message_id in pairs]),
        },
    )


def tokens(text: str) -> set[int]:
    """The keyed 32-bit tokens of a text's stems in the practice in scope."""
    key = index_key("message")
    return {_token(key, stem) for stem in stems(text)}


def stems(text: str) -> set[str]:
    """Stems of the words of a text: NFKC, casefold, Snowball German; without numbers of less than three digits."""
    words = WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return {stem(word) for word in words if not (word.isdigit() and len(word) < SHORTEST_NUMBER)}


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    if not hasattr(_stemmer, "german"):
        _stemmer.german = snowballstemmer.stemmer("german")
    return str(_stemmer.german.stemWord(word))


def _token(key: bytes, stem: str) -> int:
    return int.from_bytes(hmac.digest(key, b"m1|" + stem.encode(), "sha256")[:4], signed=True)
