"""The quick switch on a shared computer: by PIN, only to who has logged in there fully, and only in that browser."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from practices import pins
from practices.actions import change_password, end_membership
from practices.bus import bus
from practices.models import AuditEvent, LoginEvent, LoginSession, Member, Practice, Role, User
from practices.scope import practice_scope
from practices.sessions import end_sessions
from tests.people import PASSWORD, log_in, make_member, make_practice, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
ANNAS, BERTS = "2719", "8064"


@pytest.fixture
def practice() -> Practice:
    return make_practice()


def worker(practice: Practice, name: str, pin: str = "", role: Role = Role.RECEPTION) -> Member:
    member = make_member(practice, role, name=name)
    if pin:
        with practice_scope(practice.pk):
            pins.set_pin(member=member, pin=pin)
    return member


@pytest.fixture
def anna(practice: Practice) -> Member:
    return worker(practice, "Anna Arnold", ANNAS, Role.OWNER)


@pytest.fixture
def bert(practice: Practice) -> Member:
    return worker(practice, "Bert Brandt", BERTS)


@pytest.fixture
def counter(client: Client, anna: Member, bert: Member) -> Client:
    """The computer at the counter: Bert logged in, then Anna, who has the screen."""
    log_in(client, bert)
    log_in(client, anna)
    return client


def switch(browser: Client, to: Member, pin: str, **more: str) -> int:
    return browser.post("/workplace/", {"person": str(to.user_id), "pin": pin, **more}).status_code


def who(browser: Client) -> str:
    """Whose name the page carries; the shield or the login say nobody."""
    answer = browser.get("/p/morgenthal/me/")
    return str(answer.context["user"].name) if answer.status_code == 200 else "nobody"


def waiting(browser: Client) -> list[str]:
    return [user.name for user in browser.get("/workplace/").context["people"]]


# ── the way it is meant ──


def test_who_logged_in_before_waits_and_comes_back_by_pin(counter: Client, bert: Member) -> None:
    assert (who(counter), waiting(counter)) == ("Anna Arnold", ["Bert Brandt"])

    assert switch(counter, bert, BERTS) == 302
    assert (who(counter), waiting(counter)) == ("Bert Brandt", ["Anna Arnold"])


def test_back_and_forth_as_often_as_they_like(counter: Client, anna: Member, bert: Member) -> None:
    for person, pin in ((bert, BERTS), (anna, ANNAS), (bert, BERTS), (anna, ANNAS)):
        assert switch(counter, person, pin) == 302
        assert who(counter) == person.user.name
    assert LoginSession.objects.filter(verified=True).count() == 2


def test_also_from_behind_the_shield_and_from_the_login(counter: Client, anna: Member, bert: Member) -> None:
    counter.post("/shield/")
    assert switch(counter, bert, BERTS) == 302
    counter.post("/logout/")
    assert "Anna Arnold" in counter.get("/login/").content.decode()

    assert switch(counter, anna, ANNAS) == 302
    assert who(counter) == "Anna Arnold"


def test_one_goes_on_where_the_other_was(counter: Client, bert: Member) -> None:
    fields = {"person": str(bert.user_id), "pin": BERTS}
    there = counter.post("/workplace/", {**fields, "next": "/p/morgenthal/front-desk/"})

    assert there["Location"] == "/p/morgenthal/front-desk/"


def test_but_not_into_a_practice_that_is_not_theirs(counter: Client, bert: Member) -> None:
    make_practice("lindenhof")
    fields = {"person": str(bert.user_id), "pin": BERTS}

    there = counter.post("/workplace/", {**fields, "next": "/p/lindenhof/front-desk/"})

    assert there["Location"] == "/p/morgenthal/inbox/"


def test_every_deed_carries_the_person_at_the_screen(counter: Client, anna: Member, bert: Member) -> None:
    switch(counter, bert, BERTS)
    form = counter.get("/p/morgenthal/me/").context["form"]
    counter.post("/p/morgenthal/me/", {**form.initial, "theme": "dark", "enter_sends": "", "shortcuts_on": "on"})

    with practice_scope(anna.practice.pk):
        trail = list(AuditEvent.objects.filter(kind="preferences_changed").values_list("by_id", flat=True))
    assert trail == [bert.pk]
    assert LoginEvent.objects.filter(kind=LoginEvent.Kind.SWITCHED).values_list("user_id", flat=True)[0] == bert.user_id


def test_logging_out_leaves_the_others(counter: Client, anna: Member, bert: Member) -> None:
    answer = counter.post("/logout/")

    assert answer["Clear-Site-Data"] == '"cache", "storage"'  # the cookies hold Bert's way back
    assert list(LoginSession.objects.filter(verified=True).values_list("user_id", flat=True)) == [bert.user_id]
    assert who(counter) == "nobody"


def test_the_last_one_takes_everything_along(counter: Client, bert: Member) -> None:
    counter.post("/logout/")
    switch(counter, bert, BERTS)

    assert counter.post("/logout/")["Clear-Site-Data"] == '"cache", "cookies", "storage"'


# ── who may not ──


def test_a_wrong_pin_changes_nothing_and_is_noted(counter: Client, bert: Member) -> None:
    answer = counter.post("/workplace/", {"person": str(bert.user_id), "pin": ANNAS})

    assert answer.status_code == 422
    assert "Noch 4 Versuche" in answer.content.decode()
    assert who(counter) == "Anna Arnold"
    assert LoginEvent.objects.filter(kind=LoginEvent.Kind.PIN_REFUSED, user_id=bert.user_id).count() == 1


@pytest.mark.parametrize(("leaves", "own_field"), [("/shield/", "shield-secret"), ("/logout/", "username")])
def test_a_wrong_pin_is_told_at_the_person_who_was_chosen_and_nowhere_else(
    counter: Client, practice: Practice, anna: Member, leaves: str, own_field: str
) -> None:
    """Else their next try goes into the field of whoever has the screen, and costs that person's tries."""
    carla = worker(practice, "Carla Conrad", "5190")
    log_in(counter, carla)
    log_in(counter, anna)
    counter.post(leaves)

    answer = counter.post("/workplace/", {"person": str(carla.user_id), "pin": "0000"})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert [says(page, own_field, said) for said in ("autofocus", "aria-invalid")] == [False, False]
    assert [says(page, "people-pin", said) for said in ("autofocus", 'aria-describedby="people-error"')] == [True, True]
    assert page.count("Noch 4 Versuche") == 1
    assert "Noch 4 Versuche" in page.partition('id="people-error"')[2].partition("</p>")[0]
    assert re.findall(r'value="([^"]+)" required checked', page) == [str(carla.user_id)]


