"""manage.py go_live: the owner's decision, entered by the operator."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from practices.models import AuditEvent, Member, Practice, Role
from practices.scope import practice_scope
from tests.factories import make_member, make_practice

pytestmark = pytest.mark.django_db
FLAGS = ["--risk-note", "--dsfa", "--avv", "--c5"]


@pytest.fixture
def practice() -> Practice:
    practice = make_practice()
    Practice.objects.update(live_since=None)
    return practice


@pytest.fixture
def owner(practice: Practice) -> Member:
    return make_member(practice, Role.OWNER)


def run(*flags: str, practice: str = "morgenthal", email: str = "anna.morgenthal@praxis.example") -> str:
    out = StringIO()
    call_command("go_live", "--practice", practice, "--owner-email", email, *flags, stdout=out)
    return out.getvalue()


def test_l_1_with_all_four_flags_the_practice_is_live_and_the_owner_stands_on_the_trail(
    practice: Practice, owner: Member
) -> None:
    said = run(*FLAGS)

    practice.refresh_from_db()
    assert practice.live_since is not None
    assert said.startswith("morgenthal is live since ")
    with practice_scope(practice.pk):
        assert AuditEvent.objects.get(kind="practice_gone_live").by == owner


@pytest.mark.parametrize("missing", FLAGS)
def test_l_2_without_one_of_them_nothing_happens(practice: Practice, owner: Member, missing: str) -> None:
    with pytest.raises(CommandError, match=missing):
        run(*(flag for flag in FLAGS if flag != missing))

    practice.refresh_from_db()
    assert practice.live_since is None


def test_only_an_owner_decides(practice: Practice) -> None:
    make_member(practice, Role.PRACTICE_MANAGER)

    with pytest.raises(CommandError, match="Nobody with this e-mail"):
        run(*FLAGS)


def test_an_unknown_practice_is_said_to_be_unknown(owner: Member) -> None:
    with pytest.raises(CommandError, match="no practice"):
        run(*FLAGS, practice="nirgends")
