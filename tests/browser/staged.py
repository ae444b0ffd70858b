"""`python -m tests.browser.staged`, with the product's variables: what screens show and no screen brings about yet.

Somebody is blocked, somebody's number is not proven, a practice has lost its number, and a person works at two.
"""

import django

django.setup()

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from consent.gate import ChannelState  # noqa: E402
from messaging.models import Channel  # noqa: E402
from patients.identities import find_or_create_contact  # noqa: E402
from practices.actions import add_member  # noqa: E402
from practices.models import Practice, Role, User  # noqa: E402
from practices.scope import practice_scope  # noqa: E402

ARABIC_SPEAKER = "+491713920091"
BLOCKED, UNPROVEN = "+491713920008", "+491713920004"
AT_TWO_PRACTICES = "carla.noack@zahnzentrum-ostufer.example"


def stage() -> None:
    morgenthal, ostufer = (Practice.objects.get(slug=slug) for slug in ("morgenthal", "ostufer"))
    with practice_scope(morgenthal.pk), transaction.atomic():
        change(BLOCKED, blocked_at=timezone.now())
        change(UNPROVEN, number_proven_at=None)
        change(ARABIC_SPEAKER, language="ar")
    with practice_scope(ostufer.pk), transaction.atomic():
        Channel.objects.update(state=ChannelState.DISCONNECTED)
    add_member(practice=morgenthal, user=User.objects.get(email=AT_TWO_PRACTICES), role=Role.PROPHYLAXIS)


def change(phone: str, **values: object) -> None:
    contact, _is_new = find_or_create_contact(phone=phone)
    type(contact).objects.filter(pk=contact.pk).update(**values)


if __name__ == "__main__":
    stage()
