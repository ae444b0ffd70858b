"""A person's number, BSUID or security key changes, and every practice they wrote with hears of it (section 6)."""

from collections.abc import Callable

from simulator.inbound import send_from_person
from simulator.numbers import BusinessNumber, Json
from simulator.people import Person, derived_user_id
from simulator.phone_numbers import digits_of, e164
from simulator.world import World


async def announce_change(world: World, person: Person, kind: str, wish: Json) -> list[int | None]:
    """Tell the numbers of the person's chats (or the one in `to`), then let it be so.

    kind: number (with `phone`), user_id, identity. Returns the webhooks' first answers. ValueError otherwise.
    """
    if kind not in WORDS:
        raise ValueError(f"kind is one of {', '.join(WORDS)}")
    phone = e164(str(wish["phone"])) if kind == "number" else person.phone
    numbers = [world.number(str(wish["to"]))] if wish.get("to") else chatted_with(world, person)
    if kind == "identity":
        person.identity_hash = digits_of(derived_user_id("identity", person.id, person.identity_generation + 1))
    answers = []
    for number in numbers:
        system = WORDS[kind](person, number, phone)
        message = {"type": "system", "system": system, "identity": identity_of(world, person, kind)}
        answers.append((await send_from_person(world, person, number, message))[1])
    change(person, kind, phone)
    world.chats.touch(person.id)
    return answers


def chatted_with(world: World, person: Person) -> list[BusinessNumber]:
    """The numbers this person has a chat with."""
    return [number for number in world.numbers.values() if world.chats.between(person, number)]


def number_words(person: Person, number: BusinessNumber, phone: str | None) -> Json:
    """`user_changed_number`: the new number, and the BSUID that Meta regenerates with it."""
    new = digits_of(phone or "")
    return {
        "type": "user_changed_number",
        "body": f"User {person.name} changed from {person.wa_id} to {new}",
        "wa_id": new,
        **new_user_id(person, number),
    }


def user_id_words(person: Person, number: BusinessNumber, _: str | None) -> Json:
    """`user_changed_user_id`, documented since 2026-08-11."""
    return {
        "type": "user_changed_user_id",
        "body": f"User {person.name} has a new user id",
        **new_user_id(person, number),
    }


def identity_words(person: Person, _: BusinessNumber, __: str | None) -> Json:
    """`customer_identity_changed`: the app was installed anew."""
    return {"type": "customer_identity_changed", "body": f"User {person.name} has a new security code"}


def new_user_id(person: Person, number: BusinessNumber) -> Json:
    """The BSUID to come and the one that was."""
    coming = derived_user_id(number.portfolio, person.id, person.identity_generation + 1)
    return {"user_id": coming, "previous_user_id": person.user_id(number.portfolio)}


def identity_of(world: World, person: Person, kind: str) -> Json | None:
    """The `identity` beside a changed security code."""
    if kind != "identity":
        return None
    return {"acknowledged": False, "created_timestamp": world.clock.stamp(), "hash": person.identity_hash}


def change(person: Person, kind: str, phone: str | None) -> None:
    """Let the change take effect."""
    person.phone = phone
    if kind in {"number", "user_id"}:
        person.user_ids.clear()
        person.identity_generation += 1


WORDS: dict[str, Callable[[Person, BusinessNumber, str | None], Json]] = {
    "number": number_words,
    "user_id": user_id_words,
    "identity": identity_words,
}
