"""What a practice decides where the law leaves it a choice (dental-dsgvo section 8), and the decision to write at all.

Every change is on the trail with the old and the new value, and who made it.
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from practices.audit import record
from practices.models import AuditEvent, Member, Practice, Role
from practices.refusal import Refusal

CHOICES = (
    *("offered_purposes", "consent_age", "guardian_count", "stranger_reply", "reply_after_stop", "files_in_chat"),
    *("quiet_from", "quiet_until", "recall_pause_months", "recall_tries", "advertising_per_year", "proof_years"),
    *("recall_as_service", "colour"),
)
GONE_LIVE = "practice_gone_live"


class Confirmation(TextChoices):
    """What the owner has in hand before the first message leaves (M-0, L-2)."""

    RISK_NOTE = (
        "risk_note",
        gettext_lazy("Risikohinweis: Ich habe gelesen und abgewogen, dass Meta Nachrichten entschlüsselt."),
    )
    DPIA = "dpia", gettext_lazy("Datenschutz-Folgenabschätzung (DSFA): Sie liegt vor und ist von mir freigegeben.")
    DPA = "dpa", gettext_lazy("Auftragsverarbeitung (AVV): Der Vertrag mit dem Betreiber von Roger ist geschlossen.")
    C5 = "c5", gettext_lazy("C5-Testat (§ 393 SGB V): Der Nachweis für Roger und das Rechenzentrum liegt mir vor.")


class OwnerOnly(Refusal):
    """Nobody but an owner may decide this."""

    reason = "owner_only"


class NotConfirmed(Refusal):
    """Something the decision rests on is missing."""

    reason = "not_confirmed"


@transaction.atomic
def go_live(*, practice: Practice, by: Member, confirmed: Collection[Confirmation]) -> None:
    """The owner's documented decision: from now on messages may leave (M-0). Twice keeps the first date.

    Raises OwnerOnly or NotConfirmed.
    """
    if by.role != Role.OWNER:
        raise OwnerOnly(str(_("Nur die Inhaberin oder der Inhaber kann WhatsApp freigeben.")))
    if set(confirmed) != set(Confirmation):
        raise NotConfirmed(
            str(_("Bitte bestätigen Sie alle vier Punkte. Fehlt einer, geht WhatsApp nicht in Betrieb."))
        )
    live = Practice.objects.filter(pk=practice.pk, live_since=None)
    if live.update(live_since=timezone.now()):
        record(GONE_LIVE, about=by, by=by, confirmed=sorted(confirmed))
    practice.refresh_from_db(fields=["live_since"])


def decision_to_go_live() -> AuditEvent | None:
    """Who decided for the practice in scope, and when."""
    found: AuditEvent | None = AuditEvent.objects.filter(kind=GONE_LIVE).select_related("by__user").first()
    return found


@transaction.atomic
def change_choices(*, practice: Practice, by: Member, **choices: Any) -> list[str]:
    """Keep what was decided; answers the names of what changed."""
    held = Practice.objects.select_for_update(no_key=True).get(pk=practice.pk)
    changed = {name: value for name, value in choices.items() if getattr(held, name) != value}
    if changed:
        before = {name: getattr(held, name) for name in changed}
        Practice.objects.filter(pk=practice.pk).update(**changed)
        record(
            "choices_changed",
            about=by,
            by=by,
            **{name: [_code(before[name]), _code(changed[name])] for name in changed},
        )
        practice.refresh_from_db(fields=list(changed))
    return sorted(changed)


def _code(value: object) -> object:
    """As JSON keeps it."""
    return value if isinstance(value, bool | int | str | list) else str(value)


@transaction.atomic
def switch_data_transfer(*, practice: Practice, by: Member, stopped: bool) -> None:
    """L-5: stop everything that leaves this practice while data may not go to the USA, or let it go on."""
    if Practice.objects.filter(pk=practice.pk, data_transfer_stopped=not stopped).update(data_transfer_stopped=stopped):
        record("data_transfer_switched", about=by, by=by, stopped=stopped)
    practice.refresh_from_db(fields=["data_transfer_stopped"])
