"""Model fields that are ciphertext in the database and plaintext on the instance.

    body = SealedTextField(subject="contact")

The row says whose key seals it: subject "contact" reads `contact_id` (on Contact itself, its id), "patient" and
"evidence" likewise; "practice" and "system" need nothing. A row without that id raises MissingSubject. The plaintext
is bound to format, practice, table, column, row and key, so ciphertext moved anywhere else does not open.
Filter, order_by, update, bulk_update and F on these fields raise.
"""

import json
from collections.abc import Iterable
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import models
from django.db.models.lookups import IsNull

from practices import keys
from practices.keys import NOBODY
from practices.keystore import Subject
from practices.sealed_columns import NUMBERS
from practices.scope import current_practice_id

T = TypeVar("T")


class MissingSubject(ValueError):
    """The row does not say whose key shall seal it."""


class NotSealed(TypeError):
    """Plaintext was on its way into the database by a way that cannot seal it (update, bulk_update)."""


class Sealed(bytes):
    """Ciphertext as it lies in the database. Its repr tells nothing."""

    def __repr__(self) -> str:
        return "<sealed>"


class SealedField(models.BinaryField, Generic[T]):  # type: ignore[type-arg]
    """Base of the sealed fields; subclasses turn values into bytes and back."""

    is_sealed = True

    def __init__(self, *args: Any, subject: str, **kwargs: Any) -> None:
        self.subject = Subject(subject)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "subject": str(self.subject)}

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, Unsealing(self))

    def to_bytes(self, value: T) -> bytes:
        raise NotImplementedError

    def from_bytes(self, plaintext: bytes) -> T:
        raise NotImplementedError

    def from_db_value(self, value: Any, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:  # noqa: ARG002
        held = model_instance.__dict__.get(self.attname)
        if held is None or isinstance(held, Sealed):
            return held
        unchanged = model_instance.__dict__.get(f"_{self.attname}_opened")
        if unchanged is not None and unchanged[0] == held:
            return Sealed(unchanged[1])
        return seal(model_instance, self, self.to_bytes(held))

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if value is not None and not isinstance(value, Sealed) and not hasattr(value, "resolve_expression"):
            raise NotSealed(self.name)
        return super().get_db_prep_save(value, connection)

    def get_lookup(self, lookup_name: str) -> Any:
        return IsNull if lookup_name == "isnull" else None

    def get_transform(self, lookup_name: str) -> None:  # noqa: ARG002
        return None

    def formfield(self, **kwargs: Any) -> None:  # type: ignore[override]  # noqa: ARG002
        return None


class Unsealing:
    """Opens on first reading and keeps the plaintext on the instance."""

    def __init__(self, field: SealedField[Any]) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        held = instance.__dict__[name]
        if isinstance(held, Sealed):
            opened = self.field.from_bytes(open_sealed(instance, self.field, held))
            instance.__dict__[f"_{name}_opened"] = (opened, bytes(held))
            instance.__dict__[name] = opened
            return opened
        return held

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedTextField(SealedField[str]):
    def to_bytes(self, value: str) -> bytes:
        return value.encode("utf-8", "replace")

    def from_bytes(self, plaintext: bytes) -> str:
        return plaintext.decode()


class SealedJSONField(SealedField[Any]):
    """Any JSON value. Assign a new value to change it: a change inside the one held is noticed as well on saving."""

    def to_bytes(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    def from_bytes(self, plaintext: bytes) -> Any:
        return json.loads(plaintext)

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        model_instance.__dict__.pop(f"_{self.attname}_opened", None)  # it may have been changed in place
        return super().pre_save(model_instance, add)


class SealedBytesField(SealedField[bytes]):
    def to_bytes(self, value: bytes) -> bytes:
        return bytes(value)

    def from_bytes(self, plaintext: bytes) -> bytes:
        return plaintext


def seal(row: models.Model, field: SealedField[Any], plaintext: bytes) -> Sealed:
    """Ciphertext of one column of one row. Raises MissingSubject if the row does not name its subject."""
    if field.subject == Subject.SYSTEM:
        key = keys.system_key()
    else:
        key = keys.key_for(field.subject, subject_id_of(row, field.subject))
    return Sealed(key.seal(plaintext, context_of(row, field)))


def open_sealed(row: models.Model, field: SealedField[Any], sealed: bytes) -> bytes:
    """Plaintext of one column of one row. Raises SealBroken (KeyDestroyed if the key is gone)."""
    if field.subject == Subject.SYSTEM:
        key = keys.system_key(sealed)
    else:
        key = keys.key_numbered(keys.key_number_of(sealed))
    return key.open(sealed, context_of(row, field))


def warm(rows: Iterable[models.Model]) -> None:
    """Load the keys of all these rows' sealed columns with one query, for a page that opens many of them."""
    numbers = set()
    for row in rows:
        for held in row.__dict__.values():
            if isinstance(held, Sealed):
                numbers.add(keys.key_number_of(held))
    keys.load_numbered(numbers)


def subject_id_of(row: models.Model, subject: str) -> UUID:
    """Whose key: `<subject>_id` of the row, its own id if it is the subject itself, nobody's for the practice."""
    if subject == Subject.PRACTICE:
        return NOBODY
    if row._meta.model_name == subject:
        return UUID(str(row.pk))
    found = getattr(row, f"{subject}_id", None)
    if found is None:
        raise MissingSubject(f"{row._meta.label} without {subject}_id")
    return UUID(str(found))


def context_of(row: models.Model, field: SealedField[Any]) -> bytes:
    """What a ciphertext is bound to: practice, table, column, row (the key's number stands in its header)."""
    table, column = NUMBERS[row._meta.label_lower, field.name]
    practice = 0 if field.subject == Subject.SYSTEM else current_practice_id()
    where = (practice.to_bytes(4), table.to_bytes(2), column.to_bytes(2))
    return keys.context_bytes(b"row", *where, UUID(str(row.pk)).bytes)
