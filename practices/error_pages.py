"""Error pages: what happened in one sentence and how to go on, nothing of the request, no database.

Whose page it is follows from the address, and from there being a login's cookie at all, whoever's it is. So below
/p/<practice>/ the same bytes go to everybody, whether the practice exists, and whether the asker works there.
"""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import loader

# A tablet that stands in public, also where somebody has logged in before (consent/kiosk_screen.py).
IN_PUBLIC = re.compile(r"^/p/[^/]+/kiosk/")
OF_STAFF = re.compile(r"^/(p/|practices/|login/|logout/|shield/|workplace/)")


def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """For members the way back to their work, for patients the way to their practice."""
    template = f"desk/{status}.html" if _is_for_staff(request) else f"{status}.html"
    # Without the request: no context that could ask a broken database.
    return HttpResponse(loader.render_to_string(template), status=status)


def _is_for_staff(request: HttpRequest) -> bool:
    if IN_PUBLIC.match(request.path_info):
        return False
    return OF_STAFF.match(request.path_info) is not None or settings.SESSION_COOKIE_NAME in request.COOKIES
