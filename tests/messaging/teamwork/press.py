"""What a browser with htmx presses in the team's tests, and what it reads of the answer."""

import json
import re
from typing import Any, cast

from django.test import Client

from messaging.models import Conversation

HTMX = {"HX-Request": "true"}
INBOX = "/p/morgenthal/inbox/"


def of(conversation: Conversation, path: str) -> str:
    return f"{INBOX}{conversation.pk}/{path}/"


def press(browser: Client, address: str, **fields: Any) -> Any:
    return browser.post(address, fields, headers=HTMX)


def told(response: Any) -> dict[str, Any]:
    """The events of an answer, as htmx makes them."""
    return cast(dict[str, Any], json.loads(response.headers["HX-Trigger"]))


def toast(response: Any) -> str:
    return str(told(response)["roger:toast"]["text"])


def said_on(page: Any) -> list[str]:
    """What a page says of the deed that led to it."""
    return re.findall(r"data-told>([^<]*)<", page.content.decode())


def ticket(response: Any) -> str:
    return str(told(response)["roger:toast"]["undo"])


def undo(browser: Client, response: Any) -> Any:
    """Press "Rückgängig" in the toast of an answer."""
    return press(browser, f"{INBOX}undoing/", ticket=ticket(response))
