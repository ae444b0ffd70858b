"""Is a webhook call genuine? Everything in doubt is not."""

import hashlib
import hmac

import pytest

from messaging.whatsapp.authenticity import is_secret, is_signed, secret_hash
from tests.webhooks import recorded

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
BODY = recorded("text_message")
KEY = "platform-secret"
SIGNATURE = hmac.new(KEY.encode(), BODY, hashlib.sha256).hexdigest()


def test_what_is_kept_of_the_secret_is_its_digest() -> None:
    assert secret_hash(SECRET) == hashlib.sha256(SECRET.encode()).digest()


def test_the_secret_is_recognised() -> None:
    assert is_secret(SECRET, secret_hash(SECRET))


@pytest.mark.parametrize(
    "presented", [None, "", SECRET.upper(), SECRET[:-1], SECRET + " ", " " + SECRET, "ümlaut", "\xff\udcff", "\0"]
)
def test_anything_but_the_secret_is_not_it(presented: str | None) -> None:
    assert not is_secret(presented, secret_hash(SECRET))


@pytest.mark.parametrize("kept", [b"", b"short", secret_hash(SECRET)[:-1], secret_hash(SECRET) + b"\0"])
def test_without_a_whole_digest_nothing_is_genuine(kept: bytes) -> None:
    assert not is_secret(SECRET, kept)


def test_an_empty_secret_is_never_genuine() -> None:
    assert not is_secret("", secret_hash(""))


@pytest.mark.parametrize("signature", [SIGNATURE, f"sha256={SIGNATURE}", SIGNATURE.upper(), f" {SIGNATURE} "])
def test_a_signature_over_the_raw_body_is_recognised_in_both_spellings(signature: str) -> None:
    assert is_signed(BODY, signature, KEY)


@pytest.mark.parametrize(
    "signature",
    [None, "", "sha256=", "sha1=" + SIGNATURE, SIGNATURE[:-1], SIGNATURE[:-1] + "x", "0" * 64, "ümlaut", "\udcff"],
)
def test_any_other_signature_is_none(signature: str | None) -> None:
    assert not is_signed(BODY, signature, KEY)


def test_a_signature_covers_every_byte() -> None:
    assert not is_signed(BODY + b" ", SIGNATURE, KEY)
    assert not is_signed(BODY, SIGNATURE, KEY + " ")


def test_without_a_key_nothing_is_signed() -> None:
    assert not is_signed(BODY, hmac.new(b"", BODY, hashlib.sha256).hexdigest(), "")
