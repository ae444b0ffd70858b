"""What is not there or not allowed: members find the way back to work, and nobody learns which practices exist."""

import pytest
from django.conf import settings
from django.test import Client

from practices.models import Member, Role
from tests.people import login, make_member, make_practice

pytestmark = pytest.mark.django_db

UNKNOWN_THREAD = "inbox/00000000-0000-7000-8000-000000000000/"
FOR_PATIENTS = "fragen Sie in Ihrer Praxis nach"
TO_WORK = 'href="/">Zu den Unterhaltungen</a>'


@pytest.fixture
def bert() -> Member:
    return make_member(make_practice(), Role.TRAINEE)


def test_a_member_whose_page_is_gone_finds_the_way_to_the_inbox(client: Client, bert: Member) -> None:
    login(client, bert.user)

    for address in (f"/p/{bert.practice.slug}/{UNKNOWN_THREAD}", "/nowhere/"):
        answer = client.get(address)

        assert answer.status_code == 404
        assert TO_WORK in answer.content.decode()
        assert FOR_PATIENTS not in answer.content.decode()


def test_a_member_who_may_not_finds_the_way_to_the_inbox(client: Client, bert: Member) -> None:
    login(client, bert.user)

    answer = client.get(f"/p/{bert.practice.slug}/inbox/urgent-words/")

    assert answer.status_code == 403
    assert TO_WORK in answer.content.decode()
    assert "starken Schmerzen" not in answer.content.decode()


def test_a_practice_one_does_not_work_at_looks_like_one_that_does_not_exist(client: Client, bert: Member) -> None:
    elsewhere = make_practice("lindenhof")
    login(client, bert.user)

    there, nowhere = (client.get(f"/p/{slug}/{UNKNOWN_THREAD}") for slug in (elsewhere.slug, "does-not-exist"))

    assert there.status_code == nowhere.status_code == 404
    assert there.content == nowhere.content


def test_a_stranger_learns_of_no_practice_whether_it_exists(client: Client, bert: Member) -> None:
    there, nowhere = (client.get(f"/p/{slug}/{UNKNOWN_THREAD}") for slug in (bert.practice.slug, "does-not-exist"))

    assert there.status_code == nowhere.status_code == 302
    assert there["Location"].replace(bert.practice.slug, "") == nowhere["Location"].replace("does-not-exist", "")


def test_a_tablet_in_public_speaks_to_patients_whoever_has_logged_in_on_it(client: Client, bert: Member) -> None:
    login(client, bert.user)

    answer = client.get("/p/does-not-exist/kiosk/")

    assert answer.status_code == 404
    assert FOR_PATIENTS in answer.content.decode()


def test_a_patient_whose_link_is_wrong_is_sent_to_the_practice(client: Client) -> None:
    answer = client.get("/nowhere/")

    assert FOR_PATIENTS in answer.content.decode()
    assert TO_WORK not in answer.content.decode()


def test_a_cookie_that_opens_nothing_is_answered_like_one_that_does(client: Client, bert: Member) -> None:
    login(client, bert.user)
    stranger = Client()
    stranger.cookies[settings.SESSION_COOKIE_NAME] = "made-up"

    assert stranger.get("/nowhere/").content == client.get("/nowhere/").content
