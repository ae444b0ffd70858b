"""Templates in 360dialog's envelope: `/v1/configs/templates` (360dialog section 10)."""

import json
import secrets
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.api.access import read_json
from simulator.api.broken import error_answer
from simulator.errors import GraphError
from simulator.faults import Call
from simulator.moderation import decide_later
from simulator.numbers import BusinessNumber, Json, Template
from simulator.template_rules import check_new_template
from simulator.world import World

SORT = "business_templates.name"


def as_listed(template: Template, number: BusinessNumber) -> Json:
    """An entry of `waba_templates`; the status is lower case here."""
    who = {"user_id": "system", "user_name": "system"}
    return {
        "id": template.id,
        "name": template.name,
        "namespace": f"namespace_{number.waba_id}",
        "language": template.language,
        "category": template.category,
        "status": template.status,
        "rejected_reason": template.rejected_reason,
        "components": template.components,
        "modified_at": datetime.fromtimestamp(template.modified_at, UTC).isoformat(),
        "modified_by": who,
        "partner_id": None,
        "waba_account_id": number.waba_id,
    }


async def list_templates(request: Request, world: World, number: BusinessNumber) -> Response:
    """The `waba_templates` envelope with limit, offset and filters."""
    if rule := world.faults.take(Call("templates", number.phone)):
        return error_answer(rule)
    query = request.query_params
    limit, offset, filters = int(query.get("limit", 1000)), int(query.get("offset", 0)), read_filters(request)
    wanted = sorted(
        (one for one in number.templates if matches(one, filters)), key=lambda one: (one.name, one.language)
    )
    page = wanted[offset : offset + limit]
    return JSONResponse(
        {
            "count": len(page),
            "filters": filters,
            "limit": limit,
            "offset": offset,
            "sort": [query.get("sort", SORT)],
            "total": len(wanted),
            "waba_templates": [as_listed(one, number) for one in page],
        }
    )


def read_filters(request: Request) -> Json:
    """`filters` as JSON. GraphError 100 if it is none."""
    try:
        filters = json.loads(request.query_params.get("filters") or "{}")
    except ValueError:
        raise GraphError(100, "Param filters is not valid JSON.") from None
    if not isinstance(filters, dict):
        raise GraphError(100, "Param filters must be a JSON object.")
    return filters


def matches(template: Template, filters: Json) -> bool:
    """Whether all filters hold; `business_templates.` before a name is optional."""
    for name, value in filters.items():
        if str(getattr(template, name.removeprefix("business_templates."), "")).lower() != str(value).lower():
            return False
    return True


async def create_template(request: Request, world: World, number: BusinessNumber) -> Response:
    """201 with the template as submitted; moderation follows by webhook."""
    if rule := world.faults.take(Call("templates", number.phone)):
        return error_answer(rule)
    template = await submit(request, world, number)
    return JSONResponse(as_listed(template, number), status_code=201)


async def submit(request: Request, world: World, number: BusinessNumber) -> Template:
    """Check a new template and hand it to moderation. GraphError 100/2388024 if that language exists."""
    body = await read_json(request)
    check_new_template(body)
    if number.template(body["name"], body["language"]):
        raise GraphError(100, "Content in this language already exists.", subcode=2388024)
    template = Template(
        id=str(10**15 + secrets.randbelow(9 * 10**15)),
        name=body["name"],
        language=body["language"],
        category=str(body["category"]).upper(),
        status="submitted",
        components=body["components"],
        modified_at=world.clock.now(),
    )
    number.templates.append(template)
    world.sent.record(request.url.path, body)
    world.tasks.start(decide_later(world, number, template), later=True)
    return template


async def delete_template(request: Request, world: World, number: BusinessNumber) -> Response:
    """Remove all languages of a name."""
    name = str(request.path_params["name"])
    remove(number, name)
    world.sent.record(request.url.path, None)
    text = f"template name={name} was deleted"
    return JSONResponse({"meta": {"developer_message": text, "http_code": 200, "success": True}})


def remove(number: BusinessNumber, name: str) -> None:
    """Take every language of this name out. GraphError 100 with 404 if there is none."""
    kept = [one for one in number.templates if one.name != name]
    if len(kept) == len(number.templates):
        raise GraphError(100, f"template name={name} not found", http_status=404)
    number.templates[:] = kept
