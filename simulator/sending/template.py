"""Template messages: existence, status, parameters, and what the person then reads (132000 to 132016)."""

import re
from typing import Any

from simulator.errors import GraphError
from simulator.media import MediaStore
from simulator.numbers import BusinessNumber, Json, Template
from simulator.sending.content import check_media
from simulator.sending.fields import required, required_object, text_of

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
FORBIDDEN_IN_PARAMETERS = re.compile(r"[\n\r\t]| {5,}")
MEDIA_FORMATS = ("IMAGE", "VIDEO", "DOCUMENT")
NOT_SENDABLE = {"paused": 132015, "disabled": 132016}


def template_asked_for(template: Json) -> tuple[str, str]:
    """Name and language code of a request. GraphError 131008 if one is missing."""
    name = text_of(template, "name", "template", longest=512)
    return name, text_of(required_object(template, "language", "template"), "code", "language", longest=20)


def sendable_template(number: BusinessNumber, name: str, language: str) -> Template:
    """The approved template. GraphError 132001 if missing or not approved, 132015 paused, 132016 disabled."""
    template = number.template(name, language)
    if template is None:
        raise GraphError(132001, f"template name ({name}) does not exist in {language}")
    if template.status in NOT_SENDABLE:
        raise GraphError(NOT_SENDABLE[template.status], f"template name ({name}) is {template.status}")
    if template.status != "approved":
        raise GraphError(132001, f"template name ({name}) is not approved in {language}")
    return template


def fill_template(
    template: Template, request: Json, number: BusinessNumber, store: MediaStore
) -> tuple[Json, int | None]:
    """What the person reads (header, body, footer, buttons), and the code of a failure after the 200, or None."""
    components = [one for one in request.get("components") or [] if isinstance(one, dict)]
    header, failure = fill_header(template, parameters_of(components, "header"), number, store)
    body = template.component("BODY") or {}
    footer = template.component("FOOTER") or {}
    text = fill_text("body", body.get("text", ""), parameters_of(components, "body"), longest=1024)
    return {
        "header": header,
        "body": text,
        "footer": footer.get("text"),
        "buttons": fill_buttons(template, components),
    }, failure


def parameters_of(components: list[Json], kind: str) -> list[Json]:
    """The parameters of the request's component of this type."""
    for component in components:
        if str(required(component, "type", "components")).lower() == kind:
            return list(component.get("parameters") or [])
    return []


def fill_header(
    template: Template, parameters: list[Json], number: BusinessNumber, store: MediaStore
) -> tuple[Json | None, int | None]:
    """The header as shown. GraphError 132012 if the medium is of the wrong kind or missing."""
    header = template.component("HEADER")
    if header is None:
        expect_count("header", [], parameters)
        return None, None
    header_format = str(header.get("format", "TEXT")).upper()
    if header_format not in MEDIA_FORMATS:
        return {"type": "text", "text": fill_text("header", header.get("text", ""), parameters, longest=60)}, None
    kind = header_format.lower()
    received = str(parameters[0].get("type", "")) if len(parameters) == 1 else "UNKNOWN"
    if received.lower() != kind:
        raise GraphError(132012, f"header: Format mismatch, expected {header_format}, received {received.upper()}")
    medium = required_object(parameters[0], kind, "header")
    return {"type": kind, kind: medium}, check_media(kind, medium, number, store)


def fill_text(where: str, text: str, parameters: list[Json], *, longest: int) -> str:
    """Text with its placeholders filled. GraphError 132000 (count), 132012 (names, characters), 132005 (length)."""
    names = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    expect_count(where, names, parameters)
    values = {name_of(parameter, n, names, where): value_of(parameter, where) for n, parameter in enumerate(parameters)}
    if set(values) != set(names):
        raise GraphError(132012, f"{where}: parameter names do not match {', '.join(names)}")
    filled = PLACEHOLDER.sub(lambda match: values[match.group(1)], text)
    if len(filled) > longest:
        raise GraphError(132005, f"{where}: text is longer than {longest} characters after filling")
    return filled


def expect_count(where: str, names: list[str], parameters: list[Json]) -> None:
    """GraphError 132000 unless there is one parameter for each name."""
    if len(names) != len(parameters):
        raise GraphError(
            132000,
            f"{where}: number of localizable_params ({len(parameters)}) does not match "
            f"the expected number of params ({len(names)})",
        )


def name_of(parameter: Json, position: int, names: list[str], where: str) -> str:
    """Which placeholder a parameter fills: by name in named templates, by position otherwise, never both."""
    given = parameter.get("parameter_name")
    if all(name.isdigit() for name in names):
        if given is not None:
            raise GraphError(132012, f"{where}: parameter_name is not allowed in a template with positions")
        return str(position + 1)
    if given is None:
        raise GraphError(132012, f"{where}: parameter_name is required in a template with names")
    return str(given)


def value_of(parameter: Json, where: str) -> str:
    """The text a parameter puts in. GraphError 132012 for line breaks, tabs, five spaces, or a wrong type."""
    kind = str(required(parameter, "type", where)).lower()
    if kind in {"currency", "date_time"}:
        value: Any = required(required_object(parameter, kind, where), "fallback_value", where)
    elif kind == "text":
        value = required(parameter, "text", where)
    else:
        raise GraphError(132012, f"{where}: parameter of type {kind} is not allowed here")
    if FORBIDDEN_IN_PARAMETERS.search(str(value)):
        raise GraphError(132012, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
    return str(value)


def fill_buttons(template: Template, components: list[Json]) -> list[Json]:
    """The buttons as shown, with payloads and link suffixes. GraphError if a needed one is missing or does not fit."""
    given = {index_of(one): one for one in components if str(one.get("type", "")).lower() == "button"}
    if any(index >= len(template.buttons) for index in given):
        raise GraphError(132012, "button: index is out of range")
    return [fill_button(n, button, given.get(n)) for n, button in enumerate(template.buttons)]


def index_of(component: Json) -> int:
    """`index` as a string or integer 0 to 9."""
    index = str(component.get("index", ""))
    if not index.isdigit() or int(index) > 9:
        raise GraphError(131008, "The parameter button['index'] is required, 0 to 9.")
    return int(index)


def fill_button(position: int, button: Json, component: Json | None) -> Json:
    """One button as the phone shows it."""
    kind = str(button.get("type", "")).upper()
    if component and str(component.get("sub_type", "")).upper() != kind:
        raise GraphError(132012, f"button: sub_type at index {position} does not match {kind}")
    parameter: Json = next(iter((component or {}).get("parameters") or []), {})
    given = str(parameter.get("payload", parameter.get("text", "")))
    text = str(button.get("text", ""))
    if kind == "QUICK_REPLY":
        return {"kind": "quick_reply", "text": text, "payload": given or text}
    if kind == "URL":
        return {"kind": "url", "text": text, "url": fill_url(position, str(button.get("url", "")), given)}
    return {"kind": kind.lower(), "text": text, "value": str(button.get("phone_number", given))}


def fill_url(position: int, url: str, suffix: str) -> str:
    """A link with its suffix. GraphError 131008 when the template needs one and none came, 132000 the other way."""
    if not PLACEHOLDER.search(url):
        if suffix:
            raise GraphError(132000, f"button: the link at index {position} takes no parameter")
        return url
    if not suffix:
        raise GraphError(131008, f"buttons: Button at index {position} of type Url requires a parameter")
    return PLACEHOLDER.sub(lambda _: suffix, url)
