"""Who is on the other side: a person may come with a phone number, with a business-scoped id, or with both."""

from collections.abc import Iterable
from dataclasses import dataclass

from messaging.whatsapp.payloads.reading import JsonObject, mapping, objects, parent_user_id, phone, text, user_id


@dataclass(frozen=True, slots=True, repr=False)
class Peer:
    """What one webhook item says about a person; every part may be missing (360dialog section 7).

    `phone`, `user_id` and `parent_user_id` identify. `username` and `profile_name` are display text and never a key.
    """

    phone: str | None = None  # "+" and digits
    user_id: str | None = None  # BSUID
    parent_user_id: str | None = None
    username: str | None = None
    profile_name: str | None = None

    @property
    def is_identified(self) -> bool:
        return bool(self.identifiers)

    @property
    def identifiers(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.phone, self.user_id, self.parent_user_id)))


NOBODY = Peer()


def peer(phone_field: object, user_id_field: object, parent_field: object) -> Peer:
    """Sort identifiers by their form: some senders put a BSUID where the phone number belongs."""
    candidates = (user_id_field, parent_field, phone_field)
    return Peer(
        phone=phone(phone_field),
        user_id=next(filter(None, map(user_id, candidates)), None),
        parent_user_id=next(filter(None, map(parent_user_id, candidates)), None),
    )


class Contacts:
    """The `contacts` beside the messages or statuses of one change.

    Looked up by identifier, not one by one: a batch may hold thousands of messages and of contacts.
    """

    def __init__(self, entries: Iterable[Peer]) -> None:
        self._entries = list(entries)
        self._by_identifier: dict[str, Peer] = {}
        for contact in self._entries:
            for identifier in contact.identifiers:
                self._by_identifier.setdefault(identifier, contact)

    def complete(self, found: Peer) -> Peer:
        """The peer with what its contact entry adds. Two entries that contradict each other are never joined.

        An item that names nobody belongs to the contact only where there is exactly one.
        """
        if not found.is_identified:
            return self._entries[0] if len(self._entries) == 1 else found
        for identifier in found.identifiers:
            contact = self._by_identifier.get(identifier)
            if contact and not _contradict(found, contact):
                return _joined(found, contact)
        return found


def contacts_of(value: JsonObject) -> Contacts:
    return Contacts(_contact(contact) for contact in objects(value.get("contacts")))


def _contact(contact: JsonObject) -> Peer:
    profile = mapping(contact.get("profile"))
    found = peer(contact.get("wa_id"), contact.get("user_id"), contact.get("parent_user_id"))
    return Peer(
        phone=found.phone,
        user_id=found.user_id,
        parent_user_id=found.parent_user_id,
        username=text(profile.get("username")) or text(contact.get("username")),
        profile_name=text(profile.get("name")),
    )


def _contradict(one: Peer, other: Peer) -> bool:
    pairs = [(one.phone, other.phone), (one.user_id, other.user_id), (one.parent_user_id, other.parent_user_id)]
    return any(left and right and left != right for left, right in pairs)


def _joined(one: Peer, other: Peer) -> Peer:
    return Peer(
        phone=one.phone or other.phone,
        user_id=one.user_id or other.user_id,
        parent_user_id=one.parent_user_id or other.parent_user_id,
        username=one.username or other.username,
        profile_name=one.profile_name or other.profile_name,
    )
