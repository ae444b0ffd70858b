"""The person's own way out: a link that needs no login, one for each time it is handed out (C-12).

Only its hash is kept (practices/doors.py), so a link is never shown twice. It does not expire: whoever agreed may find
an old message years later, and withdrawing must be as easy then (Art. 7(3) DSGVO).
"""

from django.conf import settings

from consent.wording import practice_in_scope
from patients.models import Contact
from practices import doors
from practices.models import Door


def new_link(contact: Contact) -> str:
    """A fresh address of this contact's withdrawal page, for the message that is about to be written."""
    token = doors.new_token()
    doors.install(Door.Kind.WITHDRAWAL, token, leads_to=practice_in_scope(), object_id=contact.pk)
    return f"{settings.BASE_URL}/w/{token}"


def contact_behind(door: Door) -> Contact | None:
    """Whom an open door leads to; the practice it leads to is in scope."""
    found: Contact | None = Contact.objects.filter(pk=door.object_id).prefetch_related("identities").first()
    return found


def close_links(contact: Contact) -> int:
    """Whoever has this number has nothing to withdraw with it any more; answers how many links that ended."""
    return doors.close(Door.Kind.WITHDRAWAL, contact.pk)
