"""Practices, people and who works where."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from practices import totp
from practices.audit import record
from practices.models import Member, Practice, Role, TotpDevice, User
from practices.refusal import Refusal
from practices.scope import practice_scope
from practices.sessions import close_streams_on_commit, end_sessions

LeftStep = Callable[[Member], None]
_left_steps: list[LeftStep] = []


class LastOwner(Refusal):
    """A practice always has somebody who may administer it."""

    reason = "last_owner"


def on_member_left(step: LeftStep) -> LeftStep:
    """Register what a room does when somebody leaves a practice: in the same transaction, in the order of rooms."""
    _left_steps.append(step)
    return step


@transaction.atomic
def create_practice(
    *, slug: str, name: str, name_nominative: str = "", name_dative: str = "", short_name: str = "", **facts: Any
) -> Practice:
    """A new practice without people. `facts` are further fields of Practice. Raises ValidationError.

    The names with their article default to those of a feminine noun: die/der Zahnarztpraxis ….
    """
    practice = Practice(
        slug=slug,
        name=name,
        name_nominative=name_nominative or f"die {name}",
        name_dative=name_dative or f"der {name}",
        short_name=short_name or name,
        **facts,
    )
    practice.full_clean(exclude=["opening_hours", "live_since"])  # set later; none is no mistake
    practice.save()
    return practice


@transaction.atomic
def create_user(*, email: str, name: str, password: str) -> User:
    """A person who can log in once they have a second factor. Raises ValidationError for a weak password."""
    user = User(email=email.lower(), name=name)
    validate_password(password, user)
    user.set_password(password)
    user.full_clean()
    user.save()
    return user


@transaction.atomic
def change_password(*, user: User, password: str) -> None:
    """Set a new password and end every session of the person (ASVS 7.4.3). Raises ValidationError for a weak one."""
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user.pk)


def add_totp_device(*, user: User, name: str = "TOTP") -> bytes:
    """Give somebody a second factor; answers its secret, which is to be shown once."""
    secret = totp.new_secret()
    TotpDevice.objects.create(user=user, name=name, secret=secret)
    return secret


@transaction.atomic
def add_member(*, practice: Practice, user: User, role: Role, by: Member | None = None) -> Member:
    """Let somebody work at a practice; who has left comes back with the new role."""
    with practice_scope(practice.pk):
        member, _created = Member.objects.update_or_create(
            practice=practice, user=user, defaults={"role": role, "left_at": None}
        )
        record("member_added", about=member, by=by, role=str(role))
    return member


@transaction.atomic
def end_membership(*, member: Member, by: Member) -> None:
    """Somebody leaves the practice in scope; it counts at their next request. Raises LastOwner."""
    owners = Member.objects.filter(practice=member.practice, role=Role.OWNER, left_at=None)
    others = [owner for owner in owners.select_for_update().order_by("pk") if owner.pk != member.pk]
    if member.role == Role.OWNER and not others:
        raise LastOwner(_("Eine Praxis braucht mindestens eine Inhaberin oder einen Inhaber."))
    member.left_at = timezone.now()
    member.save(update_fields=["left_at"])
    for step in _left_steps:
        step(member)
    record("member_left", about=member, by=by)
    close_streams_on_commit(member.user_id)


@transaction.atomic
def change_escalation(*, practice: Practice, minutes: int, by: Member) -> None:
    """After how many minutes of opening time without an answer the practice is told (peers 4.40); 0: never."""
    before, practice.escalate_after = practice.escalate_after, minutes
    practice.save(update_fields=["escalate_after"])
    record("escalation_changed", about=by, by=by, before=before, after=minutes)
