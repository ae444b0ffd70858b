"""Several deeds at the same moment, each in a thread and a database connection of its own."""

import threading
from collections.abc import Callable, Sequence

from django.db import connections

from practices.models import Practice
from practices.scope import practice_scope


def at_once(practice: Practice, deeds: Sequence[Callable[[], object]]) -> list[Exception]:
    """Start all deeds together in the practice's scope and wait for them; answers what they raised."""
    barrier, errors = threading.Barrier(len(deeds)), list[Exception]()

    def run(deed: Callable[[], object]) -> None:
        barrier.wait()
        try:
            with practice_scope(practice.pk):
                deed()
        except Exception as error:  # noqa: BLE001  (every test asserts on what is answered)
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors
