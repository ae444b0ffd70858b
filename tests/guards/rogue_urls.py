"""Addresses that do what no address may: the checks of tests/guards/route_checks.py must find each of them."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from practices.access import LEADERS, MemberRequest, member_required, role_required
from practices.models import User


def everybodys_page(request: HttpRequest, practice: str) -> HttpResponse:
    return HttpResponse("nobody asked who you are")


@role_required(*LEADERS)
def leaders_page(request: MemberRequest) -> HttpResponse:
    return HttpResponse("for leaders")


@member_required
def page_that_writes(request: MemberRequest) -> HttpResponse:
    request.member.user.name = "Somebody Else"
    request.member.user.save(update_fields=["name"])
    return HttpResponse()


@csrf_exempt
@member_required
def open_form(request: MemberRequest) -> HttpResponse:
    return HttpResponse()


@member_required
def talkative(request: MemberRequest, row: str) -> HttpResponse:
    """Answers an id it does not know otherwise than one of another practice."""
    known = User.objects.filter(pk=row).exists()
    return HttpResponse("somebody else's" if known else "unknown", status=404)


def open_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


rogue = (
    [
        path("p/<slug:practice>/everybodys/", everybodys_page, name="everybodys"),
        path("p/<slug:practice>/leaders/", leaders_page, name="leaders"),
        path("p/<slug:practice>/writes/", page_that_writes, name="writes"),
        path("p/<slug:practice>/open-form/", open_form, name="open_form"),
        path("p/<slug:practice>/talkative/<uuid:row>/", talkative, name="talkative"),
        path("open/", open_page, name="open"),
    ],
    "rogue",
)
urlpatterns = [path("", include(rogue)), path("", include("practices.urls"))]
handler404 = "roger.views.page_not_found"
