"""The signed head, sent to the practice's owners: kept by somebody else, it is what a cut or rewritten ledger cannot
answer. The mail holds hashes and counts, nothing about any person.
"""

import logging

from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.translation import gettext as _

from consent.checkpoints import as_file, fingerprint, key_file
from consent.models import LedgerCheckpoint
from practices.audit import record
from practices.models import AuditEvent, Member, Practice, Role

MAILED = "checkpoint_mailed"

log = logging.getLogger(__name__)


def mail_to_owners(practice: Practice, signed: LedgerCheckpoint) -> bool:
    """Send it unless its head was sent before; answers whether it went. What fails is tried again with the next one.

    Outside a transaction: mail takes its time.
    """
    with transaction.atomic():
        recipients = _owners(practice)
        if not signed.entries or not recipients or _was_mailed(signed):
            return False
    try:
        _letter(practice, signed, recipients).send()
    except OSError as error:  # smtplib's errors are OSErrors; their texts may hold addresses
        log.warning("checkpoint not mailed", extra={"practice": practice.pk, "error": type(error).__name__})
        return False
    with transaction.atomic():
        record(MAILED, about=signed, by=None, head=bytes(signed.head).hex(), recipients=len(recipients))
    return True


def _owners(practice: Practice) -> list[str]:
    owners = Member.objects.filter(practice=practice, role=Role.OWNER, left_at=None, user__is_active=True)
    return list(owners.order_by("pk").values_list("user__email", flat=True))


def _was_mailed(signed: LedgerCheckpoint) -> bool:
    same = LedgerCheckpoint.objects.filter(entries=signed.entries, head=signed.head).values("pk")
    return AuditEvent.objects.filter(kind=MAILED, about_id__in=same).exists()


def _letter(practice: Practice, signed: LedgerCheckpoint, recipients: list[str]) -> EmailMessage:
    public = bytes(signed.public_key or b"")
    body = _(
        "Guten Tag,\n\n"
        "Roger hat heute Nacht das Einwilligungs-Register der Praxis „%(practice)s“ geprüft: %(entries)d Einträge, "
        "keiner verändert, keiner entfernt.\n\n"
        "Im Anhang liegt die unterschriebene Prüfsumme. Bitte bewahren Sie diese E-Mail auf. Mit ihr lässt sich später "
        "zeigen, dass bis heute nichts geändert wurde, auch gegenüber jemandem, der weder Roger noch der Praxis traut. "
        "Die E-Mail enthält keine Angaben zu Patientinnen und Patienten.\n\n"
        "Fingerabdruck des Schlüssels, mit dem unterschrieben wurde:\n%(fingerprint)s\n"
    ) % {"practice": practice.name, "entries": signed.entries, "fingerprint": fingerprint(public)}
    subject = _("Roger: unterschriebener Stand des Einwilligungs-Registers")
    letter = EmailMessage(subject, body, to=[], bcc=recipients)
    letter.attach(f"stand-{signed.entries}.txt", as_file(signed), "text/plain")
    letter.attach("schluessel.pem", key_file(public), "application/x-pem-file")
    return letter
