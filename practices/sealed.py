"""Model fields that are ciphertext in the database and plaintext on the instance.

    body = SealedTextField(subject="contact")

The row says whose key seals it: subject "contact" reads `contact_id` (on Contact itself, its id), "patient" and
"evidence" likewise; "practice" and "system" need nothing. A row without that id raises MissingSubject. The plaintext
is bound to format, practice, table, column, row and key, so ciphertext moved anywhere else does not open.
Filter, order_by, update, bulk_update and F on these fields raise; `isnull` and update(field=None) work.
"""

import copy
import json
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from typing import Any, Generic, NoReturn, TypeVar
from uuid import UUID

from django.db import models
from django.db.models.lookups import IsNull

from practices import keys
from practices.keys import NOBODY
from practices.keystore import Subject
from practices.scope import current_practice_id
from practices.sealed_columns import NUMBERS

T = TypeVar("T")


AT_ONCE = 2_000  # rows whose keys are loaded with one query; the cache holds 10,000 keys, for all who use it
WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # json.dumps would make one each time


class MissingSubject(ValueError):
    """The row does not say whose key shall seal it."""


class NotSealed(TypeError):
    """Plaintext was on its way out by a way that cannot seal it: SQL, a pickle, an export."""


class Sealed(bytes):
    """Ciphertext as it lies in the database. Shows nothing of itself."""

    def __repr__(self) -> str:
        return "<sealed>"

    __str__ = __repr__


class Opened:
    """Plaintext as it is held on an instance, with the ciphertext it came from. Never shown, never pickled."""

    __slots__ = ("sealed", "value")

    def __init__(self, value: Any, sealed: Sealed | None = None) -> None:
        self.value, self.sealed = value, sealed

    def __repr__(self) -> str:
        return "<opened>"

    def __deepcopy__(self, memo: dict[int, Any]) -> "Opened":
        return Opened(copy.deepcopy(self.value, memo), self.sealed)

    def __reduce__(self) -> NoReturn:
        raise NotSealed("plaintext does not leave the process")


class Unsealing:
    """The attribute of a sealed field: opens on first reading and keeps the plaintext on the instance."""

    def __init__(self, field: "SealedField[Any]") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        held = self._held(instance)
        if isinstance(held, Sealed):
            held = Opened(self.field.from_bytes(open_sealed(instance, self.field, held)), held)
            instance.__dict__[self.field.attname] = held
        return held.value if isinstance(held, Opened) else None

    def __set__(self, instance: models.Model, value: Any) -> None:
        if value is not None and not isinstance(value, Sealed):
            value = Opened(value, _ciphertext_of(instance.__dict__.get(self.field.attname)))
        instance.__dict__[self.field.attname] = value

    def _held(self, instance: models.Model) -> Sealed | Opened | None:
        name = self.field.attname
        if name not in instance.__dict__:  # deferred
            rows = type(instance)._base_manager.using(instance._state.db)
            instance.__dict__[name] = rows.only(name).get(pk=instance.pk).__dict__[name]
        held: Sealed | Opened | None = instance.__dict__[name]
        return held


def _ciphertext_of(held: Any) -> Sealed | None:
    return held.sealed if isinstance(held, Opened) else held


