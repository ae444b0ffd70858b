"""Webhook address, health, business profile (360dialog sections 4 and 11)."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.api.access import read_json
from simulator.errors import GraphError
from simulator.numbers import BusinessNumber, Json
from simulator.world import World

PROFILE_LENGTHS = {"about": 139, "address": 256, "description": 512, "email": 128}
PROFILE_FIELDS = (*PROFILE_LENGTHS, "profile_picture_url", "websites", "vertical")


async def show_webhook(_: Request, __: World, number: BusinessNumber) -> Response:
    """The number's webhook; the headers' values stay secret."""
    return JSONResponse({"url": number.webhook_url})


async def set_webhook(request: Request, world: World, number: BusinessNumber) -> Response:
    """Where webhooks go and with which headers; plain HTTP is accepted, since everything here is local."""
    body = await read_webhook(request)
    number.webhook_url, number.webhook_headers = body["url"], body.get("headers") or {}
    world.sent.record(request.url.path, {"url": body["url"], "headers": sorted(number.webhook_headers)})
    return JSONResponse({"url": number.webhook_url})


async def set_waba_webhook(request: Request, world: World, number: BusinessNumber) -> Response:
    """For all numbers of the account; one with its own address keeps it unless override_all."""
    body = await read_webhook(request)
    for other in world.numbers.values():
        if other.waba_id == number.waba_id and (body.get("override_all") or not other.webhook_url):
            other.webhook_url, other.webhook_headers = body["url"], body.get("headers") or {}
    world.sent.record(request.url.path, {"url": body["url"], "override_all": bool(body.get("override_all"))})
    return JSONResponse({"url": body["url"]})


async def read_webhook(request: Request) -> Json:
    """A body with a URL. GraphError 100 if it is none or its host has an underscore."""
    body = await read_json(request)
    parts = urlsplit(str(body.get("url", "")) if isinstance(body, dict) else "")
    if parts.scheme not in {"http", "https"} or not parts.hostname or "_" in parts.hostname:
        raise GraphError(100, "Param url is not a valid webhook address.")
    read: Json = body
    if not isinstance(read.get("headers") or {}, dict):
        raise GraphError(100, "Param headers must be a JSON object.")
    return read


async def show_health(_: Request, world: World, number: BusinessNumber) -> Response:
    """The overall state is that of the worst entity; `/control/health` sets one."""
    entities = [
        entity("PHONE_NUMBER", number.phone_number_id, world.health.get(number.phone)),
        entity("WABA", number.waba_id, None),
        entity("BUSINESS", number.portfolio, None),
    ]
    ranks = ("AVAILABLE", "LIMITED", "BLOCKED")
    worst = max((one["can_send_message"] for one in entities), key=ranks.index)
    return JSONResponse({"health_status": {"can_send_message": worst, "entities": entities}})


def entity(kind: str, identifier: str, state: Json | None) -> Json:
    """One entity, available unless a state says otherwise."""
    return {"entity_type": kind, "id": identifier, **(state or {"can_send_message": "AVAILABLE"})}


async def show_profile(request: Request, _: World, number: BusinessNumber) -> Response:
    """The fields asked for, all by default."""
    wanted = (request.query_params.get("fields") or ",".join(PROFILE_FIELDS)).split(",")
    profile = {name: number.profile[name] for name in wanted if name in number.profile}
    return JSONResponse({"data": [{**profile, "messaging_product": "whatsapp"}]})


async def change_profile(request: Request, world: World, number: BusinessNumber) -> Response:
    """Lengths of section 11, at most two websites. GraphError 100 otherwise."""
    body = await read_json(request)
    if not isinstance(body, dict) or body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required.")
    for name, longest in PROFILE_LENGTHS.items():
        if name in body and not 0 <= len(str(body[name])) <= longest:
            raise GraphError(100, f"Param {name} must be at most {longest} characters long.")
    websites = body.get("websites") or []
    if len(websites) > 2 or any(len(str(one)) > 256 for one in websites):
        raise GraphError(100, "Param websites takes at most 2 addresses of 256 characters.")
    number.profile |= {name: body[name] for name in PROFILE_FIELDS if name in body}
    world.sent.record(request.url.path, body)
    return JSONResponse({"success": True})
