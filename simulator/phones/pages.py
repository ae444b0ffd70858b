"""The pages and fragments of the phones."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from simulator.api.access import world_of
from simulator.inbound import send_from_person
from simulator.numbers import BusinessNumber
from simulator.people import Person, person_from
from simulator.phone_numbers import first_free_media_number
from simulator.phones import formatting
from simulator.phones.bubbles import days_of, summary, visible
from simulator.phones.files import file_response
from simulator.phones.writing import read_wish
from simulator.statuses import mark_played, mark_seen
from simulator.world import World

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'"
)
NO_NUMBER = "Die nachgebauten Telefone kennen nur die Nummern der Praxen, die in Roger verbunden sind."
NO_PHONE = "Dieses Telefon oder diesen Chat gibt es nicht (mehr)."

Page = Callable[[Request], Awaitable[Response]]

templates = Jinja2Templates(directory=HERE / "templates")
templates.env.filters |= {
    "rich": formatting.rich_text,
    "clock": formatting.clock_time,
    "initials": formatting.initials,
}
templates.env.globals["no_phone"] = NO_PHONE
templates.env.trim_blocks = templates.env.lstrip_blocks = True


@dataclass
class ChatRow:
    """One practice in a phone's list of chats."""

    number: BusinessNumber
    last: str
    at: float | None
    unread: int


def render(request: Request, name: str, status_code: int = 200, **values: Any) -> Response:
    """A page that may load nothing from anywhere else and is stored nowhere."""
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return templates.TemplateResponse(request, name, values, status_code=status_code, headers=headers)


def person_of(request: Request) -> Person:
    """Whose phone the address names. LookupError if nobody's."""
    person = world_of(request).people.find(request.path_params["person"])
    if person is None:
        raise LookupError("nobody")
    return person


def number_of(request: Request) -> BusinessNumber:
    """Which practice the address names. LookupError if none."""
    return world_of(request).number(request.path_params["number"])


def chat_rows(world: World, person: Person) -> list[ChatRow]:
    """All practices, the latest conversation first."""
    rows = [chat_row(world, person, number) for number in world.numbers.values()]
    return sorted(rows, key=lambda row: -(row.at or 0))


def chat_row(world: World, person: Person, number: BusinessNumber) -> ChatRow:
    """A practice with its last message and how many lie unread."""
    messages = list(visible(world, person, number))
    unread = [one for one in messages if one.is_unread]
    last = messages[-1] if messages else None
    return ChatRow(number, summary(last) if last else "Noch keine Nachrichten", last.at if last else None, len(unread))


async def workbench(request: Request) -> Response:
    """Several phones side by side."""
    world = world_of(request)
    return render(request, "workbench.html", free_number=free_number(world), **everybody(world))


async def shelf(request: Request) -> Response:
    """The list of phones, or 204 while it is the one the page has."""
    return fragment(request, "_people.html", **everybody(world_of(request)))


def everybody(world: World) -> dict[str, Any]:
    """What the list of phones needs."""
    people = list(world.people)
    return {"people": people, "version": str(len(people))}


def free_number(world: World) -> str:
    """A number for the next new phone, empty when all are taken."""
    try:
        return first_free_media_number({person.phone or "" for person in world.people})
    except LookupError:
        return ""


async def add_person(request: Request) -> Response:
    """A new phone; on to the chat it was wanted for, if any."""
    world, form = world_of(request), await request.form()
    given = {name: str(form.get(name) or "").strip() for name in ("phone", "name", "username", "bsuid")}
    try:
        person = world.people.add(person_from(given))
    except ValueError:
        text = "Bitte geben Sie eine Nummer mit Landesvorwahl an, zum Beispiel +4917139200 und zwei Ziffern."
        return render(request, "notice.html", 422, title="So geht es nicht", text=text)
    return see_other(person, str(form.get("number") or ""), str(form.get("text") or ""))


