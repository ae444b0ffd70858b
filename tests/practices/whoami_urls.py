"""One page of a practice that says in whose scope it ran, for tests of many requests at once."""

from django.http import JsonResponse
from django.urls import include, path

from practices.access import MemberRequest, member_required
from practices.models import Member
from practices.scope import practice_in_scope


@member_required
def whoami(request: MemberRequest) -> JsonResponse:
    seen = Member.objects.filter(practice_id__gt=0).values_list("practice__slug", flat=True)
    return JsonResponse({"scope": practice_in_scope(), "practice": request.practice.slug, "rows": sorted(set(seen))})


urlpatterns = [path("p/<slug:practice>/whoami/", whoami), path("", include("practices.urls"))]
handler404 = "roger.views.page_not_found"
