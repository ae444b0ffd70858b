"""Error pages: what happened in one sentence, nothing of the request, no database."""

from django.http import HttpRequest, HttpResponse
from django.template import loader


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page("400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page("403.html", 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page("404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return _page("500.html", 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return _page("403.html", 403)


def _page(template: str, status: int) -> HttpResponse:
    # Without the request: the same bytes for everybody, and no context that could ask a broken database.
    return HttpResponse(loader.render_to_string(template), status=status)
