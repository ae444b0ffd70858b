"""Logging in: two steps, the same answers for everybody, and where they lead."""

from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from practices.actions import add_member, change_password, end_membership
from practices.models import LoginEvent, LoginSession, Practice, Role, User
from practices.scope import practice_scope
from tests.people import PASSWORD, code_for, login, make_member, make_practice, make_user

pytestmark = pytest.mark.django_db
Kind = LoginEvent.Kind


@pytest.fixture
def practice() -> Practice:
    return make_practice()


@pytest.fixture
def anna(practice: Practice) -> User:
    return make_member(practice, Role.OWNER).user


def give_password(client: Client, user: User, **more: str) -> None:
    client.post("/login/", {"username": user.email, "password": PASSWORD, **more})


def events() -> list[str]:
    return list(LoginEvent.objects.order_by("pk").values_list("kind", flat=True))


# ── the way in ──


def test_password_and_code_lead_into_the_inbox_of_the_only_practice(client: Client, anna: User) -> None:
    first = client.post("/login/", {"username": anna.email, "password": PASSWORD})
    second = client.post("/login/code/", {"otp_token": code_for(anna)})

    assert (first.status_code, first["Location"]) == (302, "/login/code/")
    assert (second.status_code, second["Location"]) == (302, "/p/morgenthal/inbox/")
    assert events() == [Kind.PASSWORD_ACCEPTED, Kind.LOGGED_IN]


def test_both_steps_can_be_posted_to_the_first_address(client: Client, anna: User) -> None:
    client.post("/login/", {"username": anna.email, "password": PASSWORD})

    answer = client.post("/login/", {"otp_token": code_for(anna)})

    assert (answer.status_code, answer["Location"]) == (302, "/p/morgenthal/inbox/")


def test_the_forms_carry_the_agreed_fields_and_work_without_a_script(client: Client, anna: User) -> None:
    first = client.get("/login/").content.decode()
    give_password(client, anna)
    second = client.get("/login/code/").content.decode()

    assert [name in first for name in ('name="username"', 'name="password"', 'method="post"')] == [True] * 3
    assert [name in second for name in ('name="otp_token"', 'method="post"', "<script")] == [True, True, False]


def test_a_browser_with_csrf_tokens_gets_through_both_forms(anna: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/login/")
    token = browser.cookies["csrftoken"].value
    browser.post("/login/", {"username": anna.email, "password": PASSWORD, "csrfmiddlewaretoken": token})

    answer = browser.post("/login/code/", {"otp_token": code_for(anna), "csrfmiddlewaretoken": token})

    assert answer["Location"] == "/p/morgenthal/inbox/"


def test_an_email_is_taken_in_capitals_and_a_code_in_groups(client: Client, anna: User) -> None:
    client.post("/login/", {"username": f" {anna.email.upper()} ", "password": PASSWORD})
    code = code_for(anna)

    answer = client.post("/login/code/", {"otp_token": f"{code[:3]} {code[3:]}"})

    assert answer["Location"] == "/p/morgenthal/inbox/"


# ── where it leads ──


def test_somebody_with_two_practices_chooses(client: Client, anna: User) -> None:
    add_member(practice=make_practice("lindenhof"), user=anna, role=Role.DENTIST)
    give_password(client, anna)

    answer = client.post("/login/code/", {"otp_token": code_for(anna)})
    page = client.get(answer["Location"])

    assert answer["Location"] == reverse("practices:choose_practice")
    assert [member.practice.slug for member in page.context["memberships"]] == ["lindenhof", "morgenthal"]


def test_somebody_without_a_practice_is_told_whom_to_ask(client: Client) -> None:
    dora = make_user("Dora Dorn")
    login(client, dora)

    page = client.get("/practices/")

    assert "Sie gehören noch zu keiner Praxis" in page.content.decode()


def test_after_the_login_the_page_that_was_asked_for_opens(client: Client, anna: User) -> None:
    asked = client.get("/p/morgenthal/front-desk/?q=Nowak")
    give_password(client, anna, next="/p/morgenthal/front-desk/")

    answer = client.post("/login/code/", {"otp_token": code_for(anna)})

    assert asked["Location"] == "/login/?next=%2Fp%2Fmorgenthal%2Ffront-desk%2F"  # what was searched stays out
    assert answer["Location"] == "/p/morgenthal/front-desk/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://boese.example/",
        "//boese.example/",
        "/\\boese.example",
        "javascript:alert(1)",
        "boese",
        "/\t/boese.example",
    ],
)
def test_a_foreign_address_is_never_gone_on_to(client: Client, anna: User, elsewhere: str) -> None:
    page = client.get("/login/", {"next": elsewhere})
    give_password(client, anna, next=elsewhere)

    answer = client.post("/login/code/", {"otp_token": code_for(anna)})

    assert page.context["next"] == ""
    assert answer["Location"] == "/p/morgenthal/inbox/"


