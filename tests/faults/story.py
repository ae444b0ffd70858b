"""The run from the opening to the verdict. At most six minutes."""

import time
from collections.abc import Callable

from django.db import DatabaseError, connection

from roger.queues import OF_WORKER
from tests.faults import crash_points, verdict
from tests.faults.blows import Blows, paused_between_transactions
from tests.faults.browsers import Browser
from tests.faults.crash_points import Trial
from tests.faults.installation import Installation
from tests.faults.opening import Opened, open_practices
from tests.faults.postman import Post, letters
from tests.faults.progress import say
from tests.faults.reception import Reception
from tests.faults.verdict import Verdict

WEBHOOKS, PER_SECOND = 5600, 200.0
REPLIES, REPLIES_PER_SECOND = 280, 10.0
BROWSERS_EACH = 2
SECONDS_TO_EMPTY = 30.0  # the bar: nothing pending half a minute after the last fault
SECONDS_TO_SETTLE = 20.0  # then the claims of workers that died are given up


def tell(installation: Installation) -> Verdict:
    """Everything, in order."""
    say("the product serves")
    opened = open_practices(installation.home, installation.simulator)
    post, reception, blows = Post(installation.port), Reception(opened), Blows(installation)
    browsers = [Browser(installation.port, one).open() for one in opened for _ in range(BROWSERS_EACH)]
    post.deliver(letters(opened, 2 * len(opened[0].people)), PER_SECOND).join()
    wait_until(lambda: verdict.waiting(opened) == 0, 60)
    say("everybody has written once")
    survived = end_at_every_point(installation, opened[0], post)
    suffer(blows, post, reception)
    empty_after = seconds_until(lambda: verdict.waiting(opened) == 0, SECONDS_TO_EMPTY)
    say(f"nothing is pending {empty_after:.1f} s after the last webhook was acknowledged")
    settled_after = seconds_until(lambda: verdict.on_their_way(opened) == 0, SECONDS_TO_SETTLE)
    say(f"nothing is on its way {settled_after:.1f} s later")
    wait_until(lambda: verdict.stream_gaps(opened, browsers) == 0, 10)
    for browser in browsers:
        browser.close()
    unnamed = {
        "crash_points_not_survived": len(crash_points.names()) - survived,
        "replies_not_queued": REPLIES - reception.queued,
        "too_slow": int(empty_after >= SECONDS_TO_EMPTY),
    }
    return judge(installation, opened, post, browsers, survived, unnamed)


def end_at_every_point(installation: Installation, practice: Opened, post: Post) -> int:
    """End a process at each named point while the workers are paused, so that they do not do the work instead."""
    heartbeats = [installation.home / "run" / f"{name}-heartbeat" for name in OF_WORKER]
    trial = Trial(practice, post, installation.variables(), heartbeats)
    with paused_between_transactions(*installation.pids(*OF_WORKER)):
        survived = trial.run()
    say(f"{survived} of {len(crash_points.names())} crash points survived")
    return survived


def suffer(blows: Blows, post: Post, reception: Reception) -> None:
    """The load, and every blow in the middle of it; returns when all that was sent is acknowledged and queued."""
    begun = time.monotonic()
    threads = [
        post.deliver(letters(reception.opened, WEBHOOKS), PER_SECOND),
        reception.answer(REPLIES, REPLIES_PER_SECOND),
    ]
    blows.strike_all(begun)
    for thread in threads:
        thread.join()
    say(f"{WEBHOOKS / (time.monotonic() - begun):.0f} webhooks a second on average, outages included")
    say(f"{post.attempts} webhook calls, {reception.queued} replies queued")


def judge(
    installation: Installation,
    opened: list[Opened],
    post: Post,
    browsers: list[Browser],
    survived: int,
    unnamed: dict[str, int],
) -> Verdict:
    """Count, and say what the verdict has no name for."""
    verdict.details(opened)
    counted = {
        "missing": verdict.missing(opened, post),
        "processed_twice": verdict.processed_twice(opened),
        "sent_twice": verdict.sent_twice(opened, installation.simulator),
        "unprocessed": verdict.unprocessed(opened),
        "stream_gaps": verdict.stream_gaps(opened, browsers),
    }
    unnamed |= {
        "not_acknowledged": len(post.sent) - len(post.acknowledged),
        "not_sent": verdict.not_sent(opened),
        "unresolved": verdict.unresolved(opened, installation.simulator),
        "out_of_order": verdict.out_of_order(installation.simulator),
    }
    say(f"browsers connected {[browser.connections for browser in browsers]} times; {unnamed}")
    whole = verdict.ledger_ok()
    return Verdict(
        sent=len(post.sent),
        acknowledged=len(post.acknowledged),
        ledger_ok=whole,
        crash_points=survived,
        ok=whole and not any(counted.values()) and not any(unnamed.values()),
        **counted,
    )


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    seconds_until(holds, seconds)


def seconds_until(holds: Callable[[], bool], longest: float) -> float:
    """How long it took until that held; `longest` if it did not in that time. The database may be away meanwhile."""
    begun = time.monotonic()
    while time.monotonic() - begun < longest:
        try:
            if holds():
                return time.monotonic() - begun
        except DatabaseError:
            connection.close()
        time.sleep(0.25)
    return longest
