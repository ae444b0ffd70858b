"""German unless the browser or the person asks for English."""

import pytest
from django.conf import settings
from django.test import Client

pytestmark = pytest.mark.django_db


def heading(client: Client, **headers: str) -> str:
    return client.get("/login/", headers=headers).content.decode().partition("<h1>")[2].partition("</h1>")[0]


def test_who_asks_for_nothing_reads_german(client: Client) -> None:
    assert heading(client) == "Anmelden"


def test_the_browser_s_language_is_followed(client: Client) -> None:
    assert heading(client, accept_language="en-GB,en;q=0.9,de;q=0.5") == "Log in"


def test_a_choice_holds_against_the_browser_and_leads_back_to_the_page(client: Client) -> None:
    answer = client.post("/language/", {"language": "en", "next": "/login/?next=/p/a/inbox/"})

    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/p/a/inbox/")
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME]["httponly"]
    assert heading(client, accept_language="de") == "Log in"


def test_nobody_is_led_to_another_site(client: Client) -> None:
    answer = client.post("/language/", {"language": "en", "next": "https://evil.example/"})

    assert answer["Location"] == "/"


def test_an_unknown_language_changes_nothing(client: Client) -> None:
    answer = client.post("/language/", {"language": "tlh", "next": "/login/"})

    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies


def test_an_empty_field_is_asked_for_with_sie(client: Client) -> None:
    html = client.post("/login/", {"username": "", "password": ""}).content.decode()

    assert html.count("Bitte füllen Sie dieses Feld aus.") == 2


def test_an_empty_field_is_asked_for_in_english_too(client: Client) -> None:
    english = client.post("/login/", {"username": "", "password": ""}, headers={"accept-language": "en"})

    assert english.content.decode().count("This field is required.") == 2
