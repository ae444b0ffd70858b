"""What every request passes: headers, other sites, the scope and its end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from pytest_django import DjangoAssertNumQueries, Settings

from practices import doors
from practices.access import member_by_session, membership_at, memberships_of
from practices.middleware import compress_own_pages, open_practice_scope
from practices.models import ApiToken, Door, Member, Practice, Role, TotpDevice, User
from practices.scope import practice_in_scope, practice_scope
from practices.tenancy import uuid7
from tests.people import login, make_member, make_practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    return make_practice()


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, Role.OWNER)


@pytest.fixture
def clara() -> Member:
    return make_member(make_practice("lindenhof"), Role.OWNER, name="Clara Claus")


# ── headers ──


def test_every_answer_carries_the_headers(client: Client) -> None:
    page = client.get("/login/")

    assert page["Cache-Control"] == "no-store"
    assert page["Cross-Origin-Resource-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Permissions-Policy"].split(", ")[:3] == ["camera=()", "microphone=(self)", "geolocation=()"]


def test_a_page_is_compressed_for_our_own_pages_and_never_for_another_site(client: Client) -> None:
    def encoding(asked_by: str | None) -> str | None:
        headers = {"Accept-Encoding": "gzip"} | ({"Sec-Fetch-Site": asked_by} if asked_by else {})
        return client.get("/login/", headers=headers).get("Content-Encoding")

    assert encoding("same-origin") == encoding("none") == "gzip"
    assert encoding("cross-site") is encoding("same-site") is encoding(None) is None


def test_what_a_page_asks_for_by_itself_is_compressed_too() -> None:
    answer = compress_own_pages(lambda _: JsonResponse({"news": "neu " * 1_000}))

    def encoding(asked_by: str, address: str = "/") -> str | None:
        headers = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": asked_by}
        return answer(RequestFactory().get(address, headers=headers)).headers.get("Content-Encoding")

    assert (encoding("same-origin"), encoding("cross-site")) == ("gzip", None)
    assert encoding("same-origin", "/api/v1/messages/") is None


def test_the_length_of_a_compressed_page_is_blurred(client: Client) -> None:
    own = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}
    plain = {page.content for page in (client.get("/nowhere/") for _ in range(2))}
    lengths = {len(client.get("/nowhere/", headers=own).content) for _ in range(20)}

    assert len(plain) == 1
    assert len(lengths) > 1


def test_the_policy_lets_no_foreign_script_style_or_frame_in(client: Client) -> None:
    policies = [client.get("/login/")["Content-Security-Policy"] for _ in range(2)]
    directives = dict(each.split(" ", 1) for each in policies[0].split("; "))

    assert directives["default-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert directives["form-action"] == directives["style-src"] == "'self'"
    assert "unsafe" not in policies[0]


@pytest.mark.parametrize("path", ["/nothing/", "/healthz", "/login/", "/p/morgenthal/inbox/"])
def test_no_answer_is_kept_by_anybody_on_the_way(client: Client, path: str) -> None:
    assert client.get(path)["Cache-Control"] == "no-store"


# ── other sites ──


@pytest.mark.parametrize(
    ("method", "path", "site", "refused"),
    [
        ("post", "/login/", "cross-site", True),
        ("post", "/login/", "same-origin", False),
        ("post", "/login/", None, False),
        ("get", "/login/", "cross-site", False),  # a link in an e-mail
        ("get", "/p/morgenthal/inbox/", "cross-site", False),
        ("get", "/p/morgenthal/stream/", "cross-site", True),
        ("get", "/p/morgenthal/inbox/media/7/", "cross-site", True),
        ("get", "/p/morgenthal/media/7/", "cross-site", True),
        ("get", "/p/morgenthal/media/7/", "none", False),
        ("post", "/api/v1/contacts/", "cross-site", False),  # carries its own token
    ],
)
def test_what_another_site_sends_in_somebodys_name_is_refused(
    client: Client, method: str, path: str, site: str | None, refused: bool
) -> None:
    headers = {"Sec-Fetch-Site": site} if site else {}

    answer = getattr(client, method)(path, headers=headers)

    assert (answer.status_code == 403) is refused


# ── the scope ──


def test_a_stranger_and_an_unknown_practice_get_the_same_page(client: Client, anna: Member, clara: Member) -> None:
    login(client, clara)

    stranger = client.get("/p/morgenthal/inbox/")
    unknown = client.get("/p/does-not-exist/inbox/")
    nonsense = client.get("/nothing-here/")

    assert (stranger.status_code, unknown.status_code) == (404, 404)
    assert stranger.content == unknown.content == nonsense.content


def test_somebody_not_logged_in_is_asked_to_whatever_the_practice(client: Client, anna: Member) -> None:
    known = client.get("/p/morgenthal/inbox/")
    unknown = client.get("/p/does-not-exist/inbox/")

    assert known["Location"] == "/login/?next=%2Fp%2Fmorgenthal%2Finbox%2F"
    assert unknown["Location"] == "/login/?next=%2Fp%2Fdoes-not-exist%2Finbox%2F"


def test_what_was_posted_is_not_gone_on_to(client: Client, anna: Member) -> None:
    assert client.post("/p/morgenthal/inbox/")["Location"] == "/login/"


def test_an_open_page_gets_401_and_the_way_to_the_login(client: Client, anna: Member) -> None:
    page = client.get("/p/morgenthal/inbox/", headers={"HX-Request": "true", "HX-Current-URL": "//boese.example/"})

    assert (page.status_code, page["HX-Redirect"]) == (401, "/login/?next=%2F")


def ask(
    member: Member, view: Callable[[HttpRequest], HttpResponse], path: str = "/p/morgenthal/inbox/"
) -> HttpResponse:
    """One request of somebody logged in, through the scope to a view."""
    request = RequestFactory().get(path)
    request.user = member.user
    member.user.is_verified = lambda: True  # type: ignore[attr-defined]  # as django-otp's middleware does
    answer = open_practice_scope(view)(request)
    assert isinstance(answer, HttpResponse)
    return answer


def test_inside_the_view_the_practice_is_in_scope_and_afterwards_it_is_not(anna: Member, practice: Practice) -> None:
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append((practice_in_scope(), request.practice, request.member))  # type: ignore[attr-defined]
        return HttpResponse()

    ask(anna, view)

    assert seen == [(practice.pk, practice, anna)]
    assert practice_in_scope() is None


def test_a_view_that_fails_leaves_no_scope_behind(anna: Member) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(anna, view)

    assert practice_in_scope() is None


def test_the_lookup_of_memberships_finds_ones_own_and_leaves_nothing_open(anna: Member, clara: Member) -> None:
    assert memberships_of(anna.user_id) == [anna]
    assert membership_at(anna.user_id, "morgenthal") == anna
    assert membership_at(anna.user_id, "lindenhof") is None

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select count(*) from practices_member")
        assert cursor.fetchone() == (0,)


def test_the_lookup_inside_another_practice_s_scope_sees_nothing_of_it(anna: Member, clara: Member) -> None:
    with practice_scope(clara.practice.id):
        assert memberships_of(anna.user_id) == [anna]
        assert practice_in_scope() == clara.practice.id


def test_whoever_is_announced_can_read_their_memberships_but_not_change_them(anna: Member) -> None:
    """One policy for both would let a trainee make himself owner elsewhere."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('app.user_id', %s, true)", [str(anna.user_id)])
        cursor.execute("select count(*) from practices_member")
        seen = cursor.fetchone()
        cursor.execute("update practices_member set role = 'trainee'")
        changed = cursor.rowcount

    assert (seen, changed) == ((1,), 0)


