"""From nothing to serving, and back."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from roger.embedded import children, environment, postgres, valkey
from roger.embedded.cannot_start import CannotStart
from roger.embedded.environment import Ports
from roger.embedded.home import Home, only_launcher, prepare
from roger.embedded.secrets import Secrets, load_or_make
from roger.supervisor import disk, logs, readiness, steps
from roger.supervisor.caller import make_was_interrupted
from roger.supervisor.child import Child
from roger.supervisor.leftovers import end_leftovers
from roger.supervisor.programs import PROJECT, Program, programs, refuse_taken_port
from roger.supervisor.report import greeting, say, write_processes

TICK_SECONDS = 0.2
HOUSEKEEPING_SECONDS = 10.0
SECONDS_TO_END = 5.0
LEAST_FREE_BYTES = 200 * disk.MEBIBYTE


@dataclass
class Launch:
    """One run of everything. `kept` is in the order of starting; the two servers come first."""

    home: Home
    ports: Ports
    secrets: Secrets
    database: Child | None = None
    broker: Child | None = None
    programs: list[Child] = field(default_factory=list)
    tidied_at: float = 0.0

    @property
    def kept(self) -> list[Child]:
        return [each for each in (self.database, self.broker, *self.programs) if each is not None]

    @property
    def processes(self) -> Path:
        """For doctor; there only while we run."""
        return self.home.run / "processes.json"

    def start_servers(self) -> dict[str, str]:
        """Start what no variable of the operator's names elsewhere; returns all variables as in use."""
        database = None if os.environ.get("DATABASE_URL") else self._start_database()
        broker = None if os.environ.get("REDIS_URL") else self._start_broker()
        return environment.variables(self.home, self.secrets, self.ports, database, broker)

    def start_listeners(self, everything: Mapping[str, str]) -> None:
        """Begin what people and machines talk to. All else waits: it would only take the processors from them."""
        for program in programs(self.home, self.ports, dict(everything)):
            child = Child(
                program.name, self._beginning(program), self._log(program.name), program.listening, program.heartbeat
            )
            self.programs.append(child)
            if program.listening:
                child.start()
            else:
                child.hold()
        self.report()

    def start_the_rest(self) -> None:
        """Begin what works behind them."""
        for child in self.programs:
            if child.listening is None:
                child.start()
        self.report()

    def look_after_all(self) -> None:
        """One round: restart the dead, and now and then see to disk and logs. Raises KeyboardInterrupt for make."""
        if make_was_interrupted():
            raise KeyboardInterrupt
        if any([child.look_after() for child in self.kept]):  # noqa: C419 - every child gets its look
            self.report()
        if time.monotonic() - self.tidied_at > HOUSEKEEPING_SECONDS:
            self.tidied_at = time.monotonic()
            with contextlib.suppress(OSError):  # a full disk ends nothing here: what follows makes room
                logs.shorten(self.home.logs)
            if trouble := disk.keep_ballast(self.home.servers / "ballast", disk.free_bytes(self.home.servers)):
                say(trouble)

    def end_all(self) -> None:
        """End everything in reverse order: first who takes requests, then who does the work, the database last."""
        front = [child for child in self.programs if child.name == "caddy"]
        for group, how in ((front, signal.SIGTERM), (self.programs, signal.SIGTERM)):
            end_together([child for child in reversed(group) if child.process], how)
        end_together([self.broker] if self.broker else [], signal.SIGTERM)
        end_together([self.database] if self.database else [], signal.SIGINT)
        self.processes.unlink(missing_ok=True)

    def report(self) -> None:
        with contextlib.suppress(OSError):  # on a full disk doctor sees what was true before
            write_processes(self.processes, [child.facts() for child in self.kept])

    def _start_database(self) -> postgres.Postgres:
        server = postgres.Postgres(
            binaries=postgres.find_binaries(self.home.servers, self.home.account),
            folder=self.home.servers,
            sockets=self.home.sockets,
            log=self._log("postgres"),
            account=self.home.account,
            superuser_password=self.secrets.superuser_password,
        )
        self.database = Child("postgres", server.start, server.log, str(self.home.sockets))
        self.database.start()
        server.prepare(self.secrets)
        return server

    def _start_broker(self) -> valkey.Valkey:
        server = valkey.Valkey(
            program=valkey.find_program(self.home.servers, self.home.account),
            folder=self.home.servers,
            sockets=self.home.sockets,
            log=self._log("valkey"),
            account=self.home.account,
        )
        self.broker = Child("valkey", server.start, server.log, str(server.socket))
        self.broker.start()
        return server

    def _beginning(self, program: Program) -> Callable[[], subprocess.Popen[bytes]]:
        return lambda: children.start(
            program.command, log=self._log(program.name), environment=program.environment, folder=PROJECT
        )

    def _log(self, name: str) -> Path:
        return self.home.logs / f"{name}.log"