def see_other(person: Person, digits: str, text: str) -> Response:
    """On to the phone, or to its chat with a number, with a text in the composer."""
    address = f"/phones/{person.id}/" + (f"{digits}/" if digits else "")
    query = f"?{urlencode({'text': text})}" if text else ""
    return RedirectResponse(address + query, status_code=303)


async def phone(request: Request) -> Response:
    """A phone with its list of chats."""
    world, person = world_of(request), person_of(request)
    return render(request, "phone.html", person=person, **chat_list(world, person))


async def phone_fragment(request: Request) -> Response:
    """The list of chats, or 204 while it is the one the page has."""
    world, person = world_of(request), person_of(request)
    return fragment(request, "_chats.html", person=person, **chat_list(world, person))


def chat_list(world: World, person: Person) -> dict[str, Any]:
    """What the list's template needs."""
    return {"rows": chat_rows(world, person), "version": f"{world.chats.version(person.id)}.{len(world.numbers)}"}


async def chat(request: Request) -> Response:
    """One conversation."""
    world, person, number = world_of(request), person_of(request), number_of(request)
    text = request.query_params.get("text", "")
    return render(request, "chat.html", person=person, number=number, text=text, **thread(world, person, number))


async def chat_fragment(request: Request) -> Response:
    """The thread, or 204 while it is the one the page has."""
    world, person, number = world_of(request), person_of(request), number_of(request)
    return fragment(request, "_thread.html", person=person, number=number, **thread(world, person, number))


def thread(world: World, person: Person, number: BusinessNumber) -> dict[str, Any]:
    """What the thread's template needs."""
    typing = world.chats.typing_until.get((person.id, number.phone), 0) > world.clock.now()
    unread = chat_row(world, person, number).unread
    version = f"{world.chats.version(person.id)}{'t' if typing else ''}"
    return {"days": days_of(world, person, number), "typing": typing, "unread": unread, "version": version}


def fragment(request: Request, name: str, **values: Any) -> Response:
    """A part of a page, unless the page already shows this version."""
    if request.query_params.get("version") == values["version"]:
        return Response(status_code=204)
    return render(request, name, **values)


async def seen(request: Request) -> Response:
    """The person looks at the chat."""
    await mark_seen(world_of(request), number_of(request), person_of(request))
    return Response(status_code=204)


async def played(request: Request) -> Response:
    """The person hears a voice note."""
    world, person, number = world_of(request), person_of(request), number_of(request)
    message = world.chats.find(request.path_params["wamid"])
    if message is None or message.person_id != person.id:
        raise LookupError("no such message")
    await mark_played(world, number, person, message)
    return Response(status_code=204)


async def write(request: Request) -> Response:
    """The person sends something."""
    world, person, number = world_of(request), person_of(request), number_of(request)
    async with request.form() as form:
        wish = await read_wish(form, person)
    if wish is not None:
        world.use_phone(person)
        await send_from_person(world, person, number, wish)
    return RedirectResponse(f"/phones/{person.id}/{number.wa_id}/", status_code=303)


async def medium(request: Request) -> Response:
    """A file of a chat."""
    stored = world_of(request).media.find(request.path_params["media_id"], number_of(request).phone)
    if stored is None:
        raise LookupError("no such file")
    return file_response(stored, request.headers.get("range"))


async def deep_link(request: Request) -> Response:
    """`/wa/<digits>?text=…`, as wa.me does it: choose a phone, then the text stands in its composer."""
    world = world_of(request)
    text = request.query_params.get("text", "")
    try:
        number = world.number(request.path_params["digits"])
    except LookupError:
        return render(request, "notice.html", 404, title="Diese Nummer gibt es hier nicht", text=NO_NUMBER)
    people = world.phones_by_use()
    return render(request, "choose.html", number=number, text=text, people=people, free_number=free_number(world))


def or_not_found(view: Page) -> Page:
    """A page, or a plain sentence where the address leads nowhere."""

    async def page(request: Request) -> Response:
        try:
            return await view(request)
        except LookupError:
            return render(request, "notice.html", 404, title="Hier ist nichts", text=NO_PHONE)

    return page
