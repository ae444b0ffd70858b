"""The web process (granian). Refuses to start without its secrets or with too strong a database role."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roger.settings")

application = get_wsgi_application()

from roger.checks import require_modest_role, require_secrets  # noqa: E402  (needs the settings)

require_secrets("SECRET_KEY", "ROGER_MASTER_KEY")
require_modest_role()
