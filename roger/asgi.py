"""The stream process (uvicorn roger.asgi:stream). Holds neither SECRET_KEY nor any key of a practice."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roger.settings")
django.setup()

from roger.checks import require_modest_role  # noqa: E402

require_modest_role()

from messaging.stream import application as stream  # noqa: E402, F401  (needs the settings)
