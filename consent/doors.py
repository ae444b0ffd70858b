"""The ways in: codes on a stand, and the link that opens WhatsApp.

Which number a practice writes with is known to the room above: it registers, in AppConfig.ready,

    @whatsapp_link
    def digits(practice_id: int) -> str | None: ...
"""

from collections.abc import Callable, Collection
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import transaction

from consent.models import QrCode
from consent.purposes import Purpose
from practices import doors
from practices.audit import record
from practices.models import Door, Member, Practice
from practices.scope import current_practice_id

Digits = Callable[[int], str | None]
_digits: list[Digits] = []
# wa.me answers with a redirect to this host, and Chromium holds form-action against every hop.
BEHIND_WA_ME = "https://api.whatsapp.com"


def whatsapp_link(digits: Digits) -> Digits:
    """Register who knows the number a practice writes with: its digits with country code, None if it has none."""
    _digits[:] = [digits]
    return digits


def link_with(text: str) -> str | None:
    """The link that opens WhatsApp with this text written to the practice in scope; None while it has no number."""
    for digits_of in _digits:
        if digits := digits_of(current_practice_id()):
            return f"{settings.WHATSAPP_LINK_BASE}/{digits.removeprefix('+')}?text={quote(text, safe='')}"
    return None


def link_origins() -> list[str]:
    """Where the link may lead a browser, for form-action."""
    parts = urlsplit(settings.WHATSAPP_LINK_BASE)
    origin = f"{parts.scheme}://{parts.netloc}"
    return [origin, BEHIND_WA_ME] if parts.netloc == "wa.me" else [origin]


@transaction.atomic
def create_qr_code(
    *, practice: Practice, name: str, by: Member | None, purposes: Collection[Purpose] = (), language: str = ""
) -> QrCode:
    """A new code for a stand or a poster of the practice in scope. No purposes: all that the practice offers."""
    token = doors.new_token()
    code = QrCode.objects.create(name=name, token=token, purposes=sorted(purposes), language=language, created_by=by)
    doors.install(Door.Kind.QR, token, leads_to=practice, object_id=code.pk)
    record("qr_code_created", about=code, by=by)
    return code


def qr_url(code: QrCode) -> str:
    """The address printed in the code."""
    return f"{settings.BASE_URL}/q/{code.token}"


def newest_qr_code() -> QrCode | None:
    """The code to show on screen and in the chat: the newest in use that is made for everybody, else the newest."""
    living = QrCode.objects.filter(revoked_at=None).order_by("-created_at", "-pk")
    found: QrCode | None = living.filter(purposes=[], language="").first() or living.first()
    return found
