"""Doors: what arrives with a token before a practice is known. The token resolves here, then its scope opens."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils import timezone

from practices.models import Door, Practice


def new_token() -> str:
    """128 random bits, safe in a URL (22 characters)."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> bytes:
    """SHA-256 of a token. Unkeyed is enough: 128 random bits cannot be tried."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def install(
    kind: Door.Kind,
    token: str,
    *,
    leads_to: Practice,
    object_id: UUID,
    secret: str | None = None,
    expires_at: datetime | None = None,
) -> Door:
    """Make a token lead to a row of a practice."""
    return Door.objects.create(
        kind=kind,
        token_hash=token_hash(token),
        leads_to=leads_to,
        object_id=object_id,
        secret_hash=token_hash(secret) if secret else None,
        expires_at=expires_at,
    )


def resolve(kind: Door.Kind, token: str) -> Door | None:
    """The open door of this kind behind a token: not revoked, not expired. None otherwise, whatever the reason."""
    still_open = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
    return Door.objects.filter(still_open, kind=kind, token_hash=token_hash(token), revoked_at=None).first()


def practice_behind(kind: Door.Kind, token: str) -> Practice | None:
    """Whose door this is or once was, to say whom to call; it opens nothing. None for a token that never was one."""
    door = Door.objects.filter(kind=kind, token_hash=token_hash(token)).select_related("leads_to").first()
    return door.leads_to if door else None


def close(kind: Door.Kind, object_id: UUID) -> int:
    """Revoke every open door to a row; answers how many there were."""
    return Door.objects.filter(kind=kind, object_id=object_id, revoked_at=None).update(revoked_at=timezone.now())
