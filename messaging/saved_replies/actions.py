"""What people do with saved replies. Whoever may send may write one and change their own; leaders remove any."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.models import SavedReply
from practices.access import LEADERS
from practices.audit import record
from practices.live import changed
from practices.models import Member
from practices.refusal import Refusal
from practices.sealed import warm


class NotYours(Refusal):
    """Somebody else wrote it, and the person leads nothing."""

    reason = "not_yours"


class ShortcutTaken(Refusal):
    """Two replies by the same word after "/"."""

    reason = "shortcut_taken"


def saved_replies() -> list[SavedReply]:
    """All that are in use, in the practice's order; one query, and one for the practice's key."""
    found = list(
        SavedReply.objects.filter(archived_at=None).select_related("created_by__user").order_by("position", "pk")
    )
    warm(found)
    return found


@transaction.atomic
def create_saved_reply(
    *,
    title: str,
    shortcut: str,
    body: str,
    by: Member | None,
    labels: Sequence[UUID] = (),
    assign: str = "",
    snooze: str = "",
    closes: bool = False,
) -> SavedReply:
    """Raises ShortcutTaken."""
    others = saved_replies()
    _refuse_taken(shortcut, others)
    reply = SavedReply.objects.create(
        title=title,
        shortcut=shortcut,
        body=body,
        labels=[str(one) for one in labels],
        assign=assign,
        snooze=snooze,
        closes=closes,
        position=max((one.position for one in others), default=0) + 1,
        created_by=by,
    )
    record("saved_reply_created", about=reply, by=by)
    changed("saved_reply", reply.pk)
    return reply


@transaction.atomic
def change_saved_reply(*, reply: SavedReply, by: Member, **columns: Any) -> SavedReply:
    """Raises NotYours or ShortcutTaken. `columns` as in create_saved_reply."""
    _require_own(reply, by)
    _refuse_taken(columns.get("shortcut", reply.shortcut), [one for one in saved_replies() if one.pk != reply.pk])
    if "labels" in columns:
        columns["labels"] = [str(one) for one in columns["labels"]]
    for name, value in columns.items():
        setattr(reply, name, value)
    reply.save(update_fields=list(columns))
    record("saved_reply_changed", about=reply, by=by, columns=sorted(columns))
    changed("saved_reply", reply.pk)
    return reply


@transaction.atomic
def archive_saved_reply(*, reply: SavedReply, by: Member) -> None:
    """Out of the list; what was sent with it stays as it is. For leaders."""
    SavedReply.objects.filter(pk=reply.pk, archived_at=None).update(archived_at=timezone.now())
    record("saved_reply_archived", about=reply, by=by)
    changed("saved_reply", reply.pk)


def may_change(reply: SavedReply, member: Member) -> bool:
    return member.role in LEADERS or reply.created_by_id == member.pk


def _require_own(reply: SavedReply, by: Member) -> None:
    if not may_change(reply, by):
        raise NotYours(_("Diese Schnellantwort hat jemand anderes geschrieben. Bitte fragen Sie die Praxisleitung."))


def _refuse_taken(shortcut: str, others: Sequence[SavedReply]) -> None:
    """Shortcuts are sealed, so the database cannot tell; two at the same moment would both stand in the list."""
    if shortcut.casefold() in {one.shortcut.casefold() for one in others}:
        raise ShortcutTaken(_("Dieses Kürzel gibt es schon. Bitte wählen Sie ein anderes."))
