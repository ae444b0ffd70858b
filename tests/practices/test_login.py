"""Logging in: two steps, the same answers for everybody, and where it leads."""

import pytest
from django.test import Client

from practices.models import LoginEvent, LoginSession, Practice, Role, User
from practices.actions import add_member
from tests.factories import make_practice
from tests.people import PASSWORD, code_for, login, make_person, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    return make_practice()


@pytest.fixture
def anna(practice: Practice) -> User:
    return make_person(practice, Role.OWNER).user


def test_password_and_code_lead_into_the_inbox_of_the_only_practice(client: Client, anna: User) -> None:
    first = client.post("/login/", {"username": anna.email, "password": PASSWORD})
    second = client.post("/login/code/", {"otp_token": code_for(anna)})

    assert (first.status_code, first["Location"]) == (302, "/login/code/")
    assert (second.status_code, second["Location"]) == (302, "/p/morgenthal/inbox/")
