"""What the composer offers where no free text may go out yet: neutral replies, and the question for consent."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.utils.translation import get_language, get_language_info

from consent.gate import Kind
from messaging import dispatch
from messaging.models import Conversation
from messaging.neutral_replies import Reply, languages_for, reply_text
from practices.models import Practice
from practices.refusal import Refusal

GATES = frozenset({"consent", "pending"})  # the composer's faces of somebody who has not decided


@dataclass(frozen=True)
class Neutral:
    """What may be said now, by the gate's own answer (templates/messaging/_neutral_replies.html).

    `replies` with their words in each of the `languages`; `language` is chosen, `understood` that of whoever sends.
    """

    replies: list[tuple[str, str, list[tuple[str, str]]]]
    languages: list[tuple[str, str]]
    language: str
    understood: str
    may_ask: bool
    client_id: UUID


def neutral_for(conversation: Conversation, known: dispatch.Known, gate: str) -> Neutral | None:
    """None where the composer has another face; asks the database nothing."""
    if gate not in GATES:
        return None
    language = conversation.contact.language
    languages = languages_for(language)
    return Neutral(
        replies=replies_in(languages, known.practice) if _may(conversation, known, Kind.CANNED_REPLY) else [],
        languages=[(code, get_language_info(code)["name_local"]) for code in languages],
        language=language if language in languages else "de",
        understood=(get_language() or "de")[:2],
        may_ask=_may(conversation, known, Kind.OPT_IN_PROMPT),
        client_id=uuid4(),
    )


def replies_in(languages: list[str], practice: Practice) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Key, label and, in each of these languages, all that would be sent."""
    return [
        (reply.value, str(reply.label), [(code, reply_text(reply, code, practice)) for code in languages])
        for reply in Reply
    ]


def _may(conversation: Conversation, known: dispatch.Known, kind: Kind) -> bool:
    try:
        dispatch.require_permission(dispatch.Sending(conversation=conversation, kind=kind, purpose=None), known=known)
    except Refusal:
        return False
    return True
