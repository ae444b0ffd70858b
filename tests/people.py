"""People who can log in: anna leads a practice, bert learns there, clara works somewhere else.

    anna = make_member(practice, Role.OWNER, name="Anna Arnold")
    login(client, anna)

`log_in` takes the two real steps; `login` begins where they end.
"""

import itertools
import time
from functools import lru_cache

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django_otp.oath import hotp

from practices import logins, workplace
from practices.actions import add_member, add_totp_device
from practices.models import Member, Practice, Role, TotpDevice, User
from practices.sessions import SessionStore
from tests.factories import make_practice as make_practice

PASSWORD = "sieben-stille-Zahnbürsten"
_numbers = itertools.count(1)


@lru_cache(maxsize=1)
def hashed_password() -> str:
    return make_password(PASSWORD)


def make_user(name: str = "Anna Arnold", *, second_factor: bool = True) -> User:
    """Somebody with PASSWORD and, unless told otherwise, a second factor; works nowhere yet."""
    email = f"{name.split(maxsplit=1)[0].lower()}.{next(_numbers)}@praxis.example"
    user = User.objects.create(email=email, name=name, password=hashed_password())
    if second_factor:
        add_totp_device(user=user)
    return user


def make_member(practice: Practice, role: Role = Role.RECEPTION, *, name: str = "Anna Arnold") -> Member:
    """Somebody who works at a practice and can log in."""
    return add_member(practice=practice, user=make_user(name), role=role)


def login(client: Client, person: Member | User) -> None:
    """As after password and code, in a session as practices.logins makes it; thousands of tests begin so."""
    user = person.user if isinstance(person, Member) else person
    request = RequestFactory().post("/login/code/")
    request.META.update(client.defaults)
    request.COOKIES = {name: one.value for name, one in client.cookies.items()}
    request.user = AnonymousUser()
    request.session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    logins.finish(request, user, TotpDevice.objects.get(user=user))
    remembered = workplace.remember(request, HttpResponse())
    request.session.save()
    client.cookies.update(remembered.cookies)
    client.cookies[settings.SESSION_COOKIE_NAME] = str(request.session.session_key)


def log_in(client: Client, person: Member | User) -> None:
    """Log in as people do: password, then code."""
    user = person.user if isinstance(person, Member) else person
    client.post("/login/", {"username": user.email, "password": PASSWORD})
    answer = client.post("/login/code/", {"otp_token": code_for(user)})
    if answer.status_code == 422:  # the half minute ended between making the code and reading it
        answer = client.post("/login/code/", {"otp_token": code_for(user)})
    assert answer.status_code == 302, answer.status_code


def code_for(user: User) -> str:
    """A code the person's device would accept now: the first one that was not used yet, at most a step ahead. In the
    last seconds of a step none of the one before, which is refused as soon as the step is over."""
    device = TotpDevice.objects.get(user=user)
    now, second = divmod(int(time.time()), 30)
    step = max(device.last_step + 1, now if second > 20 else now - 1)
    assert step <= now + 1, "three logins in 30 seconds are all a device allows: make another person"
    return f"{hotp(device.secret, step):06d}"
