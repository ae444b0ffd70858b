"""?q=: people first, then messages."""

from django.http import HttpResponse
from django.shortcuts import render

from messaging.inbox import pages
from practices.access import MemberRequest


def results(request: MemberRequest, query: str) -> HttpResponse:
    """The results in the list pane."""
    context = pages.tabs_context("") | {"query": query, "people": [], "hits": [], "searched": None}
    return render(request, "messaging/search.html", context)
