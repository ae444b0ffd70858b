"""Who has which thread open right now. A hint in Redis that expires by itself: never a row, never a content.

One hash per practice, `<conversation>:<member>` → `<state>:<Unix seconds>`. Screens are told by the live channel with
the conversation's id alone; nothing of it reaches the database, so nothing of it is caught up on either.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from practices.bus import bus
from practices.live import publish
from practices.models import Member
from practices.scope import current_practice_id
from practices.tenancy import uuid7

EXPIRES_AFTER = 25  # seconds without a beat; pages beat every ten
TOLD_ONCE_IN = 200  # ms per person: what changes faster reaches the screens with the next beat
MOST_SHOWN = 200

log = logging.getLogger(__name__)


class State(TextChoices):
    VIEWING = "viewing", _("sieht diese Unterhaltung auch")
    IDLE = "idle", _("hat diese Unterhaltung offen, ist aber gerade nicht am Platz")
    TYPING = "typing", _("schreibt gerade")


@dataclass(frozen=True)
class Present:
    """Somebody at a conversation."""

    conversation_id: UUID
    member_id: UUID
    state: State


def beat(*, conversation_id: UUID, member: Member, state: State | None) -> None:
    """Somebody is there, or has gone (None). Never raises for a Redis that is away: it is only a hint."""
    field = f"{conversation_id}:{member.pk}"
    try:
        known = _text(bus().hget(_key(), field) or "").partition(":")[0]
        told = known != (state or "")
        if told and not bus().set(f"{_key()}:{member.pk}", 1, nx=True, px=TOLD_ONCE_IN) and state is not None:
            return
        if state is None:
            bus().hdel(_key(), field)
        else:
            bus().hset(_key(), field, f"{state}:{int(time.time())}")
            bus().expire(_key(), EXPIRES_AFTER * 2)
    except RedisError:
        log.warning("presence not noted, the broker is away")
        return
    if told:
        publish(current_practice_id(), [[str(uuid7()), "presence", str(conversation_id)]])


def present(*, besides: Member) -> list[Present]:
    """Everybody else who is at some conversation of the practice in scope; nobody where Redis is away."""
    try:
        found = bus().hgetall(_key())
    except RedisError:
        return []
    everybody = sorted(_living(found), key=lambda one: (str(one.conversation_id), str(one.member_id)))
    return [one for one in everybody if one.member_id != besides.pk][:MOST_SHOWN]


def at_work(*, besides: Member) -> set[UUID]:
    """The members, as far as one can know, who sit at their place now: somewhere a conversation is open before them."""
    return {one.member_id for one in present(besides=besides) if one.state != State.IDLE}


def _living(found: Mapping[bytes | str, bytes | str]) -> Iterator[Present]:
    oldest = time.time() - EXPIRES_AFTER
    for field, value in found.items():
        state, _colon, at = _text(value).partition(":")
        if int(at) >= oldest:
            conversation_id, _colon, member_id = _text(field).partition(":")
            yield Present(UUID(conversation_id), UUID(member_id), State(state))


def _text(held: bytes | str) -> str:
    return held.decode() if isinstance(held, bytes) else held


def _key() -> str:
    return f"roger:presence:{current_practice_id()}"
