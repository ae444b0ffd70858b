"""Every address in every role: let in, refused, unknown, or led to the login."""

import pytest
from django.test import Client, override_settings

from practices.access import EVERYBODY, LEADERS
from practices.models import Practice, Role, User
from tests.guards import route_checks as checks
from tests.guards.route_access import ROUTES, Ids, OfPractice, Personal, Public, Route
from tests.people import login, make_member, make_practice
from tests.whole import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    make_practice("lindenhof")
    return make_practice()


def logged_in(practice: Practice, role: Role = Role.OWNER, *, enforce_csrf_checks: bool = False) -> Client:
    client = Client()
    login(client, make_member(practice, role))
    client.handler.enforce_csrf_checks = enforce_csrf_checks
    return client


def test_every_address_is_declared_and_every_page_of_a_practice_asks_for_a_role() -> None:
    assert checks.undeclared(ROUTES) == []


def test_the_tablet_alone_stands_below_a_practice_without_a_login() -> None:
    public = [address.name for address in checks.addresses() if address.is_of_practice and not address.needs_member]

    assert public == ["consent:kiosk", "consent:kiosk_state", "consent:kiosk_worker"]


# That no page is declared with other roles than it has is tried above, for all of them.
@pytest.mark.parametrize("role", rows(Role, everyday=lambda role: role in {Role.OWNER, Role.TRAINEE}))
def test_each_role_gets_what_is_declared(practice: Practice, role: Role) -> None:
    assert checks.wrong_for_role(ROUTES, logged_in(practice, role), role, practice) == []


def test_strangers_learn_nothing(practice: Practice) -> None:
    clara = logged_in(Practice.objects.get(slug="lindenhof"))

    assert checks.wrong_for_stranger(ROUTES, clara, practice) == []


def test_whoever_is_not_logged_in_is_led_to_the_login(practice: Practice, client: Client) -> None:
    assert checks.wrong_for_anonymous(ROUTES, client) == []


def test_every_form_needs_its_token(practice: Practice) -> None:
    assert checks.wrong_without_form_token(ROUTES, logged_in(practice, enforce_csrf_checks=True)) == []


def test_reading_changes_nothing_but_the_log_of_who_looked(practice: Practice) -> None:
    assert checks.changed_by_reading(ROUTES, logged_in(practice), practice) == []


# ── the checks themselves ──


def somebody() -> Ids:
    return {"row": User.objects.earliest("pk").pk}


ROGUE: dict[str, tuple[Route, ...]] = {
    **{name: routes for name, routes in ROUTES.items() if name.startswith("practices:")},
    "rogue:everybodys": (OfPractice(EVERYBODY),),
    "rogue:leaders": (OfPractice(EVERYBODY),),
    "rogue:writes": (OfPractice(EVERYBODY),),
    "rogue:open_form": (OfPractice(EVERYBODY, "POST"),),
    "rogue:talkative": (OfPractice(EVERYBODY, answers=404, rows=somebody),),
    "rogue:open": (Personal(),),
}
with_rogues = override_settings(ROOT_URLCONF="tests.guards.rogue_urls")


@with_rogues
def test_an_address_that_is_undeclared_unguarded_or_guarded_otherwise_is_found() -> None:
    table = {name: routes for name, routes in ROGUE.items() if name != "rogue:open"} | {"gone": (Public(),)}

    assert checks.undeclared(table) == [
        "rogue:open is not declared",
        "gone is no address",
        "rogue:everybodys is below /p/ and lets everybody in",
        "rogue:leaders is declared with other roles than its view has",
    ]


@with_rogues
def test_a_role_that_is_refused_or_let_in_otherwise_is_found(practice: Practice) -> None:
    leaders_only = ROGUE | {"rogue:writes": (OfPractice(LEADERS),)}

    wrong = checks.wrong_for_role(leaders_only, logged_in(practice, Role.TRAINEE), Role.TRAINEE, practice)

    assert wrong == [
        "GET rogue:leaders as trainee: 403 instead of 200",
        "GET rogue:writes as trainee: 200 instead of 403",
    ]


@with_rogues
def test_an_answer_that_tells_a_foreign_id_from_an_unknown_one_is_found(practice: Practice) -> None:
    clara = logged_in(Practice.objects.get(slug="lindenhof"))

    assert checks.wrong_for_stranger(ROGUE, clara, practice) == ["GET rogue:talkative with a foreign id: 404"]


@with_rogues
def test_a_page_that_needs_no_login_is_found(practice: Practice, client: Client) -> None:
    assert checks.wrong_for_anonymous(ROGUE, client) == ["GET rogue:open without login: 200"]


@with_rogues
def test_a_form_that_needs_no_token_is_found(practice: Practice) -> None:
    client = logged_in(practice, enforce_csrf_checks=True)

    assert checks.wrong_without_form_token(ROGUE, client) == ["POST rogue:open_form passes without the form's token"]


@with_rogues
def test_a_page_that_writes_when_it_is_read_is_found(practice: Practice) -> None:
    pages = {name: routes for name, routes in ROGUE.items() if name.startswith("rogue:")}

    wrong = checks.changed_by_reading(pages, logged_in(practice), practice)

    assert wrong == ["GET rogue:writes changes public.practices_user"]
