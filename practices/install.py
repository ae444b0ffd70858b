"""Roger as an app on a phone or a PC: a manifest, and a worker that keeps the shell, a page for times without network,
and nothing of a person."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

SIZES = (192, 512)  # pixels
OFFLINE_PARTS = (
    "css/desk-all.css",
    "js/offline.js",
    "fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2",
)


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
    """The service worker. Its place is its scope: the whole site, of which it keeps static files and one page."""
    context = {
        "static_url": settings.STATIC_URL,
        "offline_url": reverse("practices:offline"),
        "offline_parts": json.dumps([static(part) for part in OFFLINE_PARTS]),
    }
    answer = render(request, "practices/service_worker.js", context, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the worker shows where a page cannot be fetched; the same for everybody."""
    return render(request, "practices/offline.html")