def test_who_may_not_come_back_by_pin_any_more_is_told_at_nobody_else(
    counter: Client, practice: Practice, anna: Member, bert: Member
) -> None:
    log_in(counter, worker(practice, "Carla Conrad", "5190"))
    log_in(counter, anna)
    for _guess in range(5):
        answer = counter.post("/workplace/", {"person": str(bert.user_id), "pin": "0000"})

    page = answer.content.decode()
    assert "Die PIN war zu oft falsch." in page
    assert ("Carla Conrad" in page, "aria-invalid" in page, " autofocus" in page) == (True, False, False)
    assert (
        re.findall(r'<input type="radio" name="person"[^>]* checked', page) == []
    )  # or the next PIN counts against her


def test_the_login_beside_a_refused_pin_logs_in(counter: Client, anna: Member, bert: Member) -> None:
    log_in(counter, anna)
    counter.post("/logout/")
    refused = counter.post("/workplace/", {"person": str(bert.user_id), "pin": "0000"}).content.decode()

    form = refused.rpartition('name="username"')[0].rpartition("<form")[2].partition(">")[0]
    assert 'action="/login/"' in form


def says(page: str, field: str, said: str) -> bool:
    """Whether that stands in the tag of the field."""
    [tag] = re.findall(rf'<input[^>]* id="{field}"[^>]*>', page)
    return said in tag


def test_the_fifth_wrong_pin_ends_the_waiting_session_and_no_other(counter: Client, anna: Member, bert: Member) -> None:
    for guess in range(5):
        assert switch(counter, bert, f"000{guess}") == 422

    assert switch(counter, bert, BERTS) == 422
    assert list(LoginSession.objects.filter(verified=True).values_list("user_id", flat=True)) == [anna.user_id]
    assert (who(counter), waiting(counter)) == ("Anna Arnold", [])


