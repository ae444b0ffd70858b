"""Does it serve yet?"""

import http.client
import socket

from roger.embedded.environment import Ports

SECONDS_TO_SERVE = 90


def serves(ports: Ports) -> bool:
    """Whether pages come through the front with database, broker and drain in order, and the stand-in answers."""
    return answers_ok(ports.front, "/readyz") and is_open(ports.simulator)


def answers_ok(port: int, path: str) -> bool:
    """Whether a GET on loopback gets 200."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", path)
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def is_open(port: int) -> bool:
    """Whether somebody listens on this loopback port."""
    with socket.socket() as line:
        line.settimeout(1)
        return line.connect_ex(("127.0.0.1", port)) == 0