class SealedField(models.BinaryField, Generic[T]):  # type: ignore[type-arg]
    """Base of the sealed fields; subclasses turn values into bytes and back."""

    is_sealed = True
    descriptor_class = Unsealing

    def __init__(self, *args: Any, subject: str, **kwargs: Any) -> None:
        self.subject = Subject(subject)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "subject": str(self.subject)}

    def to_bytes(self, value: T) -> bytes:
        raise NotImplementedError

    def from_bytes(self, plaintext: bytes) -> T:
        raise NotImplementedError

    def from_db_value(self, value: Any, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        """Ciphertext for the row: what it had if the plaintext is the same, else sealed anew, always for a new row."""
        held = model_instance.__dict__.get(self.attname)
        if not isinstance(held, Opened):
            if add and held is not None:
                open_sealed(model_instance, self, held)  # raises for the ciphertext of another row
            return held
        plaintext = self.to_bytes(held.value)
        if add or held.sealed is None or open_sealed(model_instance, self, held.sealed) != plaintext:
            return seal(model_instance, self, plaintext)
        return held.sealed

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if value is not None and not isinstance(value, Sealed):
            raise NotSealed(self.name)
        return super().get_db_prep_save(value, connection)

    def get_lookup(self, lookup_name: str) -> Any:
        return IsNull if lookup_name == "isnull" else None

    def get_transform(self, lookup_name: str) -> None:  # noqa: ARG002
        return None

    def formfield(self, **kwargs: Any) -> None:  # noqa: ARG002
        return None

    def value_from_object(self, obj: models.Model) -> NoReturn:  # noqa: ARG002
        """What dumpdata, forms and bulk statements would copy the plaintext with."""
        raise NotSealed(self.name)


class SealedTextField(SealedField[str]):
    def to_bytes(self, value: str) -> bytes:
        return value.encode("utf-8", "replace")

    def from_bytes(self, plaintext: bytes) -> str:
        return plaintext.decode()


class SealedJSONField(SealedField[Any]):
    """Any JSON value. A change inside the one held is noticed on saving."""

    def to_bytes(self, value: Any) -> bytes:
        return WRITER.encode(value).encode("utf-8", "replace")

    def from_bytes(self, plaintext: bytes) -> Any:
        return json.loads(plaintext)


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
    is_system = field.subject == Subject.SYSTEM
    key = keys.system_key(sealed) if is_system else keys.key_numbered(keys.key_number_of(sealed))
    return key.open(sealed, context_of(row, field))


def seal_anew(row: models.Model, name: str) -> None:
    """Have a column sealed with the newest key at the next save, although its plaintext stays the same."""
    row.__dict__[name] = Opened(getattr(row, name))


def warm(rows: Iterable[models.Model]) -> None:
    """Load the keys of all these rows' sealed columns with one query, for a page that opens many of them.

    So many rows that their keys do not stay in the cache together are opened at once, in steps.
    """
    closed = [(row, [name for name, held in row.__dict__.items() if isinstance(held, Sealed)]) for row in rows]
    if len(closed) <= AT_ONCE:
        _load_keys(closed)
        return
    for start in range(0, len(closed), AT_ONCE):
        step = closed[start : start + AT_ONCE]
        _load_keys(step)
        for row, names in step:
            for name in names:
                with suppress(keys.SealBroken):  # whoever reads it will see
                    getattr(row, name)


def _load_keys(closed: list[tuple[models.Model, list[str]]]) -> None:
    keys.load_numbered({keys.key_number_of(row.__dict__[name]) for row, names in closed for name in names})


def subject_id_of(row: models.Model, subject: str) -> UUID:
    """Whose key: `<subject>_id` of the row, its own id if it is the subject itself, nobody's for the practice."""
    if subject == Subject.PRACTICE:
        return NOBODY
    found = row.pk if row._meta.model_name == subject else getattr(row, f"{subject}_id", None)
    if found is None:
        raise MissingSubject(f"{row._meta.label} without {subject}_id")
    return _uuid(found)


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def context_of(row: models.Model, field: SealedField[Any]) -> bytes:
    """What a ciphertext is bound to: practice, table, column, row (the key's number stands in its header)."""
    practice = 0 if field.subject == Subject.SYSTEM else current_practice_id()
    return _place(practice, row._meta.label_lower, field.name) + keys.context_part(_uuid(row.pk).bytes)


@lru_cache(maxsize=10_000)
def _place(practice: int, table: str, column: str) -> bytes:
    """What the contexts of all rows begin with in one column of one practice."""
    numbers = NUMBERS[table, column]
    return keys.context_bytes(b"row", practice.to_bytes(4), *(number.to_bytes(2) for number in numbers))
