"""Roger as an app on a phone or a PC: a manifest, and a worker that keeps the shell and nothing of a person."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

SIZES = (192, 512)  # pixels


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """The same for everybody: it starts at "/", which leads to work or to the login."""
    icons = [
        {"src": static(f"icons/roger-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any"}
        for size in SIZES
    ]
    masked = {"src": static("icons/roger-maskable.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"}
    content = {
        "id": "/",
        "name": "Roger",
        "short_name": "Roger",
        "description": _("Der Empfang Ihrer Praxis auf WhatsApp"),
        "lang": "de",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f2efe8",
        "theme_color": "#0b5a5e",
        "icons": [*icons, masked],
    }
    return JsonResponse(content, content_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Its place is its scope: the whole of the site, of which it touches static files alone."""
    context = {"static_url": settings.STATIC_URL}
    answer = render(request, "practices/service_worker.js", context, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer
