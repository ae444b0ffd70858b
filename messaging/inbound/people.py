"""Senders → contacts and conversations. Contacts are locked in id order before anything else, then conversations."""

from collections.abc import Iterable
from uuid import UUID

from patients.identities import Sender, resolve_contacts

from messaging.models import Channel, Conversation
from messaging.whatsapp.payloads import Peer
from patients.models import Contact


def contacts_of(peers: list[Peer]) -> list[Contact]:
    """The contact of each peer, made where there is none yet; all locked, in id order (design: lock order)."""
    return resolve_contacts(
        [Sender(one.phone, one.user_id, one.parent_user_id, one.username, one.profile_name) for one in peers]
    )


def conversations_of(channel: Channel, contacts: Iterable[Contact]) -> dict[UUID, Conversation]:
    """The one conversation of each contact with this channel, by contact id; locked in id order."""
    ids = {contact.pk for contact in contacts}
    mine = Conversation.objects.filter(channel=channel, contact_id__in=ids)
    known = set(mine.values_list("contact_id", flat=True))
    fresh = [Conversation(channel=channel, contact_id=contact_id) for contact_id in sorted(ids - known)]
    Conversation.objects.bulk_create(fresh, ignore_conflicts=True)
    return {one.contact_id: one for one in mine.order_by("pk").select_for_update(no_key=True)}
