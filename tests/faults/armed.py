"""A piece of the web's or the worker's work in a process that ends at ROGER_CRASH_AT: `python -m tests.faults.armed`.

armed webhook <practice>    takes the webhook on standard input in
armed inbound <practice>    drains what came
armed outbound <practice>   sends what is queued
"""

import os
import sys

# The first part of a crash point's name → what a process must do to get there.
DEEDS = {"webhook": "webhook", "wake": "webhook", "inbound": "inbound", "outbound": "outbound"}


def main(deed: str, practice_id: str) -> int:
    """Do it; 0 if it is done, 137 (of os._exit) if the point was reached."""
    import django  # noqa: PLC0415  (DEEDS is read without settings)

    django.setup()
    from messaging import tasks  # noqa: PLC0415  (needs the settings)

    if deed == "webhook":
        return take_in(sys.stdin.buffer.read())
    task = {"inbound": tasks.drain_inbound, "outbound": tasks.drain_outbox}[deed]
    task(practice_id=int(practice_id))
    return 0


def take_in(body: bytes) -> int:
    """As the web server calls the webhook."""
    from tests.messaging.factories import call  # noqa: PLC0415  (needs the settings)

    headers = {"HTTP_X_ROGER_WEBHOOK_SECRET": os.environ["WEBHOOK_SECRET"]}
    return 0 if call(os.environ["WEBHOOK_TOKEN"], body, headers) == "200 OK" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
