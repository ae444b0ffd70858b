"""What somebody has just done, said once on the page that it leads to (templates/messaging/team/_toasts.html).

The words travel in a signed cookie until that page shows them, so they name nobody.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect


def leads_to(request: HttpRequest, address: str, words: str) -> HttpResponseRedirect:
    """The way to a page that says so."""
    messages.success(request, words)
    return HttpResponseRedirect(address, status=303)
