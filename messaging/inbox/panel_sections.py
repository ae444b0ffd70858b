"""What other rooms add to the patient panel: a typed register, filled in AppConfig.ready (design section 3)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from messaging.models import Conversation
from practices.models import Member

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Answers the section's context, or None where there is nothing to show.
Section = Callable[[Conversation, Member], dict[str, Any] | None]


@dataclass(frozen=True)
class Registered:
    """`template` is a fragment that gets the context as `section`, `practice`, and the gate's answer as `composer`."""

    title: "StrOrPromise"
    template: str
    section: Section


_registered: list[Registered] = []


def register(*, title: "StrOrPromise", template: str, section: Section) -> None:
    """Add a section below the person, in the order of rooms. A constant number of queries each."""
    _registered.append(Registered(title, template, section))


def sections_for(conversation: Conversation, member: Member) -> list[tuple[str, str, dict[str, Any]]]:
    """Title, template and context of every section that has something to say."""
    found = []
    for one in _registered:
        context = one.section(conversation, member)
        if context is not None:
            found.append((str(one.title), one.template, context))
    return found
