"""A practice's codes: one for each room, occasion or language. Each may be renamed, rotated and revoked.

A code's page shows the boxes the code asks for, of those the practice offers (L-4); the first one always.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from consent.models import QrCode, QrDay
from consent.openings import date_of_today
from consent.purposes import Purpose
from practices import doors
from practices.audit import record
from practices.models import Door, Member, Practice

LATELY = timedelta(days=30)
COUNTED = ("opened", "agreed", "confirmed")


def offered_by(practice: Practice) -> list[Purpose]:
    """What the practice may ask consent for, in the order of the page."""
    return [purpose for purpose in Purpose if not practice.offered_purposes or purpose in practice.offered_purposes]


def shown_by(code: QrCode, practice: Practice) -> list[Purpose]:
    """The boxes of a code's page. WhatsApp cannot be opened without the first one (C-01)."""
    wanted = set(code.purposes or Purpose) & set(offered_by(practice)) | {Purpose.ORGANISATION}
    return [purpose for purpose in Purpose if purpose in wanted]


@transaction.atomic
def change_qr_code(*, code: QrCode, name: str, purposes: Collection[Purpose], language: str, by: Member) -> None:
    """What is printed stays; whoever opens the code from now on sees the page so."""
    code.name, code.purposes, code.language = name, sorted(purposes), language
    code.save(update_fields=["name", "purposes", "language"])
    record("qr_code_changed", about=code, by=by)


@transaction.atomic
def rotate_qr_code(*, code: QrCode, keep_printed: bool, by: Member) -> None:
    """A new address. What is printed with an old one leads nowhere any more, or goes on until the code is revoked."""
    if not keep_printed:
        doors.close(Door.Kind.QR, code.pk)
    code.token = doors.new_token()
    code.save(update_fields=["token"])
    doors.install(Door.Kind.QR, code.token, leads_to=code.practice, object_id=code.pk)
    record("qr_code_rotated", about=code, by=by, kept=keep_printed)


@transaction.atomic
def revoke_qr_code(*, code: QrCode, by: Member) -> None:
    """Every address of this code leads nowhere from now on. Consents given through it stay as they are."""
    doors.close(Door.Kind.QR, code.pk)
    code.revoked_at = timezone.now()
    code.save(update_fields=["revoked_at"])
    record("qr_code_revoked", about=code, by=by)


@dataclass(frozen=True)
class Counts:
    """What came of a code. `agreed`: forms sent; `confirmed`: numbers proven."""

    opened: int = 0
    agreed: int = 0
    confirmed: int = 0


@dataclass(frozen=True)
class CountedCode:
    """A code with what came of it in the last 30 days and in all."""

    code: QrCode
    lately: Counts
    ever: Counts


def counted_codes(practice: Practice) -> list[CountedCode]:
    """All codes, those in use first and the newest before the others."""
    codes = QrCode.objects.order_by(models.F("revoked_at").desc(nulls_first=True), "-created_at", "-pk")
    since = date_of_today(practice) - LATELY
    lately, ever = _counts(QrDay.objects.filter(day__gt=since)), _counts(QrDay.objects.all())
    return [CountedCode(code, lately.get(code.pk, Counts()), ever.get(code.pk, Counts())) for code in codes]


def _counts(days: models.QuerySet[QrDay]) -> dict[UUID, Counts]:
    sums = days.values_list("qr_code").annotate(*(models.Sum(what) for what in COUNTED))
    return {code: Counts(*figures) for code, *figures in sums}
