"""What is asked once before something goes out, of texts and templates alike. Nothing is sent then, the box says why,
and what was answered stays answered until it is sent: else two questions would take turns for ever."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from messaging import actions
from messaging.inbox.composer import QUESTIONS, Overtaken
from messaging.inbox.composer_namesakes import brake_for
from messaging.inbox.showing import author_of
from messaging.inbox.team_reply import closed_meanwhile
from messaging.inbox.wording import shortened
from messaging.models import Conversation, Message
from practices.access import MemberRequest

Question = dict[str, Any]  # what of Typed is to be replaced; empty where nothing is to be asked


def meanwhile(request: MemberRequest, conversation: Conversation, said: Mapping[str, Any]) -> Question:
    """A colleague answered, or closed the conversation, since the page was loaded (peers 29)."""
    if said["send_anyway"]:
        return {}
    if overtaken := _overtaken(request, conversation, said["after"], said["client_id"]):
        return {"overtaken": overtaken}
    sentence = closed_meanwhile(request, conversation)
    return {"errors": [sentence]} if sentence else {}


def to_whom(request: MemberRequest, conversation: Conversation, said: Mapping[str, Any]) -> Question:
    """Whether it is meant for this person (peers 3.16). A file nobody was asked about asks again: it may have come
    back, or from another window, after the answer (C-25)."""
    is_settled = said["right_person"] and set(said.get("files", ())) <= set(said.get("asked_files", ()))
    brake = None if is_settled else brake_for(conversation, said, request.member)
    return {"brake": brake} if brake else {}


def answered_in(said: Mapping[str, Any]) -> frozenset[str]:
    """The questions that were read, by the names of the fields that say so."""
    return frozenset(name for name in QUESTIONS.values() if said.get(name))


def _overtaken(
    request: MemberRequest, conversation: Conversation, after: UUID | None, client_id: UUID
) -> Overtaken | None:
    """A colleague's answer that the page did not show yet. Until the request ends there can be no other."""
    if after is None:
        return None
    actions.lock_contact(conversation)
    if conversation.messages.filter(client_id=client_id).exists():
        return None
    answers = conversation.messages.filter(pk__gt=after, origin=Message.Origin.STAFF).exclude(type="reaction")
    colleagues = answers.exclude(sent_by=request.member).select_related("sent_by__user")
    newest = colleagues.order_by("-pk").first()
    return Overtaken(author_of(newest), newest.at, shortened(newest.body or "")) if newest else None
