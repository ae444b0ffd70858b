"""The desk: replies queued at an even pace. Whatever fails is tried again with the same client_id, as a form would."""

import threading
import time
from dataclasses import dataclass, field

from django.db import DatabaseError, connection, transaction

from consent.purposes import Purpose
from messaging.actions import send_text
from messaging.models import Conversation, Message
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.faults.opening import Opened

GIVE_UP_SECONDS = 60.0


@dataclass
class Reception:
    """Who answers, and how many replies are committed."""

    opened: list[Opened]
    queued: int = 0
    _threads: list[threading.Thread] = field(default_factory=list)

    def answer(self, count: int, per_second: float) -> threading.Thread:
        """Queue that many replies in the background, to the patients in turn."""
        thread = threading.Thread(target=self._answer, args=(count, per_second), name="reception")
        thread.start()
        return thread

    def _answer(self, count: int, per_second: float) -> None:
        try:
            threads = {one.practice_id: conversations(one) for one in self.opened}
            begun = time.monotonic()
            for number in range(count):
                time.sleep(max(0.0, begun + number / per_second - time.monotonic()))
                practice = self.opened[number % len(self.opened)]
                waiting = threads[practice.practice_id]
                reply(practice, waiting[(number // len(self.opened)) % len(waiting)], f"Antwort {number:04d}")
                self.queued += 1
        finally:
            connection.close()


def conversations(practice: Opened) -> list[Conversation]:
    """The threads of the patients who agreed."""
    with practice_scope(practice.practice_id), transaction.atomic():
        found = Conversation.objects.with_people().filter(contact_id__in=practice.agreed)
        return list(found.order_by("pk"))


def reply(practice: Opened, conversation: Conversation, body: str) -> Message:
    """Queue one reply, again and again until it is committed."""
    client_id, deadline = uuid7(), time.monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            with practice_scope(practice.practice_id):
                return send_text(
                    conversation=conversation,
                    body=body,
                    purpose=Purpose.ORGANISATION,
                    by=practice.member,
                    client_id=client_id,
                )
        except DatabaseError:
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)
