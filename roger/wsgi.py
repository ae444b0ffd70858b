"""The web process (granian): the webhook's thin door first, then Django.

Refuses to start without its secrets or with too strong a database role.
"""

import gc
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
from django.db import connection, connections

from roger.checks import require_modest_role, require_secrets

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roger.settings")

LONGEST_STATEMENT = "30s"  # nobody waits longer for a page; a thread that waits for a lock is needed elsewhere

require_secrets("SECRET_KEY", "ROGER_MASTER_KEY")
pages = get_wsgi_application()
limited = {"options": f"-c statement_timeout={LONGEST_STATEMENT}"}
connections.settings["default"]["OPTIONS"] = limited | connections.settings["default"]["OPTIONS"]

from messaging import webhook  # noqa: E402  (its models need the application)

require_modest_role()
connection.close()  # each thread that answers has its own
gc.freeze()  # what was loaded stays: looking through all of it for refuse held up every page for a fifth of a second


def application(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Webhooks bypass Django's handler and middleware, which would cost them two thirds of their speed."""
    if environ["PATH_INFO"].startswith(webhook.PREFIX):
        return webhook.application(environ, start_response)
    return pages(environ, start_response)
