"""Password hashes and what a password must be."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, identify_hasher, make_password
from django.core.exceptions import ValidationError
from django.test import Client

from practices import passwords
from practices.actions import change_password, create_user
from practices.models import LoginSession, Role, User
from tests.people import PASSWORD, hashed_password, login, make_member, make_practice, make_user


@pytest.fixture(autouse=True)
def hashes_as_in_production(settings: Any) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["practices.passwords.Argon2Hasher"]
    hashed_password.cache_clear()
    yield
    hashed_password.cache_clear()


def test_the_product_hashes_with_argon2() -> None:
    """The tests themselves use a quicker one (tests/passwords.py)."""
    assert [line for line in Path("roger/settings.py").read_text().splitlines() if "PASSWORD_HASHERS" in line] == [
        'PASSWORD_HASHERS = ["practices.passwords.Argon2Hasher"]'
    ]


def test_hashes_are_argon2id_with_two_passes_over_64_mib() -> None:
    assert make_password(PASSWORD).split("$")[:4] == ["argon2", "argon2id", "v=19", "m=65536,t=2,p=1"]


def test_at_most_two_hashes_run_at_a_time() -> None:
    """A third one waits until a slot is free."""
    for _ in range(passwords.CONCURRENT_HASHES):
        passwords._slots.acquire()
    third = threading.Thread(target=make_password, args=[PASSWORD])
    third.start()
    try:
        third.join(0.5)
        waited = third.is_alive()
    finally:
        for _ in range(passwords.CONCURRENT_HASHES):
            passwords._slots.release()
    third.join(10)

    assert (waited, third.is_alive()) == (True, False)


@pytest.mark.django_db
def test_a_hash_with_other_parameters_is_renewed_at_the_next_login(client: Client) -> None:
    anna = make_user()
    weaker = Argon2PasswordHasher()
    weaker.memory_cost, weaker.parallelism = 8 * 1024, 1
    User.objects.filter(pk=anna.pk).update(password=weaker.encode(PASSWORD, weaker.salt()))

    client.post("/login/", {"username": anna.email, "password": PASSWORD})
    anna.refresh_from_db()

    assert identify_hasher(anna.password).must_update(anna.password) is False
    assert anna.check_password(PASSWORD) is True


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["kurz-kurz-1", "q1w2e3r4t5y6", "anna.arnold@praxis.example"])
def test_short_common_and_own_words_are_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        create_user(email="anna.arnold@praxis.example", name="Anna Arnold", password=password)

    assert User.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["nur kleine woerter hier", "ü" * 64 + " 🦷", "x" * 15 + "zahnarzt" * 30])
def test_long_passwords_of_any_letters_are_taken_whole(client: Client, password: str) -> None:
    """ASVS 6.2: no composition rules, at least 64 characters, blanks included."""
    anna = create_user(email="anna@praxis.example", name="Anna Arnold", password=password)

    assert anna.check_password(password) is True
    assert anna.check_password(password[:-1]) is False


@pytest.mark.django_db
def test_a_changed_password_ends_every_session_of_the_person(client: Client) -> None:
    anna, bert = (make_member(make_practice(slug), Role.OWNER) for slug in ("morgenthal", "lindenhof"))
    other = Client()
    login(client, anna)
    login(other, bert)
    cookie = client.cookies["session"].value

    change_password(user=anna.user, password="elf-ebenso-stille-Becher")
    client.cookies["session"] = cookie

    assert client.get("/")["Location"] == "/login/"
    assert list(LoginSession.objects.values_list("user_id", flat=True)) == [bert.user_id]


@pytest.mark.django_db
def test_looking_for_an_account_takes_as_long_whether_it_exists_or_not(client: Client) -> None:
    """The hash is nearly all of the time, and is worked out once in both cases (ASVS 6.3.8)."""
    anna = make_user()

    def seconds(username: str) -> float:
        """Of this process's own work: how long others held the machine says nothing."""
        started = time.process_time()
        client.post("/login/", {"username": username, "password": "falsch-falsch-falsch"})
        return time.process_time() - started

    known = min(seconds(anna.email) for _ in range(3))
    unknown = min(seconds("niemand@praxis.example") for _ in range(3))

    assert 0.5 < known / unknown < 2
