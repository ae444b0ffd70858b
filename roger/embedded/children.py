"""Starting a process so that it is not left behind when we die."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from roger.embedded.account import Account

PR_SET_PDEATHSIG = 1

# In the environment of what we start: tells a later launcher which processes an earlier one has left behind.
MARK = "ROGER_SUPERVISED"

# Loaded once: a fork has no business loading libraries.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


def end_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """What a child does right after the fork, so that it gets this signal when its parent dies (Linux only).

    Linux ties it to the thread that forked, so children are started from the main thread.
    """
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if _libc is None:
            return
        _libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died before we could ask
            os.kill(os.getpid(), death_signal)

    return ask_the_kernel


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    death_signal: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own, with exactly this environment, its output added to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            process_group=0,
            preexec_fn=end_with_parent(death_signal),  # noqa: PLW1509 - one prctl call, and the parent is single-threaded
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def end(process: subprocess.Popen[bytes], first: signal.Signals, seconds: float) -> None:
    """End a child and its whole process group: politely first, by SIGKILL after that many seconds."""
    if process.poll() is None:
        process.send_signal(first)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    kill_group(process.pid)
    process.wait()


def kill_group(pid: int) -> None:
    """Kill what is left of a process group; children of a dead child would go on answering."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # nobody is left (macOS says "not permitted" of a group of zombies)


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log file, for an error message to the operator."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
