"""Rows of a practice: `PracticeOwned` and its manager, which finds nothing outside the scope (practices/scope.py).

PostgreSQL's row-level policies (practices/postgres) are the second fence behind this one.
"""

import os
import time
import uuid
from collections.abc import Iterator
from typing import Any, ClassVar, Self, TypeVar

from django.core.exceptions import FieldError
from django.db import models
from django.db.models import Expression, F

from practices.scope import current_practice_id

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


def uuid7() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, 12 bits below the millisecond, 62 random bits.

    Made in the application, because a sealed column is bound to its row's id before the row is inserted.
    """
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    below = (rest << 12) // 1_000_000
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | below << 64 | 0b10 << 62 | random)


class CurrentPractice(Expression):
    """The practice in scope when the query runs, not when it was built."""

    output_field = models.IntegerField()

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[int]]:  # noqa: ARG002
        return "%s", (current_practice_id(),)


class PracticeQuerySet(models.QuerySet[M_co]):
    """A queryset that refuses what ciphertext cannot answer: sorting by it, computing with it, updating it in SQL."""

    def order_by(self, *field_names: Any) -> Self:
        self._refuse_sealed(*field_names)
        return super().order_by(*field_names)

    def update(self, **kwargs: Any) -> int:
        self._refuse_sealed(*kwargs, *kwargs.values())
        return super().update(**kwargs)

    def annotate(self, *args: Any, **kwargs: Any) -> Self:
        self._refuse_sealed(*args, *kwargs.values())
        return super().annotate(*args, **kwargs)

    def _refuse_sealed(self, *terms: Any) -> None:
        sealed = {field.name for field in self.model._meta.local_fields if getattr(field, "is_sealed", False)}
        for name in sealed.intersection(*[set(_names(terms))]) if sealed else ():
            raise FieldError(f"{self.model._meta.label}.{name} is sealed: the database cannot sort, compute or set it")


def _names(terms: Any) -> Iterator[str]:
    for term in terms:
        if isinstance(term, F):
            yield term.name
        elif isinstance(term, str):
            yield term.lstrip("-")
        elif hasattr(term, "get_source_expressions"):
            yield from _names(term.get_source_expressions())


class PracticeManager(models.Manager.from_queryset(PracticeQuerySet)[M_co]):  # type: ignore[misc]
    """Finds rows of the practice in scope and nothing else; raises NoPracticeInScope without one."""

    def get_queryset(self) -> PracticeQuerySet[M_co]:
        queryset: PracticeQuerySet[M_co] = super().get_queryset()
        return queryset.filter(practice_id=CurrentPractice())


class PracticeOwned(models.Model):
    """A row of one practice, out of reach of every query in another's scope."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    practice = models.ForeignKey(
        "practices.Practice",
        on_delete=models.PROTECT,
        default=current_practice_id,
        editable=False,
        db_index=False,  # the primary key leads with practice_id
        related_name="+",
    )
    practice_id: int

    objects: ClassVar[PracticeManager[Self]] = PracticeManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"  # foreign keys and save() are scoped too
