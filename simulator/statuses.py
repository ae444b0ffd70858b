"""`sent`, `delivered`, `read` and `failed` for what Roger sent (360dialog section 6, statuses)."""

import asyncio

from simulator.chats import ChatMessage
from simulator.errors import status_error
from simulator.numbers import BusinessNumber, Json
from simulator.people import Person
from simulator.world import World


async def play_out(world: World, number: BusinessNumber, person: Person, message: ChatMessage) -> None:
    """Tell Roger what becomes of an accepted message, as the fault plan wants it."""
    if message.failure is not None:
        await fail(world, number, person, message)
        return
    for status, delay in planned(world):
        await asyncio.sleep(delay)
        await report(world, number, person, message, status)
    if world.faults.statuses.read_after is not None:
        world.tasks.start(read_later(world, number, person, message, world.faults.statuses.read_after), later=True)


def planned(world: World) -> list[tuple[str, float]]:
    """The statuses that come by themselves, with the seconds to wait before each."""
    habits = world.faults.statuses
    steps = [("sent", habits.sent_after), ("delivered", habits.delivered_after)]
    if not world.faults.strikes(habits.share):
        return steps
    if habits.reorder:
        steps.reverse()
    return [step for step in steps if step[0] not in habits.skip]


async def read_later(world: World, number: BusinessNumber, person: Person, message: ChatMessage, delay: float) -> None:
    """Read the message after delay seconds."""
    await asyncio.sleep(delay)
    await report_seen(world, number, person, [message])


async def mark_seen(world: World, number: BusinessNumber, person: Person) -> int:
    """The person looks at the chat: report `read` for everything that lies there. Returns how many."""
    unread = [one for one in world.chats.between(person, number) if not one.from_person and one.state == "delivered"]
    for message in unread:
        message.advance_to("read")
    if unread:
        world.chats.touch(person.id)
    world.tasks.start(report_seen(world, number, person, unread))
    return len(unread)


async def report_seen(world: World, number: BusinessNumber, person: Person, messages: list[ChatMessage]) -> None:
    """Post `read` for each of these, unless the person switched read receipts off."""
    for message in messages if person.read_receipts else []:
        await report(world, number, person, message, "read")


async def mark_played(world: World, number: BusinessNumber, person: Person, message: ChatMessage) -> bool:
    """The person hears a voice note: `played`, the first time only. False if it is none or was heard before."""
    is_voice_note = message.type == "audio" and not message.from_person and bool(message.content.get("voice"))
    if not is_voice_note or message.failure is not None or not message.advance_to("played"):
        return False
    if person.read_receipts:
        world.tasks.start(report(world, number, person, message, "played"))
    return True


async def fail(world: World, number: BusinessNumber, person: Person, message: ChatMessage) -> None:
    """Report `failed`, which has neither `contacts` nor, to a phone, a recipient_user_id (section 13.3)."""
    message.state = "failed"
    world.chats.touch(person.id)
    status = status_of(world, number, person, message, "failed")
    if "recipient_id" in status:
        status.pop("recipient_user_id", None)
    status["errors"] = [status_error(message.failure or 131000)]
    value = {"messaging_product": "whatsapp", "metadata": number.metadata(), "statuses": [status]}
    await world.post_value(number, "messages", value)


async def report(world: World, number: BusinessNumber, person: Person, message: ChatMessage, status: str) -> None:
    """Post one status that has not failed."""
    if message.advance_to(status):
        world.chats.touch(person.id)
    value: Json = {
        "messaging_product": "whatsapp",
        "metadata": number.metadata(),
        "statuses": [status_of(world, number, person, message, status)],
    }
    if world.faults.webhooks.shape != "2025":
        value["contacts"] = [world.contact(person, number, with_username=status != "sent")]
    await world.post_value(number, "messages", value)


def status_of(world: World, number: BusinessNumber, person: Person, message: ChatMessage, status: str) -> Json:
    """One entry of `statuses[]`."""
    entry: Json = {"id": message.wamid, "status": status, "timestamp": world.clock.stamp()}
    if person.wa_id and not message.to_user_id:
        entry["recipient_id"] = person.wa_id
    if world.faults.webhooks.shape != "2025":
        entry["recipient_user_id"] = person.user_id(number.portfolio)
    if message.callback_data is not None:
        entry["biz_opaque_callback_data"] = message.callback_data
    if message.pricing and status in {"sent", "delivered"} and world.faults.statuses.pricing:
        entry["pricing"] = message.pricing
    return entry
