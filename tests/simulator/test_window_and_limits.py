"""Customer service window, pair rate, throughput, by the movable clock."""

import time

import pytest

from tests.simulator.conftest import DOM, JANA, MEHMET, SOMMER, NewStandIn, StandIn, code_of, configuration


def test_a_closed_window_is_a_200_and_then_a_failed_131047(standin: StandIn) -> None:
    answer = standin.send_text()

    assert answer.status_code == 200
    assert standin.failures() == [131047]


def test_the_plan_can_refuse_a_closed_window_at_once(standin: StandIn) -> None:
    standin.plan(window={"closed": "sync"})

    answer = standin.send_text()

    assert (answer.status_code, code_of(answer)) == (400, 131047)
    assert standin.webhooks() == []


def test_a_window_is_open_for_24_hours_and_not_a_second_longer(standin: StandIn) -> None:
    standin.open_window()

    standin.advance(hours=23, minutes=59)
    standin.send_text()
    before = standin.statuses()
    standin.advance(minutes=1)
    standin.send_text()

    assert before == ["sent", "delivered"]
    assert standin.failures() == [131047]


def test_each_message_of_the_person_opens_the_window_anew(standin: StandIn) -> None:
    standin.open_window()
    standin.advance(hours=20)
    standin.open_window()
    standin.advance(hours=20)

    standin.send_text()

    assert standin.statuses() == ["sent", "delivered"]


def test_a_window_with_one_practice_opens_none_with_another(standin: StandIn) -> None:
    standin.open_window(to=SOMMER)

    standin.send_text(key="key-of-dom")

    assert standin.failures() == [131047]


def test_our_own_sends_open_no_window(standin: StandIn) -> None:
    standin.send(type="template", template={"name": "unterlagen", "language": {"code": "de"}})

    standin.send_text()

    assert standin.failures() == [131047]


def test_the_plan_can_trust_windows_from_before_the_start(standin: StandIn) -> None:
    standin.plan(window={"unseen": "open"})

    standin.send_text(to=MEHMET)

    assert standin.statuses() == ["sent", "delivered"]


def test_the_configuration_can_say_when_somebody_last_wrote(new_standin: NewStandIn) -> None:
    config = configuration()
    config["people"][0]["last_wrote"] = {DOM: time.time() - 3600}
    standin = new_standin(config)

    standin.send_text(key="key-of-dom")
    standin.send_text(key="key-of-sommer")

    assert standin.statuses() == ["sent", "delivered", "failed"]


def test_trust_covers_people_whose_last_known_message_is_old(new_standin: NewStandIn) -> None:
    config = configuration()
    config["people"][0]["last_wrote"] = {SOMMER: time.time() - 90_000}
    standin = new_standin(config)

    standin.send_text()
    standin.plan(window={"unseen": "open"})
    standin.send_text()

    assert standin.statuses() == ["failed", "sent", "delivered"]


def test_the_newer_of_two_times_counts_when_somebody_is_described_twice(new_standin: NewStandIn) -> None:
    config = configuration()
    for seconds in (90_000, 60, 90_000):
        config["people"].append({"phone": JANA, "name": "Jana Vogt", "last_wrote": {SOMMER: time.time() - seconds}})
    standin = new_standin(config)

    standin.send_text()

    assert standin.statuses() == ["sent", "delivered"]


def test_a_burst_to_one_person_ends_in_131056_and_others_are_still_reached(standin: StandIn) -> None:
    standin.open_window(JANA)
    standin.open_window(MEHMET)

    codes = [standin.send_text().status_code for _ in range(46)]

    assert codes == [200] * 45 + [400]
    assert code_of(standin.send_text()) == 131056
    assert standin.send_text(to=MEHMET).status_code == 200


def test_six_seconds_allow_one_more_message_to_the_same_person(standin: StandIn) -> None:
    standin.open_window()
    standin.plan(limits={"pair_burst": 1})
    standin.send_text()

    refused = standin.send_text()
    standin.advance(seconds=6)

    assert code_of(refused) == 131056
    assert standin.send_text().status_code == 200


def test_throughput_is_counted_per_number(standin: StandIn) -> None:
    standin.plan(limits={"pair_burst": None, "throughput_per_second": 2}, window={"unseen": "open"})

    statuses = [standin.send_text().status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert standin.send_text(key="key-of-dom").status_code == 200


def test_limits_can_be_lifted(standin: StandIn) -> None:
    standin.plan(limits={"pair_burst": None, "throughput_per_second": None}, window={"unseen": "open"})

    assert {standin.send_text().status_code for _ in range(150)} == {200}


@pytest.mark.parametrize("seconds", [-1, -3600])
def test_the_clock_does_not_go_back(standin: StandIn, seconds: int) -> None:
    assert standin.control("POST", "/clock", {"advance_seconds": seconds}).status_code == 400
