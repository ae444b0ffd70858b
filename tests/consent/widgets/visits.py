"""What a visitor of the website does: reads text D, ticks, and is led on."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client

SITE = "https://www.praxis-morgenthal.example"


def form_id(html: str) -> str:
    found = re.search(r'name="form_id" value="([^"]+)"', html)
    assert found
    return found[1]


def text_of(html: str) -> str:
    """Text D as the page brings it back."""
    found = re.search(r'name="text" value="([^"]+)"', html)
    assert found
    return unescape(found[1])


def read(visitor: Client, address: str, form: str | None = None, query: str = "", **headers: str) -> Any:
    """Tick that text D was read, and press."""
    page = visitor.get(address + query).content.decode()
    fields = {"form_id": form or form_id(page), "text": text_of(page), "read": "1"}
    return visitor.post(address + query, fields, headers=headers)


def prefilled(answer: Any) -> str:
    [text] = parse_qs(urlsplit(str(answer["Location"])).query)["text"]
    return text
