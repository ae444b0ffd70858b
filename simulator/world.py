"""Everything the stand-in knows while it runs. Nothing of it is kept."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulator.chats import Chats
from simulator.clock import Clock
from simulator.errors import GatewayError
from simulator.faults import FaultPlan
from simulator.limits import WINDOW_SECONDS, RateLimits
from simulator.media import MediaStore
from simulator.numbers import BusinessNumber, Json
from simulator.people import People, Person
from simulator.phone_numbers import digits_of
from simulator.webhooks import BackgroundTasks, Postman
from simulator.website import Website


@dataclass
class SentLog:
    """Every changing call that Roger made and the stand-in accepted, in order."""

    entries: list[Json] = field(default_factory=list)

    def record(self, path: str, body: Any) -> None:
        """Note a call with real UTC time in milliseconds, whatever the movable clock says."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.entries.append({"n": len(self.entries) + 1, "at": at, "path": path, "body": body})

    def after(self, n: int) -> list[Json]:
        """What came after entry n."""
        return self.entries[max(n, 0) :]


class World:
    """Numbers, people, chats, media, clock, faults, and the postman."""

    def __init__(self, *, tasks: BackgroundTasks, postman: Postman) -> None:
        self.tasks = tasks
        self.postman = postman
        self.clock = Clock()
        self.numbers: dict[str, BusinessNumber] = {}
        self.people = People()
        self.chats = Chats()
        self.media = MediaStore(self.clock)
        self.sent = SentLog()
        self.faults = FaultPlan()
        self.rate_limits = RateLimits()
        self.health: dict[str, Json] = {}
        self.website: Website | None = None
        self._last_used: list[str] = []

    def number(self, identifier: str) -> BusinessNumber:
        """The number with this phone or phone_number_id. LookupError if there is none."""
        wanted = digits_of(identifier)
        for number in self.numbers.values():
            if wanted and wanted in {number.wa_id, number.phone_number_id}:
                return number
        raise LookupError("no such number")

    def number_of_key(self, api_key: str | None) -> BusinessNumber:
        """The number a messaging key belongs to. GatewayError 401 in body B otherwise (360dialog section 13.1)."""
        for number in self.numbers.values():
            if api_key and number.api_key == api_key:
                return number
        raise GatewayError(401, "Invalid API key")

    def use_phone(self, person: Person) -> None:
        """Somebody writes on this person's phone: it comes first where one has to choose."""
        self._last_used = [person.id, *(one for one in self._last_used if one != person.id)]

    def phones_by_use(self) -> list[Person]:
        """Everybody, whose phone was used last first."""
        order = {person_id: place for place, person_id in enumerate(self._last_used)}
        return sorted(self.people, key=lambda person: order.get(person.id, len(order)))

    def window_is_open(self, person: Person, number: BusinessNumber) -> bool:
        """Whether the person wrote to this number within 24 hours of the movable clock."""
        last = self.chats.last_from_person(person, number)
        if last is None and self.faults.window.unseen == "open":
            return True
        newest = max(last or 0.0, person.last_wrote.get(number.phone, 0.0))
        return self.clock.now() - newest < WINDOW_SECONDS

    def shows_phone(self, person: Person, number: BusinessNumber) -> bool:
        """Whether Meta tells this number the person's phone: always, unless hidden and no exchange yet."""
        if person.phone is None:
            return False
        return not person.hides_phone or any(not one.from_person for one in self.chats.between(person, number))

    def contact(self, person: Person, number: BusinessNumber, *, with_username: bool = True) -> Json:
        """One entry of `contacts[]`, without what this number may not know (360dialog section 7)."""
        profile: Json = {"name": person.name}
        if person.username and with_username:
            profile["username"] = f"@{person.username.lstrip('@')}"
        contact: Json = {"profile": profile}
        if self.shows_phone(person, number):
            contact["wa_id"] = person.wa_id
        if self.faults.webhooks.shape != "2025":
            contact["user_id"] = person.user_id(number.portfolio)
            if person.parent_user_id:
                contact["parent_user_id"] = person.parent_user_id
        return contact

    async def post_value(
        self, number: BusinessNumber, field_name: str, value: Json, when_taken: Callable[[], None] = lambda: None
    ) -> int | None:
        """Send one change to the number's webhook; the first answer's status, None without one."""
        entry: Json = {"id": number.waba_id, "changes": [{"field": field_name, "value": value}]}
        if "metadata" not in value:
            entry["time"] = int(self.clock.now())
        habits = self.faults.webhooks
        copies = 1 + (habits.duplicates if habits.duplicates and self.faults.strikes(habits.share) else 0)
        payload = {"object": "whatsapp_business_account", "entry": [entry]}
        return await self.postman.deliver(number, payload, habits, copies=copies, when_taken=when_taken)
