"""`/control/`: how people and machines steer the stand-in. Everything here is described in README.md."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.api.access import world_of
from simulator.chats import as_json
from simulator.config import Configuration
from simulator.faults import plan_from
from simulator.identity_changes import announce_change
from simulator.inbound import send_from_person
from simulator.moderation import change_category, change_quality, decide
from simulator.numbers import Json, number_from
from simulator.people import Person, person_from
from simulator.statuses import mark_seen
from simulator.website import as_json as website_as_json
from simulator.website import website_from
from simulator.world import World

Endpoint = Callable[[Request, World], Awaitable[Response]]


def endpoint(view: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """A control view; what cannot be understood is a 400 (404 for an unknown number) with a sentence."""

    async def answer(request: Request) -> Response:
        try:
            return await view(request, world_of(request))
        except LookupError as problem:
            status = 404 if type(problem) is LookupError else 400
            return JSONResponse({"error": f"missing or unknown: {problem}"}, status_code=status)
        except (ValueError, TypeError, AttributeError) as problem:
            return JSONResponse({"error": str(problem)}, status_code=400)

    return answer


async def read_object(request: Request) -> Json:
    """The body as a JSON object. ValueError otherwise."""
    read: Any = await request.json()
    if not isinstance(read, dict):
        raise ValueError("a JSON object is expected")
    return read


def person_as_json(person: Person, world: World) -> Json:
    """A person with the BSUID that each number sees."""
    return {
        "id": person.id,
        "phone": person.phone,
        "name": person.name,
        "username": person.username,
        "bsuid": person.user_id("*"),
        "bsuids": {number.phone: person.user_id(number.portfolio) for number in world.numbers.values()},
        "reachable": person.reachable,
        "hides_phone": person.hides_phone,
        "identity_hash": person.identity_hash,
    }


async def list_people(_: Request, world: World) -> Response:
    """Everybody."""
    return JSONResponse([person_as_json(person, world) for person in world.people])


async def add_person(request: Request, world: World) -> Response:
    """Add somebody, or change who is there."""
    person = world.people.add(person_from(await read_object(request)))
    return JSONResponse(person_as_json(person, world), status_code=201)


async def list_messages(_: Request, world: World) -> Response:
    """All bubbles of all phones in the order they came."""
    return JSONResponse([as_json(message) for message in world.chats.everything()])


async def add_message(request: Request, world: World) -> Response:
    """Send as the person's phone would."""
    wish = await read_object(request)
    number = world.number(str(wish["to"]))
    person = world.people.find_or_add(number, str(wish["from"]), wish.get("name"))
    message, status = await send_from_person(world, person, number, wish)
    return JSONResponse({"wamid": message.wamid, "webhook_status": status})


async def deliver(request: Request, world: World) -> Response:
    """Post any body once, with the number's secret unless `headers` say otherwise; text goes out byte for byte."""
    wish = await read_object(request)
    number = world.number(str(wish["to"]))
    body = wish["body"]
    raw = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    status = await world.postman.post(number, raw.encode(), headers=wish.get("headers"))
    return JSONResponse({"status": status, "webhook_status": status})


async def list_sent(request: Request, world: World) -> Response:
    """What Roger called and the stand-in accepted, after entry n."""
    return JSONResponse(world.sent.after(int(request.query_params.get("after", 0))))


async def show_faults(_: Request, world: World) -> Response:
    """The plan, with what is left of counted rules."""
    return JSONResponse(world.faults.as_json())


async def replace_faults(request: Request, world: World) -> Response:
    """Replace the whole plan."""
    world.faults = plan_from(await request.json())
    world.rate_limits.clear()
    return JSONResponse(world.faults.as_json())


async def move_clock(request: Request, world: World) -> Response:
    """Advance the clock."""
    world.clock.advance(float((await read_object(request))["advance_seconds"]))
    return JSONResponse({"now": world.clock.now()})


async def show_clock(_: Request, world: World) -> Response:
    """The stand-in's time."""
    return JSONResponse({"now": world.clock.now()})


async def list_numbers(_: Request, world: World) -> Response:
    """The practices' numbers, without keys."""
    shown = ("phone", "name", "phone_number_id", "waba_id", "portfolio", "webhook_url")
    return JSONResponse([{name: getattr(number, name) for name in shown} for number in world.numbers.values()])


async def add_number(request: Request, world: World) -> Response:
    """Add a number, described as in the configuration file; it replaces one with the same phone."""
    number = number_from(await read_object(request))
    world.numbers[number.phone] = number
    return JSONResponse({"phone": number.phone}, status_code=201)