def end_together(group: list[Child], how: signal.Signals) -> None:
    """Ask all, then wait for all with one deadline."""
    for child in group:
        child.ask_to_end(how)
    deadline = time.monotonic() + SECONDS_TO_END
    for child in group:
        child.see_it_end(deadline)


def run(home_path: Path, ports: Ports) -> None:
    """Serve until SIGINT or SIGTERM. Raises CannotStart with what to do."""
    home = prepare(home_path)
    with only_launcher(home):
        end_leftovers(home)
        refuse_taken_port(ports.front, "PORT")
        refuse_taken_port(ports.simulator, "SIMULATOR_PORT")
        refuse_full_disk(home)
        launch = Launch(home, ports, load_or_make(home.secrets, sealed_data=home.data))
        with ended_at_the_end(launch):
            serve(launch)


@contextmanager
def ended_at_the_end(launch: Launch) -> Iterator[None]:
    """Whatever happens inside, nothing of the launch outlives it."""
    try:
        yield
    finally:
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it behind
        say("ending: this takes a few seconds")
        launch.end_all()


def serve(launch: Launch) -> None:
    """Start everything, say `ready` once it serves, and keep it alive."""
    everything = launch.start_servers()
    environment.write(launch.home.path / "env", everything)
    prepare_data(launch, everything)
    launch.start_listeners(everything)
    wait_until_it_serves(launch)
    launch.start_the_rest()
    for line in greeting(everything["BASE_URL"], everything["D360_BASE_URL"], launch.home.path / "demo.json"):
        say(line)
    say("ready")
    while True:
        launch.look_after_all()
        time.sleep(TICK_SECONDS)


def prepare_data(launch: Launch, everything: Mapping[str, str]) -> None:
    """Tables, static files and, unless DEMO=0, demo data; the marks lie beside the data they speak of."""
    told = {**os.environ, **everything, children.MARK: str(launch.home.path)}
    log, marks = launch.home.logs / "setup.log", launch.home.servers
    if "DATABASE_MIGRATE_URL" in everything:
        steps.migrate(told, log, marks)
    steps.collect_static(told, log, launch.home.run)
    if everything["DEMO"] != "0":
        steps.seed_demo(told, log, marks)


def wait_until_it_serves(launch: Launch) -> None:
    """Raises CannotStart when pages do not come within 90 seconds."""
    deadline = time.monotonic() + readiness.SECONDS_TO_SERVE
    while not readiness.serves(launch.ports):
        launch.look_after_all()
        if time.monotonic() > deadline:
            raise CannotStart(
                f"Roger does not serve after {readiness.SECONDS_TO_SERVE} seconds: read {launch.home.logs}/web.log "
                "and the logs beside it."
            )
        time.sleep(TICK_SECONDS)


def refuse_full_disk(home: Home) -> None:
    """Raises CannotStart when the servers would stop soon after the start."""
    free = disk.free_bytes(home.servers)
    if free < LEAST_FREE_BYTES:
        raise CannotStart(
            f"The disk of {home.servers} has only {free // disk.MEBIBYTE} MB left: "
            f"free at least {LEAST_FREE_BYTES // disk.MEBIBYTE} MB, or set ROGER_HOME to another disk."
        )
