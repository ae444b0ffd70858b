"""A practice in scope, a sealed note, and a process without keys at hand."""

from collections.abc import Iterator

import pytest

from messaging.models import Note
from practices import keys
from practices.models import Practice
from practices.scope import practice_scope
from tests.factories import make_practice
from tests.practices.sealing import make_note


@pytest.fixture
def practice() -> Iterator[Practice]:
    made = make_practice()
    with practice_scope(made.pk):
        yield made


@pytest.fixture
def note(practice: Practice) -> Note:
    return make_note()


@pytest.fixture
def empty_cache() -> Iterator[None]:
    keys.cache.clear()
    yield
    keys.cache.clear()
