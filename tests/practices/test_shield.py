"""The shield: while it is up the server answers with it alone, and only PIN or password takes it away."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from practices import pins, sessions
from practices.actions import change_password
from practices.bus import bus
from practices.models import LoginEvent, LoginSession, Member, Practice, Role
from practices.preferences import change_preferences
from practices.scope import practice_scope
from tests.people import PASSWORD, login, make_member, make_practice

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
LIVE = {"X-Roger-Live": "1"}
PIN = "2719"


@pytest.fixture
def practice() -> Practice:
    return make_practice()


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, Role.RECEPTION)


def give_pin(member: Member, pin: str = PIN) -> None:
    with practice_scope(member.practice.pk):
        pins.set_pin(member=member, pin=pin)


@pytest.fixture
def shielded(client: Client, anna: Member) -> Client:
    """Anna's browser with the shield up; her PIN is 2719."""
    give_pin(anna)
    login(client, anna)
    client.post("/shield/")
    return client


def lift(client: Client, **given: str) -> int:
    return client.post("/shield/release/", given).status_code


def let_the_pause_pass() -> None:
    """Redis counts the seconds itself; the shortest way is to let all of them end now."""
    for key in bus().keys("roger:logins:*"):
        bus().expire(key, 0)


def events() -> list[str]:
    return list(LoginEvent.objects.order_by("pk").values_list("kind", flat=True))


# ── up ──


@pytest.mark.parametrize(
    "path",
    ["inbox/", "inbox/?q=Nowak", "front-desk/", "consent/", "me/", "media/01900000-0000-7000-8000-000000000000/"],
)
def test_behind_the_shield_every_page_is_the_shield(shielded: Client, path: str) -> None:
    answer = shielded.get(f"/p/morgenthal/{path}")

    assert answer.status_code == 423
    assert answer.templates[0].name == "practices/shield.html"


def test_a_reload_a_second_tab_and_the_choice_of_practice_stay_behind_it(shielded: Client) -> None:
    answers = [
        shielded.get(path).status_code for path in ("/p/morgenthal/inbox/", "/p/morgenthal/inbox/", "/practices/")
    ]

    assert answers == [423, 423, 423]


def test_what_an_open_page_fetches_gets_no_content(shielded: Client) -> None:
    for headers in ({"HX-Request": "true"}, LIVE):
        answer = shielded.get("/p/morgenthal/inbox/rows/", headers=headers)
        assert (answer.status_code, answer.content) == (423, b"")


def test_nothing_is_done_behind_the_shield(shielded: Client, anna: Member) -> None:
    answer = shielded.post("/p/morgenthal/me/", {"theme": "dark"})

    with practice_scope(anna.practice.pk):
        anna.refresh_from_db()
    assert answer.status_code == 423
    assert anna.preferences == {}


def test_pages_of_patients_and_a_tablet_stay_open(shielded: Client) -> None:
    answers = [
        shielded.get(path).status_code for path in ("/healthz", "/datenschutz/morgenthal/", "/p/morgenthal/kiosk/")
    ]

    assert answers == [200, 200, 200]


def test_the_shield_names_the_person_and_nobody_of_the_practice(shielded: Client) -> None:
    page = shielded.get("/p/morgenthal/inbox/").content.decode()

    assert "PIN von Anna Arnold" in page
    assert "Praxis Morgenthal" not in page


def test_a_practice_that_does_not_exist_looks_the_same(shielded: Client) -> None:
    assert shielded.get("/p/does-not-exist/inbox/").status_code == 423


def test_without_scripts_the_button_leads_to_the_shield_and_back(client: Client, anna: Member) -> None:
    give_pin(anna)
    login(client, anna)

    up = client.post("/shield/", {"next": "/p/morgenthal/front-desk/"})
    page = client.get(up["Location"])
    down = client.post("/shield/release/", {"pin": PIN, "next": page.context["next"]})

    assert (up["Location"], page.status_code) == ("/p/morgenthal/front-desk/", 423)
    assert (down["Location"], client.get(down["Location"]).status_code) == ("/p/morgenthal/front-desk/", 200)


def test_what_was_searched_is_not_carried_along(shielded: Client) -> None:
    page = shielded.get("/p/morgenthal/inbox/?q=Nowak")

    assert page.context["next"] == "/p/morgenthal/inbox/"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://boese.example/", "//boese.example/", "/\\boese.example", "/\t///boese.example", "/\n///boese.example"],
)
def test_a_foreign_address_is_never_gone_on_to(shielded: Client, elsewhere: str) -> None:
    answer = shielded.post("/shield/release/", {"pin": PIN, "next": elsewhere})

    assert answer["Location"] == "/p/morgenthal/inbox/"


