"""Failed logins: five per account, fifty per address, then fifteen minutes; closed when Redis is away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from pytest_django import Settings

from practices import lockout
from practices.bus import bus
from practices.models import LoginEvent, User
from tests.people import PASSWORD, code_for, login, make_user

WRONG = "falsch-falsch-falsch"
HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture
def anna(db: None) -> User:
    return make_user()


def attempt(username: str, password: str = WRONG, *, address: str = HERE) -> Any:
    """One post of the first step, as a browser at an address; answers what the browser gets."""
    return Client(REMOTE_ADDR=address).post("/login/", {"username": username, "password": password})


def sentence(answer: Any) -> str:
    return str(answer.context["form"].non_field_errors()[0])


def let_the_pause_pass() -> None:
    """Redis counts the seconds itself; the shortest way is to let all of them end now."""
    for key in bus().keys("roger:logins:*"):
        assert 0 < bus().ttl(key) <= lockout.PAUSE_SECONDS
        bus().expire(key, 0)


def test_the_sixth_attempt_waits_even_with_the_right_password(anna: User) -> None:
    wrong = [attempt(anna.email) for _ in range(5)]
    right = attempt(anna.email, PASSWORD)

    assert [answer.status_code for answer in wrong] == [422] * 5
    assert [sentence(answer).split(". ", 1)[1] for answer in wrong] == [
        "Noch 4 Versuche, dann eine Pause von 15 Minuten.",
        "Noch 3 Versuche, dann eine Pause von 15 Minuten.",
        "Noch 2 Versuche, dann eine Pause von 15 Minuten.",
        "Noch 1 Versuch, dann eine Pause von 15 Minuten.",
        "Jetzt ist 15 Minuten Pause.",
    ]
    assert (right.status_code, right["Retry-After"]) == (429, "900")
    assert sentence(right) == "Zu viele Versuche. Bitte warten Sie 15 Minuten."


def test_the_pause_ends_after_fifteen_minutes(anna: User) -> None:
    for _ in range(5):
        attempt(anna.email)

    let_the_pause_pass()

    assert attempt(anna.email, PASSWORD).status_code == 302


def test_knocking_during_the_pause_does_not_lengthen_it(anna: User) -> None:
    for _ in range(5):
        attempt(anna.email)
    counters = bus().keys("roger:logins:*")
    for key in counters:
        bus().expire(key, 60)

    attempt(anna.email)

    assert [bus().ttl(key) <= 60 for key in counters] == [True, True]


def test_an_account_is_paused_from_every_address_and_in_every_spelling(anna: User) -> None:
    for number in range(5):
        attempt(anna.email.upper() if number % 2 else anna.email, address=f"198.51.100.{number}")

    assert attempt(f" {anna.email} ", PASSWORD, address=ELSEWHERE).status_code == 429


def test_others_at_the_same_address_are_not_paused_by_it(anna: User) -> None:
    bert = make_user("Bert Brandt")
    for _ in range(6):
        attempt(anna.email)

    assert attempt(bert.email, PASSWORD).status_code == 302


def test_an_account_that_does_not_exist_is_paused_likewise(db: None) -> None:
    answers = [attempt("niemand@praxis.example") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [422] * 5 + [429]


def test_fifty_wrong_ones_pause_an_address_for_everybody_there_only(anna: User, settings: Settings) -> None:
    quick = "django.contrib.auth.hashers.MD5PasswordHasher"  # what is done for accounts that do not exist
    settings.PASSWORD_HASHERS = [quick, *settings.PASSWORD_HASHERS]

    for number in range(50):
        attempt(f"niemand.{number}@praxis.example")

    assert attempt(anna.email, PASSWORD).status_code == 429
    assert attempt(anna.email, PASSWORD, address=ELSEWHERE).status_code == 302


def test_an_ipv6_subscriber_is_one_address(anna: User) -> None:
    request = RequestFactory().post("/login/", REMOTE_ADDR="2001:db8:1:2::1")
    neighbour = RequestFactory().post("/login/", REMOTE_ADDR="2001:db8:1:2:ffff::9")
    other = RequestFactory().post("/login/", REMOTE_ADDR="2001:db8:1:3::1")

    handler = lockout.TwoLimits()
    for number in range(48):
        handler.is_allowed(request, {"username": f"niemand.{number}@praxis.example"})

    assert lockout.attempts_left(neighbour, "neu@praxis.example") == 2
    assert lockout.attempts_left(other, "neu@praxis.example") == 5


def test_right_passwords_do_not_use_up_the_limits(anna: User) -> None:
    answers = [attempt(anna.email, PASSWORD).status_code for _ in range(8)]

    assert answers == [302] * 8


def test_a_good_account_does_not_wash_an_address_clean(anna: User) -> None:
    for number in range(3):
        attempt(f"niemand.{number}@praxis.example")
    login(Client(REMOTE_ADDR=HERE), anna)

    request = RequestFactory().post("/login/", REMOTE_ADDR=HERE)
    counted = [int(bus().get(key) or 0) for key in lockout._keys(request, "x")]

    assert counted == [0, 3]


def test_a_login_forgets_the_slips_of_its_account(anna: User) -> None:
    for _ in range(4):
        attempt(anna.email)
    login(Client(REMOTE_ADDR=HERE), anna)

    assert sentence(attempt(anna.email)).split(". ", 1)[1] == "Noch 4 Versuche, dann eine Pause von 15 Minuten."


def test_redis_holds_neither_email_nor_address(anna: User) -> None:
    attempt(anna.email)

    everything = " ".join(f"{key!r} {bus().get(key)!r}" for key in bus().keys("*"))

    assert bus().keys("roger:logins:*") != []
    assert [secret in everything for secret in (anna.email, anna.email.split("@")[0], HERE)] == [False] * 3


def test_refusals_are_recorded_with_a_cut_address(anna: User) -> None:
    for _ in range(6):
        attempt(anna.email)

    found = list(LoginEvent.objects.order_by("pk").values_list("kind", "user_id", "network"))

    assert found == [("password_refused", anna.pk, "198.51.100.0")] * 5 + [("locked_out", anna.pk, "198.51.100.0")]


def test_knocking_during_the_pause_is_recorded_once(anna: User) -> None:
    for _ in range(9):
        attempt(anna.email)
    attempt(anna.email, address=ELSEWHERE)

    found = LoginEvent.objects.filter(kind="locked_out").order_by("pk").values_list("user_id", "network")

    assert list(found) == [(anna.pk, "198.51.100.0"), (anna.pk, "203.0.113.0")]


@pytest.fixture
def redis_is_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    bus.cache_clear()
    yield
    monkeypatch.undo()
    bus.cache_clear()


def test_without_redis_nobody_gets_in_and_the_page_says_so(anna: User, redis_is_away: None) -> None:
    answer = attempt(anna.email, PASSWORD)

    assert answer.status_code == 503
    assert "Roger ist gerade nicht erreichbar" in answer.content.decode()
    assert LoginEvent.objects.count() == 0


def test_redis_lost_between_the_steps_keeps_the_door_shut(anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Client()
    browser.post("/login/", {"username": anna.email, "password": PASSWORD})
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    bus.cache_clear()

    answer = browser.post("/login/code/", {"otp_token": code_for(anna)})
    monkeypatch.undo()
    bus.cache_clear()

    assert answer.status_code == 503
    assert browser.get("/practices/").status_code == 302


def attempt_in_a_thread(username: str) -> int:
    try:
        return int(attempt(username).status_code)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_hundred_parallel_attempts_get_five_looks() -> None:
    anna = make_user()

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(attempt_in_a_thread, [anna.email] * 100))

    assert sorted(answers) == [422] * 5 + [429] * 95
    assert LoginEvent.objects.filter(kind="password_refused").count() == 5
