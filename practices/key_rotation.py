"""New keys for old ones, and keys that change hands. Nothing that was readable becomes unreadable (security.md 1.5).

master   all processes get ROGER_MASTER_KEY (new) and ROGER_MASTER_KEY_PREVIOUS (old), then `manage.py keys` runs
root     a new root wraps the practice's keys; blind indexes have a key of their own, so hashes and tokens stay valid
subject  what is sealed from now on has a new key; rows sealed before keep theirs
"""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Max

from practices import keys
from practices.keystore import DataKey, Subject
from practices.sealed import SealedField, seal_anew


class NotRotatable(ValueError):
    """An index key cannot be replaced: every keyed hash and token in the practice's tables hangs on it."""


@transaction.atomic
def rotate(subject: str, subject_id: uuid.UUID) -> int:
    """Make the next version of a subject's key; answers it. Older versions still open, and seal nothing new.

    Other processes may seal with the old one for five minutes more. Raises NotRotatable for an index key.
    """
    if subject_id == keys.INDEX:
        raise NotRotatable
    rows = DataKey.objects.filter(kind=subject, subject_id=subject_id)
    list(rows.select_for_update())  # one rotation at a time: the newest version is read after the wait
    version = _newest_version(subject, subject_id) + 1
    rows.update(state=DataKey.State.RETIRED)
    keys.new_data_key(subject, subject_id, version=version).save()
    keys.forget()
    return version


@transaction.atomic
def rotate_root() -> int:
    """Make a new root for the practice in scope and wrap its other keys anew; answers how many.

    The old root stays, retired: another process may be wrapping a new key with it at this moment.
    """
    rotate(Subject.ROOT, keys.NOBODY)
    return _wrap_anew(DataKey.objects.exclude(kind=Subject.ROOT).select_for_update())


@transaction.atomic
def rotate_master() -> int:
    """Wrap the roots of the practice in scope with the master in use; answers how many had another."""
    roots = DataKey.objects.filter(kind=Subject.ROOT).select_for_update()
    return _wrap_anew(root for root in roots if _number(root.wrapped) != keys.master_key().number)


@transaction.atomic
def seal_system_rows_anew() -> int:
    """Seal what is sealed with a former master's system key with the present one; answers how many columns."""
    columns = [column for model, field in _system_columns() for column in _sealed_with_former_master(model, field)]
    for row, name in columns:
        seal_anew(row, name)
        row.save(update_fields=[name])
    return len(columns)


@transaction.atomic
def hand_over(subject: str, from_id: uuid.UUID, to_id: uuid.UUID) -> int:
    """Make the keys of one subject another's; answers how many. They open what they sealed, and seal nothing new.

    For merging two contacts: no row is sealed anew, and erasing the one that stays destroys these keys as well.
    """
    keys.key_for(subject, to_id)  # the other must have one of its own to seal with
    handed = list(DataKey.objects.filter(kind=subject, subject_id=from_id).select_for_update())
    for version, row in enumerate(handed, start=_newest_version(subject, to_id) + 1):
        material = keys.unwrap(row).material
        row.subject_id, row.version, row.state = to_id, version, DataKey.State.RETIRED
        keys.wrap(row, material)
        row.save()
    keys.forget()
    return len(handed)


def _newest_version(subject: str, subject_id: uuid.UUID) -> int:
    found = DataKey.objects.filter(kind=subject, subject_id=subject_id).aggregate(newest=Max("version"))
    return int(found["newest"] or 0)


def _wrap_anew(rows: Iterable[DataKey]) -> int:
    wrapped = []
    for row in rows:
        keys.wrap(row, keys.unwrap(row).material)
        wrapped.append(row)
    DataKey.objects.bulk_update(wrapped, ["wrapped"], batch_size=500)
    return len(wrapped)


def _number(sealed: Any) -> int:
    return keys.key_number_of(bytes(sealed))


def _system_columns() -> Iterator[tuple[type[models.Model], SealedField[Any]]]:
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, SealedField) and field.subject == Subject.SYSTEM:
                yield model, field


def _sealed_with_former_master(
    model: type[models.Model], field: SealedField[Any]
) -> Iterator[tuple[models.Model, str]]:
    for row in model._base_manager.filter(**{f"{field.name}__isnull": False}).select_for_update():
        if _number(row.__dict__[field.attname]) != keys.master_key().number:
            yield row, field.name
