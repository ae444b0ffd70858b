"""Forgetting somebody who is no patient: chat and number go, the keyed hash stays as a block list (dental-dsgvo 4.3).

Each room takes away what it holds:

    @on_forgetting
    def forget_chat(contact: Contact, before: datetime) -> int | None: ...

Registered in AppConfig.ready, run in the caller's transaction, which holds the contact's row. A part answers how much
it took away, or None if it holds something newer than `before`: then nothing is forgotten yet.
"""

from collections.abc import Callable
from datetime import datetime

from patients.identities import FORGOTTEN_NAME
from patients.models import Contact
from practices import keys
from practices.audit import record
from practices.keystore import Subject
from practices.live import changed
from practices.models import AuditEvent

FORGOTTEN = "contact_forgotten"
Forget = Callable[[Contact, datetime], int | None]
_parts: list[Forget] = []


def on_forgetting(part: Forget) -> Forget:
    """Register what a room takes away."""
    _parts.append(part)
    return part


def forget_contact(*, contact: Contact, before: datetime) -> bool:
    """Take everything away that was told to us by or about this contact; False where it stays or is gone already.

    The caller holds the contact's row. Rows that stay are emptied before the key is destroyed, so that no page meets
    bytes nobody can open.
    """
    taken = [part(contact, before) for part in _parts]
    if None in taken:
        return False
    if not any(taken) and AuditEvent.objects.filter(kind=FORGOTTEN, about_id=contact.pk).exists():
        return False
    _empty(contact)
    record(FORGOTTEN, about=contact, by=None, rows=sum(one or 0 for one in taken))
    changed("contact", contact.pk)
    return True


def _empty(contact: Contact) -> None:
    """With a fresh key for what comes next; what the old one sealed cannot be read again, in backups neither."""
    keys.destroy(Subject.CONTACT, contact.pk)
    emptied = Contact.objects.defer("profile_name").get(pk=contact.pk)  # what it held cannot be opened to compare
    emptied.profile_name = FORGOTTEN_NAME
    emptied.save(update_fields=["profile_name"])
    contact.rights_requests.update(words=None)
    for identity in contact.identities.defer("value"):
        identity.value = ""
        identity.save(update_fields=["value"])
