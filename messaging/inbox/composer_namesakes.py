"""The brake before a message goes to the wrong person: somebody with a similar name was open just now (peers 3.16).

Names are sealed, so they are compared only among the conversations this person opened lately, as the access log says.
"""

from collections.abc import Mapping
from datetime import timedelta
from itertools import islice, permutations
from typing import Any

from django.utils import timezone

from messaging.inbox.composer import Brake
from messaging.inbox.persons import Name, names_of, person_of
from messaging.models import Conversation, Message
from messaging.whom import links_of, must_choose
from patients.birthdays import born_on
from patients.search import words
from practices.models import AccessLog, Member

LATELY = timedelta(hours=4)
COMPARED = 20  # conversations
LOOKED_THROUGH = 200  # lines of the access log
SHORT_NAME, LONG_NAME = 3, 8  # letters, from where one and from where two of them may differ
MOST_WORDS = 5
SETTLED_FOR = timedelta(hours=4)  # whoever has written to a person knows whom they mean


def brake_for(conversation: Conversation, said: Mapping[str, Any], by: Member) -> Brake | None:
    """What to ask before this goes out: whether files go to this person (C-25), and whether a namesake is meant."""
    if conversation.messages.filter(client_id=said["client_id"]).exists():
        return None
    files, namesake = len(said.get("files", ())), namesake_of(conversation, person_of(conversation.contact).name, by)
    return Brake(files, namesake, chosen_of(conversation, said)) if files or namesake else None


def chosen_of(conversation: Conversation, said: Mapping[str, Any]) -> Name | None:
    """Whom it concerns, where several people belong to the number."""
    links = links_of(conversation.contact)
    wanted = patient_in(said) if must_choose(links) else ""
    patients = [link.patient for link in links if str(link.patient_id) == wanted]
    return next((Name(patient.sorting_name, born_on(patient)) for patient in patients), None)


def patient_in(said: Mapping[str, Any]) -> str:
    """The id of whoever was chosen in "Für wen?", empty for nobody."""
    return str(said.get("patient") or "")


def namesake_of(conversation: Conversation, name: str, by: Member) -> Name | None:
    """Somebody with a similar name whose thread this person opened lately; None for somebody they wrote to anyway."""
    now = timezone.now()
    own = conversation.messages.filter(sent_by=by, at__gt=now - SETTLED_FOR, direction=Message.Direction.OUTBOUND)
    if own.exists():
        return None
    opened = AccessLog.objects.filter(kind="conversation", member=by, at__gt=now - LATELY).order_by("-at")
    ids = dict.fromkeys(opened.values_list("about_id", flat=True)[:LOOKED_THROUGH])
    ids.pop(conversation.pk, None)
    others = Conversation.objects.filter(pk__in=list(islice(ids, COMPARED))).select_related("contact")
    names = names_of([one.contact for one in others])
    return next((other for other in names.values() if are_similar(name, other.name)), None)


def are_similar(one: str, other: str) -> bool:
    """Whether two names are easily taken for each other: alike but for a letter, an umlaut or the words' order."""
    few, many = sorted((list(words(one)), list(words(other))), key=len)
    if not few or len(many) - len(few) > 1 or len(many) > MOST_WORDS:
        return False
    return any(all(map(_are_near, few, order)) for order in permutations(many, len(few))) and len(many) > 1


def _are_near(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    allowed = 0 if shorter < SHORT_NAME else 2 if shorter >= LONG_NAME else 1
    return distance(one, other, allowed) <= allowed


def distance(one: str, other: str, most: int) -> int:
    """How many letters must be put in, left out, changed or swapped with their neighbour; `most` + 1 if it is more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last, rows = list(range(len(other) + 1)), len(one)
    for row in range(1, rows + 1):
        line = [row]
        for column in range(1, len(other) + 1):
            differs = one[row - 1] != other[column - 1]
            best = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + differs)
            is_swap = row > 1 and column > 1 and one[row - 2 : row] == other[column - 2 : column][::-1]
            line.append(min(best, before[column - 2] + 1) if is_swap else best)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return min(last[-1], most + 1)
