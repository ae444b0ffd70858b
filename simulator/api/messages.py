"""`POST /messages`: sending, read receipts, typing."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.api.access import read_json
from simulator.api.broken import DroppedConnection, HeldAnswer, error_answer
from simulator.chats import ChatMessage
from simulator.errors import GraphError
from simulator.faults import Call, Rule
from simulator.numbers import BusinessNumber, Json
from simulator.people import Person
from simulator.sending.envelope import Outgoing, read_outgoing
from simulator.statuses import play_out
from simulator.wamid import new_wamid
from simulator.world import World

TYPING_SECONDS = 25


async def post_message(request: Request, world: World, number: BusinessNumber) -> Response:
    """Accept or refuse one call. 200 means accepted, never delivered."""
    body = await read_json(request)
    if isinstance(body, dict) and body.get("status") is not None:
        return mark_read(request, world, number, body)
    outgoing = read_outgoing(body, number, world)
    person = recipient_of(world, number, outgoing)
    rule = world.faults.take(Call("messages", number.phone, outgoing.recipient, outgoing.template_name, outgoing.type))
    if rule and rule.action == "error":
        return error_answer(rule)
    world.rate_limits.check(world.faults.limits, number=number.phone, person_id=person.id, now=world.clock.now())
    message = accept(world, number, person, outgoing, rule)
    world.sent.record(request.url.path, body)
    await tell_what_becomes(world, number, person, message)
    return await answer(accepted_body(number, person, outgoing, message), rule)


def recipient_of(world: World, number: BusinessNumber, outgoing: Outgoing) -> Person:
    """Who gets it. GraphError 137000 if the identity is not the one Roger means."""
    person = world.people.find_or_add(number, outgoing.recipient)
    if outgoing.identity_hash is not None and outgoing.identity_hash != person.identity_hash:
        raise GraphError(137000, "The identity key hash of the recipient has changed.")
    return person


def accept(world: World, number: BusinessNumber, person: Person, outgoing: Outgoing, rule: Rule | None) -> ChatMessage:
    """Put the message on the phone. GraphError 131047 only where the plan wants closed windows refused at once."""
    message = ChatMessage(
        wamid=new_wamid(person.peer, from_person=False),
        person_id=person.id,
        number=number.phone,
        from_person=False,
        type=outgoing.type,
        content=outgoing.content,
        at=world.clock.now(),
        state="accepted",
        to_user_id=outgoing.is_to_user_id,
        quoted=outgoing.quoted,
        callback_data=outgoing.callback_data,
        failure=failure_of(world, number, person, outgoing, rule),
        pricing=pricing_of(world, number, person, outgoing),
        shown_as=outgoing.shown_as,
    )
    show(world, person, message)
    return message


def failure_of(
    world: World, number: BusinessNumber, person: Person, outgoing: Outgoing, rule: Rule | None
) -> int | None:
    """The code that will follow the 200 as `failed`, or None."""
    if rule and rule.action == "fail":
        return rule.code or 131000
    if not person.reachable:
        return 131026
    if outgoing.type != "template" and not world.window_is_open(person, number):
        if world.faults.window.closed == "sync":
            raise GraphError(131047, "More than 24 hours have passed since the customer last replied to this number.")
        return 131047
    return outgoing.failure


def pricing_of(world: World, number: BusinessNumber, person: Person, outgoing: Outgoing) -> Json:
    """`pricing` per delivered message: free inside the window except marketing (rules of 2025-07-01)."""
    free = outgoing.category in {"service", "utility"} and world.window_is_open(person, number)
    return {
        "billable": not free,
        "pricing_model": "PMP",
        "type": "free_customer_service" if free else "regular",
        "category": outgoing.category,
    }


def show(world: World, person: Person, message: ChatMessage) -> None:
    """Draw it on the phone: a reaction sticks to its target, everything else is a bubble that ends the typing."""
    target = world.chats.find(message.content["message_id"]) if message.type == "reaction" else None
    if target is not None and message.failure is None:
        target.reactions["practice"] = message.content["emoji"]
    world.chats.typing_until.pop((person.id, message.number), None)
    world.chats.add(message)


async def tell_what_becomes(world: World, number: BusinessNumber, person: Person, message: ChatMessage) -> None:
    """Start the statuses; before the answer where the plan wants them to overtake it."""
    if world.faults.statuses.before_response:
        await play_out(world, number, person, message)
    else:
        world.tasks.start(play_out(world, number, person, message))


async def answer(body: Json, rule: Rule | None) -> Response:
    """The 200, or what a rule makes of it after the message was accepted."""
    if rule is None:
        return JSONResponse(body)
    if rule.action == "held":
        body["messages"][0]["message_status"] = "held_for_quality_assessment"
    if rule.action == "no_wamid":
        body["messages"] = []
    if rule.action == "reset":
        return DroppedConnection()
    if rule.action == "hang":
        return HeldAnswer(JSONResponse(body), rule.seconds)
    if rule.action == "slow":
        await asyncio.sleep(rule.seconds)
    return JSONResponse(body)


def accepted_body(number: BusinessNumber, person: Person, outgoing: Outgoing, message: ChatMessage) -> Json:
    """`contacts` names a BSUID by user_id and without wa_id (360dialog section 2)."""
    contact = {"input": outgoing.typed_as}
    if outgoing.is_to_user_id:
        contact["user_id"] = outgoing.recipient
    else:
        contact |= {"wa_id": person.wa_id or "", "user_id": person.user_id(number.portfolio)}
    return {
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{"id": message.wamid, "message_status": "accepted"}],
    }


def mark_read(request: Request, world: World, number: BusinessNumber, body: Any) -> Response:
    """Blue ticks for the message and all before it, and perhaps "schreibt …" for 25 seconds."""
    if body.get("messaging_product") != "whatsapp" or body["status"] != "read":
        raise GraphError(100, "Param status must be 'read'.")
    rule = world.faults.take(Call("read", number.phone))
    if rule and rule.action == "error":
        return error_answer(rule)
    message = world.chats.find(str(body.get("message_id", "")))
    if message is None or not message.from_person or message.number != number.phone:
        raise GraphError(100, "Param message_id is not a received message.")
    mark_read_up_to(world, message)
    if body.get("typing_indicator"):
        world.chats.typing_until[(message.person_id, number.phone)] = world.clock.now() + TYPING_SECONDS
    world.chats.touch(message.person_id)
    world.sent.record(request.url.path, body)
    return JSONResponse({"success": True})


def mark_read_up_to(world: World, last: ChatMessage) -> None:
    """Marking one message read marks the earlier ones of the same chat too."""
    person = world.people.find(last.person_id)
    if person is None:
        return
    for message in world.chats.between(person, world.numbers[last.number]):
        if message.from_person:
            message.advance_to("read")
        if message is last:
            return
