"""The wall between practices: rows of another one that raw SQL of the application sees, in every table there is."""

from collections.abc import Iterator

from django.db import connection, models, transaction

from practices.models import Practice
from practices.scope import practice_scope
from tests.bench.figures import Figure, at_most
from tests.factories import make_practice
from tests.guards import rows


def measure() -> Iterator[Figure]:
    practices = [make_practice("eins"), make_practice("zwei")]
    seen = sum(foreign_rows(model, practices) for model in rows.models_of_practices())
    yield Figure("wall", seen, "rows", at_most(0))


def foreign_rows(model: type[models.Model], practices: list[Practice]) -> int:
    """Fill the table for each practice, then look from each without a filter. Raises AssertionError if a practice does
    not even see its own."""
    for practice in practices:
        with practice_scope(practice.pk), transaction.atomic():
            rows.saved(model)
    return sum(seen_from(model, practice) for practice in practices)


def seen_from(model: type[models.Model], practice: Practice) -> int:
    with practice_scope(practice.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"select practice_id from {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
        seen = [practice_id for (practice_id,) in cursor.fetchall()]
    assert practice.pk in seen, model._meta.label
    return sum(practice_id != practice.pk for practice_id in seen)
