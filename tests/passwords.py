"""Logins of tests: the real hasher, but in a millisecond. Thousands of tests log in; those about hashes switch back."""

from practices.passwords import Argon2Hasher

QUICK = "tests.passwords.QuickHasher"


class QuickHasher(Argon2Hasher):
    """Argon2id over 8 KiB."""

    time_cost = 1
    memory_cost = 8  # KiB
