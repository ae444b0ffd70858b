"""Tablets at the desk: each shows one code. A person of the practice makes one, a code typed on the tablet pairs it.

The tablet then holds a random token in a cookie, whose hash is a Door. Nobody is logged in on it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from django.db import models, transaction
from django.templatetags.static import static
from django.utils import timezone

from consent.codes import normalise_code, random_code
from consent.doors import newest_qr_code, qr_url
from consent.editions import current_sets
from consent.models import Kiosk, QrCode
from practices import doors
from practices.audit import record
from practices.keys import blind_index
from practices.models import Door, Member, Practice

PAIRING_LIFETIME = timedelta(minutes=10)
SILENT_AFTER = timedelta(minutes=5)  # a tablet asks every 30 seconds
# What the tablet keeps (templates/consent/kiosk.html): a new edition of any of them is a new screen.
SHELL = ("css/tokens.css", "css/reset.css", "css/base.css", "css/kiosk.css", "icons/roger.svg", "js/kiosk.js")


Line = tuple[str, str, str]  # language, direction, words


@dataclass(frozen=True)
class Pairing:
    """A tablet and the code that pairs it, shown once; a keyed hash is kept."""

    kiosk: Kiosk
    code: str = field(repr=False)


class Standing(StrEnum):
    """Where a tablet stands."""

    UNPAIRED = "unpaired"
    PRESENT = "present"
    SILENT = "silent"  # no word for five minutes: off, or without network


def living_kiosks() -> models.QuerySet[Kiosk]:
    """Those that were not revoked, in the order in which they were made."""
    return Kiosk.objects.filter(revoked_at=None).select_related("qr_code").order_by("created_at", "pk")


def codes_to_show() -> models.QuerySet[QrCode]:
    """Which codes a tablet may show: first those made for everybody, and the newest first."""
    is_for_few = models.Case(models.When(purposes=[], language="", then=0), default=1)
    return QrCode.objects.filter(revoked_at=None).order_by(is_for_few, "-created_at", "-pk")


def standing_of(kiosk: Kiosk) -> Standing:
    """What the practice should know of a tablet that was not revoked."""
    if kiosk.seen_at is None:
        return Standing.UNPAIRED
    return Standing.SILENT if kiosk.seen_at < timezone.now() - SILENT_AFTER else Standing.PRESENT


@transaction.atomic
def add_kiosk(*, name: str, qr_code: QrCode, by: Member) -> Pairing:
    """A tablet that is still to be paired."""
    kiosk = Kiosk.objects.create(name=name, qr_code=qr_code, created_by=by)
    record("kiosk_added", about=kiosk, by=by, qr_code=str(qr_code.pk))
    return offer_pairing(kiosk=kiosk, by=by)


@transaction.atomic
def offer_pairing(*, kiosk: Kiosk, by: Member) -> Pairing:
    """A fresh code for ten minutes; an older one is worth nothing any more. Whoever is paired stays so until then."""
    code = random_code()
    kiosk.pairing_hash, kiosk.pairing_until = _pairing_hash(code), timezone.now() + PAIRING_LIFETIME
    kiosk.save(update_fields=["pairing_hash", "pairing_until"])
    record("kiosk_pairing_offered", about=kiosk, by=by)
    return Pairing(kiosk, code)


@transaction.atomic
def pair(*, practice: Practice, typed: str) -> str | None:
    """The code was typed on a tablet: the token for its cookie, None if no tablet of the practice waits for it.

    A code works once, and a tablet that had this place before loses it.
    """
    code = normalise_code(typed)
    if code is None:
        return None
    waiting = Kiosk.objects.filter(pairing_hash=_pairing_hash(code), pairing_until__gt=timezone.now(), revoked_at=None)
    kiosk = waiting.select_for_update(no_key=True).first()
    if kiosk is None:
        return None
    token = doors.new_token()
    doors.close(Door.Kind.KIOSK, kiosk.pk)
    doors.install(Door.Kind.KIOSK, token, leads_to=practice, object_id=kiosk.pk)
    kiosk.pairing_hash = kiosk.pairing_until = None
    kiosk.paired_at = kiosk.seen_at = timezone.now()
    kiosk.save(update_fields=["pairing_hash", "pairing_until", "paired_at", "seen_at"])
    record("kiosk_paired", about=kiosk, by=None)
    return token


def kiosk_behind(token: str, practice: Practice) -> Kiosk | None:
    """The paired tablet with this token; None if it was revoked, paired anew elsewhere, or is another practice's."""
    door = doors.resolve(Door.Kind.KIOSK, token)
    if door is None or door.leads_to_id != practice.pk:
        return None
    kiosk: Kiosk | None = living_kiosks().filter(pk=door.object_id).first()
    return kiosk


def note_seen(kiosk: Kiosk) -> None:
    """The tablet has asked."""
    Kiosk.objects.filter(pk=kiosk.pk).update(seen_at=timezone.now())


@transaction.atomic
def show_code(*, kiosk: Kiosk, qr_code: QrCode, by: Member) -> None:
    """From now on the tablet shows this code; it takes it over within half a minute."""
    kiosk.qr_code = qr_code
    kiosk.save(update_fields=["qr_code"])
    record("kiosk_code_changed", about=kiosk, by=by, qr_code=str(qr_code.pk))


@transaction.atomic
def revoke_kiosk(*, kiosk: Kiosk, by: Member) -> None:
    """The tablet shows nothing any more once it asks again."""
    kiosk.revoked_at, kiosk.pairing_hash, kiosk.pairing_until = timezone.now(), None, None
    kiosk.save(update_fields=["revoked_at", "pairing_hash", "pairing_until"])
    doors.close(Door.Kind.KIOSK, kiosk.pk)
    record("kiosk_revoked", about=kiosk, by=by)


def code_on(kiosk: Kiosk) -> QrCode | None:
    """The code to show: its own, or the newest that lives when that one was revoked."""
    return newest_qr_code() if kiosk.qr_code.revoked_at else kiosk.qr_code


def one_line_each() -> list[Line]:
    """Beside the German: the practice's invitation in every other language there is, with the way it is written."""
    return [(spoken.language, spoken.direction, spoken.words.invitation) for spoken in current_sets()[1:]]


def screen_version(practice: Practice, qr_code: QrCode | None, lines: Iterable[Line]) -> str:
    """Changes with everything the tablet shows: the code's address, practice, lines, style and script."""
    words = [word for line in lines for word in line]
    shown = [practice.name, qr_url(qr_code) if qr_code else "", *words, *map(static, SHELL)]
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()[:16]


def _pairing_hash(code: str) -> bytes:
    return blind_index("kiosk-pairing", code)
