"""What is asked before a document or an invitation goes out: the same as of a text (composer_questions.py)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from messaging.inbox.composer import QUESTIONS, Brake, Closed, Overtaken
from messaging.inbox.composer_namesakes import patient_in
from messaging.inbox.composer_questions import Question, answered_in, meanwhile, to_whom
from messaging.models import Conversation
from practices.access import MemberRequest


@dataclass(frozen=True)
class Asked:
    """As the reply box shows it (templates/messaging/composer/): `answered` are the fields by which the next press says
    that it was read, `asked_files` the digests of the files that one of the questions was about, `asked_patient` whom
    that one was about."""

    overtaken: Overtaken | None = None
    closed: Closed | None = None
    brake: Brake | None = None
    answered: Collection[str] = ()
    asked_files: Sequence[str] = ()
    asked_patient: str = ""


def question_before(request: MemberRequest, conversation: Conversation, said: Mapping[str, Any]) -> Question:
    """What keeps a form from being sent until it was read; empty where nothing is to be asked."""
    return meanwhile(request, conversation, said) or to_whom(request, conversation, said)


def asked_of(said: Mapping[str, Any], question: Question) -> Asked:
    """What stands in the form now; what was answered before stays answered."""
    answered = answered_in(said) | {QUESTIONS[name] for name in question}
    is_asking = "brake" in question
    files = said.get("files" if is_asking else "asked_files", ())
    patient = patient_in(said) if is_asking else said.get("asked_patient", "")
    return Asked(**question, answered=sorted(answered), asked_files=files, asked_patient=patient)
