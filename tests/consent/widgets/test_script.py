"""The optional script: for the listed websites alone, and quiet."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.consent.widgets.visits import SITE

pytestmark = pytest.mark.django_db


def script(visitor: Client, address: str, origin: str = "") -> Any:
    return visitor.get(f"{address}.js", headers={"origin": origin} if origin else {})


def test_a_listed_website_gets_the_script_with_its_own_name_in_the_header(visitor: Client, address: str) -> None:
    answer = script(visitor, address, SITE)

    assert answer.status_code == 200
    assert {name: answer[name] for name in ("Content-Type", "Access-Control-Allow-Origin", "Cache-Control")} == {
        "Content-Type": "text/javascript; charset=utf-8",
        "Access-Control-Allow-Origin": SITE,
        "Cache-Control": "public, max-age=300",
    }
    assert (answer["Cross-Origin-Resource-Policy"], answer["X-Content-Type-Options"]) == ("cross-origin", "nosniff")
    assert "Origin" in answer["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer
    assert len(answer.cookies) == 0


@pytest.mark.parametrize(
    "origin",
    [
        *("", "null", "https://andere.example", "http://www.praxis-morgenthal.example", f"{SITE}.andere.example"),
        *(f"{SITE}:8443", f"{SITE}/", SITE.upper(), f"{SITE}, https://andere.example"),
    ],
)
def test_everybody_else_gets_nothing_at_all(visitor: Client, address: str, origin: str) -> None:
    answer = script(visitor, address, origin)

    assert (answer.status_code, answer.content) == (404, b"")
    assert "Access-Control-Allow-Origin" not in answer
    assert "Origin" in answer["Vary"]
    assert answer["Cache-Control"] == "no-store"


def test_a_script_nobody_has_is_refused_in_the_same_way(visitor: Client, address: str) -> None:
    unknown, unlisted = script(visitor, "/widget/AAAAAAAAAAAAAAAAAAAAAA", SITE), script(visitor, address)

    assert (unknown.status_code, unknown.content, unknown["Vary"]) == (404, b"", unlisted["Vary"])


def test_the_script_asks_nobody_keeps_nothing_and_brings_no_inline_style(visitor: Client, address: str) -> None:
    words = script(visitor, address, SITE).content.decode()

    forbidden = ("fetch(", "XMLHttp", "cookie", "localStorage", "innerHTML", "eval", ".style", "whatsapp.com", "wa.me")
    assert [word for word in forbidden if word in words] == []
    assert f'anchor.href = "{settings.BASE_URL}/widget/' in words.encode().decode("unicode_escape")
