"""The team: who works here, and to whom something can be given (a person, or everybody of a role).

Only who may answer patients is given anything: with a trainee it would lie unanswered. A note may name everybody.
"""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from practices.access import SENDERS
from practices.models import Member, Role
from practices.refusal import Refusal
from practices.scope import current_practice_id

ME = "me"


class NobodyThere(Refusal):
    """Something was to be given to somebody who does not work here, or not any more."""

    reason = "nobody_there"


class MayNotAnswer(Refusal):
    """Something was to be given to somebody, or a role, who may not write to patients."""

    reason = "may_not_answer"


@dataclass(frozen=True)
class Assignee:
    """A person, everybody of a role, or nobody where both are empty."""

    member: Member | None = None
    role: str = ""

    @property
    def columns(self) -> dict[str, UUID | str | None]:
        """As the rows of conversations and tasks hold it."""
        return {"assigned_to_id": self.member.pk if self.member else None, "assigned_role": self.role}

    @property
    def name(self) -> str:
        """The person's or the role's name; empty for nobody."""
        return self.member.user.name if self.member else str(Role(self.role).label) if self.role else ""


NOBODY = Assignee()


def colleagues() -> list[Member]:
    """Everybody who works at the practice in scope, by name; one query."""
    working = Member.objects.filter(practice_id=current_practice_id(), left_at=None)
    return list(working.select_related("user").order_by("user__name", "pk"))


def candidates() -> list[Member]:
    """Those of them to whom something can be given, by name; one query."""
    return [one for one in colleagues() if one.role in SENDERS]


def assignee_for(word: str, *, by: Member) -> Assignee:
    """Whom a form means: "" is nobody, "me" whoever asks, else a role or a member's id. Raises NobodyThere, or
    MayNotAnswer."""
    if not word:
        return NOBODY
    member = by if word == ME else None if word in Role.values else _member(word)
    if (member.role if member else word) not in SENDERS:
        raise MayNotAnswer(_("Auszubildende antworten Patient:innen nicht selbst. Bitte wählen Sie jemand anderen."))
    return Assignee(member) if member else Assignee(role=word)


def _member(word: str) -> Member:
    try:
        wanted = UUID(word)
    except ValueError:
        raise nobody_there() from None
    working = Member.objects.filter(practice_id=current_practice_id(), left_at=None)
    found = working.select_related("user").filter(pk=wanted).first()
    if found is None:
        raise nobody_there()
    return found


def nobody_there() -> NobodyThere:
    return NobodyThere(_("Diese Person arbeitet nicht mehr hier. Bitte wählen Sie jemand anderen."))
