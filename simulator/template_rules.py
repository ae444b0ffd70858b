"""What a new template must look like (360dialog section 10)."""

import re
from typing import Any

from simulator.errors import GraphError
from simulator.numbers import Json
from simulator.sending.fields import required, required_list, text_of
from simulator.sending.template import PLACEHOLDER

NAME = re.compile(r"^[a-z0-9_]{1,512}$")
CATEGORIES = frozenset({"UTILITY", "MARKETING", "AUTHENTICATION"})
HEADER_FORMATS = frozenset({"TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION"})
MOST_BUTTONS = {"URL": 2, "PHONE_NUMBER": 1}


def check_new_template(body: Any) -> None:
    """Name, category, language, components. GraphError 100 (name: subcode 2388046) or 131008."""
    if not isinstance(body, dict):
        raise GraphError(100, "The request body must be a JSON object.")
    if not NAME.match(str(required(body, "name", "template"))):
        raise GraphError(
            100, "Message template name must be lowercase letters, digits and underscores.", subcode=2388046
        )
    text_of(body, "language", "template", longest=20)
    if str(required(body, "category", "template")).upper() not in CATEGORIES:
        raise GraphError(100, f"Param category must be one of {', '.join(sorted(CATEGORIES))}.")
    components = required_list(body, "components", "template")
    kinds = [str(required(component, "type", "components")).upper() for component in components]
    if kinds.count("BODY") != 1 or len(set(kinds)) != len(kinds):
        raise GraphError(100, "A template has one BODY and at most one of each other component.")
    for kind, component in zip(kinds, components, strict=True):
        check_component(kind, component)


def check_component(kind: str, component: Json) -> None:
    """One component."""
    if kind == "BODY":
        check_body(component)
    elif kind == "HEADER":
        check_header(component)
    elif kind == "FOOTER":
        text_of(component, "text", "footer", longest=60)
    elif kind == "BUTTONS":
        check_buttons(required_list(component, "buttons", "components"))
    else:
        raise GraphError(100, f"Unknown component {kind}.")


def check_body(body: Json) -> None:
    """Up to 1024 characters, variables inside and with examples."""
    text = text_of(body, "text", "body", longest=1024).strip()
    variables = PLACEHOLDER.findall(text)
    if text.startswith("{{") or text.endswith("}}"):
        raise GraphError(100, "Variables can't be at the start or end of the template.", subcode=2388299)
    if len(text.split()) < 2 * len(variables) + 1:
        raise GraphError(100, "This template has too many variables for its length.", subcode=2388293)
    check_examples("body", variables, body.get("example"))


def check_header(header: Json) -> None:
    """A text of up to 60 characters with at most one variable, or a medium."""
    header_format = str(header.get("format", "TEXT")).upper()
    if header_format not in HEADER_FORMATS:
        raise GraphError(100, f"Param header['format'] must be one of {', '.join(sorted(HEADER_FORMATS))}.")
    if header_format == "TEXT":
        variables = PLACEHOLDER.findall(text_of(header, "text", "header", longest=60))
        if len(variables) > 1:
            raise GraphError(100, "A header takes one variable.")
        check_examples("header", variables, header.get("example"))


def check_examples(where: str, variables: list[str], example: Any) -> None:
    """Variables need `example` values."""
    if variables and not example:
        raise GraphError(100, f"Component {where} is missing expected field(s) (example).", subcode=2388043)


def check_buttons(buttons: list[Any]) -> None:
    """Up to ten, two links, one phone number, 25 characters each."""
    if len(buttons) > 10:
        raise GraphError(100, "A template has at most 10 buttons.")
    kinds = [str(required(button, "type", "button")).upper() for button in buttons]
    for kind, most in MOST_BUTTONS.items():
        if kinds.count(kind) > most:
            raise GraphError(100, f"A template has at most {most} buttons of type {kind}.")
    for kind, button in zip(kinds, buttons, strict=True):
        if kind != "COPY_CODE":
            text_of(button, "text", "button", longest=25)
