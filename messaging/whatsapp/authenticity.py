"""Is a webhook call genuine (360dialog section 4)? Everything here fails closed and compares in constant time."""

import hashlib
import hmac


def secret_hash(secret: str) -> bytes:
    """What to keep of the secret that 360dialog sends back in `X-Roger-Webhook-Secret`: SHA-256, 32 bytes.

    The secret is random (128 bits or more), so a slow password hash would add nothing.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def is_secret(presented: str | None, expected_hash: bytes) -> bool:
    """Whether the header holds the secret. Missing, empty or an unset hash: no."""
    if not presented or len(expected_hash) != hashlib.sha256().digest_size:
        return False
    return hmac.compare_digest(secret_hash(presented), expected_hash)


def is_signed(body: bytes, signature: str | None, key: str) -> bool:
    """Whether `x-360dialog-signature` signs this raw body: hex HMAC-SHA256, optionally behind `sha256=`.

    Only where a platform secret is configured; direct clients get no signature.
    """
    if not signature or not key:
        return False
    presented = signature.strip().removeprefix("sha256=").lower()
    expected = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(presented.encode("utf-8", "surrogateescape"), expected.encode())
