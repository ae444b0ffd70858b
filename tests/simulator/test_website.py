"""The practice's website of the stand-in: what it is told, and what it lets in."""

from typing import Any

import pytest

from tests.simulator.conftest import NewStandIn, StandIn, configuration

ROGER = "http://127.0.0.1:8000"
SNIPPETS = {
    "name": "Praxis Sommer",
    "roger": ROGER,
    "link": f'<a href="{ROGER}/widget/abc">Über WhatsApp schreiben</a>',
    "script": f'<script src="{ROGER}/widget/abc.js" crossorigin="anonymous" async></script>',
}


def policy(standin: StandIn) -> dict[str, str]:
    parts = standin.http.get("/website/").headers["Content-Security-Policy"].split(";")
    return dict(part.strip().split(" ", 1) for part in parts)


def test_it_stands_there_before_anybody_has_told_it_anything(standin: StandIn) -> None:
    answer = standin.http.get("/website/")

    assert (answer.status_code, "noch keine Schaltfläche" in answer.text) == (200, True)
    assert policy(standin)["script-src"] == "'self'"
    assert standin.control("GET", "/website").json() == {}


def test_it_shows_what_it_was_told(standin: StandIn) -> None:
    answer = standin.control("PUT", "/website", SNIPPETS)

    page = standin.http.get("/website/").text
    assert answer.json() == standin.control("GET", "/website").json() == SNIPPETS
    assert (SNIPPETS["link"] in page, SNIPPETS["script"] in page) == (True, True)


def test_its_policy_lets_one_script_of_roger_in_and_nobody_else(standin: StandIn) -> None:
    standin.control("PUT", "/website", SNIPPETS)

    allowed = policy(standin)
    assert (allowed["default-src"], allowed["script-src"], allowed["style-src"]) == (
        "'none'",
        f"'self' {ROGER}",
        "'self'",
    )


def test_the_configuration_may_bring_it_along(new_standin: NewStandIn) -> None:
    standin = new_standin(configuration() | {"website": SNIPPETS})

    assert SNIPPETS["script"] in standin.http.get("/website/").text


def test_a_reset_brings_back_what_the_configuration_says(new_standin: NewStandIn) -> None:
    standin = new_standin(configuration() | {"website": SNIPPETS})
    standin.control("PUT", "/website", SNIPPETS | {"name": "Andere"})

    standin.control("POST", "/reset")

    assert standin.control("GET", "/website").json()["name"] == "Praxis Sommer"


@pytest.mark.parametrize(
    "wrong",
    [
        {"roger": "javascript:alert(1)"},
        {"roger": f"{ROGER}/pfad"},
        {"roger": f"{ROGER}; script-src *"},
        {"roger": "127.0.0.1:8000"},
        {"script": None, "roger": None},
    ],
)
def test_what_it_cannot_use_is_refused_and_changes_nothing(standin: StandIn, wrong: dict[str, Any]) -> None:
    standin.control("PUT", "/website", SNIPPETS)

    answer = standin.control("PUT", "/website", SNIPPETS | wrong)

    assert (answer.status_code, standin.control("GET", "/website").json()) == (400, SNIPPETS)


def test_a_part_that_is_missing_is_named(standin: StandIn) -> None:
    answer = standin.control("PUT", "/website", {name: SNIPPETS[name] for name in ("name", "roger", "link")})

    assert (answer.status_code, answer.json()) == (400, {"error": "missing or unknown: 'script'"})