def test_the_front_page_leads_to_the_login_or_to_work(client: Client, anna: User) -> None:
    before = client.get("/")
    login(client, anna)
    after = client.get("/")

    assert (before["Location"], after["Location"]) == ("/login/", "/p/morgenthal/inbox/")


def test_the_login_page_is_skipped_by_who_is_logged_in(client: Client, anna: User) -> None:
    login(client, anna)

    assert client.get("/login/")["Location"] == "/p/morgenthal/inbox/"


def test_somebody_who_left_does_not_get_back_in(client: Client, practice: Practice) -> None:
    anna, bert = make_member(practice, Role.OWNER), make_member(practice, name="Bert Brandt")
    with practice_scope(practice.pk):
        end_membership(member=bert, by=anna)
    login(client, bert)

    assert client.get("/p/morgenthal/inbox/").status_code == 404


# ── refusals ──


def test_known_and_unknown_accounts_get_the_same_answer(client: Client, anna: User) -> None:
    known = client.post("/login/", {"username": anna.email, "password": "falsch"})
    unknown = client.post("/login/", {"username": "niemand@praxis.example", "password": "falsch"})

    def without_what_was_typed(content: bytes, typed: str) -> str:
        text = content.decode().replace(typed, "")
        return text.replace(text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0], "")

    assert (known.status_code, unknown.status_code) == (422, 422)
    assert known.context["form"].non_field_errors() == [
        "E-Mail oder Passwort stimmt nicht. Noch 4 Versuche, dann eine Pause von 15 Minuten."
    ]
    assert without_what_was_typed(known.content, anna.email) == without_what_was_typed(
        unknown.content, "niemand@praxis.example"
    )
    assert [event.user_id for event in LoginEvent.objects.order_by("pk")] == [anna.pk, None]


def test_the_password_alone_opens_nothing(client: Client, anna: User) -> None:
    give_password(client, anna)

    page = client.get("/p/morgenthal/inbox/")

    assert page["Location"] == "/login/?next=%2Fp%2Fmorgenthal%2Finbox%2F"
    assert LoginSession.objects.filter(verified=True).count() == 0


def test_without_a_second_factor_nobody_gets_in(client: Client, practice: Practice) -> None:
    emil = make_user("Emil Ernst", second_factor=False)
    add_member(practice=practice, user=emil, role=Role.OWNER)

    answer = client.post("/login/", {"username": emil.email, "password": PASSWORD})
    code = client.post("/login/code/", {"otp_token": "123456"})

    assert "fehlt der zweite Faktor" in answer.context["form"].non_field_errors()[0]
    assert code["Location"] == "/login/"


def test_a_person_switched_off_gets_the_answer_of_an_unknown_one(client: Client, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)

    answer = client.post("/login/", {"username": anna.email, "password": PASSWORD})

    assert "E-Mail oder Passwort stimmt nicht" in answer.context["form"].non_field_errors()[0]


def test_a_code_without_a_password_leads_back_to_the_start(client: Client) -> None:
    assert client.get("/login/code/")["Location"] == "/login/"
    assert client.post("/login/code/", {"otp_token": "123456"})["Location"] == "/login/"


def test_five_minutes_after_the_password_it_is_asked_for_again(client: Client, anna: User) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        give_password(client, anna)
        clock.shift(301)

        answer = client.post("/login/code/", {"otp_token": code_for(anna)})

    assert answer["Location"] == "/login/"


def test_a_password_changed_between_the_steps_ends_the_attempt(client: Client, anna: User) -> None:
    give_password(client, anna)
    change_password(user=anna, password="elf-ebenso-stille-Becher")

    answer = client.post("/login/code/", {"otp_token": code_for(anna)})

    assert answer["Location"] == "/login/"


@pytest.mark.parametrize("typed", ["12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_is_said_so_and_costs_no_attempt(client: Client, anna: User, typed: str) -> None:
    give_password(client, anna)

    answer = client.post("/login/code/", {"otp_token": typed})

    assert answer.status_code == 422
    assert answer.context["form"].errors == {"otp_token": ["Der Code besteht aus sechs Ziffern."]}
    assert events() == [Kind.PASSWORD_ACCEPTED]


@pytest.mark.parametrize("typed", ["a\x00b@praxis.example", "x" * 64_000, "\udce4@praxis.example", "a\r\nb", "'; --"])
def test_whatever_is_typed_as_an_email_is_answered_with_the_form(client: Client, typed: str) -> None:
    body = urlencode({"username": typed, "password": "falsch"}, errors="surrogatepass")

    answer = client.post("/login/", body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 422
    assert answer.context["form"].is_valid() is False


def test_empty_fields_are_named_and_cost_no_attempt(client: Client) -> None:
    answer = client.post("/login/", {"username": "", "password": ""})

    assert answer.status_code == 422
    assert sorted(answer.context["form"].errors) == ["password", "username"]
    assert events() == []
