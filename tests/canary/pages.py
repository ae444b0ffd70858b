"""The product's addresses, and one that breaks with a patient's words in its exception."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from roger import urls
from tests.canary.needles import NUMBER, WORDS


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError(f"{WORDS} {NUMBER}")


urlpatterns = [*urls.urlpatterns, path("broken/", broken)]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
