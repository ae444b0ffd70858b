"""Rows of a practice: `PracticeOwned` and its manager, which finds nothing outside the scope (practices/scope.py).

PostgreSQL's row-level policies (practices/postgres) are the second fence behind this one.
"""

import os
import time
import uuid
from collections.abc import Iterable
from functools import cache
from typing import Any, ClassVar, Self, TypeVar

from django.core.exceptions import FieldError
from django.db import models
from django.db.models import Expression
from django.db.models.constants import LOOKUP_SEP
from django.db.models.sql import Query

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


class SealedColumn(FieldError):
    """A query wanted the database to sort by, compute with or set what it holds as ciphertext."""


class PracticeQuery(Query):
    """A query that refuses what ciphertext cannot answer: F() on a sealed column, in whatever, and sorting by one."""

    def resolve_ref(self, name: str, *args: Any, **kwargs: Any) -> Any:
        found = super().resolve_ref(name, *args, **kwargs)
        refuse_sealed(getattr(found, "target", None))
        return found

    def add_ordering(self, *ordering: Any) -> None:
        for term in ordering:
            if isinstance(term, str) and term != "?":
                path = term.lstrip("-+").split(LOOKUP_SEP)
                refuse_sealed(self.names_to_path(path, self.get_meta())[1])
        super().add_ordering(*ordering)


def refuse_sealed(field: Any) -> None:
    """Raise SealedColumn if the field is one of practices/sealed.py."""
    if getattr(field, "is_sealed", False):
        raise SealedColumn(f"{field} is sealed: the database cannot sort by it, compute with it or set it")


class PracticeQuerySet(models.QuerySet[M_co]):
    """A queryset that never writes to a sealed column in SQL, since only a row can seal its own."""

    def __init__(self, model: Any = None, query: Any = None, using: Any = None, hints: Any = None) -> None:
        super().__init__(model, query or PracticeQuery(model), using, hints)

    def update(self, **kwargs: Any) -> int:
        """As Django's; a sealed column can only be emptied."""
        for name, value in kwargs.items():
            if value is not None:
                refuse_sealed(self.model._meta.get_field(name))
            if hasattr(value, "resolve_expression"):
                value.resolve_expression(self.query.chain(), allow_joins=False, for_save=True)
        return super().update(**kwargs)

    def bulk_create(  # type: ignore[override]
        self, objs: Iterable[M_co], batch_size: int | None = None, **on_conflict: Any
    ) -> list[M_co]:
        """As Django's; a conflict cannot update a sealed column, which is bound to the id that was not inserted."""
        for name in on_conflict.get("update_fields") or ():
            refuse_sealed(self.model._meta.get_field(name))
        return super().bulk_create(objs, batch_size, **on_conflict)


class PracticeManager(models.Manager[M_co]):
    """Finds rows of the practice in scope and nothing else; raises NoPracticeInScope without one."""

    _queryset_class: type[PracticeQuerySet[M_co]] = PracticeQuerySet
    _hints: dict[str, Any]

    def get_queryset(self) -> models.QuerySet[M_co]:
        return self._queryset_class(self.model, scoped_query(self.model).chain(), self._db, self._hints)


@cache
def scoped_query(model: type[models.Model]) -> Query:
    """All rows of the practice in scope. Built once per model: every related object and prefetch begins with it.

    The practice itself is no part of it, `CurrentPractice` names it when the query runs.
    """
    query = PracticeQuery(model)
    query.add_q(models.Q(practice_id=CurrentPractice()))
    return query


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
