"""The people who hold the phones: number, BSUID per business portfolio, username (360dialog section 7)."""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator.numbers import BusinessNumber, Json
from simulator.phone_numbers import digits_of, e164, is_bsuid

ANY_PORTFOLIO = "*"


@dataclass
class Person:
    """Somebody with WhatsApp. `id` stays the same when the number changes."""

    id: str
    name: str
    phone: str | None = None
    username: str | None = None
    user_ids: dict[str, str] = field(default_factory=dict)
    parent_user_id: str | None = None
    reachable: bool = True
    hides_phone: bool = False
    read_receipts: bool = True
    identity_hash: str = field(default_factory=lambda: secrets.token_hex(8))
    identity_generation: int = 0
    last_wrote: dict[str, float] = field(default_factory=dict)

    @property
    def wa_id(self) -> str | None:
        """Digits of the phone, or None for somebody known by BSUID only."""
        return digits_of(self.phone) if self.phone else None

    @property
    def peer(self) -> str:
        """What a wamid names this person by."""
        return self.wa_id or self.user_id(ANY_PORTFOLIO)

    def user_id(self, portfolio: str) -> str:
        """The BSUID in this portfolio: the given one, or one derived, different in each portfolio."""
        given = self.user_ids.get(portfolio) or self.user_ids.get(ANY_PORTFOLIO)
        return given or derived_user_id(portfolio, self.id, self.identity_generation)

    def is_called(self, identifier: str) -> bool:
        """Whether identifier is this person's phone, id, username or an explicitly given BSUID."""
        if identifier in {self.id, *self.user_ids.values()}:
            return True
        if self.username and identifier.lstrip("@") == self.username.lstrip("@"):
            return True
        return self.wa_id is not None and not is_bsuid(identifier) and digits_of(identifier) == self.wa_id


def derived_user_id(portfolio: str, person_id: str, generation: int) -> str:
    """A BSUID that depends on portfolio, person and the number of times Meta has regenerated it."""
    digest = hashlib.sha256(f"{portfolio}|{person_id}|{generation}".encode()).digest()
    return f"DE.1{int.from_bytes(digest[:8], 'big') % 10**19:019}"


def person_from(description: Json) -> Person:
    """A person as configuration and control API describe one. ValueError without phone, BSUID and username."""
    phone = e164(description["phone"]) if description.get("phone") else None
    user_ids = read_user_ids(description.get("bsuid"))
    username = description.get("username") or None
    identifier = (
        description.get("id") or (digits_of(phone) if phone else None) or next(iter(user_ids.values()), username)
    )
    if not identifier:
        raise ValueError("a person needs a phone, a bsuid or a username")
    return Person(
        id=str(identifier).lstrip("@"),
        name=description.get("name") or username or phone or str(identifier),
        phone=phone,
        username=username,
        user_ids=user_ids,
        parent_user_id=description.get("parent_bsuid"),
        reachable=bool(description.get("reachable", True)),
        hides_phone=bool(description.get("hides_phone", False)),
        read_receipts=bool(description.get("read_receipts", True)),
        last_wrote={e164(number): float(at) for number, at in (description.get("last_wrote") or {}).items()},
    )


def read_user_ids(given: str | dict[str, str] | None) -> dict[str, str]:
    """A BSUID given as one string holds in every portfolio; a mapping names portfolios. ValueError if malformed."""
    user_ids = {ANY_PORTFOLIO: given} if isinstance(given, str) and given else dict(given or {})
    for user_id in user_ids.values():
        if not is_bsuid(user_id):
            raise ValueError("not a BSUID")
    return user_ids


class People:
    """Everybody the stand-in knows, in the order they came."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def __len__(self) -> int:
        return len(self._people)

    def clear(self) -> None:
        """Forget everybody."""
        self._people.clear()

    def add(self, person: Person) -> Person:
        """Add somebody, or bring what is known about the same person up to date."""
        known = self._known_as(person)
        if known is None:
            self._people[person.id] = person
            return person
        known.name, known.username = person.name, person.username or known.username
        known.phone = person.phone or known.phone
        known.user_ids |= person.user_ids
        known.parent_user_id = person.parent_user_id or known.parent_user_id
        for number, at in person.last_wrote.items():
            known.last_wrote[number] = max(at, known.last_wrote.get(number, at))
        known.reachable, known.hides_phone = person.reachable, person.hides_phone
        known.read_receipts = person.read_receipts
        return known

    def _known_as(self, person: Person) -> Person | None:
        for identifier in (person.phone, person.id, *person.user_ids.values()):
            if identifier and (known := self.find(identifier)):
                return known
        return None

    def find(self, identifier: str) -> Person | None:
        """Whoever has this phone, id, username or given BSUID."""
        shortcut = self._people.get(identifier) or self._people.get(digits_of(identifier))
        if shortcut and shortcut.is_called(identifier):
            return shortcut
        for person in self:
            if person.is_called(identifier):
                return person
        return None

    def find_for(self, number: BusinessNumber, identifier: str) -> Person | None:
        """The same, and also by the BSUID this number's portfolio sees."""
        known = self.find(identifier)
        if known or not is_bsuid(identifier):
            return known
        for person in self:
            if person.user_id(number.portfolio) == identifier:
                return person
        return None

    def find_or_add(self, number: BusinessNumber, identifier: str, name: str | None = None) -> Person:
        """The person behind this phone or BSUID; strangers get a phone of their own. ValueError if it is neither."""
        known = self.find_for(number, identifier)
        if known:
            return known
        if is_bsuid(identifier):
            return self.add(person_from({"bsuid": identifier, "name": name}))
        return self.add(person_from({"phone": identifier, "name": name}))
