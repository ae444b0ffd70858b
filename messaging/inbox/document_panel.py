"""What became of protected documents and of invitations to hand papers in: beside the thread, and on the slip of the
message that led there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.documents.factors import Guarded, is_locked_for_good, locked_until
from messaging.documents.notices import Place
from messaging.inbox.addresses import address
from messaging.inbox.thread import Item
from messaging.models import Conversation, Message, ProtectedDocument, UploadInvitation
from practices.access import SENDERS
from practices.models import Member

MOST = 6
NEVER_LEFT = frozenset({Message.State.CANCELLED, Message.State.FAILED})


@dataclass(frozen=True)
class Led:
    """Where a message led and what came of it. `state` is open, used, over or stuck; `words` say it."""

    kind: str
    title: str
    state: str
    words: str


@dataclass(frozen=True)
class Row:
    """One line of the panel. Addresses are empty where there is nothing to do any more."""

    led: Led
    at: datetime
    file_url: str = ""
    revocation_url: str = ""


def led_to(items: Iterable[Item]) -> Mapping[UUID, Led]:
    """By message; asks the database only if one of these led somewhere. Their keys must be at hand."""
    places: dict[str, list[UUID]] = {}
    for item in items:
        place = (item.content or {}).get("leads_to") if isinstance(item, Message) else None
        if place:
            places.setdefault(place, []).append(item.pk)
    found: list[Guarded] = []
    if documents := places.get(Place.DOCUMENT):
        found += ProtectedDocument.objects.filter(message_id__in=documents)
    if invitations := places.get(Place.UPLOAD):
        found += UploadInvitation.objects.filter(message_id__in=invitations)
    return {one.message_id: led(one) for one in found if one.message_id}


def section(conversation: Conversation, member: Member) -> dict[str, Any]:
    """The panel's section; two queries, and one more for each kind there is."""
    slug, can_send = member.practice.slug, member.role in SENDERS
    documents = ProtectedDocument.objects.filter(contact=conversation.contact_id, message__conversation=conversation)
    invitations = UploadInvitation.objects.filter(contact=conversation.contact_id, conversation=conversation)
    rows = [_document(one, conversation, slug, can_send=can_send) for one in _newest(documents)]
    rows += [_invitation(one, conversation, slug, can_send=can_send) for one in _newest(invitations)]
    where = {"conversation_id": conversation.pk}
    return {
        "rows": sorted(rows, key=lambda row: row.at, reverse=True)[:MOST],
        "document_url": address("inbox:documents", slug, **where) if can_send else "",
        "invitation_url": address("inbox:upload_invitations", slug, **where) if can_send else "",
    }


def _newest(rows: Any) -> Any:
    return rows.prefetch_related("message").order_by("-created_at")[:MOST]


def _document(document: ProtectedDocument, conversation: Conversation, slug: str, *, can_send: bool) -> Row:
    ids = {"conversation_id": conversation.pk, "document_id": document.pk}
    is_there = _is_open(document) and document.file_key is not None
    return Row(
        led(document, document.message),
        document.created_at,
        file_url=address("inbox:document_file", slug, **ids) if is_there else "",
        revocation_url=address("inbox:document_revocation", slug, **ids) if is_there and can_send else "",
    )


def _invitation(invitation: UploadInvitation, conversation: Conversation, slug: str, *, can_send: bool) -> Row:
    ids = {"conversation_id": conversation.pk, "invitation_id": invitation.pk}
    may_revoke = _is_open(invitation) and can_send
    url = address("inbox:invitation_revocation", slug, **ids) if may_revoke else ""
    return Row(led(invitation, invitation.message), invitation.created_at, revocation_url=url)


def _is_open(guarded: Guarded) -> bool:
    return guarded.revoked_at is None and guarded.expires_at > timezone.now()


def led(guarded: Guarded, message: Message | None = None) -> Led:
    """How it stands with one; with its message, also that it never reached the patient."""
    if isinstance(guarded, ProtectedDocument):
        kind, title, (state, words) = Place.DOCUMENT, str(guarded.details["title"]), _of_document(guarded)
    else:
        kind, title, (state, words) = Place.UPLOAD, _("Unterlagen angefordert"), _of_invitation(guarded)
    if message is not None and message.state in NEVER_LEFT and _is_open(guarded):
        return Led(kind, title, "stuck", _("Link nicht angekommen"))
    return Led(kind, title, state, words)


def _of_document(document: ProtectedDocument) -> tuple[str, str]:
    if document.revoked_at:
        was = _("geöffnet und zurückgezogen") if document.opened_at else _("zurückgezogen, nicht geöffnet")
        return "over", was
    if document.opened_at:
        return "used", _("geöffnet am %(at)s") % {"at": _moment(document.opened_at)}
    return _of_unused(document, _("abgelaufen, nicht geöffnet"), _("noch nicht geöffnet, gilt bis %(day)s"))


def _of_invitation(invitation: UploadInvitation) -> tuple[str, str]:
    if invitation.uploads:
        count = invitation.uploads
        return "used", ngettext("%(count)d Datei angekommen", "%(count)d Dateien angekommen", count) % {"count": count}
    if invitation.revoked_at:
        return "over", _("zurückgezogen")
    return _of_unused(invitation, _("abgelaufen, nichts angekommen"), _("noch nichts angekommen, gilt bis %(day)s"))


def _of_unused(guarded: Guarded, over: str, waiting: str) -> tuple[str, str]:
    if not _is_open(guarded):
        return "over", over
    if is_locked_for_good(guarded):
        return "stuck", _("gesperrt nach zu vielen falschen Eingaben")
    if locked_until(guarded):
        return "stuck", _("gesperrt bis %(at)s") % {"at": _moment(guarded.locked_until)}
    return "open", waiting % {"day": date_format(timezone.localtime(guarded.expires_at), "d.m.Y")}


def _moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "d.m., H:i") if at else ""
