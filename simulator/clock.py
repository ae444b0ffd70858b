"""The stand-in's own time: the real clock plus what somebody advanced it by."""

import time


class Clock:
    """UTC seconds since 1970, movable forwards, so that windows and media expire within a test."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since 1970 (UTC) as the stand-in sees them."""
        return time.time() + self._offset

    def stamp(self) -> str:
        """Whole seconds as a string, the form webhooks carry."""
        return str(int(self.now()))

    def advance(self, seconds: float) -> None:
        """Move time forwards by seconds; backwards is refused with ValueError."""
        if seconds < 0:
            raise ValueError("the clock only moves forwards")
        self._offset += seconds

    def reset(self) -> None:
        """Return to the real time."""
        self._offset = 0.0
