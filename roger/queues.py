"""Which worker does what. Nothing slow may stand before a STOP, so what arrives has processes of its own.

inbound     reads what arrived, says who waits when an answer was lost, and sweeps; talks to nobody outside
worker      outbound (sending, ticks) and background (files, templates, the night's work); talks to others
"""

INBOUND, OUTBOUND, BACKGROUND = "inbound", "outbound", "background"
OF_WORKER = {"inbound": (INBOUND,), "worker": (OUTBOUND, BACKGROUND)}
# Everything else is background.
OF_TASK = {
    "messaging.drain_inbound": INBOUND,
    "messaging.follow_outcomes": INBOUND,
    "messaging.sweep": INBOUND,
    "messaging.drain_outbox": OUTBOUND,
}


def worker_of(task: str) -> str:
    """Which worker runs it."""
    queue = OF_TASK.get(task, BACKGROUND)
    return next(worker for worker, queues in OF_WORKER.items() if queue in queues)
