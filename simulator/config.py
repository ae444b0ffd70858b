"""The JSON file that names numbers and people. It may come later and change while we run."""

import json
import logging
from pathlib import Path

from simulator.faults import plan_from
from simulator.numbers import BusinessNumber, Json, number_from
from simulator.people import person_from
from simulator.website import website_from
from simulator.world import World

log = logging.getLogger("simulator")

# What the file may change on a number that is already known; templates and profile live on in memory.
FILE_FIELDS = ("name", "phone_number_id", "waba_id", "portfolio", "api_key", "webhook_url", "webhook_headers")


class Configuration:
    """Reads the file when it changes and brings the world up to date, keeping what runs."""

    def __init__(self, source: Json | Path | str | None) -> None:
        self._source = Path(source) if isinstance(source, str) else source
        self._taken_over: object = None
        self._as_in_file: dict[str, BusinessNumber] = {}

    def apply_changes(self, world: World) -> None:
        """Take over what is new. A file that cannot be used is logged, without its content, until it changes."""
        edition = self._edition()
        if edition is None or edition == self._taken_over:
            return
        self._taken_over = edition
        try:
            self._apply(world, self._read())
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as problem:
            log.warning("configuration not usable: %s", type(problem).__name__)

    def start_over(self, world: World) -> None:
        """Put numbers, people and faults back to what the file says."""
        world.numbers.clear()
        world.people.clear()
        self._as_in_file.clear()
        self._taken_over = None
        self.apply_changes(world)

    def _edition(self) -> object:
        """What tells one state of the source from the next; None while there is no file."""
        if not isinstance(self._source, Path):
            return self._source and id(self._source)
        try:
            found = self._source.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _read(self) -> Json:
        if isinstance(self._source, dict):
            return self._source
        read: Json = json.loads(Path(str(self._source)).read_text())
        return read

    def _apply(self, world: World, description: Json) -> None:
        # Everything is read before anything is changed: a broken file must not be half taken over.
        numbers = [number_from(one) for one in description.get("numbers") or []]
        people = [person_from(one) for one in description.get("people") or [] if has_whatsapp(one)]
        website = website_from(description["website"]) if description.get("website") else None
        if "numbers" in description:
            self._drop_missing(world, {number.phone for number in numbers})
        for number in numbers:
            self._apply_number(world, number)
        for person in people:
            world.people.add(person)
        if website:
            world.website = website
        if "faults" in description and not world.sent.entries:
            world.faults = plan_from(description["faults"])

    def _drop_missing(self, world: World, described: set[str]) -> None:
        """Numbers that were in the file and are no longer; those added by the control API stay."""
        for phone in set(self._as_in_file) - described:
            del self._as_in_file[phone]
            world.numbers.pop(phone, None)

    def _apply_number(self, world: World, described: BusinessNumber) -> None:
        known, before = world.numbers.get(described.phone), self._as_in_file.get(described.phone)
        self._as_in_file[described.phone] = number_copy(described)
        if known is None:
            share_templates(world, described)
            world.numbers[described.phone] = described
            return
        for name in FILE_FIELDS:
            # Only what changed in the file: Roger may have set another webhook by the API since.
            if before is None or getattr(before, name) != getattr(described, name):
                setattr(known, name, getattr(described, name))
        for template in described.templates:
            if known.template(template.name, template.language) is None:
                known.templates.append(template)


def has_whatsapp(description: Json) -> bool:
    """Whether there is anything to address this person by; a small child has nothing."""
    return any(description.get(name) for name in ("phone", "bsuid", "username"))


def share_templates(world: World, number: BusinessNumber) -> None:
    """Templates belong to the account: numbers of one WABA have one list."""
    for other in world.numbers.values():
        if other.waba_id == number.waba_id:
            other.templates += [one for one in number.templates if other.template(one.name, one.language) is None]
            number.templates = other.templates
            return


def number_copy(number: BusinessNumber) -> BusinessNumber:
    """The fields of the file as they were read, untouched by later calls."""
    return BusinessNumber(
        phone=number.phone,
        name=number.name,
        phone_number_id=number.phone_number_id,
        waba_id=number.waba_id,
        portfolio=number.portfolio,
        api_key=number.api_key,
        webhook_url=number.webhook_url,
        webhook_headers=dict(number.webhook_headers),
    )