def test_a_session_names_its_member_with_one_query(
    client: Client, anna: Member, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    login(client, anna)
    session = client.session
    session.get("loaded")

    with django_assert_num_queries(5):  # a savepoint, who asks, the lookup, nobody asks, the savepoint's end
        found = member_by_session(session, "morgenthal")

    assert found == anna


def change_password(member: Member) -> None:
    member.user.set_password("ein-ganz-anderes-Passwort")
    member.user.save()


@pytest.mark.parametrize(
    "end",
    [
        change_password,
        lambda member: User.objects.filter(pk=member.user_id).update(is_active=False),
        lambda member: TotpDevice.objects.filter(user_id=member.user_id).update(confirmed=False),
        lambda member: TotpDevice.objects.filter(user_id=member.user_id).delete(),
    ],
    ids=["other password", "locked out", "device taken back", "device gone"],
)
def test_what_ends_a_login_ends_it_at_the_next_request(
    client: Client, anna: Member, end: Callable[[Member], object]
) -> None:
    login(client, anna)
    before = client.get("/p/morgenthal/inbox/").status_code

    end(anna)

    assert (before, client.get("/p/morgenthal/inbox/")["Location"]) == (
        200,
        "/login/?next=%2Fp%2Fmorgenthal%2Finbox%2F",
    )


def test_who_has_left_or_works_elsewhere_gets_404_and_stays_logged_in(
    client: Client, anna: Member, clara: Member
) -> None:
    login(client, anna)

    elsewhere = client.get("/p/lindenhof/inbox/").status_code
    with practice_scope(anna.practice.pk):
        Member.objects.filter(pk=anna.pk).update(left_at=timezone.now())

    assert (elsewhere, client.get("/p/morgenthal/inbox/").status_code) == (404, 404)
    assert client.get("/practices/").status_code == 200


@pytest.mark.parametrize("name", ["", "nonsense", "practices.totpdevice/x", "otp_totp.totpdevice/7", "/", "7"])
def test_a_session_that_names_no_device_of_ours_names_no_member(client: Client, anna: Member, name: str) -> None:
    login(client, anna)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = name

    assert member_by_session(session, "morgenthal") is None


def test_the_device_of_somebody_else_verifies_nobody(client: Client, anna: Member, clara: Member) -> None:
    login(client, anna)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = TotpDevice.objects.get(user=clara.user).persistent_id

    assert member_by_session(session, "morgenthal") is None


def whoami(slug: str, cookie: str) -> tuple[int | None, dict[str, object]]:
    browser = Client()
    browser.cookies["session"] = cookie
    try:
        return practice_in_scope(), browser.get(f"/p/{slug}/whoami/").json()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls("tests.practices.whoami_urls")
def test_two_practices_in_the_same_threads_never_meet() -> None:
    people = [make_member(make_practice(slug), Role.OWNER) for slug in ("morgenthal", "lindenhof")]
    cookies = []
    for person in people:
        browser = Client()
        login(browser, person)
        cookies.append(browser.cookies["session"].value)
    asked = [("morgenthal", cookies[0]), ("lindenhof", cookies[1])] * 50

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda each: whoami(*each), asked))

    ids = {person.practice.slug: person.practice.id for person in people}
    assert answers == [(None, {"scope": ids[slug], "practice": slug, "rows": [slug]}) for slug, _ in asked]


