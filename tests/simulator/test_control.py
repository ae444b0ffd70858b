"""/control/: reset, clock, numbers, and who may call."""

import pytest

from tests.simulator.conftest import JANA, SOMMER, StandIn


def test_a_reset_forgets_everything_but_the_configuration(standin: StandIn) -> None:
    standin.open_window()
    standin.send_text()
    standin.advance(days=3)
    standin.plan(rules=[{"action": "error"}])
    standin.control("POST", "/people", {"phone": "+491713920055", "name": "Kim"})
    standin.control("POST", "/health", {"number": SOMMER, "can_send_message": "BLOCKED"})

    answer = standin.control("POST", "/reset")

    assert answer.status_code == 200
    assert standin.control("GET", "/messages").json() == []
    assert standin.control("GET", "/sent").json() == []
    assert [one["name"] for one in standin.control("GET", "/people").json()] == ["Jana Vogt", "Mehmet Yılmaz", "Erika"]
    assert standin.control("GET", "/faults").json()["rules"] == []
    assert standin.call("GET", "/health_status").json()["health_status"]["can_send_message"] == "AVAILABLE"


def test_a_reset_brings_the_clock_back(standin: StandIn) -> None:
    before = standin.control("GET", "/clock").json()["now"]
    standin.advance(days=3)

    standin.control("POST", "/reset")

    assert 0 <= standin.control("GET", "/clock").json()["now"] - before < 60


def test_the_list_of_calls_counts_from_one_after_a_reset(standin: StandIn) -> None:
    standin.open_window()
    standin.send_text()
    standin.control("POST", "/reset")
    standin.open_window()
    standin.send_text()

    assert [one["n"] for one in standin.control("GET", "/sent").json()] == [1]


@pytest.mark.parametrize(("after", "listed"), [(-5, [1, 2, 3]), (0, [1, 2, 3]), (2, [3]), (9, [])])
def test_the_list_of_calls_begins_after_any_entry(standin: StandIn, after: int, listed: list[int]) -> None:
    standin.open_window()
    for _ in range(3):
        standin.send_text()

    assert [one["n"] for one in standin.control("GET", f"/sent?after={after}").json()] == listed


def test_the_clock_says_where_it_stands(standin: StandIn) -> None:
    before = standin.control("GET", "/clock").json()["now"]

    after = standin.control("POST", "/clock", {"advance_seconds": 3600}).json()["now"]

    assert 3600 <= after - before < 3660


@pytest.mark.parametrize("body", [{}, {"advance_seconds": "bald"}, [], 5])
def test_a_clock_that_is_not_told_how_far_stays(standin: StandIn, body: object) -> None:
    assert standin.control("POST", "/clock", body).status_code == 400


def test_numbers_are_listed_without_their_keys(standin: StandIn) -> None:
    listed = standin.control("GET", "/numbers")

    assert [one["phone"] for one in listed.json()] == ["+493023125101", "+492214710101"]
    assert "key-of-sommer" not in listed.text
    assert "secret-of-sommer" not in listed.text


def test_a_number_can_be_added_while_running(standin: StandIn) -> None:
    number = {"phone": "+493023125109", "phone_number_id": "9", "waba_id": "8", "api_key": "k9", "webhook_url": ""}

    answer = standin.control("POST", "/numbers", number)

    assert (answer.status_code, answer.json()) == (201, {"phone": "+493023125109"})
    assert standin.call("GET", "/health_status", key="k9").status_code == 200


@pytest.mark.parametrize("number", [{}, {"phone": "+493023125109"}, {"phone": "x"}])
def test_half_a_number_is_refused(standin: StandIn, number: object) -> None:
    assert standin.control("POST", "/numbers", number).status_code == 400


def test_what_is_no_json_is_a_400(standin: StandIn) -> None:
    assert standin.http.post("/control/messages", content=b"{").status_code == 400


@pytest.mark.parametrize("path", ["/control/reset", "/phones/people", "/control/messages"])
def test_another_site_cannot_post_here_through_a_browser(standin: StandIn, path: str) -> None:
    answer = standin.http.post(path, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_a_person_looking_must_exist(standin: StandIn) -> None:
    unknown = standin.control("POST", "/seen", {"from": "+491713920088", "to": SOMMER})

    assert unknown.status_code == 404
    assert standin.control("POST", "/seen", {"from": JANA, "to": SOMMER}).json() == {"read": 0}


def test_no_answer_ever_sets_a_cookie(standin: StandIn) -> None:
    paths = ["/phones/", "/phones/491713920001/", "/wa/493023125101", "/control/people", "/healthz", "/"]

    assert [standin.http.get(path).headers.get("set-cookie") for path in paths] == [None] * 6
