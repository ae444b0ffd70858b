"""Files of messages: expected when the message arrives, fetched at once by the worker, sealed in chunks on disk."""

from collections.abc import Iterable

from messaging.models import MediaFile, Message
from messaging.whatsapp.payloads import Content, Media
from practices.background import wake_on_commit
from practices.scope import current_practice_id

FETCH = "messaging.fetch_media"


def expect(arrived: Iterable[tuple[Message, Content]]) -> None:
    """Note which files came with these messages and wake the worker; a placeholder shows at once (peers 23)."""
    files = [_expected(message, content) for message, content in arrived if isinstance(content, Media)]
    if files:
        MediaFile.objects.bulk_create(files)
        wake_on_commit(FETCH, practice_id=current_practice_id())


def _expected(message: Message, media: Media) -> MediaFile:
    details = {
        "id": media.id,
        "kind": media.kind,
        "mime_type": media.mime_type,
        "sha256": media.sha256,
        "filename": media.filename,
        "voice": media.voice,
    }
    return MediaFile(message=message, contact=message.contact, channel=message.channel, details=details)
