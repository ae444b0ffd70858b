"""One row of any model, built from its fields alone, so that a model nobody thought of is tested as well."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from django.apps import apps
from django.db import models
from django.utils import timezone

from consent.models import ConsentEvent, PendingOptIn
from practices.append_only import AppendOnly
from practices.sealed import SealedBytesField, SealedField, SealedJSONField
from practices.tenancy import uuid7

M = TypeVar("M", bound=models.Model)

# What fields cannot say: rules that bind two columns.
TOGETHER: dict[type[models.Model], dict[str, Callable[[], Any]]] = {
    ConsentEvent: {"pending_opt_in_id": uuid7},  # a contact or a pending opt-in, never neither
    PendingOptIn: {"event": lambda: saved(ConsentEvent)},  # of a form or of a widget, never neither
}


def all_models() -> list[type[models.Model]]:
    """Every model with a table of its own, also the hidden ones of many-to-many relations."""
    return sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.label)


def models_of_practices() -> list[type[models.Model]]:
    """Every model whose table has practice_id."""
    return [model for model in all_models() if any(field.name == "practice" for field in model._meta.local_fields)]


def changeable_models() -> list[type[models.Model]]:
    return [model for model in models_of_practices() if not issubclass(model, AppendOnly)]


def append_only_models() -> list[type[models.Model]]:
    return [model for model in models_of_practices() if issubclass(model, AppendOnly)]


def sealed_fields(model: type[models.Model]) -> list[SealedField[Any]]:
    return [field for field in model._meta.local_fields if isinstance(field, SealedField)]


def name_of(model: type[models.Model]) -> str:
    """How parametrized tests call a model."""
    return model._meta.label


def unsaved(model: type[M]) -> M:
    """A row with every required column filled, and every sealed one; the rows it refers to are saved."""
    fields = [field for field in model._meta.local_concrete_fields if _is_ours_to_fill(field)]
    together = {name: make() for name, make in TOGETHER.get(model, {}).items()}
    return model(**{field.name: value_for(field) for field in fields} | together)


def saved(model: type[M]) -> M:
    row = unsaved(model)
    row.save(force_insert=True)
    return row


def _is_ours_to_fill(field: "models.Field[Any, Any]") -> bool:
    if isinstance(field, SealedField):
        return True
    return not (field.null or field.has_default() or field.has_db_default() or getattr(field, "auto_now_add", False))


def value_for(field: "models.Field[Any, Any]") -> Any:
    """A value the column takes, different each time where the type has room for it."""
    if isinstance(field, models.ForeignKey):
        return saved(field.related_model)
    if isinstance(field, SealedJSONField):
        return {"marker": secrets.token_hex(8)}
    if isinstance(field, SealedField):
        text = f"marker {secrets.token_hex(8)}"
        return text.encode() if isinstance(field, SealedBytesField) else text
    if field.choices:
        return field.flatchoices[0][0]
    return _PLAIN[field.get_internal_type()]()


_PLAIN: dict[str, Any] = {
    "UUIDField": uuid7,
    "BinaryField": lambda: secrets.token_bytes(32),
    "DateTimeField": timezone.now,
    "DateField": lambda: timezone.now().date(),
    "BooleanField": lambda: False,
    "JSONField": dict,
    "CharField": lambda: secrets.token_hex(4),
    "SlugField": lambda: secrets.token_hex(4),
    "TextField": lambda: secrets.token_hex(4),
    "EmailField": lambda: f"{secrets.token_hex(4)}@praxis.example",
    "IntegerField": lambda: secrets.randbits(30),
    "BigIntegerField": lambda: secrets.randbits(60),
    "PositiveIntegerField": lambda: secrets.randbits(30),
    "PositiveSmallIntegerField": lambda: secrets.randbits(14),
    "SmallIntegerField": lambda: secrets.randbits(14),
}
