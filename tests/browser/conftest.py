"""The product and the browser of these tests: one for all that run in one worker (tests/conftest.py)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, StorageState, expect

from tests.browser.chromium import Problems, chromium
from tests.browser.patients import PHONE, PatientsPhone
from tests.browser.product import Product, running
from tests.browser.staff import Staff

# A whole product beside its tests on two cores: patience with what has no bar of its own.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="package")
def product() -> Iterator[Product]:
    """The whole of `make run` with its demo data."""
    with running() as product:
        yield product


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Ends with this folder: Playwright's event loop must not stand in the way of other tests of the same worker."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def sessions() -> dict[str, StorageState]:
    return {}


@pytest.fixture
def problems() -> Iterator[Problems]:
    """Fails the test on anything a page did that no page may do."""
    problems = Problems()
    yield problems
    assert problems.found == []


@pytest.fixture
def staff(product: Product, browser: Browser, problems: Problems, sessions: dict[str, StorageState]) -> Iterator[Staff]:
    staff = Staff(product, browser, problems, sessions)
    yield staff
    staff.close()


@pytest.fixture
def phone(staff: Staff) -> PatientsPhone:
    return PatientsPhone(staff.stranger(viewport=PHONE))
