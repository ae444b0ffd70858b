"""Changes: what screens must fetch anew. The row is the truth, Redis only carries its id faster (design: Live)."""

import json
import logging
from uuid import UUID

from django.db import transaction
from redis.exceptions import RedisError

from practices.bus import bus, channel
from practices.models import Change
from practices.postgres.bulk import insert_columns
from practices.scope import current_practice_id
from practices.tenancy import uuid7

CHANNEL = "changes"
ENDED = "sessions-ended"
log = logging.getLogger(__name__)


def changed(kind: str, ref: UUID) -> None:
    """Tell the practice's screens that a row changed, once the transaction is committed. Ids only."""
    changed_many([(kind, ref)])


def changed_many(changes: list[tuple[str, UUID]]) -> None:
    """As `changed`, for several rows with one insert and one publication."""
    if not changes:
        return
    practice_id = current_practice_id()
    rows = [(uuid7(), kind, ref) for kind, ref in dict.fromkeys(changes)]
    ids, kinds, refs = zip(*rows, strict=True)
    insert_columns(
        Change._meta.db_table,
        {
            "id": ("uuid", ids),
            "practice_id": ("int", [practice_id] * len(rows)),
            "kind": ("text", kinds),
            "ref": ("uuid", refs),
        },
    )
    told = [[str(pk), kind, str(ref)] for pk, kind, ref in rows]
    transaction.on_commit(lambda: publish(practice_id, told), robust=True)


def publish(practice_id: int, changes: list[list[str]]) -> None:
    """Put (change, kind, ref) on the bus. A broker that is away costs up to five seconds of delay, never a change."""
    try:
        bus().publish(channel(CHANNEL), json.dumps({"practice": practice_id, "changes": changes}))
    except RedisError:
        log.warning("changes not published, the stream's look at the database will find them", exc_info=False)


def sessions_ended(user_id: UUID) -> None:
    """Have the streams of somebody closed at once; a lost word is made good within 30 seconds by the stream itself."""
    try:
        bus().publish(channel(ENDED), json.dumps({"user": str(user_id)}))
    except RedisError:
        log.warning("ending not published, the streams' own check will find it")
