"""What the clock starts, as a worker does it: each task by itself, in no transaction of anybody else."""

import pytest

from practices.models import Practice, Role
from roger.celery import app
from roger.tasks import HOURLY, NIGHTLY
from tests.factories import make_member
from tests.people import make_practice


@pytest.fixture
def practice() -> Practice:
    made = make_practice()
    made.escalate_after = 60
    made.save(update_fields=["escalate_after"])
    make_member(made, Role.OWNER)
    return made


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", [*NIGHTLY, *HOURLY, "messaging.escalate"])
def test_what_is_due_for_a_practice_runs_to_its_end(practice: Practice, name: str) -> None:
    app.loader.import_default_modules()

    app.tasks[name].run(practice_id=practice.pk)
