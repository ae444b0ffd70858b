"""What is being done, on stderr; stdout belongs to the figures."""

import sys
import time

_begun = time.monotonic()


def say(what: str) -> None:
    sys.stderr.write(f"[{time.monotonic() - _begun:6.1f} s] {what}\n")
    sys.stderr.flush()
