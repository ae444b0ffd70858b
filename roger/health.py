"""Health for whoever watches: codes only, open to anybody."""

import time

from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from practices.background import LAST_SWEEP
from practices.bus import bus

LATE_AFTER_SECONDS = 60


@require_safe
@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """The process answers; says nothing about what it needs."""
    return JsonResponse({"process": "ok"})


@require_safe
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """200 when pages can be served. The last drain is the worker's affair: ok, late or never."""
    codes = {"database": _database(), "broker": _broker(), "last_drain": _last_drain()}
    is_ready = codes["database"] == codes["broker"] == "ok"
    return JsonResponse(codes, status=200 if is_ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return "away"
    return "ok"


def _broker() -> str:
    try:
        bus().ping()
    except RedisError:
        return "away"
    return "ok"


def _last_drain() -> str:
    try:
        at = bus().get(LAST_SWEEP)
    except RedisError:
        return "unknown"
    if at is None:
        return "never"
    return "ok" if time.time() - float(at) < LATE_AFTER_SECONDS else "late"
