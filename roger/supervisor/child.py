"""One process that is kept alive."""

import math
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from roger.embedded import children
from roger.embedded.cannot_start import CannotStart
from roger.supervisor.report import ProcessFacts, say

LONGEST_PAUSE = 10.0
STEADY_SECONDS = 30.0
STALE_SECONDS = 60.0


@dataclass
class Child:
    """A process and how to begin it. After it has died it is begun again, each time after a longer pause."""

    name: str
    begin: Callable[[], subprocess.Popen[bytes]]
    log: Path
    listening: str | None = None
    heartbeat: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    deaths: int = field(default=0, init=False)
    begun_at: float = field(default=0.0, init=False)
    next_try: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Begin it now; raises CannotStart."""
        if self.heartbeat:
            self.heartbeat.unlink(missing_ok=True)
        self.begun_at = time.monotonic()
        self.process = self.begin()

    def hold(self) -> None:
        """Not begun by looking after it, until `start`."""
        self.next_try = math.inf

    def look_after(self) -> bool:
        """Notice its death, or begin it again when the pause is over. Returns whether its process id changed."""
        if self.process is None:
            return time.monotonic() >= self.next_try and self._begin_again()
        self._end_if_silent(self.process)
        if self.process.poll() is None:
            return self._forget_old_deaths()
        self._bury(self.process)
        return True

    def ask_to_end(self, how: signal.Signals) -> None:
        """Ask politely, and do not wait."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)

    def see_it_end(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic seconds), then kill it and whatever it has begun itself."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
        children.kill_group(self.process.pid)
        self.process.wait()
        self.process = None

    def facts(self) -> ProcessFacts:
        return {"name": self.name, "pid": self.process.pid if self.process else None, "listening": self.listening}

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        children.kill_group(process.pid)
        self.process = None
        self._announce(how_it_ended(process.returncode))

    def _begin_again(self) -> bool:
        try:
            self.start()
        except (CannotStart, OSError) as problem:  # OSError: a full disk, or no more processes
            self._announce(f"could not be started: {problem}")
        return True

    def _announce(self, what_happened: str) -> None:
        pause = min(LONGEST_PAUSE, 0.25 * 2**self.deaths) if self.deaths else 0.0
        self.deaths += 1
        self.next_try = time.monotonic() + pause
        when = f"in {pause:.1f} s" if pause else "at once"
        say(f"{self.name} {what_happened}; starting it again {when} (log: {self.log})")

    def _forget_old_deaths(self) -> bool:
        if self.deaths and time.monotonic() - self.begun_at > STEADY_SECONDS:
            self.deaths = 0
        return False

    def _end_if_silent(self, process: subprocess.Popen[bytes]) -> None:
        if self.heartbeat is None or not self.heartbeat.exists():
            return
        silence = time.time() - self.heartbeat.stat().st_mtime
        if silence > STALE_SECONDS and process.poll() is None:
            say(f"{self.name} has shown no sign of life for {silence:.0f} s")
            children.kill_group(process.pid)
            process.wait()


def how_it_ended(returncode: int) -> str:
    """A returncode of Popen in words."""
    if returncode >= 0:
        return f"ended with exit code {returncode}"
    return f"was ended by {signal.Signals(-returncode).name}"
