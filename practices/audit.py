"""The trail: who did what, in the same transaction as the deed."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from practices.models import AccessLog, AuditEvent, Member


def record(kind: str, /, *, about: models.Model, by: Member | None, **codes: Any) -> None:
    """Note a deed. `codes` hold ids, counts and state words, never a name, number or text."""
    AuditEvent.objects.create(kind=kind, about_kind=about._meta.model_name or "", about_id=about.pk, by=by, codes=codes)


def record_many(kind: str, /, *, about: Iterable[models.Model], by: Member | None, **codes: Any) -> None:
    """As `record`, for the same deed done to many rows at once."""
    AuditEvent.objects.bulk_create(
        AuditEvent(kind=kind, about_kind=row._meta.model_name or "", about_id=row.pk, by=by, codes=codes)
        for row in about
    )


def record_each(
    kind: str, /, *, about: Iterable[tuple[models.Model, dict[str, Any]]], by: Member | None
) -> list[AuditEvent]:
    """As `record`, for the same deed done to many rows, each with its own codes; answers the events in that order."""
    return AuditEvent.objects.bulk_create(
        AuditEvent(kind=kind, about_kind=row._meta.model_name or "", about_id=row.pk, by=by, codes=codes)
        for row, codes in about
    )


def looked_at(kind: str, /, *, about: models.Model, by: Member | None) -> None:
    """Note that somebody opened something of a patient."""
    AccessLog.objects.create(kind=kind, about_id=about.pk, member=by)
