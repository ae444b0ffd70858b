"""The second factor: RFC 6238, each code once, a pause after five wrong ones."""

import base64
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django_otp.oath import hotp

from practices import totp
from practices.models import LoginEvent, TotpDevice, User
from tests.people import PASSWORD, code_for, make_user

NOW = 1_800_000_000  # seconds; the start of a step
STEP = NOW // 30


@pytest.fixture
def anna(db: None) -> User:
    return make_user()


@pytest.fixture
def device(anna: User) -> TotpDevice:
    return TotpDevice.objects.get(user=anna)


def code_of(device: TotpDevice, step: int) -> str:
    return f"{hotp(device.secret, step):06d}"


@pytest.mark.parametrize(("seconds", "code"), [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")])
def test_codes_are_those_of_the_standard(device: TotpDevice, seconds: int, code: str) -> None:
    """RFC 6238 appendix B, SHA-1, last six digits."""
    device.secret = b"12345678901234567890"
    device.save()

    with time_machine.travel(seconds, tick=False):
        assert device.verify_token(code) is True


@pytest.mark.parametrize(("steps", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off_and_no_more(device: TotpDevice, steps: int, accepted: bool) -> None:
    with time_machine.travel(NOW, tick=False):
        assert device.verify_token(code_of(device, STEP + steps)) is accepted


def test_a_code_is_accepted_once(device: TotpDevice) -> None:
    with time_machine.travel(NOW, tick=False):
        answers = [device.verify_token(code_of(device, STEP)) for _ in range(2)]

    assert answers == [True, False]


def test_after_a_code_no_older_one_counts(device: TotpDevice) -> None:
    with time_machine.travel(NOW, tick=False):
        answers = [device.verify_token(code_of(device, step)) for step in (STEP, STEP - 1, STEP + 1)]

    assert answers == [True, False, True]


def test_after_five_wrong_codes_the_right_one_waits_fifteen_minutes(device: TotpDevice) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(5):
            device.verify_token("000000")
        during = device.verify_token(code_of(device, STEP))
        clock.shift(15 * 60 - 1)
        still = device.verify_token(code_of(device, (NOW + 15 * 60 - 1) // 30))
        clock.shift(1)
        after = device.verify_token(code_of(device, (NOW + 15 * 60) // 30))

    assert (during, still, after) == (False, False, True)


def test_a_right_code_forgets_the_wrong_ones_before_it(device: TotpDevice) -> None:
    with time_machine.travel(NOW, tick=False):
        for _ in range(4):
            device.verify_token("000000")
        device.verify_token(code_of(device, STEP))
        device.verify_token("000000")

        assert device.verify_token(code_of(device, STEP + 1)) is True


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "-12345", "١٢٣٤٥٦", "abcdef"])
def test_what_is_no_code_is_refused(device: TotpDevice, typed: str) -> None:
    assert device.verify_token(typed) is False


def test_the_secret_lies_sealed_in_the_database(device: TotpDevice) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select secret from practices_totpdevice where id = %s", [device.pk])
        stored = bytes(cursor.fetchone()[0])

    assert len(stored) == totp.SECRET_BYTES + 38
    assert device.secret not in stored


def test_apps_read_the_secret_from_the_address(device: TotpDevice, anna: User) -> None:
    uri = urlsplit(totp.otpauth_uri(device.secret, account=anna.email))
    query = parse_qs(uri.query)

    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert uri.path == f"/Roger:{anna.email.replace('@', '%40')}"
    assert base64.b32decode(query["secret"][0]) == device.secret
    assert (query["issuer"], query["digits"], query["period"]) == (["Roger"], ["6"], ["30"])


def test_five_wrong_codes_pause_the_login_and_are_recorded(client: Client, anna: User) -> None:
    client.post("/login/", {"username": anna.email, "password": PASSWORD})

    answers = [client.post("/login/code/", {"otp_token": "000000"}) for _ in range(5)]
    right = client.post("/login/code/", {"otp_token": code_for(anna)})

    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 429]
    assert (right.status_code, right["Retry-After"]) == (429, "900")
    assert list(LoginEvent.objects.order_by("pk").values_list("kind", flat=True)) == [
        "password_accepted",
        *["code_refused"] * 4,
        "locked_out",
    ]


def log_in_with(cookie: str, code: str) -> int:
    browser = Client()
    browser.cookies["session"] = cookie
    try:
        return browser.post("/login/code/", {"otp_token": code}).status_code
    finally:
        connection.close()


def halfway_cookie(user: User) -> str:
    browser = Client()
    browser.post("/login/", {"username": user.email, "password": PASSWORD})
    return browser.cookies["session"].value


@pytest.mark.django_db(transaction=True)
def test_of_ten_parallel_posts_of_one_code_one_gets_in() -> None:
    anna = make_user()
    cookies = [halfway_cookie(anna) for _ in range(5)] * 2
    code = code_for(anna)

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(log_in_with, cookies, [code] * 10))

    assert LoginEvent.objects.filter(kind="logged_in").count() == 1
    assert answers.count(302) >= 1


@pytest.mark.django_db(transaction=True)
def test_of_forty_parallel_wrong_codes_five_are_looked_at() -> None:
    anna = make_user()
    cookie = halfway_cookie(anna)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(log_in_with, [cookie] * 40, ["000000"] * 40))

    assert TotpDevice.objects.get(user=anna).throttling_failure_count == 5
    assert LoginEvent.objects.filter(kind="code_refused").count() == 4