# ── the API's token ──


@pytest.fixture
def token(anna: Member, practice: Practice) -> str:
    token = doors.new_token()
    with practice_scope(practice.pk):
        row = ApiToken.objects.create(name="Kalender", scope=ApiToken.Scope.READ, created_by=anna)
    doors.install(Door.Kind.API, token, leads_to=practice, object_id=row.pk)
    return token


def scope_for(authorization: str, path: str = "/api/v1/me/") -> tuple[int | None, str | None]:
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append((practice_in_scope(), getattr(getattr(request, "api_token", None), "name", None)))
        return HttpResponse()

    open_practice_scope(view)(RequestFactory().get(path, headers={"Authorization": authorization}))
    assert practice_in_scope() is None
    return seen[0]


def test_a_token_opens_the_scope_of_its_practice_on_the_api_alone(token: str, practice: Practice) -> None:
    assert scope_for(f"Bearer {token}") == (practice.pk, "Kalender")
    assert scope_for(f"bearer  {token} ") == (practice.pk, "Kalender")
    assert scope_for(f"Bearer {token}", "/login/") == (None, None)


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic {token}", "{token}"])
def test_anything_else_opens_nothing(token: str, authorization: str) -> None:
    assert scope_for(authorization.format(token=token)) == (None, None)


def test_a_revoked_token_opens_nothing(token: str, practice: Practice) -> None:
    with practice_scope(practice.pk):
        row = ApiToken.objects.get()
    doors.close(Door.Kind.API, row.pk)

    assert scope_for(f"Bearer {token}") == (None, None)


def test_a_door_of_another_kind_opens_no_api(practice: Practice) -> None:
    token = doors.new_token()
    doors.install(Door.Kind.QR, token, leads_to=practice, object_id=uuid7())

    assert scope_for(f"Bearer {token}") == (None, None)


# ── refusals outside the pages ──


def test_a_form_without_its_token_is_refused_with_a_sentence(anna: Member) -> None:
    answer = Client(enforce_csrf_checks=True).post("/login/", {"username": "x", "password": "y"})

    assert answer.status_code == 403
    assert "Das dürfen Sie hier nicht" in answer.content.decode()


def test_an_error_page_tells_nothing_of_the_request(client: Client, settings: Settings) -> None:
    answer = client.get("/Nowak-0171/?q=Nowak")

    assert answer.status_code == 404
    assert "Nowak" not in answer.content.decode()
