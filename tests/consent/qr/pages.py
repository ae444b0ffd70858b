"""What a phone does with the consent page: open, tick, send."""

import re
from html import unescape
from typing import Any

from django.test import Client

from practices.models import Practice
from practices.scope import practice_scope

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


def open_page(phone: Client, address: str, **headers: str) -> str:
    return phone.get(address, headers=headers).content.decode()


def hidden(html: str) -> dict[str, str]:
    """What the page brings back by itself: the signed id and the text it showed."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html)
    assert [name for name, _value in found] == ["form_id", "text"]
    return {name: unescape(value) for name, value in found}


def agree(phone: Client, address: str, *purposes: str, form: dict[str, str] | None = None) -> Any:
    """Tick (by default `organisation`) and send, a fresh page unless `form` is one that was open."""
    ticked = dict.fromkeys(purposes or ("organisation",), "1")
    return phone.post(address, (form or hidden(open_page(phone, address))) | ticked | {"answer": "yes"})


def rows(model: Any, practice: Practice) -> list[Any]:
    with practice_scope(practice.pk):
        return list(model.objects.all())
