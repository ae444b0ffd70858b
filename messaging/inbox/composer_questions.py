"""What is asked once before something goes out, of texts, templates and links alike. Nothing is sent then, the box says
why, and what was answered stays answered until it is sent: else two questions would take turns for ever."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from messaging import actions
from messaging.inbox.composer import QUESTIONS, Closed, Overtaken
from messaging.inbox.composer_namesakes import brake_for, patient_in
from messaging.inbox.showing import author_of
from messaging.inbox.standings import standing_of
from messaging.inbox.wording import shortened
from messaging.models import Conversation, Message
from practices.access import MemberRequest

Question = dict[str, Any]  # what of Typed is to be replaced; empty where nothing is to be asked


def meanwhile(request: MemberRequest, conversation: Conversation, said: Mapping[str, Any]) -> Question:
    """A colleague answered since what the page showed, or closed the conversation since this was begun (peers 29)."""
    actions.lock_contact(conversation)  # until the request ends there can be no other answer
    conversation.refresh_from_db(fields=["closed_at", "closed_by"])
    if conversation.messages.filter(client_id=said["client_id"]).exists():
        return {}  # a press that is repeated
    overtaken = None if said["send_anyway"] else _overtaken(request, conversation, said["after"])
    closed = None if said["though_closed"] else _closed(request, conversation, said["standing"])
    asked = {"overtaken": overtaken, "closed": closed}
    return {name: question for name, question in asked.items() if question}


def to_whom(request: MemberRequest, conversation: Conversation, said: Mapping[str, Any]) -> Question:
    """Whether it is meant for this person (peers 3.16). What nobody was asked about asks again: a file may have come
    back, or from another window, after the answer (C-25), and somebody else of a family may have been chosen."""
    are_files_known = set(said.get("files", ())) <= set(said.get("asked_files", ()))
    is_settled = said["right_person"] and are_files_known and said["asked_patient"] == patient_in(said)
    brake = None if is_settled else brake_for(conversation, said, request.member)
    return {"brake": brake} if brake else {}


def answered_in(said: Mapping[str, Any]) -> frozenset[str]:
    """The questions that were read, by the names of the fields that say so."""
    return frozenset(name for name in QUESTIONS.values() if said.get(name))


def _overtaken(request: MemberRequest, conversation: Conversation, after: UUID | None) -> Overtaken | None:
    """A colleague's answer that the page did not show yet."""
    if after is None:
        return None
    answers = conversation.messages.filter(pk__gt=after, origin=Message.Origin.STAFF).exclude(type="reaction")
    colleagues = answers.exclude(sent_by=request.member).select_related("sent_by__user")
    newest = colleagues.order_by("-pk").first()
    return Overtaken(author_of(newest), newest.at, shortened(newest.body or "")) if newest else None


def _closed(request: MemberRequest, conversation: Conversation, standing: str) -> Closed | None:
    """A colleague's closing that whoever writes has not seen, whatever the stream has told their page since."""
    at, by = conversation.closed_at, conversation.closed_by
    if at is None or by is None or by.pk == request.member.pk:
        return None
    return Closed(by.user.name, at) if standing not in {"", standing_of(conversation)} else None
