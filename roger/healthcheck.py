"""Health of a container: `python -m roger.healthcheck <what>`, where `what` is one of

http://127.0.0.1:8001/healthz   a GET, with the host name of BASE_URL, is answered with 200
port:8002                       somebody listens on this port
touched:/run/heartbeat:60       the newest of these files (a pattern) was written in the last so many seconds
"""

import glob
import os
import socket
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit


def is_healthy(what: str) -> bool:
    """Whether what was asked for holds; raises ValueError for a question nobody has taught us."""
    kind, _, rest = what.partition(":")
    if kind == "http":
        return answers(what)
    if kind == "port":
        return listens(int(rest))
    if kind == "touched":
        pattern, _, seconds = rest.rpartition(":")
        return was_touched(pattern, float(seconds))
    raise ValueError(f"unknown health check: {what}")


def answers(address: str) -> bool:
    host = urlsplit(os.environ.get("BASE_URL", "")).netloc or "127.0.0.1"
    request = urllib.request.Request(address, headers={"Host": host})  # noqa: S310 - is_healthy lets only http through
    try:
        with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def listens(port: int) -> bool:
    with socket.socket() as line:
        line.settimeout(3)
        return line.connect_ex(("127.0.0.1", port)) == 0


def was_touched(pattern: str, seconds: float) -> bool:
    times = [Path(each).stat().st_mtime for each in glob.glob(pattern)]  # noqa: PTH207 - Path.glob wants a relative one
    return bool(times) and time.time() - max(times) < seconds


if __name__ == "__main__":
    sys.exit(0 if is_healthy(sys.argv[1]) else 1)
