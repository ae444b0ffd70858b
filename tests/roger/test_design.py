"""The living page of the look: all tokens, all icons, put on as a person would; and nowhere but while developing."""

import re
from pathlib import Path

import pytest
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from roger.design import views as design

STATIC = Path(__file__).parents[2] / "static"


def shown(query: str = "") -> str:
    request = RequestFactory().get(f"/design/{query}")
    request.csp_nonce = ""  # type: ignore[attr-defined]  # django-csp's middleware
    return design.page(request).content.decode()


@pytest.mark.django_db
def test_an_installation_that_serves_a_practice_has_no_such_page(client: Client) -> None:
    with pytest.raises(NoReverseMatch):
        reverse("design")

    assert client.get("/design/").status_code == 404


def test_every_colour_of_the_tokens_is_shown() -> None:
    written = set(re.findall(r"--([a-z0-9-]+):\s*(?:light-dark|#)", (STATIC / "css" / "tokens.css").read_text()))
    page = shown()

    assert len(written) > 40
    assert [name for name in sorted(written) if f"var(--{name})" not in page] == []


def test_every_icon_of_the_sprite_is_shown() -> None:
    page = shown()

    assert [name for name in design.icons() if f"<code>{name}</code>" not in page] == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", '<html lang="de">'),
        ("?theme=dark", '<html lang="de" data-theme="dark">'),
        ("?theme=light&contrast=more", '<html lang="de" data-theme="light" data-contrast="more">'),
        ("?theme=%22%3E%3Cscript%3E&contrast=x", '<html lang="de">'),
    ],
)
def test_it_is_put_on_as_a_person_would(query: str, expected: str) -> None:
    assert expected in shown(query)


def test_a_token_is_shown_as_it_is_first_written() -> None:
    ground = next(one for one in design.tokens() if one.name == "ground")

    assert ground.value == "light-dark(#f2efe8, #0d191b)"