def test_an_answer_under_way_when_the_shield_went_up_takes_it_not_away(client: Client, anna: Member) -> None:
    """Its session was read before, is noted as active, and is saved after."""
    give_pin(anna)
    with time_machine.travel(NOW, tick=False) as clock:
        login(client, anna)
        clock.shift(60)
        under_way = sessions.SessionStore(client.cookies["session"].value)
        sessions.note_activity(under_way)
        client.post("/shield/")
        under_way.save()

        assert client.get("/p/morgenthal/inbox/").status_code == 423


# ── lifted ──


def test_the_pin_lifts_the_shield(shielded: Client) -> None:
    assert lift(shielded, pin=PIN) == 302
    assert shielded.get("/p/morgenthal/inbox/").status_code == 200


def test_an_open_page_is_told_that_it_is_lifted(shielded: Client) -> None:
    answer = shielded.post("/shield/release/", {"pin": PIN}, headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Trigger"]) == (204, "roger:shield-lifted")


def test_the_password_lifts_it_too_for_who_has_no_pin_or_forgot_it(client: Client, anna: Member) -> None:
    login(client, anna)
    client.post("/shield/")
    page = client.get("/p/morgenthal/inbox/").content.decode()

    assert "Passwort von Anna Arnold" in page
    wrong = client.post("/shield/release/", {"password": "falsch"})
    assert (wrong.status_code, "E-Mail" in wrong.content.decode()) == (422, False)  # nobody was asked for one
    assert "Das Passwort stimmt nicht. Noch 4 Versuche, dann eine Pause von 15 Minuten." in wrong.content.decode()
    assert client.get("/p/morgenthal/inbox/").status_code == 423
    assert lift(client, password=PASSWORD) == 302
    assert client.get("/p/morgenthal/inbox/").status_code == 200


def test_a_wrong_pin_is_counted_and_told(shielded: Client) -> None:
    answer = shielded.post("/shield/release/", {"pin": "1111"}, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "Noch 4 Versuche, dann ist eine neue Anmeldung nötig." in answer.content.decode()
    assert shielded.get("/p/morgenthal/inbox/").status_code == 423
    assert events()[-1] == LoginEvent.Kind.PIN_REFUSED


def test_the_fifth_wrong_pin_logs_out(shielded: Client, anna: Member) -> None:
    answers = [lift(shielded, pin=f"000{n}") for n in range(4)]
    last = shielded.post("/shield/release/", {"pin": "0009"})

    assert answers == [422] * 4
    assert last["Location"].startswith("/login/")
    assert not LoginSession.objects.filter(user_id=anna.user_id).exists()
    assert shielded.get("/p/morgenthal/inbox/").status_code == 302
    assert LoginEvent.Kind.LOCKED_OUT in events()


def test_right_pins_between_wash_no_wrong_ones_away(shielded: Client) -> None:
    for guess in ("0001", "0002", "0003", "0004"):
        lift(shielded, pin=guess)
        lift(shielded, pin=PIN)
        shielded.post("/shield/")

    assert lift(shielded, pin="0005") == 302  # logged out
    assert shielded.get("/p/morgenthal/inbox/").status_code == 302


def test_the_login_then_says_why_it_asks_again(shielded: Client) -> None:
    for guess in range(4):
        lift(shielded, pin=f"000{guess}")
    last = shielded.post("/shield/release/", {"pin": "0009"}, headers={"HX-Request": "true"})

    assert (last.status_code, last["HX-Redirect"]) == (401, "/login/?pin=1")
    assert "Die PIN war zu oft falsch." in shielded.get(last["HX-Redirect"]).content.decode()


def test_five_wrong_ones_are_all_there_are_however_long_one_waits_between(shielded: Client) -> None:
    answers = []
    for guess in range(5):
        answers.append(lift(shielded, pin=f"000{guess}"))
        let_the_pause_pass()

    assert answers == [422, 422, 422, 422, 302]  # logged out
    assert shielded.get("/p/morgenthal/inbox/").status_code == 302


def test_the_right_pin_costs_nothing_however_often(shielded: Client) -> None:
    for _ in range(6):
        lift(shielded, pin=PIN)
        assert shielded.get("/p/morgenthal/inbox/").status_code == 200
        shielded.post("/shield/")


def test_many_at_once_get_five_looks_and_a_new_login_gets_five_more(shielded: Client, anna: Member) -> None:
    for guess in range(5):
        lift(shielded, pin=f"000{guess}")

    login(shielded, anna)
    shielded.post("/shield/")

    assert lift(shielded, pin=PIN) == 302
    assert shielded.get("/p/morgenthal/inbox/").status_code == 200


def test_while_the_pin_is_paused_the_right_one_is_not_looked_at(shielded: Client, anna: Member) -> None:
    elsewhere = Client()
    login(elsewhere, anna)
    elsewhere.post("/shield/")
    for guess in range(5):
        lift(shielded, pin=f"000{guess}")

    assert lift(elsewhere, pin=PIN) == 302
    assert elsewhere.get("/p/morgenthal/inbox/").status_code == 302


@pytest.mark.parametrize("given", [{}, {"pin": ""}, {"pin": "2719 "}, {"pin": "\x00"}, {"pin": "x" * 5000}])
def test_nonsense_lifts_nothing(shielded: Client, given: dict[str, str]) -> None:
    assert lift(shielded, **given) == 422
    assert shielded.get("/p/morgenthal/inbox/").status_code == 423


def test_without_redis_nobody_gets_through(shielded: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    bus.cache_clear()

    answer = lift(shielded, pin=PIN)
    monkeypatch.undo()
    bus.cache_clear()

    assert answer == 503


def test_a_session_without_shield_is_lifted_to_no_harm(client: Client, anna: Member) -> None:
    give_pin(anna)
    login(client, anna)

    assert lift(client, pin=PIN) == 302


def test_nobody_logged_in_is_asked_to(client: Client) -> None:
    answers = [client.post(path)["Location"] for path in ("/shield/", "/shield/release/")]

    assert answers == ["/login/", "/login/"]


def test_whoever_was_switched_off_lifts_nothing(shielded: Client, anna: Member) -> None:
    anna.user.is_active = False
    anna.user.save(update_fields=["is_active"])

    assert shielded.get("/p/morgenthal/inbox/").status_code == 302
    assert shielded.post("/shield/release/", {"pin": PIN})["Location"] == "/login/"


def test_a_changed_password_ends_what_stood_behind_the_shield(shielded: Client, anna: Member) -> None:
    change_password(user=anna.user, password="neun-neue-Zahnbürsten")

    assert shielded.get("/p/morgenthal/inbox/")["Location"].startswith("/login/")


# ── idle ──


@pytest.mark.parametrize(("chosen", "minutes"), [(0, 10), (3, 3)])
def test_a_page_covers_itself_when_the_session_locks_at_the_latest(
    client: Client, anna: Member, chosen: int, minutes: int
) -> None:
    with practice_scope(anna.practice.pk):
        change_preferences(member=anna, shield_after_minutes=chosen)
    login(client, anna)

    assert f'data-after="{minutes}"' in client.get("/p/morgenthal/me/").content.decode()


def test_who_has_a_pin_finds_the_shield_after_ten_idle_minutes(client: Client, anna: Member) -> None:
    give_pin(anna)
    with time_machine.travel(NOW, tick=False) as clock:
        login(client, anna)
        clock.shift(600)
        idle = client.get("/p/morgenthal/inbox/")
        clock.shift(3 * 3600)
        back = lift(client, pin=PIN)
        page = client.get("/p/morgenthal/inbox/")

    assert (idle.status_code, back, page.status_code) == (423, 302, 200)


def test_who_has_none_must_log_in_again_also_from_behind_the_shield(client: Client, anna: Member) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        login(client, anna)
        client.post("/shield/")
        clock.shift(600)
        answer = client.get("/p/morgenthal/inbox/")

    assert answer["Location"] == "/login/?next=%2Fp%2Fmorgenthal%2Finbox%2F&idle=1"


def test_after_twelve_hours_no_pin_helps(client: Client, anna: Member) -> None:
    give_pin(anna)
    with time_machine.travel(NOW, tick=False) as clock:
        login(client, anna)
        client.post("/shield/")
        key = client.cookies["session"].value
        clock.shift(12 * 3600)
        client.cookies["session"] = key
        answer = client.post("/shield/release/", {"pin": PIN})

    assert answer["Location"] == "/login/"


def test_the_stream_goes_on_behind_a_shield_that_a_pin_can_lift(client: Client, anna: Member) -> None:
    bert = make_member(anna.practice, name="Bert Brandt")
    give_pin(anna)
    with time_machine.travel(NOW, tick=False) as clock:
        login(client, anna)
        client.post("/shield/")
        without_pin = Client()
        login(without_pin, bert)
        without_pin.post("/shield/")
        clock.shift(3600)

        listening = list(sessions.open_sessions().values_list("user_id", flat=True))

    assert listening == [anna.user_id]


def test_looking_at_the_shield_is_no_deed(shielded: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        before = LoginSession.objects.get().active_at
        shielded.get("/p/morgenthal/inbox/")

        assert LoginSession.objects.get().active_at == before
