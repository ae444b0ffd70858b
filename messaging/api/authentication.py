"""Bearer tokens of a practice. The scope middleware has resolved the token already; here it is only read."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from practices.models import ApiToken


class PracticeToken(BaseAuthentication):
    """`Authorization: Bearer <token>`; request.auth is the ApiToken."""

    def authenticate(self, request: Request) -> tuple[None, ApiToken] | None:
        token = getattr(request._request, "api_token", None)
        return (None, token) if token else None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return "Bearer"


class HasScope(BasePermission):
    """A token with `read` may read, one with `write` may do everything."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        if not isinstance(request.auth, ApiToken):
            return False
        return request.method in SAFE_METHODS or request.auth.scope == ApiToken.Scope.WRITE


class PracticeTokenSchema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = PracticeToken
    name = "PracticeToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}
