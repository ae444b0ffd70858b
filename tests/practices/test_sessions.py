"""Sessions: a new key at each step, ten idle minutes, twelve hours, and gone when ended."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from practices import sessions
from practices.models import LoginEvent, LoginSession, Member, Role, User
from tests.people import PASSWORD, code_for, log_in, make_member, make_practice

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
LIVE = {"X-Roger-Live": "1", "HX-Request": "true"}


@pytest.fixture
def anna() -> Member:
    return make_member(make_practice(), Role.OWNER)


def is_in(client: Client, **headers: str) -> bool:
    """Whether the practice's pages answer; asked of an address that no page has."""
    return client.get("/p/morgenthal/nothing-here/", headers=headers).status_code == 404


def key_of(client: Client) -> str:
    return client.cookies["session"].value


# ── rotation ──


def test_each_step_gets_a_new_key_and_the_old_one_is_dead(client: Client, anna: Member) -> None:
    client.get("/login/")
    client.post("/login/", {"username": anna.user.email, "password": PASSWORD})
    halfway = key_of(client)
    client.post("/login/code/", {"otp_token": code_for(anna.user)})
    inside = key_of(client)

    assert len(inside) == 32  # of 36 letters and digits: 165 bits
    assert halfway != inside
    assert list(LoginSession.objects.values_list("session_key", flat=True)) == [inside]


def test_a_key_brought_along_is_not_used(client: Client, anna: Member) -> None:
    client.cookies["session"] = "a" * 32

    log_in(client, anna)

    assert key_of(client) != "a" * 32


def test_the_row_beside_the_session_says_who_and_since_when(client: Client, anna: Member) -> None:
    with time_machine.travel(NOW, tick=False):
        log_in(client, anna)
    row = LoginSession.objects.get()

    assert (row.user_id, row.verified) == (anna.user_id, True)
    assert (row.started_at, row.active_at, row.expire_date) == (NOW, NOW, NOW + timedelta(hours=12))


def test_halfway_the_row_names_nobody(client: Client, anna: Member) -> None:
    client.post("/login/", {"username": anna.user.email, "password": PASSWORD})
    row = LoginSession.objects.get()

    assert (row.user_id, row.verified, row.started_at, row.active_at) == (None, False, None, None)


# ── idle ──


def test_after_ten_idle_minutes_the_session_ends(client: Client, anna: Member) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, anna)
        clock.shift(599)
        before = is_in(client)
        clock.shift(600)
        answer = client.get("/p/morgenthal/inbox/")

    assert before is True
    assert answer["Location"] == "/login/?next=%2Fp%2Fmorgenthal%2Finbox%2F&idle=1"
    assert LoginSession.objects.count() == 0


def test_the_login_says_why_it_asks_again(client: Client) -> None:
    page = client.get("/login/?idle=1").content.decode()

    assert "Sie waren zehn Minuten nicht aktiv" in page


def test_an_open_page_learns_of_the_idle_end_by_401(client: Client, anna: Member) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, anna)
        clock.shift(600)
        page = "https://roger.example/p/morgenthal/inbox/?q=Nowak"
        answer = client.get("/p/morgenthal/inbox/", headers={"HX-Request": "true", "HX-Current-URL": page})

    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/login/?next=%2Fp%2Fmorgenthal%2Finbox%2F&idle=1"


def test_what_the_stream_makes_a_page_fetch_does_not_keep_the_session(client: Client, anna: Member) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, anna)
        for _ in range(9):
            clock.shift(60)
            assert is_in(client, **LIVE) is True
        clock.shift(60)

        assert client.get("/p/morgenthal/inbox/", headers=LIVE).status_code == 401


def test_somebody_at_work_stays_in_beyond_ten_minutes(client: Client, anna: Member) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, anna)
        for _ in range(4):
            clock.shift(540)
            assert is_in(client) is True


