import os
import socket
from pathlib import Path

import pytest

from roger.embedded import children
from roger.embedded.cannot_start import CannotStart
from roger.embedded.environment import Ports, variables
from roger.embedded.home import Home
from roger.embedded.secrets import Secrets
from roger.supervisor.programs import PROJECT, Program, free_port, programs, refuse_taken_port


@pytest.fixture
def all_programs(tmp_path: Path) -> list[Program]:
    home = Home(tmp_path, tmp_path / "servers", tmp_path / "sockets", None)
    everything = variables(home, Secrets(), Ports(8000, 8360), None, None)
    return programs(home, Ports(8000, 8360), everything)


def test_programs_start_from_the_inside_out(all_programs: list[Program]) -> None:
    names = [program.name for program in all_programs]

    assert names == ["web", "stream", "inbound", "worker", "scheduler", "simulator", "caddy"]


def test_only_front_and_stand_in_are_on_known_ports(all_programs: list[Program]) -> None:
    listening = {program.name: program.listening for program in all_programs}

    assert (listening["caddy"], listening["simulator"]) == ("127.0.0.1:8000", "127.0.0.1:8360")
    assert (listening["worker"], listening["scheduler"]) == (None, None)
    assert len({listening["web"], listening["stream"], "127.0.0.1:8000", "127.0.0.1:8360"}) == 4


def test_the_front_is_told_where_pages_and_stream_are(all_programs: list[Program]) -> None:
    web, stream, *_, caddy = all_programs

    assert caddy.environment["WEB_UPSTREAM"] == web.listening
    assert caddy.environment["STREAM_UPSTREAM"] == stream.listening
    assert caddy.environment["BIND_ADDRESS"] == "127.0.0.1"


def test_no_secret_is_on_a_command_line_or_in_a_repr(all_programs: list[Program]) -> None:
    secrets = {
        value
        for program in all_programs
        for name, value in program.environment.items()
        if name in {"SECRET_KEY", "ROGER_MASTER_KEY", "LEDGER_SIGNING_KEY", "DATABASE_URL"}
    }

    shown = " ".join(f"{program!r} {' '.join(program.command)}" for program in all_programs)

    assert len(secrets) >= 3
    assert [secret for secret in secrets if secret in shown] == []


def test_every_program_finds_the_project_and_carries_the_mark(all_programs: list[Program], tmp_path: Path) -> None:
    told = {(program.environment["PYTHONPATH"], program.environment[children.MARK]) for program in all_programs}

    assert told == {(str(PROJECT), str(tmp_path))}


def test_a_taken_port_is_refused_with_what_to_do() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CannotStart) as problem:
            refuse_taken_port(port, "PORT")

    assert str(problem.value) == (
        f"Port {port} is taken by another program: stop it, or start with another one, such as PORT={port + 1}."
    )


def test_a_port_that_was_free_a_moment_ago_is_accepted() -> None:
    port = free_port()

    refuse_taken_port(port, "PORT")

    assert port != free_port() or os.name != "posix"
