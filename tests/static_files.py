"""Static files under their plain names: hashed names exist only after collectstatic, which tests do not need."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings

PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


@pytest.fixture(scope="session", autouse=True)
def plain_static_names() -> Iterator[None]:
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": PLAIN}):
        yield
