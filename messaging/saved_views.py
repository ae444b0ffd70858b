"""Saved views: a choice of conversations under a name, one's own or everybody's. Nothing of a patient."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import SavedView
from practices.audit import record
from practices.models import Member
from practices.refusal import Refusal

MOST_VIEWS = 30  # of one person, and of the team
LONGEST_NAME = 40


class TooManyViews(Refusal):
    """There are as many as anybody finds something in."""

    reason = "too_many_views"


@transaction.atomic
def save_view(*, name: str, filters: dict[str, Any], shared: bool, by: Member) -> SavedView:
    """Keep a choice, for oneself or for everybody. Raises TooManyViews."""
    owner = None if shared else by
    view = SavedView.objects.create(owner=owner, name=name, filters=filters, position=_next_position(owner))
    record("view_saved", about=view, by=by, shared=shared)
    return view


@transaction.atomic
def rename_view(*, view: SavedView, name: str, by: Member) -> None:
    view.name = name
    view.save(update_fields=["name"])
    record("view_renamed", about=view, by=by)


@transaction.atomic
def share_view(*, view: SavedView, by: Member) -> None:
    """From now on it is everybody's; there is no way back but to delete it. Raises TooManyViews."""
    view.owner, view.position = None, _next_position(None)
    view.save(update_fields=["owner", "position"])
    record("view_shared", about=view, by=by)


@transaction.atomic
def delete_view(*, view: SavedView, by: Member) -> None:
    """The conversations in it stay where they are."""
    record("view_deleted", about=view, by=by, shared=view.owner_id is None)
    view.delete()


def _next_position(owner: Member | None) -> int:
    count = SavedView.objects.filter(owner=owner).count()
    if count >= MOST_VIEWS:
        raise TooManyViews(
            _("Mehr als %(most)d Ansichten gibt es nicht. Löschen Sie erst eine.") % {"most": MOST_VIEWS}
        )
    return count