def test_five_guesses_are_all_there_are_whoever_logs_in_between(counter: Client, anna: Member, bert: Member) -> None:
    for guess in range(3):
        switch(counter, bert, f"000{guess}")
    log_in(counter, anna)
    for guess in range(3, 5):
        switch(counter, bert, f"000{guess}")

    assert switch(counter, bert, BERTS) == 422


def test_ten_wrong_ones_end_the_waiting_session_however_long_one_waits_between(
    counter: Client, anna: Member, bert: Member
) -> None:
    for guess in range(10):
        assert waiting(counter) == ["Bert Brandt"]
        switch(counter, bert, f"00{guess:02d}")
        for key in bus().keys("roger:logins:*"):  # fifteen minutes pass
            bus().expire(key, 0)

    assert (who(counter), waiting(counter)) == ("Anna Arnold", [])


def test_no_switch_in_between_washes_wrong_ones_away(counter: Client, anna: Member, bert: Member) -> None:
    for guess in range(10):
        for key in bus().keys("roger:logins:*"):  # fifteen minutes pass
            bus().expire(key, 0)
        assert switch(counter, bert, f"00{guess:02d}") == 422
        if guess == 3:
            assert [switch(counter, bert, BERTS), switch(counter, anna, ANNAS)] == [302, 302]

    assert (who(counter), waiting(counter)) == ("Anna Arnold", [])


def test_another_browser_knows_nobody(counter: Client, bert: Member) -> None:
    elsewhere = Client()

    assert waiting(elsewhere) == []
    assert switch(elsewhere, bert, BERTS) == 422
    assert who(elsewhere) == "nobody"


def test_a_stranger_in_the_same_browser_is_no_bridge(counter: Client, practice: Practice) -> None:
    """Clara works elsewhere and has logged in nowhere here: her right PIN is no way in."""
    clara = worker(make_practice("lindenhof"), "Clara Conrad", "5190")

    assert switch(counter, clara, "5190") == 422
    assert who(counter) == "Anna Arnold"


def test_who_left_the_practice_is_not_called_up(counter: Client, anna: Member, bert: Member) -> None:
    with practice_scope(anna.practice.pk):
        end_membership(member=bert, by=anna)

    assert waiting(counter) == []
    assert switch(counter, bert, BERTS) == 422


def test_nor_is_whoever_was_switched_off(counter: Client, bert: Member) -> None:
    User.objects.filter(pk=bert.user_id).update(is_active=False)

    assert waiting(counter) == []
    assert switch(counter, bert, BERTS) == 422


@pytest.mark.parametrize("how", ["password", "everywhere"])
def test_an_end_of_all_sessions_ends_the_waiting_one(counter: Client, bert: Member, how: str) -> None:
    if how == "password":
        change_password(user=bert.user, password="neun-neue-Zahnbürsten")
    else:
        end_sessions(bert.user_id)

    assert switch(counter, bert, BERTS) == 422


def test_who_has_no_pin_is_logged_out_when_somebody_else_logs_in(client: Client, practice: Practice) -> None:
    anna, dora = worker(practice, "Anna Arnold", ANNAS), worker(practice, "Dora Dorn")
    log_in(client, dora)
    log_in(client, anna)

    assert LoginSession.objects.filter(user_id=dora.user_id).count() == 0
    assert waiting(client) == []


def test_who_comes_back_after_the_idle_end_logs_in_where_the_page_still_stands(
    client: Client, practice: Practice
) -> None:
    """Their session, of this browser too, ends with the very request that brings the password."""
    dora = worker(practice, "Dora Dorn")
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, dora)
        clock.shift(600)
        log_in(client, dora)

        assert who(client) == "Dora Dorn"


def test_the_first_step_alone_is_no_full_login(client: Client, practice: Practice, anna: Member) -> None:
    log_in(client, anna)
    bert = worker(practice, "Bert Brandt", BERTS)
    client.post("/login/", {"username": bert.user.email, "password": PASSWORD})

    assert waiting(client) == ["Anna Arnold"]
    assert switch(client, bert, BERTS) == 422


