"""Tests of patients work inside one practice unless they open another scope themselves."""

from collections.abc import Iterator

import pytest

from practices.models import Practice
from practices.scope import practice_scope
from tests.factories import make_practice


@pytest.fixture
def practice(db: None) -> Iterator[Practice]:
    practice = make_practice()
    with practice_scope(practice.pk):
        yield practice
