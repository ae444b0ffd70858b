"""What stands in the chats on the phones."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from simulator.numbers import BusinessNumber, Json
from simulator.people import Person

RANKS = {"pending": 0, "accepted": 1, "sent": 2, "delivered": 3, "read": 4, "played": 5, "failed": 6}


@dataclass
class ChatMessage:
    """One bubble. `state` runs pending/accepted → sent → delivered → read, or failed; only forwards."""

    wamid: str
    person_id: str
    number: str
    from_person: bool
    type: str
    content: Json
    at: float
    state: str
    to_user_id: bool = False
    quoted: str | None = None
    callback_data: str | None = None
    failure: int | None = None
    pricing: Json | None = None
    shown_as: Json = field(default_factory=dict)
    reactions: dict[str, str] = field(default_factory=dict)
    forwarded: bool = False
    edited: bool = False
    revoked: bool = False
    answered: bool = False

    @property
    def is_unread(self) -> bool:
        """Whether the person has not seen it yet."""
        return not self.from_person and RANKS[self.state] < RANKS["read"]

    def advance_to(self, state: str) -> bool:
        """Move forwards; False if it is already that far."""
        if RANKS[state] <= RANKS[self.state]:
            return False
        self.state = state
        return True


class Chats:
    """All messages, by pair of person and number, with a version that grows with each change of a person's phone."""

    def __init__(self) -> None:
        self._by_wamid: dict[str, ChatMessage] = {}
        self._by_pair: dict[tuple[str, str], list[ChatMessage]] = defaultdict(list)
        self._versions: dict[str, int] = defaultdict(int)
        self._last_from_person: dict[tuple[str, str], float] = {}
        self.typing_until: dict[tuple[str, str], float] = {}

    def clear(self) -> None:
        """Forget every message; the pages notice by the versions, which keep growing."""
        self._by_wamid.clear()
        self._by_pair.clear()
        self._last_from_person.clear()
        self.typing_until.clear()
        for person_id in self._versions:
            self._versions[person_id] += 1

    def add(self, message: ChatMessage) -> None:
        """Put a message at the end of its chat."""
        self._by_wamid[message.wamid] = message
        pair = (message.person_id, message.number)
        self._by_pair[pair].append(message)
        if message.from_person:
            self._last_from_person[pair] = message.at
        self.touch(message.person_id)

    def find(self, wamid: str) -> ChatMessage | None:
        """The message of this id, or None."""
        return self._by_wamid.get(wamid)

    def between(self, person: Person, number: BusinessNumber) -> list[ChatMessage]:
        """The chat of one person with one number, oldest first."""
        return self._by_pair.get((person.id, number.phone), [])

    def everything(self) -> list[ChatMessage]:
        """Every message in the order it came."""
        return list(self._by_wamid.values())

    def touch(self, person_id: str) -> None:
        """Something on this person's phone looks different now."""
        self._versions[person_id] += 1

    def version(self, person_id: str) -> int:
        """Grows whenever the phone has to be drawn anew."""
        return self._versions[person_id]

    def last_from_person(self, person: Person, number: BusinessNumber) -> float | None:
        """When the person last wrote to this number since the start (seconds UTC), None if they have not."""
        return self._last_from_person.get((person.id, number.phone))


def as_json(message: ChatMessage) -> dict[str, Any]:
    """A message as the control API shows it."""
    return {
        "wamid": message.wamid,
        "person": message.person_id,
        "number": message.number,
        "direction": "in" if message.from_person else "out",
        "type": message.type,
        "content": message.content,
        "at": message.at,
        "state": message.state,
        "failure": message.failure,
        "reactions": message.reactions,
    }
