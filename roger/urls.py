"""All addresses. Each room brings its own; below /p/<practice>/ its scope is open (practices/middleware.py)."""

from django.conf import settings
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from roger import health
from roger.design import views as design

urlpatterns = [
    path("", include("practices.urls")),
    path("", include("consent.urls")),
    path("", include("messaging.documents.urls")),
    path("api/v1/", include("messaging.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("p/<slug:practice>/me/", include("practices.me_urls")),
    path("p/<slug:practice>/", include("messaging.inbox.urls")),
    path("p/<slug:practice>/", include("messaging.inbox.records.urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("design/", design.page, name="design"))

handler400 = "roger.views.bad_request"
handler403 = "roger.views.permission_denied"
handler404 = "roger.views.page_not_found"
handler500 = "roger.views.server_error"
