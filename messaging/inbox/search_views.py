"""The address of the search. Nothing of what somebody looks for stands in it: it is posted."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from messaging.inbox import searching
from messaging.inbox.search_form import asked_in
from messaging.inbox.views import is_fragment
from practices.access import MemberRequest, member_required


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def search(request: MemberRequest) -> HttpResponse:
    """What a search finds: the whole page; for htmx the results alone, and further ones to stand below them. Asked
    without anything, the page to begin on."""
    asked = asked_in(request.POST, parts="parts" in request.GET)
    if not is_fragment(request):
        return searching.results(request, asked)
    if asked.people_before:
        return searching.further_people(request, asked)
    return searching.results(request, asked, "_search_more" if asked.before else "_search_results")
