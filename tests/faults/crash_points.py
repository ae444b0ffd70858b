"""Every named point of the two pipelines: a process ends there, others go on, and nothing is lost or doubled."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from messaging.models import Conversation
from roger.supervisor.programs import PROJECT
from tests.faults.armed import DEEDS
from tests.faults.opening import Opened
from tests.faults.postman import Post, letter
from tests.faults.progress import say
from tests.faults.reception import conversations, reply

NAMED = re.compile(r'crash_point\("([a-z_.]+)"\)')
ROOMS = ("practices", "patients", "consent", "messaging", "anamnesis", "roger")
ENDED_THERE = 137


def names() -> list[str]:
    """All points, as the source names them."""
    files = [file for room in ROOMS for file in (PROJECT / room).rglob("*.py")]
    return sorted({name for file in files for name in NAMED.findall(file.read_text())})


@dataclass
class Trial:
    """Ends a process at each point. The installation's workers are paused meanwhile, then go on with what is left."""

    practice: Opened
    post: Post
    variables: dict[str, str]
    heartbeats: list[Path]

    def run(self) -> int:
        """How many points ended a process."""
        threads = conversations(self.practice)
        return sum([self._ends_at(name, thread) for name, thread in zip(names(), threads, strict=False)])

    def _ends_at(self, name: str, thread: Conversation) -> bool:
        for heartbeat in self.heartbeats:
            heartbeat.touch()  # or the supervisor would end the worker for its silence
        deed = DEEDS[name.partition(".")[0]]
        arriving = letter(self.practice.line, self.practice.people[0], f"Nachricht {name}")
        if deed == "outbound":
            reply(self.practice, thread, f"Antwort {name}")
        elif deed == "inbound":
            self.post.deliver([arriving], rate=1).join()
        ended = self._go(deed, arriving.body, crash_at=name)
        if deed == "webhook":
            # The process played the web server; what it did not acknowledge is repeated, and the real one takes it.
            self.post.deliver([arriving], rate=1).join()
        if ended != ENDED_THERE:
            say(f"crash point {name} was not reached: the process ended with {ended}")
        return ended == ENDED_THERE

    def _go(self, deed: str, body: bytes, crash_at: str) -> int:
        line = self.practice.line
        command = [sys.executable, "-m", "tests.faults.armed", deed, str(self.practice.practice_id)]
        told = {"WEBHOOK_TOKEN": line.token, "WEBHOOK_SECRET": line.secret, "ROGER_CRASH_AT": crash_at}
        done = subprocess.run(command, input=body, env=self.variables | told, cwd=PROJECT, check=False, timeout=60)
        return done.returncode
