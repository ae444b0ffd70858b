"""`python -m tests.browser.staged`, with the product's variables: what screens show and no screen brings about yet.

Somebody is blocked, somebody's number is not proven, a practice has lost its number, and a person works at two.
"""

from datetime import timedelta

import django

django.setup()

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from consent.gate import ChannelState  # noqa: E402
from messaging.models import Channel, Conversation, ConversationLabel, Draft, Label, SavedView  # noqa: E402
from patients.identities import find_or_create_contact  # noqa: E402
from practices.actions import add_member  # noqa: E402
from practices.models import Member, Practice, Role, User  # noqa: E402
from practices.scope import practice_scope  # noqa: E402
from tests.browser.material import ARABIC_NEWCOMER  # noqa: E402

BLOCKED, UNPROVEN = "+491713920008", "+491713920004"
AT_TWO_PRACTICES = "carla.noack@zahnzentrum-ostufer.example"


def stage() -> None:
    morgenthal, ostufer = (Practice.objects.get(slug=slug) for slug in ("morgenthal", "ostufer"))
    with practice_scope(morgenthal.pk), transaction.atomic():
        change(BLOCKED, blocked_at=timezone.now())
        change(UNPROVEN, number_proven_at=None)
        change(ARABIC_NEWCOMER, language="ar")
        fill_the_list(Member.objects.filter(practice=morgenthal, role=Role.RECEPTION).earliest("pk"))
    with practice_scope(ostufer.pk), transaction.atomic():
        Channel.objects.update(state=ChannelState.DISCONNECTED)
    add_member(practice=morgenthal, user=User.objects.get(email=AT_TWO_PRACTICES), role=Role.PROPHYLAXIS)


def fill_the_list(reception: Member) -> None:
    """Whose conversations are, what is put off, labels, and an answer somebody has begun."""
    waiting = list(Conversation.objects.awaiting_reply().filter(urgent_at=None).order_by("waiting_since")[:5])
    appointment, bill = (
        Label.objects.get_or_create(position=place, defaults={"name": name, "colour": colour, "shape": shape})[0]
        for place, name, colour, shape in ((901, "Termin", "teal", "dot"), (902, "Rechnung", "amber", "square"))
    )
    for one, label in zip(waiting, (appointment, bill, appointment), strict=False):
        ConversationLabel.objects.get_or_create(conversation=one, label=label)
    first, second, third, fourth, fifth, *_ = waiting
    fifth.urgent_at, fifth.urgent_words = fifth.waiting_since, ["Schwellung", "Fieber"]
    fifth.save(update_fields=["urgent_at", "urgent_words"])
    pks = {"mine": first.pk, "teams": second.pk, "put_off": fourth.pk}
    Conversation.objects.filter(pk=pks["mine"]).update(assigned_to=reception)
    Conversation.objects.filter(pk=pks["teams"]).update(assigned_role=Role.DENTIST)
    Conversation.objects.filter(pk=pks["put_off"]).update(snoozed_until=timezone.now() + timedelta(hours=20))
    Draft.objects.get_or_create(
        conversation=third, member=reception, kind="reply",
        defaults={"contact_id": third.contact_id, "body": "Guten Tag, gern geben wir Ihnen einen früheren Termin"},
    )  # fmt: skip
    chosen = {"tab": "open", "order": "longest", "labels": [str(appointment.pk)]}
    for place, name in ((900, "Termine zuerst"), (901, "Nachfragen nach Zahnersatz und Implantaten")):
        SavedView.objects.get_or_create(position=place, owner=None, defaults={"name": name, "filters": chosen})


def change(phone: str, **values: object) -> None:
    contact, _is_new = find_or_create_contact(phone=phone)
    type(contact).objects.filter(pk=contact.pk).update(**values)


if __name__ == "__main__":
    stage()
