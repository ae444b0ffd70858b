"""`POST /media`, `GET` and `DELETE /{media-id}`, and the download behind the lookaside path."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from simulator.api.broken import DroppedConnection, error_answer, giant_answer
from simulator.errors import GatewayError, GraphError
from simulator.faults import Call, Rule
from simulator.media import LARGEST_FILE, StoredMedia
from simulator.numbers import BusinessNumber
from simulator.world import World


async def upload(request: Request, world: World, number: BusinessNumber) -> Response:
    """Keep a file for sending; its id is digits only."""
    if int(request.headers.get("content-length") or 0) > LARGEST_FILE + 65_536:
        raise GatewayError(413, "Request entity too large")
    rule = world.faults.take(Call("upload", number.phone))
    if broken := await break_off(rule):
        return broken
    async with request.form() as form:
        stored = await read_upload(form, world, number)
    described = {
        "filename": stored.filename,
        "mime_type": stored.mime_type,
        "size": len(stored.data),
        "id": stored.id,
    }
    world.sent.record(request.url.path, {"messaging_product": "whatsapp", "file": described})
    return JSONResponse({"id": stored.id})


async def read_upload(form: FormData, world: World, number: BusinessNumber) -> StoredMedia:
    """The file of a multipart body. GraphError 100 if a part is missing."""
    file = form.get("file")
    if form.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required.")
    if not isinstance(file, UploadFile):
        raise GraphError(100, "The parameter file is required.")
    mime_type = file.content_type or str(form.get("type") or "")
    return world.media.upload(number.phone, await file.read(), mime_type, file.filename)


async def show_url(request: Request, world: World, number: BusinessNumber) -> Response:
    """Where to download, good for five minutes; with a fault, an address no careful client may follow."""
    media_id = str(request.path_params["media_id"])
    rule = world.faults.take(Call("media_url", number.phone, media_id=media_id))
    if broken := await break_off(rule):
        return broken
    stored = world.media.fetchable(media_id, number.phone)
    answer = world.media.url_answer(stored)
    if rule and rule.action == "private_url":
        answer["url"] = with_other_origin(answer["url"], rule.location)
    if rule and rule.action == "expired":
        answer["url"] = world.media.url_of(stored, seconds=-1)
    return JSONResponse(answer)


async def download(request: Request, world: World, number: BusinessNumber) -> Response:
    """The bytes, for the number's key alone. 404 once the URL has expired."""
    query = request.query_params
    media_id = query.get("mid", "")
    rule = world.faults.take(Call("media_download", number.phone, media_id=media_id))
    if broken := await break_off(rule):
        return broken
    if rule and rule.action == "redirect":
        return RedirectResponse(rule.location, status_code=rule.http_status or 302)
    if rule and rule.action == "giant":
        return giant_answer(rule.bytes)
    stored = world.media.opened_by(media_id, query.get("ext", ""), query.get("hash", ""), number.phone)
    if stored is None or (rule and rule.action == "expired"):
        raise GatewayError(404, "Media not found or expired")
    return Response(stored.data, media_type=stored.mime_type)


async def delete(request: Request, world: World, number: BusinessNumber) -> Response:
    """Remove a file."""
    world.media.delete(str(request.path_params["media_id"]), number.phone)
    world.sent.record(request.url.path, None)
    return JSONResponse({"success": True})


async def break_off(rule: Rule | None) -> Response | None:
    """What all media calls may suffer: an error, a broken connection, or a wait (then None)."""
    if rule is None:
        return None
    if rule.action == "error":
        return error_answer(rule)
    if rule.action == "reset":
        return DroppedConnection()
    if rule.action in {"slow", "hang"}:
        await asyncio.sleep(rule.seconds)
    return None


def with_other_origin(url: str, location: str) -> str:
    """The lookaside URL on another host, a bare location as it is."""
    other, own = urlsplit(location), urlsplit(url)
    if other.path.strip("/"):
        return location
    return urlunsplit((other.scheme, other.netloc, own.path, own.query, ""))
