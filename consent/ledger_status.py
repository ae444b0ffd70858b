"""How the ledger of the practice in scope stands, as the night found it last."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from consent.checkpoints import newest_checkpoint
from consent.models import ConsentEvent, LedgerCheckpoint
from consent.verification import Verification
from practices.audit import record
from practices.models import AuditEvent, Practice

BROKEN = "ledger_broken"


@dataclass(frozen=True)
class LedgerStatus:
    """`broken_at` names the entry if the last look found one that is wrong; `unsigned` came after the last look."""

    checkpoint: LedgerCheckpoint | None
    entries: int
    broken_at: int | None = None
    found_broken_at: datetime | None = None

    @property
    def unsigned(self) -> int:
        return self.entries - (self.checkpoint.entries if self.checkpoint else 0)


@transaction.atomic
def note_broken(practice: Practice, found: Verification) -> None:
    """Keep what a look found, so that the practice sees it."""
    record(BROKEN, about=practice, by=None, broken_at=found.broken_at, reason=found.reason)


def ledger_status(practice: Practice) -> LedgerStatus:
    """Three queries."""
    signed = newest_checkpoint()
    newest = ConsentEvent.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    fault = AuditEvent.objects.filter(about_id=UUID(int=practice.pk), kind=BROKEN).order_by("-at").first()
    if fault is None or (signed and signed.signed_at > fault.at):
        return LedgerStatus(signed, newest)
    return LedgerStatus(signed, newest, fault.codes["broken_at"], fault.at)