def test_activity_is_written_at_most_every_thirty_seconds(client: Client, anna: Member) -> None:
    written = []
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, anna)
        for _ in range(7):
            clock.shift(10)
            is_in(client)
            active_at = LoginSession.objects.get().active_at
            assert active_at is not None
            written.append((active_at - NOW).seconds)

    assert written == [0, 0, 30, 30, 30, 60, 60]


def test_patients_pages_stay_open_for_who_was_idle(client: Client, anna: Member) -> None:
    """A shared computer: the session ends, the public page is answered all the same."""
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, anna)
        clock.shift(3600)

        assert client.get("/healthz").status_code == 200


# ── the absolute limit ──


def test_after_twelve_hours_the_password_is_asked_for_again(client: Client, anna: Member) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, anna)
        for _ in range(12 * 60 // 9 - 1):
            clock.shift(9 * 60)
            assert is_in(client) is True
        assert timedelta(seconds=int(client.cookies["session"]["max-age"])) <= timedelta(minutes=9)
        clock.shift(9 * 60)

        assert client.get("/p/morgenthal/inbox/").status_code == 302


# ── the end ──


def test_a_tab_still_on_the_session_before_takes_nothing_from_the_login_under_way(client: Client, anna: Member) -> None:
    log_in(client, anna)
    before = key_of(client)
    client.post("/login/", {"username": anna.user.email, "password": PASSWORD})  # which ends that session
    tab = Client()
    tab.cookies["session"] = before

    answer = tab.get("/p/morgenthal/nothing-here/")

    assert "session" not in answer.cookies


def test_a_copied_cookie_is_worth_nothing_after_the_logout(client: Client, anna: Member) -> None:
    log_in(client, anna)
    copied = key_of(client)

    answer = client.post("/logout/")
    thief = Client()
    thief.cookies["session"] = copied

    assert answer["Location"] == "/login/"
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert thief.get("/p/morgenthal/inbox/").status_code == 302
    assert LoginSession.objects.count() == 0
    assert LoginEvent.objects.latest("pk").kind == LoginEvent.Kind.LOGGED_OUT


def test_the_logout_needs_a_post(client: Client, anna: Member) -> None:
    log_in(client, anna)

    assert client.get("/logout/").status_code == 405
    assert is_in(client) is True


def test_a_person_switched_off_is_out_at_the_next_request(client: Client, anna: Member) -> None:
    log_in(client, anna)
    User.objects.filter(pk=anna.user_id).update(is_active=False)

    assert client.get("/p/morgenthal/inbox/").status_code == 302


def test_a_removed_second_factor_ends_what_it_opened(client: Client, anna: Member) -> None:
    log_in(client, anna)
    anna.user.totpdevice_set.all().delete()

    assert client.get("/p/morgenthal/inbox/").status_code == 302


def test_a_session_altered_in_the_database_is_worth_nothing(client: Client, anna: Member) -> None:
    log_in(client, anna)
    LoginSession.objects.update(session_data="eyJfYXV0aF91c2VyX2lkIjoiMSJ9:x:y")

    assert client.get("/p/morgenthal/inbox/").status_code == 302


# ── what the stream asks ──


def test_the_stream_finds_sessions_that_count_and_no_others(anna: Member) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        idle, halfway, fresh = Client(), Client(), Client()
        log_in(idle, anna)
        clock.shift(600)
        halfway.post("/login/", {"username": anna.user.email, "password": PASSWORD})
        log_in(fresh, anna)

        found = list(sessions.open_sessions().values_list("session_key", flat=True))

    assert found == [key_of(fresh)]


def test_ending_somebodys_sessions_leaves_those_of_others(anna: Member) -> None:
    bert = make_member(make_practice("lindenhof"), name="Bert Brandt")
    for person in (anna, anna, bert):
        log_in(Client(), person)

    assert sessions.end_sessions(anna.user_id) == 2
    assert list(LoginSession.objects.values_list("user_id", flat=True)) == [bert.user_id]


# ── cookies ──


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client: Client, anna: Member) -> None:
    log_in(client, anna)
    cookie = client.cookies["session"]

    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
