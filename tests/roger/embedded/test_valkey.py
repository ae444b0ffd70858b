from pathlib import Path

import pytest
import redis

from roger.embedded.cannot_start import CannotStart
from roger.embedded.home import Home, prepare
from roger.embedded.valkey import Valkey, find_program, ping


def new_broker(home: Home, *, durable: bool = True) -> Valkey:
    return Valkey(
        program=find_program(home.servers, home.account),
        folder=home.servers,
        sockets=home.sockets,
        log=home.logs / "valkey.log",
        account=home.account,
        durable=durable,
    )


def test_redis_py_reaches_the_server_by_its_address(open_folder: Path) -> None:
    broker = new_broker(prepare(open_folder / "home"))
    broker.start()

    with redis.Redis.from_url(broker.url) as client:
        client.set("bell", "rung")
        value = client.get("bell")

    broker.stop()
    assert value == b"rung"


def test_the_server_listens_on_no_port_and_throws_nothing_away(open_folder: Path) -> None:
    broker = new_broker(prepare(open_folder / "home"))
    broker.start()

    with redis.Redis.from_url(broker.url, decode_responses=True) as client:
        settings = client.config_get("port", "maxmemory-policy", "appendonly", "maxmemory")

    broker.stop()
    assert settings == {
        "port": "0",
        "maxmemory-policy": "noeviction",
        "appendonly": "yes",
        "maxmemory": str(256 * 1024 * 1024),
    }


def test_what_was_rung_outlives_a_killed_server(open_folder: Path) -> None:
    broker = new_broker(prepare(open_folder / "home"))
    process = broker.start()
    with redis.Redis.from_url(broker.url) as client:
        client.set("bell", "rung")
    process.kill()
    process.wait()

    broker.start()

    with redis.Redis.from_url(broker.url) as client:
        value = client.get("bell")
    broker.stop()
    assert value == b"rung"


def test_an_unreadable_journal_is_put_aside_and_the_server_starts_empty(open_folder: Path) -> None:
    home = prepare(open_folder / "home")
    broker = new_broker(home)
    broker.start()
    broker.stop()
    for journal in (broker.data / "appendonlydir").iterdir():
        journal.write_text("no journal at all\n")

    broker.start()

    with redis.Redis.from_url(broker.url) as client:
        keys = client.keys()
    broker.stop()
    assert keys == []
    assert (home.servers / "valkey.unreadable" / "appendonlydir").is_dir()


def test_a_program_that_is_no_server_is_refused_with_its_log(open_folder: Path) -> None:
    home = prepare(open_folder / "home")
    broker = new_broker(home)
    broker.program = open_folder / "broken"
    broker.program.write_text("#!/bin/sh\necho cannot run\nexit 1\n")
    broker.program.chmod(0o755)

    with pytest.raises(CannotStart) as problem:
        broker.start()

    assert str(problem.value) == (f"Valkey did not start; the end of {home.logs}/valkey.log:\ncannot run\ncannot run")


def test_nobody_answers_behind_a_socket_that_is_not_there(tmp_path: Path) -> None:
    assert not ping(tmp_path / "valkey.sock")
