"""The configuration file: it may come later, change, or be broken."""

import json
import logging
import os
from pathlib import Path

import pytest

from tests.simulator.conftest import SOMMER, Json, NewStandIn, StandIn, configuration


def write_file(path: Path, config: Json) -> None:
    """Write the file with a new time of change, whatever the clock of the file system says."""
    earlier = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(json.dumps(config))
    os.utime(path, ns=(earlier + 1_000_000_000, earlier + 1_000_000_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file will be."""
    return tmp_path / "simulator.json"


def phones(standin: StandIn) -> list[str]:
    """The numbers known."""
    return [one["phone"] for one in standin.control("GET", "/numbers").json()]


def test_the_file_may_come_later(new_standin: NewStandIn, path: Path) -> None:
    standin = new_standin(path)
    before = phones(standin)

    write_file(path, configuration())

    assert (before, phones(standin)) == ([], ["+493023125101", "+492214710101"])
    assert len(standin.control("GET", "/people").json()) == 3


def test_a_changed_file_is_taken_over_and_what_runs_is_kept(new_standin: NewStandIn, path: Path) -> None:
    config = configuration()
    write_file(path, config)
    standin = new_standin(path)
    wamid = standin.write()["wamid"]

    config["numbers"][0]["api_key"] = "new-key"
    config["people"].append({"phone": "+491713920055", "name": "Kim"})
    write_file(path, config)

    assert standin.call("GET", "/health_status").status_code == 401
    assert standin.call("GET", "/health_status", key="new-key").status_code == 200
    assert [one["wamid"] for one in standin.control("GET", "/messages").json()] == [wamid]
    assert standin.control("GET", "/people").json()[-1]["name"] == "Kim"


def test_a_webhook_set_by_the_api_survives_other_changes_of_the_file(new_standin: NewStandIn, path: Path) -> None:
    config = configuration()
    write_file(path, config)
    standin = new_standin(path)
    standin.call("POST", "/v1/configs/webhook", json={"url": "https://roger.test/new/"})

    config["numbers"][0]["name"] = "Praxis Winter"
    write_file(path, config)

    assert standin.call("GET", "/v1/configs/webhook").json() == {"url": "https://roger.test/new/"}
    assert standin.control("GET", "/numbers").json()[0]["name"] == "Praxis Winter"


def test_a_webhook_changed_in_the_file_is_used(new_standin: NewStandIn, path: Path) -> None:
    config = configuration()
    write_file(path, config)
    standin = new_standin(path)

    config["numbers"][0]["webhook_url"] = "http://roger.test/other/"
    write_file(path, config)
    standin.write()

    assert [str(request.url) for request in standin.bag.take()] == ["http://roger.test/other/"]


def test_new_templates_of_the_file_are_added_to_the_known_ones(new_standin: NewStandIn, path: Path) -> None:
    config = configuration()
    write_file(path, config)
    standin = new_standin(path)
    standin.control("POST", "/templates", {"number": SOMMER, "name": "unterlagen", "event": "PAUSED"})

    new = {"name": "neu", "language": "de", "components": [{"type": "BODY", "text": "Neu."}]}
    config["numbers"][0]["templates"].append(new)
    write_file(path, config)

    listed = standin.call("GET", "/v1/configs/templates").json()["waba_templates"]
    assert [(one["name"], one["status"]) for one in listed if one["name"] in {"neu", "unterlagen"}] == [
        ("neu", "approved"),
        ("unterlagen", "paused"),
    ]


def test_a_number_taken_out_of_the_file_goes_and_one_added_by_hand_stays(new_standin: NewStandIn, path: Path) -> None:
    config = configuration()
    write_file(path, config)
    standin = new_standin(path)
    added = {"phone": "+493023125109", "phone_number_id": "9", "waba_id": "9", "api_key": "k9"}
    standin.control("POST", "/numbers", added)

    del config["numbers"][1]
    write_file(path, config)

    assert phones(standin) == ["+493023125101", "+493023125109"]


def test_a_child_without_a_phone_is_passed_over(new_standin: NewStandIn) -> None:
    config = configuration()
    config["people"].insert(0, {"phone": None, "name": "Mia"})

    standin = new_standin(config)

    assert [one["name"] for one in standin.control("GET", "/people").json()] == ["Jana Vogt", "Mehmet Yılmaz", "Erika"]


def test_numbers_of_one_account_share_their_templates(new_standin: NewStandIn) -> None:
    config = configuration()
    config["numbers"][1]["waba_id"] = "200000000000101"
    standin = new_standin(config)

    listed = standin.call("GET", "/v1/configs/templates", key="key-of-dom").json()

    assert listed["total"] == 4


def test_the_file_can_bring_faults_and_a_reset_brings_them_back(new_standin: NewStandIn) -> None:
    config = configuration()
    config["faults"] = {"window": {"unseen": "open"}}
    standin = new_standin(config)
    standin.plan()

    before = standin.control("GET", "/faults").json()["window"]
    standin.control("POST", "/reset")

    assert (before["unseen"], standin.control("GET", "/faults").json()["window"]["unseen"]) == ("closed", "open")


@pytest.mark.parametrize("content", ["{", "[]", '{"numbers": [{}]}', '{"people": [{"phone": "x"}]}', '{"numbers": 5}'])
def test_a_broken_file_is_logged_without_its_content_and_changes_nothing(
    new_standin: NewStandIn, path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    write_file(path, configuration())
    standin = new_standin(path)
    with caplog.at_level(logging.WARNING, logger="simulator"):
        path.write_text(content)
        os.utime(path, ns=(5_000_000_000, 5_000_000_000))
        kept = phones(standin)

    assert kept == ["+493023125101", "+492214710101"]
    assert [record.message.split(":")[0] for record in caplog.records] == ["configuration not usable"]


def test_a_broken_file_is_used_once_it_is_mended(new_standin: NewStandIn, path: Path) -> None:
    path.write_text("{")
    standin = new_standin(path)

    write_file(path, configuration())

    assert phones(standin) == ["+493023125101", "+492214710101"]
