"""Password hashes: Argon2id with two passes over 64 MiB (security.md 6.4: about 50 ms), at most two at a time."""

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

CONCURRENT_HASHES = 2

# Each hash keeps a core and 64 MiB busy: a flood of logins waits here instead of starving the pages.
_slots = threading.BoundedSemaphore(CONCURRENT_HASHES)


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id; a password with other parameters is hashed anew at its next login."""

    time_cost = 2
    memory_cost = 64 * 1024  # KiB
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _slots:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _slots:
            return super().verify(password, encoded)
