"""Our own rules say no.

Refusal                     `for_person` is the sentence to show, `reason` the stable code, `next_step` what to do
├── consent.ConsentMissing …and the other reasons of the gate (consent/gate.py)
└── anamnesis.LinkExpired
"""


class Refusal(Exception):
    """An expected no. Holds codes and sentences only, never a name, number or message text."""

    reason = "refused"

    def __init__(self, for_person: str, *, reason: str | None = None, next_step: str = "") -> None:
        self.reason = reason or type(self).reason
        super().__init__(self.reason)
        self.for_person = for_person
        self.next_step = next_step
