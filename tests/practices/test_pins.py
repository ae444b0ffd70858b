"""PINs: what is taken, how it is kept, and who may choose one."""

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client

from practices import pins
from practices.models import AuditEvent, Member, Practice, Role, User
from practices.pins import WeakPin
from practices.scope import practice_scope
from tests.people import PASSWORD, login, make_member, make_practice

pytestmark = pytest.mark.django_db
ADDRESS = "/p/morgenthal/me/pin/"


@pytest.fixture
def practice() -> Practice:
    return make_practice()


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, Role.TRAINEE)


@pytest.fixture
def desk(client: Client, anna: Member) -> Client:
    login(client, anna)
    return client


def pin_of(member: Member) -> str:
    return User.objects.get(pk=member.user_id).pin


def choose(desk: Client, pin: str, *, again: str | None = None, password: str = PASSWORD) -> int:
    again = pin if again is None else again
    return desk.post(ADDRESS, {"pin": pin, "again": again, "password": password}).status_code


@pytest.mark.parametrize("pin", ["0000", "1111", "1212", "1234", "4321", "56789", "7890", "98765432"])
def test_what_everybody_would_try_first_is_refused(practice: Practice, anna: Member, pin: str) -> None:
    with practice_scope(practice.pk), pytest.raises(WeakPin):
        pins.set_pin(member=anna, pin=pin)

    assert pin_of(anna) == ""


@pytest.mark.parametrize("pin", ["2719", "80641", "13572468"])
def test_others_are_kept_as_a_hash_and_on_the_trail(desk: Client, anna: Member, pin: str) -> None:
    assert choose(desk, pin) == 302

    assert pin not in pin_of(anna)
    with practice_scope(anna.practice.pk):
        trail = AuditEvent.objects.exclude(kind="member_added").values_list("kind", "by_id", "codes")
        assert list(trail) == [("pin_set", anna.pk, {})]


def test_the_same_pin_of_two_people_looks_different(practice: Practice, anna: Member) -> None:
    bert = make_member(practice, name="Bert Brandt")
    with practice_scope(practice.pk):
        for member in (anna, bert):
            pins.set_pin(member=member, pin="2719")

    assert pin_of(anna) != pin_of(bert)


def test_the_hash_alone_cannot_be_tried_out(practice: Practice, anna: Member) -> None:
    """Whoever has the database and not SECRET_KEY would need ten thousand tries."""
    with practice_scope(practice.pk):
        pins.set_pin(member=anna, pin="2719")

    assert check_password("2719", pin_of(anna)) is False


@pytest.mark.parametrize(
    ("pin", "again"), [("2719", "2718"), ("271", "271"), ("271982736", "271982736"), ("27a9", "27a9"), ("٢٧١٩", "٢٧١٩")]
)
def test_what_is_no_pin_or_not_the_same_twice_is_not_taken(desk: Client, anna: Member, pin: str, again: str) -> None:
    assert choose(desk, pin, again=again) == 422
    assert pin_of(anna) == ""


def test_who_passes_an_open_screen_chooses_no_pin_for_its_person(desk: Client, anna: Member) -> None:
    assert choose(desk, "2719", password="falsch") == 422
    assert pin_of(anna) == ""


def test_wrong_passwords_there_are_counted_as_at_the_login(desk: Client, anna: Member) -> None:
    for _ in range(5):
        choose(desk, "2719", password="falsch")

    assert choose(desk, "2719") == 422
    assert pin_of(anna) == ""


def test_an_empty_one_takes_the_pin_away(desk: Client, anna: Member) -> None:
    choose(desk, "2719")

    assert choose(desk, "") == 302
    assert pin_of(anna) == ""


def test_nothing_that_was_typed_comes_back(desk: Client) -> None:
    page = desk.post(ADDRESS, {"pin": "27190", "again": "1", "password": PASSWORD}).content.decode()

    assert "27190" not in page
    assert PASSWORD not in page
