"""Words the team hangs on conversations: kept by those who lead the practice, hung on and taken off by everybody who
writes."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from messaging.models import Conversation, ConversationLabel, Label
from messaging.teamwork.standing import hold
from practices.audit import record, record_each
from practices.live import changed, changed_many
from practices.models import AuditEvent, Member

MOST_TOLD = 100  # conversations whose screens hear at once that a label looks otherwise
HUNG, TAKEN_OFF = "label_hung", "label_taken_off"


def living_labels() -> list[Label]:
    """The practice's labels in its own order, without those it has put away; one query."""
    return list(Label.objects.filter(archived_at=None).order_by("position", "pk"))


@transaction.atomic
def create_label(*, name: str, colour: str, shape: str, by: Member) -> Label:
    """A new label, below the others."""
    last = Label.objects.aggregate(last=Max("position"))["last"]
    label = Label.objects.create(name=name, colour=colour, shape=shape, position=0 if last is None else last + 1)
    record("label_created", about=label, by=by)
    changed("label", label.pk)
    return label


@transaction.atomic
def change_label(*, label: Label, name: str, colour: str, shape: str, by: Member) -> None:
    label.name, label.colour, label.shape = name, colour, shape
    label.save(update_fields=["name", "colour", "shape"])
    record("label_changed", about=label, by=by)
    _show_again(label)


@transaction.atomic
def archive_label(*, label: Label, by: Member) -> None:
    """Put away: nobody hangs it on any more, and where it hangs it is no longer shown. It can be fetched back."""
    Label.objects.filter(pk=label.pk).update(archived_at=timezone.now())
    record("label_archived", about=label, by=by)
    _show_again(label)


@transaction.atomic
def restore_label(*, label: Label, by: Member) -> None:
    """Fetched back, with everything it hung on."""
    Label.objects.filter(pk=label.pk).update(archived_at=None)
    record("label_restored", about=label, by=by)
    _show_again(label)


@transaction.atomic
def move_label(*, label: Label, up: bool, by: Member) -> None:
    """One place up or down among those in use; at the end it stays."""
    order = list(Label.objects.filter(archived_at=None).order_by("position", "pk").select_for_update(no_key=True))
    here = next((place for place, one in enumerate(order) if one.pk == label.pk), None)
    there = -1 if here is None else here + (-1 if up else 1)
    if here is None or not 0 <= there < len(order):
        return
    order.insert(there, order.pop(here))
    for place, one in enumerate(order):
        if one.position != place:
            Label.objects.filter(pk=one.pk).update(position=place)
    record("label_moved", about=label, by=by, to=there)
    changed("label", label.pk)


def _show_again(label: Label) -> None:
    """Screens show it where it hangs; of very many they hear when somebody looks."""
    hangs_on = label.links.order_by("-pk").values_list("conversation_id", flat=True)[:MOST_TOLD]
    changed_many([("label", label.pk), *(("conversation", pk) for pk in hangs_on)])


@transaction.atomic
def hang(*, conversations: Collection[Conversation], label: Label, by: Member) -> list[AuditEvent]:
    """Hang a label on these; where it hangs already nothing happens."""
    held = hold([one.pk for one in conversations])
    has_it = set(_links(held, label.pk).values_list("conversation_id", flat=True))
    fresh = [one for one in held if one.pk not in has_it]
    ConversationLabel.objects.bulk_create(ConversationLabel(conversation=one, label=label, set_by=by) for one in fresh)
    return _recorded(HUNG, fresh, label.pk, by)


@transaction.atomic
def take_off(*, conversations: Collection[Conversation], label: Label, by: Member) -> list[AuditEvent]:
    """Take a label off these; where it does not hang nothing happens."""
    held = hold([one.pk for one in conversations])
    links = _links(held, label.pk)
    has_it = set(links.values_list("conversation_id", flat=True))
    links.delete()
    return _recorded(TAKEN_OFF, [one for one in held if one.pk in has_it], label.pk, by)


def _links(held: Collection[Conversation], label_id: UUID) -> "QuerySet[ConversationLabel]":
    return ConversationLabel.objects.filter(conversation_id__in=[one.pk for one in held], label_id=label_id)


def _recorded(kind: str, conversations: list[Conversation], label_id: UUID, by: Member) -> list[AuditEvent]:
    changed_many([("conversation", one.pk) for one in conversations])
    return record_each(kind, about=[(one, {"label": str(label_id)}) for one in conversations], by=by)
