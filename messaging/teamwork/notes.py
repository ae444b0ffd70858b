"""What people tell each other about a conversation, and whom they mean. Never sent; stays as it was written."""

import re
from collections import Counter
from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils import timezone

from messaging.actions import lock_contact
from messaging.drafts import NOTE, discard_draft
from messaging.models import Conversation, Mention, Note
from messaging.teamwork.colleagues import colleagues
from practices.audit import record_each, record_many
from practices.live import changed, changed_many
from practices.models import Member

MOST_CHARACTERS = 4000


@transaction.atomic
def write_note(*, conversation: Conversation, body: str, by: Member, mark: str = "") -> Note:
    """An internal note. Whoever is named in it as @name finds it among their mentions.

    `mark` is the draft its window knew (messaging/drafts.py), which it ends.
    """
    lock_contact(conversation)
    discard_draft(conversation=conversation, by=by, mark=mark, body=body, kind=NOTE)
    [note] = add([conversation], body, kind=Note.Kind.NOTE, by=by)
    return note


def add(
    conversations: Collection[Conversation], body: str, *, kind: Note.Kind, by: Member, to: Member | None = None
) -> list[Note]:
    """The same note in each of these, whose contacts the caller holds. `to` is meant also without being named."""
    meant = {member.pk: member for member in mentioned_in(body, colleagues())}
    if to:
        meant[to.pk] = to
    meant.pop(by.pk, None)
    written = [
        Note(conversation=one, contact_id=one.contact_id, written_by=by, kind=kind, body=body) for one in conversations
    ]
    Note.objects.bulk_create(written)
    mentions = [Mention(note=note, member=member) for note in written for member in meant.values()]
    Mention.objects.bulk_create(mentions)
    codes = {"kind": str(kind), "mentioned": [str(pk) for pk in meant]}
    record_each("note_written", about=[(note, codes) for note in written], by=by)
    changed_many([("conversation", note.conversation_id) for note in written])
    changed_many([("mention", mention.pk) for mention in mentions])
    return written


def mentioned_in(body: str, team: Iterable[Member]) -> list[Member]:
    """Whom a text names as @name: by the whole name, or by one word of it that is nobody else's. Each once."""
    called = _names(list(team))
    found: dict[object, Member] = {}
    for at in re.finditer("@", body):
        rest = body[at.end() :].casefold()
        for name in sorted(called, key=len, reverse=True):
            if rest.startswith(name) and not rest[len(name) : len(name) + 1].isalnum():
                found[called[name].pk] = called[name]
                break
    return list(found.values())


def _names(team: list[Member]) -> dict[str, Member]:
    """What people can be called by, in small letters. Two who share a name can be called by neither."""
    ways = [(way, member) for member in team for way in _ways_to_call(member.user.name.casefold())]
    count = Counter(way for way, _member in ways)
    return {way: member for way, member in ways if count[way] == 1}


def _ways_to_call(name: str) -> set[str]:
    return {name, *(word for word in name.split() if not word.endswith("."))}


@transaction.atomic
def see_mentions(*, mentions: Collection[Mention], by: Member) -> None:
    """Somebody has read where they are named; others' mentions stay as they are."""
    unseen = Mention.objects.filter(pk__in=[one.pk for one in mentions], member=by, seen_at=None)
    seen = list(unseen.order_by("pk").select_for_update(no_key=True))
    Mention.objects.filter(pk__in=[one.pk for one in seen]).update(seen_at=timezone.now())
    record_many("mention_seen", about=seen, by=by)
    for one in seen:
        changed("mention", one.pk)
