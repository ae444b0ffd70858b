"""Senders → contacts and conversations. Contacts are locked in id order before anything else, then conversations."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from messaging.models import Channel, Conversation
from messaging.whatsapp.payloads import Peer
from patients.identities import MATCHED, Sender, resolve_contacts
from patients.models import Contact, ContactIdentity
from practices.postgres.bulk import among


def lock_known(peers: Iterable[Peer]) -> None:
    """Hold every contact these peers lead to, in id order, before anything else is touched."""
    hashes = {identity.hash for peer in peers for identity in _sender(peer).identities}
    known = ContactIdentity.objects.filter(value_hash__in=hashes, ended_at=None).values("contact_id")
    list(Contact.objects.filter(pk__in=known).locked().values("pk"))


def known_contact(peer: Peer) -> Contact | None:
    """The contact a peer leads to, None if there is none. By a number that was only stated it is nobody."""
    hashes = {identity.hash for identity in _sender(peer).identities if identity.kind in MATCHED}
    living = ContactIdentity.objects.filter(value_hash__in=hashes, ended_at=None)
    sure = living.filter(Q(stated_at=None) | Q(confirmed_at__isnull=False)).select_related("contact")
    found: ContactIdentity | None = sure.first()
    return found.contact if found else None


def contacts_of(peers: list[Peer]) -> list[Contact]:
    """The contact of each peer, made where there is none yet; all locked, in id order (design: lock order)."""
    return resolve_contacts([_sender(peer) for peer in peers])


def _sender(peer: Peer) -> Sender:
    username = (peer.username or "").removeprefix("@") or None  # the sign is how it is written, and not always there
    return Sender(peer.phone, peer.user_id, peer.parent_user_id, username, peer.profile_name)


def conversations_of(channel: Channel, contacts: dict[UUID, Contact]) -> dict[UUID, Conversation]:
    """The one conversation of each of these contacts with this channel, by contact id; locked in id order."""
    mine = Conversation.objects.filter(among("contact_id", contacts), channel=channel).order_by("pk")
    found = {one.contact_id: one for one in mine.select_for_update(no_key=True)}
    missing = sorted(contacts.keys() - found.keys())
    if missing:
        fresh = [Conversation(channel=channel, contact_id=contact_id) for contact_id in missing]
        Conversation.objects.bulk_create(fresh, ignore_conflicts=True)
        found = {one.contact_id: one for one in mine.select_for_update(no_key=True)}
    for contact_id, conversation in found.items():
        conversation.contact, conversation.channel = contacts[contact_id], channel
    return found
