"""The scope: which practice the code at hand works for.

Rows of a practice can only be reached inside `practice_scope` (practices/tenancy.py); the database connection announces
the same practice to PostgreSQL's policies (practices/postgres/base.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_practice: ContextVar[int | None] = ContextVar("practice", default=None)


class NoPracticeInScope(RuntimeError):
    """A row of a practice was asked for outside every practice's scope: a mistake in the code."""


@contextmanager
def practice_scope(practice_id: int) -> Iterator[None]:
    """Work for one practice until the block ends; scopes nest, the inner one counts."""
    token = _practice.set(practice_id)
    try:
        yield
    finally:
        _practice.reset(token)


@contextmanager
def no_practice() -> Iterator[None]:
    """Leave every scope until the block ends, for the global tables that are read before a practice is known."""
    token = _practice.set(None)
    try:
        yield
    finally:
        _practice.reset(token)


def practice_in_scope() -> int | None:
    """The practice at hand, or None outside every scope."""
    return _practice.get()


def current_practice_id() -> int:
    """The practice at hand. Raises NoPracticeInScope outside every scope."""
    practice_id = _practice.get()
    if practice_id is None:
        raise NoPracticeInScope
    return practice_id
