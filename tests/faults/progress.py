"""What the run tells while it goes on. The last line of standard output belongs to the verdict."""

import sys
import time

_begun = time.monotonic()


def say(sentence: str) -> None:
    sys.stderr.write(f"{time.monotonic() - _begun:6.1f} s  {sentence}\n")
    sys.stderr.flush()