async def change_template(request: Request, world: World) -> Response:
    """Moderation by hand: `event` (with `reason`), `category` (with `impending`) or `quality`."""
    wish = await read_object(request)
    number = world.number(str(wish["number"]))
    template = number.template(str(wish["name"]), str(wish.get("language", "de")))
    if template is None:
        raise LookupError("template")
    if "event" in wish:
        status = await decide(world, number, template, str(wish["event"]).upper(), wish.get("reason", "NONE"))
    elif "category" in wish:
        category = str(wish["category"]).upper()
        status = await change_category(world, number, template, category, impending=bool(wish.get("impending")))
    else:
        status = await change_quality(world, number, template, str(wish["quality"]).upper())
    return JSONResponse({"webhook_status": status, "template": template.status, "category": template.category})


async def change_person(request: Request, world: World) -> Response:
    """A new number, BSUID or security code, told to the practices."""
    wish = await read_object(request)
    person = world.people.find(str(wish["from"]))
    if person is None:
        raise LookupError("person")
    answers = await announce_change(world, person, str(wish.get("kind", "number")), wish)
    return JSONResponse({"webhook_statuses": answers, "person": person_as_json(person, world)})


async def look_at_chat(request: Request, world: World) -> Response:
    """The person opens the chat: `read` for what lies there."""
    wish = await read_object(request)
    number = world.number(str(wish["to"]))
    person = world.people.find_for(number, str(wish["from"]))
    if person is None:
        raise LookupError("person")
    return JSONResponse({"read": await mark_seen(world, number, person)})


async def set_health(request: Request, world: World) -> Response:
    """What `/health_status` says of a number: can_send_message, errors, additional_info."""
    wish = await read_object(request)
    number = world.number(str(wish.pop("number")))
    if wish.get("can_send_message") not in {"AVAILABLE", "LIMITED", "BLOCKED"}:
        raise ValueError("can_send_message is AVAILABLE, LIMITED or BLOCKED")
    world.health[number.phone] = wish
    return JSONResponse(wish)


async def show_website(_: Request, world: World) -> Response:
    """The website as it is, or an empty object."""
    return JSONResponse(website_as_json(world.website))


async def replace_website(request: Request, world: World) -> Response:
    """Another practice's website, with other snippets."""
    world.website = website_from(await read_object(request))
    return JSONResponse(website_as_json(world.website))


async def wait_until_settled(_: Request, world: World) -> Response:
    """Answer when no status or webhook is on its way any more."""
    await world.tasks.settle()
    return JSONResponse(world.tasks.waiting)


async def reset(request: Request, world: World) -> Response:
    """Forget everything but the configuration."""
    world.tasks.cancel()
    for part in (world.chats, world.media, world.rate_limits):
        part.clear()
    world.sent.entries.clear()
    world.health.clear()
    world.website = None
    world.clock.reset()
    world.faults = plan_from({})
    configuration: Configuration = request.app.state.configuration
    configuration.start_over(world)
    return JSONResponse({"reset": True})


routes = [
    Route("/people", endpoint(list_people), methods=["GET"]),
    Route("/people", endpoint(add_person), methods=["POST"]),
    Route("/messages", endpoint(list_messages), methods=["GET"]),
    Route("/messages", endpoint(add_message), methods=["POST"]),
    Route("/deliver", endpoint(deliver), methods=["POST"]),
    Route("/sent", endpoint(list_sent), methods=["GET"]),
    Route("/faults", endpoint(show_faults), methods=["GET"]),
    Route("/faults", endpoint(replace_faults), methods=["PUT"]),
    Route("/clock", endpoint(show_clock), methods=["GET"]),
    Route("/clock", endpoint(move_clock), methods=["POST"]),
    Route("/numbers", endpoint(list_numbers), methods=["GET"]),
    Route("/numbers", endpoint(add_number), methods=["POST"]),
    Route("/templates", endpoint(change_template), methods=["POST"]),
    Route("/changes", endpoint(change_person), methods=["POST"]),
    Route("/seen", endpoint(look_at_chat), methods=["POST"]),
    Route("/health", endpoint(set_health), methods=["POST"]),
    Route("/website", endpoint(show_website), methods=["GET"]),
    Route("/website", endpoint(replace_website), methods=["PUT"]),
    Route("/settled", endpoint(wait_until_settled), methods=["GET"]),
    Route("/reset", endpoint(reset), methods=["POST"]),
]
