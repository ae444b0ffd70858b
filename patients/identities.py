"""Who is writing: WhatsApp's names for a person, and the contact they lead to (360dialog reference, section 7).

Any of phone, BSUID and parent BSUID finds the contact; the username is shown and never a key, since it is mutable and
reusable. What we decided where WhatsApp leaves it open:

- A contact has one living identity of each kind. A different phone or BSUID replaces it and raises
  `identity_changed_at`: a recycled number looks exactly like this, so a person must look before anything is sent.
- Two identities of one message that lead to two contacts: the phone's contact has the message, the BSUID moves to it,
  both are flagged. Nothing is merged: whose consent and whose chat it was is for a person to say.
- A number that somebody only stated (patients/stated_numbers.py) finds nobody, and yields to whoever has it. Once
  WhatsApp names it together with their account it is a number like any other.
- Identities end, they are not deleted, so the trail can tell who had a number when.
- Of somebody who was forgotten the hash stays (patients/forgetting.py). Whoever writes again gives the value anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from patients.models import Contact, ContactIdentity
from patients.phone import canonical
from practices.audit import record
from practices.keys import blind_index, make_ready
from practices.keystore import Subject
from practices.postgres.bulk import among

Kind = ContactIdentity.Kind
# In this order an identity decides whose message it is.
MATCHED = (Kind.PHONE, Kind.BSUID, Kind.PARENT_BSUID)
ACCOUNTS = frozenset({Kind.BSUID, Kind.PARENT_BSUID})
ATTEMPTS = 3
FORGOTTEN_NAME = ""  # what stands in for the name of somebody who was forgotten and has not written since


@dataclass(frozen=True)
class Sender:
    """A person as one webhook names them; `phone` is E.164. Its repr tells nothing."""

    phone: str | None = field(default=None, repr=False)
    bsuid: str | None = field(default=None, repr=False)
    parent_bsuid: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)
    profile_name: str | None = field(default=None, repr=False)

    @cached_property
    def identities(self) -> tuple["Identity", ...]:
        """What names this person, in the order of `Kind`; hashed for the practice in scope."""
        named = zip(Kind, (self.phone, self.bsuid, self.parent_bsuid, self.username), strict=True)
        return tuple(Identity(kind, value, identity_hash(kind, value)) for kind, value in named if value)


@dataclass(frozen=True)
class Identity:
    kind: Kind
    value: str = field(repr=False)
    hash: bytes

    @property
    def name(self) -> tuple[str, bytes]:
        return self.kind, self.hash


class Unidentified(ValueError):
    """A sender without phone, BSUID and parent BSUID; a username is no key."""


def identity_hash(kind: str, value: str) -> bytes:
    """The keyed hash under which the practice in scope finds an identity. Usernames are compared without case, numbers
    without the digits that WhatsApp and people do not agree on."""
    if kind == Kind.PHONE:
        value = canonical(value)
    elif kind == Kind.USERNAME:
        value = value.casefold()
    return blind_index(kind, value)


def find_or_create_contact(
    *,
    phone: str | None = None,
    bsuid: str | None = None,
    parent_bsuid: str | None = None,
    username: str | None = None,
    profile_name: str | None = None,
) -> tuple[Contact, bool]:
    """The contact these values lead to, locked, and whether it is new. Raises Unidentified."""
    found, new = _resolve([Sender(phone, bsuid, parent_bsuid, username, profile_name)])
    return found[0], found[0].pk in new


def owner_of(phone: str) -> UUID | None:
    """The id of the contact a number leads to, for who must lock others together with it; None if nobody has it."""
    living = ContactIdentity.objects.filter(ended_at=None, kind=Kind.PHONE, value_hash=identity_hash(Kind.PHONE, phone))
    found: UUID | None = living.values_list("contact_id", flat=True).first()
    return found


def resolve_contacts(senders: Sequence[Sender]) -> list[Contact]:
    """The contact of each sender, in the senders' order, made where there is none; all of them locked in id order.

    Learns identities that come together. Three queries however many senders are known; more only for what is new or
    changed. Raises Unidentified before anything is written.
    """
    return _resolve(senders)[0]


def _resolve(senders: Sequence[Sender]) -> tuple[list[Contact], set[UUID]]:
    if any(not (sender.phone or sender.bsuid or sender.parent_bsuid) for sender in senders):
        raise Unidentified
    for _attempt in range(ATTEMPTS - 1):
        try:
            return _resolve_once(senders)
        except IntegrityError:
            # Somebody else has just stored one of these identities (unique per practice): look again.
            continue
    return _resolve_once(senders)


@transaction.atomic
def _resolve_once(senders: Sequence[Sender]) -> tuple[list[Contact], set[UUID]]:
    directory = _Directory(senders)
    found = [directory.contact_of(sender) for sender in senders]
    directory.save()
    return found, {contact.pk for contact in directory.new_contacts}


def phone_of(contact: Contact) -> str | None:
    """The contact's living number as E.164, unless it was only stated; reads the identities that were prefetched, if
    they were."""
    return _value_of(contact, Kind.PHONE)


def phone_to_show(contact: Contact) -> str | None:
    """Also a number that was only stated: for the eyes of the team and for calling, never as proof."""
    return _value_of(contact, Kind.PHONE, with_stated=True)


def username_of(contact: Contact) -> str | None:
    """The name the person chose at WhatsApp, for display only."""
    return _value_of(contact, Kind.USERNAME)


def _value_of(contact: Contact, kind: Kind, *, with_stated: bool = False) -> str | None:
    for identity in contact.identities.all():
        is_sure = with_stated or not identity.is_only_stated
        if identity.kind == kind and identity.ended_at is None and is_sure:
            return str(identity.value)
    return None


@transaction.atomic
def change_identity(
    contact: Contact, *, phone: str | None = None, bsuid: str | None = None, parent_bsuid: str | None = None
) -> Contact:
    """WhatsApp says that number, id or device of this person changed (system message). The chat stays where it is.

    Old identities end, new ones move here from whoever had them, and everybody concerned is flagged.
    """
    sender = Sender(phone, bsuid, parent_bsuid)
    directory = _Directory([sender], also=contact)
    mine = directory.contacts[contact.pk]
    directory.learn(mine, sender)
    directory.flag(mine)
    directory.save()
    contact.identity_changed_at = mine.identity_changed_at
    record("identity_changed", about=mine, by=None, kinds=[str(identity.kind) for identity in sender.identities])
    return mine


class Living(NamedTuple):
    """An identity that holds now, without its value, which nobody needs here."""

    id: UUID
    contact_id: UUID
    kind: str
    value_hash: bytes
    stated_at: datetime | None = None
    confirmed_at: datetime | None = None

    @property
    def is_only_stated(self) -> bool:
        return self.stated_at is not None and self.confirmed_at is None


class _Directory:
    """The living identities a batch of senders touches: read and locked once, changed in memory, saved once."""

    def __init__(self, senders: Sequence[Sender], also: Contact | None = None) -> None:
        self.now = timezone.now()
        hashes = {identity.hash for sender in senders for identity in sender.identities}
        owners = set(self._living().filter(among("value_hash", hashes)).values_list("contact_id", flat=True))
        locked = Contact.objects.filter(among("pk", owners | ({also.pk} if also else set()))).locked()
        self.contacts = {contact.pk: contact for contact in locked}
        make_ready(Subject.CONTACT, self.contacts)
        self.owner: dict[tuple[str, bytes], Living] = {}
        self.living: dict[tuple[UUID, str], Living] = {}
        for row in self._living().filter(among("contact_id", self.contacts)).values_list(*Living._fields):
            self._hold(Living._make(row))
        self.new_contacts: list[Contact] = []
        self.new_identities: list[ContactIdentity] = []
        self.refilled: dict[UUID, str] = {}
        self.told: dict[UUID, Contact] = {}
        self.ended: set[UUID] = set()
        self.changed: dict[UUID, Contact] = {}

    @staticmethod
    def _living() -> QuerySet[ContactIdentity]:
        return ContactIdentity.objects.filter(ended_at=None)

    def contact_of(self, sender: Sender) -> Contact:
        contact = self._known(sender) or self._new()
        self.learn(contact, sender)
        name = sender.profile_name or contact.profile_name or None
        if contact.profile_name != name:
            contact.profile_name = name
            self.changed[contact.pk] = contact
        return contact

    def _known(self, sender: Sender) -> Contact | None:
        for identity in sender.identities:
            holder = self.owner.get(identity.name) if identity.kind in MATCHED else None
            if holder and not holder.is_only_stated:
                return self.contacts[holder.contact_id]
        return None

    def _new(self) -> Contact:
        contact = Contact()
        self.contacts[contact.pk] = contact
        self.new_contacts.append(contact)
        return contact

    def learn(self, contact: Contact, sender: Sender) -> None:
        """Give the contact every identity of the sender, and take away what stands against it."""
        for identity in sender.identities:
            holder = self.owner.get(identity.name)
            if holder is None or holder.contact_id != contact.pk:
                self._replace(contact, identity, holder)
            elif holder.stated_at and self._names_account_of(contact, sender):
                self._hear(contact, holder)
            elif contact.profile_name == FORGOTTEN_NAME:
                self.refilled[holder.id] = identity.value

    def _replace(self, contact: Contact, identity: Identity, holder: Living | None) -> None:
        predecessor = self.living.get((contact.pk, identity.kind))
        for old in filter(None, (predecessor, holder)):
            self._end(old)
            if old.is_only_stated:
                self._settle(old)
            elif identity.kind in MATCHED:
                self.flag(self.contacts[old.contact_id])
                self.flag(contact)
        row = ContactIdentity(contact=contact, kind=identity.kind, value_hash=identity.hash, value=identity.value)
        self.new_identities.append(row)
        self._hold(Living(row.pk, contact.pk, identity.kind, identity.hash))

    def _names_account_of(self, contact: Contact, sender: Sender) -> bool:
        """Whether the sender's account, as WhatsApp names it, is this contact's."""
        accounts = (self.owner.get(one.name) for one in sender.identities if one.kind in ACCOUNTS)
        return any(one is not None and one.contact_id == contact.pk for one in accounts)

    def _hear(self, contact: Contact, holder: Living) -> None:
        """WhatsApp itself names what was stated: nobody need ask back any more."""
        self.told[holder.id] = contact
        self._settle(holder)
        self._hold(holder._replace(stated_at=None, confirmed_at=None))

    def _settle(self, stated: Living) -> None:
        """The doubt that came with this statement, and no other, is over."""
        contact = self.contacts[stated.contact_id]
        if contact.identity_changed_at == stated.stated_at:
            contact.identity_changed_at = None
            self.changed[contact.pk] = contact

    def flag(self, contact: Contact) -> None:
        """Somebody must look before anything is sent to this contact."""
        contact.identity_changed_at = self.now
        self.changed[contact.pk] = contact

    def _hold(self, identity: Living) -> None:
        self.owner[identity.kind, identity.value_hash] = identity
        self.living[identity.contact_id, identity.kind] = identity

    def _end(self, identity: Living) -> None:
        self.owner.pop((identity.kind, identity.value_hash), None)
        self.living.pop((identity.contact_id, identity.kind), None)
        self.ended.add(identity.id)

    def save(self) -> None:
        make_ready(Subject.CONTACT, [contact.pk for contact in self.new_contacts])
        Contact.objects.bulk_create(self.new_contacts)
        born = {contact.pk for contact in self.new_contacts}
        for pk, contact in self.changed.items():
            if pk not in born:
                contact.save(update_fields=["profile_name", "identity_changed_at"])
        self._refill()
        self._keep_told()
        ContactIdentity.objects.filter(pk__in=self.ended).update(ended_at=self.now)
        for identity in self.new_identities:
            identity.ended_at = self.now if identity.pk in self.ended else None
        # In one order, so that two transactions that store the same identities wait for each other in one direction.
        ContactIdentity.objects.bulk_create(sorted(self.new_identities, key=lambda new: bytes(new.value_hash)))

    def _keep_told(self) -> None:
        if not self.told:
            return
        ContactIdentity.objects.filter(pk__in=self.told).update(stated_at=None, confirmed_at=None)
        for contact in self.told.values():
            record("number_told", about=contact, by=None)

    def _refill(self) -> None:
        if not self.refilled:
            return
        for row in ContactIdentity.objects.filter(pk__in=self.refilled).defer("value").order_by("pk"):
            row.value = self.refilled[row.pk]
            row.save(update_fields=["value"])
