"""Interactive messages: reply buttons, lists, link buttons, flows, requests."""

from collections.abc import Callable

from simulator.errors import GraphError
from simulator.media import MediaStore
from simulator.numbers import BusinessNumber, Json
from simulator.sending.content import check_link, check_media
from simulator.sending.fields import (
    optional_text,
    refuse_repeats,
    required,
    required_list,
    required_object,
    text_of,
)

WHERE = "interactive['action']"


def check_interactive(interactive: Json, number: BusinessNumber, store: MediaStore) -> int | None:
    """Check lengths, counts and repeats. A code is a failure after the 200; GraphError if refused at once."""
    kind = required(interactive, "type", "interactive")
    if kind not in ACTIONS:
        raise GraphError(131009, f"Param interactive['type'] must be one of {sorted(ACTIONS)}.")
    longest_body = 4096 if kind == "list" else 1024
    body = required_object(interactive, "body", "interactive")
    text_of(body, "text", "interactive['body']", longest=longest_body, code=131009)
    if interactive.get("footer") is not None:
        text_of(required_object(interactive, "footer", "interactive"), "text", "footer", longest=60, code=131009)
    ACTIONS[kind](required_object(interactive, "action", "interactive"))
    return check_header(kind, interactive, number, store)


def check_header(kind: str, interactive: Json, number: BusinessNumber, store: MediaStore) -> int | None:
    """A text of up to 60 characters, or a picture, video or document; a list takes text only."""
    if interactive.get("header") is None:
        return None
    header = required_object(interactive, "header", "interactive")
    header_type = required(header, "type", "interactive['header']")
    if header_type == "text":
        text_of(header, "text", "interactive['header']", longest=60, code=131009)
        return None
    if kind == "list" or header_type not in {"image", "video", "document"}:
        raise GraphError(131009, "Param interactive['header']['type'] is not valid.")
    return check_media(header_type, required_object(header, header_type, "interactive['header']"), number, store)


def check_buttons(action: Json) -> None:
    """One to three reply buttons, ids and titles unique."""
    buttons = required_list(action, "buttons", WHERE)
    if len(buttons) > 3:
        raise GraphError(131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    replies = [required_object(button, "reply", "button") for button in buttons]
    for button, reply in zip(buttons, replies, strict=True):
        if button.get("type") != "reply":
            raise GraphError(131009, "Param button['type'] must be 'reply'.")
        text_of(reply, "id", "button['reply']", longest=256, code=131009)
        text_of(reply, "title", "button['reply']", longest=20, code=131009)
    refuse_repeats([reply["id"] for reply in replies], "Button ids")
    refuse_repeats([reply["title"] for reply in replies], "Button titles")


def check_list(action: Json) -> None:
    """Up to ten sections and ten rows over all; titles where there is more than one section."""
    text_of(action, "button", WHERE, longest=20, code=131009)
    sections = required_list(action, "sections", WHERE)
    if len(sections) > 10:
        raise GraphError(131009, "Max allowed sections: 10")
    rows = [row for section in sections for row in check_section(section, titled=len(sections) > 1)]
    if len(rows) > 10:
        raise GraphError(131009, "Total row count exceed max allowed count: 10")
    refuse_repeats([row["id"] for row in rows], "Row ids")


def check_section(section: Json, *, titled: bool) -> list[Json]:
    """The rows of a section."""
    if titled:
        required(section, "title", "section")
    optional_text(section, "title", "section", longest=24, code=131009)
    rows: list[Json] = required_list(section, "rows", "section")
    for row in rows:
        text_of(row, "id", "row", longest=200, code=131009)
        text_of(row, "title", "row", longest=24, code=131009)
        optional_text(row, "description", "row", longest=72, code=131009)
    return rows


def check_link_button(action: Json) -> None:
    """`cta_url`: a text of up to 20 characters and a URL."""
    if action.get("name") != "cta_url":
        raise GraphError(131009, f"Param {WHERE}['name'] must be 'cta_url'.")
    parameters = required_object(action, "parameters", WHERE)
    text_of(parameters, "display_text", "parameters", longest=20, code=131009)
    check_link("parameters", text_of(parameters, "url", "parameters", longest=2000, code=131009))


def check_flow(action: Json) -> None:
    """A flow's button; what the flow holds is beyond the stand-in."""
    parameters = required_object(action, "parameters", WHERE)
    text_of(parameters, "flow_cta", "parameters", longest=30, code=131009)
    if not parameters.get("flow_id") and not parameters.get("flow_name"):
        raise GraphError(131008, "One of flow_id and flow_name is required.")


def check_request(action: Json) -> None:
    """`send_location`, `request_contact_info`: a name and nothing else."""
    required(action, "name", WHERE)


ACTIONS: dict[str, Callable[[Json], None]] = {
    "button": check_buttons,
    "list": check_list,
    "cta_url": check_link_button,
    "flow": check_flow,
    "location_request_message": check_request,
    "request_contact_info": check_request,
}
