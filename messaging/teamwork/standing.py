"""Where a conversation stands with the team: whose it is, whether it is done, until when it is put off.

Every change of these columns goes this one way, so that the trail knows what stood there before and the deed can be
taken back (messaging/teamwork/undoing.py). What starts here takes neither a contact nor the ledger afterwards (design:
lock order).
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from messaging.models import Conversation
from practices.audit import record_each
from practices.live import changed_many
from practices.models import AuditEvent, Member
from practices.tenancy import refuse_sealed


def hold(conversation_ids: Collection[UUID]) -> list[Conversation]:
    """These rows as they stand now, locked in id order until the transaction ends."""
    wanted = Conversation.objects.filter(pk__in=conversation_ids).order_by("pk")
    return list(wanted.select_for_update(no_key=True))


def change(kind: str, /, *, held: Iterable[Conversation], by: Member | None, **columns: Any) -> list[AuditEvent]:
    """Give these rows, which the caller holds, the same new values; those that have them already are left alone.

    Answers one event of the trail per row that changed, with what stood there before and stands there now. Raises
    SealedColumn for what the trail must never hold.
    """
    for name in columns:
        refuse_sealed(Conversation._meta.get_field(name))
    differing = [one for one in held if any(getattr(one, name) != value for name, value in columns.items())]
    after = {name: written(value) for name, value in columns.items()}
    about = [(one, {"before": standing_of(one, columns), "after": after}) for one in differing]
    for one in differing:
        for name, value in columns.items():
            setattr(one, name, value)
    Conversation.objects.filter(pk__in=[one.pk for one in differing]).update(**columns)
    changed_many([("conversation", one.pk) for one in differing])
    return record_each(kind, about=about, by=by)


def standing_of(conversation: Conversation, names: Iterable[str]) -> dict[str, str | None]:
    """These columns of a row as the trail writes them."""
    return {name: written(getattr(conversation, name)) for name in names}


def written(value: Any) -> str | None:
    """A column's value as a code: an id, a word, or a time (in UTC, so that one moment is one code)."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def read(name: str, code: str | None) -> Any:
    """The value of a column that was `written`."""
    return None if code is None else Conversation._meta.get_field(name).to_python(code)  # type: ignore[union-attr]
