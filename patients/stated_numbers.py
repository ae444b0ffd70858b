"""A number that somebody gives as their own: an identity like any other, but no proof until a person has asked back.

WhatsApp names no number of whoever has a user name (360dialog reference, section 7), and a card sent in answer to a
request is what the person says. So what is stated is kept apart (`ContactIdentity.is_only_stated`), the contact is in
doubt until `patients.actions.confirm_person`, and no number is taken from anybody else by it.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from patients.actions import doubt_person
from patients.identities import identity_hash
from patients.models import Contact, ContactIdentity
from practices.audit import record
from practices.live import changed
from practices.models import Member

PHONE = ContactIdentity.Kind.PHONE


@transaction.atomic
def state_number(*, contact: Contact, phone: str, at: datetime) -> bool:
    """Keep this E.164 number as the contact's own, in doubt; answers whether it is kept.

    It is not where the contact has a number, or somebody else has this one: then a person must find out who is who. The
    caller holds the contact's row.
    """
    hashed = identity_hash(PHONE, phone)
    living = ContactIdentity.objects.filter(ended_at=None, kind=PHONE)
    if living.filter(Q(contact=contact) | Q(value_hash=hashed)).exists():
        return False
    ContactIdentity.objects.create(contact=contact, kind=PHONE, value_hash=hashed, value=phone, stated_at=at)
    record("number_stated", about=contact, by=None)
    if contact.identity_changed_at is None:
        doubt_person(contact=contact, at=at)
    return True


@transaction.atomic
def reject_number(*, contact: Contact, by: Member) -> None:
    """Staff asked back, and the number is not theirs: it ends, and writing goes on as before. Twice is once."""
    held = Contact.objects.filter(pk=contact.pk).locked().get()
    living = ContactIdentity.objects.filter(contact=held, ended_at=None, kind=PHONE, confirmed_at=None)
    stated = living.exclude(stated_at=None).first()
    if stated is None:
        return
    ContactIdentity.objects.filter(pk=stated.pk).update(ended_at=timezone.now())
    if held.identity_changed_at == stated.stated_at:
        held.identity_changed_at = None
        held.save(update_fields=["identity_changed_at"])
    record("number_rejected", about=held, by=by)
    changed("contact", held.pk)
