"""Refusals as JSON: 422 with the gate's code, the sentence for a person and what to do next."""

from typing import Any

from rest_framework.exceptions import NotAuthenticated
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from practices.refusal import Refusal


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's own answers, and ours for a Refusal."""
    if isinstance(error, Refusal):
        set_rollback()
        body = {"reason": error.reason, "detail": error.for_person, "next_step": error.next_step}
        return Response({"refusal": body}, status=422)
    if isinstance(error, NotAuthenticated):
        set_rollback()
    return exception_handler(error, context)
