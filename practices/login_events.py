"""What happened to somebody's login, beside every practice's own trail."""

from uuid import UUID

from django.http import HttpRequest

from practices.addresses import client_address, truncated
from practices.models import LoginEvent


def note(request: HttpRequest, kind: LoginEvent.Kind, user_id: UUID | None) -> None:
    """Committed on its own: the login's views run outside ATOMIC_REQUESTS, a refusal must not roll this back."""
    LoginEvent.objects.create(kind=kind, user_id=user_id, network=truncated(client_address(request)))
