"""The same API under Graph's addresses, so that clients nobody here wrote can drive it (360dialog section 13.8).

`/graph/{version}/{phone-number-id}/…` with `Authorization: Bearer <api key>`.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.api import account, media, messages, templates
from simulator.api.access import NumberHandler, bearer, world_of
from simulator.errors import GatewayError, GraphError
from simulator.numbers import BusinessNumber, Json, Template
from simulator.world import World


def with_bearer(handler: NumberHandler) -> Callable[[Request], Awaitable[Response]]:
    """The token names the number, the id in the path must be its own (or its account's). Else 190 or 100/33."""

    async def endpoint(request: Request) -> Response:
        world = world_of(request)
        try:
            number = world.number_of_key(bearer(request))
        except GatewayError:
            raise GraphError(190, "Error validating access token.") from None
        owner = request.path_params.get("owner")
        if owner is not None and str(owner) not in {number.phone_number_id, number.waba_id}:
            raise GraphError(100, f"Object with ID '{owner}' does not exist.", subcode=33)
        return await handler(request, world, number)

    return endpoint


async def show_object(request: Request, world: World, number: BusinessNumber) -> Response:
    """A media id, or the number itself: Graph has one address for both."""
    if str(request.path_params["media_id"]) != number.phone_number_id:
        return await media.show_url(request, world, number)
    return JSONResponse(
        {
            "id": number.phone_number_id,
            "display_phone_number": number.phone,
            "verified_name": number.name,
            "quality_rating": "GREEN",
            "throughput": {"level": "STANDARD"},
            "name_status": "APPROVED",
        }
    )


def as_graph(template: Template) -> Json:
    """A template as Graph lists it: the status in capitals."""
    return {
        "id": template.id,
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "status": "PENDING" if template.status == "submitted" else template.status.upper(),
        "components": template.components,
    }


async def list_templates(request: Request, _: World, number: BusinessNumber) -> Response:
    """`{"data", "paging"}`, filtered by name, status, category, language."""
    query = request.query_params
    filters = {name: query[name] for name in ("name", "status", "category", "language") if query.get(name)}
    wanted = [as_graph(one) for one in number.templates]
    found = [one for one in wanted if all(str(one[name]).lower() == value.lower() for name, value in filters.items())]
    return JSONResponse({"data": found[: int(query.get("limit", 1000))], "paging": {"cursors": {}}})


async def create_template(request: Request, world: World, number: BusinessNumber) -> Response:
    """Submit a template."""
    template = await templates.submit(request, world, number)
    return JSONResponse({"id": template.id, "status": "PENDING", "category": template.category})


async def delete_template(request: Request, world: World, number: BusinessNumber) -> Response:
    """Remove all languages of `?name=`."""
    templates.remove(number, request.query_params.get("name", ""))
    world.sent.record(request.url.path, None)
    return JSONResponse({"success": True})


OWN = "/{version}/{owner:int}"
TEMPLATES = f"{OWN}/message_templates"
PROFILE = f"{OWN}/whatsapp_business_profile"

routes = [
    Route(f"{OWN}/messages", with_bearer(messages.post_message), methods=["POST"]),
    Route(f"{OWN}/media", with_bearer(media.upload), methods=["POST"]),
    Route(TEMPLATES, with_bearer(list_templates), methods=["GET"]),
    Route(TEMPLATES, with_bearer(create_template), methods=["POST"]),
    Route(TEMPLATES, with_bearer(delete_template), methods=["DELETE"]),
    Route(PROFILE, with_bearer(account.show_profile), methods=["GET"]),
    Route(PROFILE, with_bearer(account.change_profile), methods=["POST"]),
    Route("/{version}/{media_id:int}", with_bearer(show_object), methods=["GET"]),
    Route("/{version}/{media_id:int}", with_bearer(media.delete), methods=["DELETE"]),
]
