"""A connected practice, somebody who works there, and 360dialog's stand-in."""

from collections.abc import Iterator
from typing import Any

import pytest

from practices.models import Member
from tests.factories import make_member, make_practice
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import Line, make_line


@pytest.fixture
def line() -> Line:
    return make_line(make_practice())


@pytest.fixture
def anna(line: Line) -> Member:
    return make_member(line.practice)


@pytest.fixture
def whatsapp(line: Line, settings: Any) -> Iterator[FakeWhatsApp]:
    """360dialog for the fixture `line`, with nobody's phone yet."""
    fake = FakeWhatsApp(line)
    settings.D360_TRANSPORT = fake
    yield fake
    fake.end()