def test_the_pin_is_not_taken_where_the_code_is_asked_for(client: Client, anna: Member) -> None:
    client.post("/login/", {"username": anna.user.email, "password": PASSWORD})

    assert client.post("/login/code/", {"otp_token": ANNAS}).status_code == 422
    assert who(client) == "nobody"


# ── cookies and keys ──


def test_every_change_makes_new_keys_and_the_old_ones_are_dead(counter: Client, bert: Member) -> None:
    before = {
        name: counter.cookies[name].value for name in ("session", "workplace", "csrftoken") if name in counter.cookies
    }
    rows = set(LoginSession.objects.values_list("session_key", flat=True))

    switch(counter, bert, BERTS)

    assert counter.cookies["session"].value not in rows
    assert counter.cookies["workplace"].value != before["workplace"]
    thief = Client()
    thief.cookies["workplace"] = before["workplace"]
    assert waiting(thief) == []


def test_a_session_that_waits_answers_with_the_shield_alone(client: Client, anna: Member, bert: Member) -> None:
    log_in(client, bert)
    copied = client.cookies["session"].value
    log_in(client, anna)
    thief = Client()
    thief.cookies["session"] = copied

    assert thief.get("/p/morgenthal/inbox/").status_code == 423


def test_a_token_somebody_brought_along_joins_nobody(client: Client, anna: Member) -> None:
    """Mallory plants a token in Anna's browser, then asks with it from elsewhere."""
    client.cookies["workplace"] = "planted-by-mallory-0000"
    log_in(client, anna)
    client.post("/shield/")

    mallory = Client()
    mallory.cookies["workplace"] = "planted-by-mallory-0000"
    assert waiting(mallory) == []
    assert switch(mallory, anna, ANNAS) == 422


def test_also_not_the_token_of_a_colleagues_own_browser(practice: Practice, anna: Member) -> None:
    mallory = worker(practice, "Mallory Maier", "4711")
    own, counter = Client(), Client()
    log_in(own, mallory)
    counter.cookies["workplace"] = own.cookies["workplace"].value
    log_in(counter, anna)
    counter.post("/shield/")

    assert waiting(own) == []
    assert switch(own, anna, ANNAS) == 422


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(counter: Client) -> None:
    cookie = counter.cookies["workplace"]

    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Strict", 12 * 3600)
    assert not LoginSession.objects.filter(workplace=cookie.value).exists()  # the row holds a hash


def test_twelve_hours_count_from_the_full_login(client: Client, anna: Member, bert: Member) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, bert)
        clock.shift(11 * 3600)
        log_in(client, anna)
        assert waiting(client) == ["Bert Brandt"]
        clock.shift(2 * 3600)

        assert waiting(client) == []
        assert switch(client, bert, BERTS) == 422


def test_a_switch_prolongs_nothing(client: Client, anna: Member, bert: Member) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, bert)
        clock.shift(11 * 3600)
        log_in(client, anna)
        switch(client, bert, BERTS)
        clock.shift(3600)

        assert who(client) == "nobody"


def test_two_switches_at_once_make_one_session(counter: Client, bert: Member) -> None:
    twin = Client()
    for name in ("session", "workplace"):
        twin.cookies[name] = counter.cookies[name].value

    first, second = switch(counter, bert, BERTS), switch(twin, bert, BERTS)

    assert (first, second) == (302, 422)
    assert LoginSession.objects.filter(user_id=bert.user_id).count() == 1


@pytest.mark.parametrize("person", ["", "x", "00000000-0000-0000-0000-000000000000", "' or 1=1 --"])
def test_nonsense_is_nobody(counter: Client, person: str) -> None:
    assert counter.post("/workplace/", {"person": person, "pin": BERTS}).status_code == 422
    assert who(counter) == "Anna Arnold"


def test_the_switch_needs_the_forms_token(anna: Member, bert: Member) -> None:
    browser = Client(enforce_csrf_checks=True)
    for path in ("/workplace/", "/shield/", "/shield/release/"):
        assert browser.post(path, {"person": str(bert.user_id), "pin": BERTS}).status_code == 403


def test_somebody_of_no_practice_is_not_offered(client: Client, anna: Member) -> None:
    nora = make_user("Nora Neu")
    User.objects.filter(pk=nora.pk).update(pin=anna.user.pin)
    log_in(client, nora)
    log_in(client, anna)

    assert waiting(client) == []
