"""The tablet at the desk: paired by those who lead the practice, shows a code, and leads nowhere."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.codes import normalise_code
from consent.doors import create_qr_code
from consent.models import ConsentEvent, Kiosk, PendingOptIn, QrCode
from consent.qr_codes import rotate_qr_code
from practices.bus import bus
from practices.models import AuditEvent, Door, LoginSession, Member, Practice, Role
from practices.scope import practice_scope
from tests.consent.editions import an_edition, ready
from tests.consent.tablets import PAGE, SCREEN, added, ask, code_in, shows, type_in, version_of
from tests.people import login, make_member, make_practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Iterator[Practice]:
    practice = make_practice()
    with practice_scope(practice.pk):
        yield practice


@pytest.fixture
def code(practice: Practice) -> QrCode:
    return create_qr_code(practice=practice, name="Tresen", by=None)


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, Role.OWNER)


@pytest.fixture
def desk(anna: Member) -> Client:
    client = Client()
    login(client, anna)
    return client


@pytest.fixture
def tablet() -> Client:
    """A browser nobody has logged in on."""
    return Client(enforce_csrf_checks=True)


# ── adding one ──


def test_a_new_tablet_gets_a_code_that_is_shown_once_and_kept_as_a_keyed_hash(
    desk: Client, code: QrCode, anna: Member
) -> None:
    shown = added(desk, code)

    kiosk = Kiosk.objects.get()
    assert normalise_code(shown) == shown
    assert (kiosk.name, kiosk.qr_code, kiosk.created_by, kiosk.paired_at) == ("Tresen links", code, anna, None)
    assert shown.encode() not in bytes(kiosk.pairing_hash or b"")
    assert shown not in desk.get(PAGE).content.decode()
    assert list(AuditEvent.objects.filter(about_kind="kiosk").order_by("at").values_list("kind", flat=True)) == [
        "kiosk_added",
        "kiosk_pairing_offered",
    ]


def test_without_a_name_nothing_is_added_and_the_page_says_why(desk: Client, code: QrCode) -> None:
    answer = desk.post(PAGE, {"name": " ", "qr_code": str(code.pk)})

    assert (answer.status_code, Kiosk.objects.count()) == (422, 0)
    assert 'id="name-error"' in answer.content.decode()


def test_a_practice_without_a_code_is_told_to_make_one_first(desk: Client) -> None:
    page = desk.get(PAGE).content.decode()

    assert "Legen Sie zuerst einen QR-Code an." in page
    assert "Hinzufügen und koppeln" not in page


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.DENTIST, Role.PROPHYLAXIS, Role.TRAINEE])
def test_only_who_leads_the_practice_sees_the_tablets(practice: Practice, role: Role) -> None:
    client = Client()
    login(client, make_member(practice, role))

    assert client.get(PAGE).status_code == 403


def test_another_practices_code_cannot_be_shown(desk: Client) -> None:
    lindenhof = make_practice("lindenhof")
    with practice_scope(lindenhof.pk):
        foreign = create_qr_code(practice=lindenhof, name="Tresen", by=None)

    answer = desk.post(PAGE, {"name": "Tresen", "qr_code": str(foreign.pk)})

    assert (answer.status_code, Kiosk.objects.count()) == (422, 0)


# ── pairing ──


def test_the_typed_code_pairs_the_tablet_which_then_shows_the_qr_code(
    desk: Client, tablet: Client, code: QrCode
) -> None:
    answer = type_in(tablet, added(desk, code))

    cookie = answer.cookies["kiosk"]
    assert (answer.status_code, answer["Location"]) == (302, SCREEN)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", SCREEN)
    page = tablet.get(SCREEN).content.decode()
    assert shows(page, code)
    assert "Schreiben Sie uns auf WhatsApp" in page
    assert Door.objects.filter(kind="kiosk").count() == 1
    assert cookie.value.encode() not in bytes(Door.objects.get(kind="kiosk").token_hash)


@pytest.mark.parametrize("spelt", [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code} "])
def test_a_code_is_understood_however_it_is_typed(desk: Client, tablet: Client, code: QrCode, spelt: Any) -> None:
    assert type_in(tablet, spelt(added(desk, code))).status_code == 302


@pytest.mark.parametrize("typed", ["", "ABCD-2345", "nein", "A" * 500, "\x00", "'; drop table"])
def test_a_wrong_code_gets_a_sentence_and_no_cookie(desk: Client, tablet: Client, code: QrCode, typed: str) -> None:
    added(desk, code)

    answer = type_in(tablet, typed)

    assert (answer.status_code, "kiosk" in answer.cookies) == (422, False)
    assert "Dieser Code stimmt nicht oder gilt nicht mehr." in answer.content.decode()


def test_a_code_pairs_once(desk: Client, tablet: Client, code: QrCode) -> None:
    typed = added(desk, code)
    type_in(tablet, typed)

    assert type_in(Client(enforce_csrf_checks=True), typed).status_code == 422


def test_a_code_pairs_for_ten_minutes(desk: Client, tablet: Client, code: QrCode) -> None:
    typed = added(desk, code)

    with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=False):
        late = type_in(tablet, typed)

    assert late.status_code == 422


def test_a_new_pairing_code_ends_the_old_one_and_then_the_tablet_before(
    desk: Client, tablet: Client, code: QrCode
) -> None:
    type_in(tablet, added(desk, code))
    kiosk = Kiosk.objects.get()
    first = code_in(desk.post(f"{PAGE}{kiosk.pk}/pairing/"))
    second = code_in(desk.post(f"{PAGE}{kiosk.pk}/pairing/"))
    assert ask(tablet).status_code == 200  # it goes on until another one has its place

    other = Client(enforce_csrf_checks=True)
    assert type_in(other, first).status_code == 422
    assert type_in(other, second).status_code == 302

    assert (ask(tablet).status_code, ask(other).status_code) == (410, 200)


def test_a_code_of_one_practice_pairs_nothing_at_another(desk: Client, tablet: Client, code: QrCode) -> None:
    typed = added(desk, code)
    make_practice("lindenhof")
    page = tablet.get("/p/lindenhof/kiosk/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token

    answer = tablet.post("/p/lindenhof/kiosk/", {"code": typed, "csrfmiddlewaretoken": token[1]})

    assert answer.status_code == 422


def test_a_tablet_of_one_practice_is_none_at_another(desk: Client, tablet: Client, code: QrCode) -> None:
    type_in(tablet, added(desk, code))
    make_practice("lindenhof")
    foreign = Client()
    foreign.cookies["kiosk"] = tablet.cookies["kiosk"].value

    assert foreign.post("/p/lindenhof/kiosk/state/").status_code == 410
    assert "Kopplungscode" in foreign.get("/p/lindenhof/kiosk/").content.decode()


def test_guessing_codes_ends_after_thirty_tries_a_minute(desk: Client, tablet: Client, code: QrCode) -> None:
    right = added(desk, code)
    with time_machine.travel("2026-05-04T10:00:01+02:00", tick=False):
        answers = [type_in(tablet, "ABCD-2345", REMOTE_ADDR="203.0.113.7").status_code for _ in range(31)]
        late = type_in(tablet, right, REMOTE_ADDR="203.0.113.9")  # the same network

    assert answers == [422] * 30 + [429]
    assert late.status_code == 429
    assert "Zu viele Versuche." in late.content.decode()


def test_while_nobody_can_count_the_tries_nobody_pairs(
    desk: Client, tablet: Client, code: QrCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = added(desk, code)
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    bus.cache_clear()

    answer = type_in(tablet, typed)

    monkeypatch.undo()
    bus.cache_clear()
    assert answer.status_code == 503


def test_pairing_needs_the_forms_token_and_is_refused_from_another_site(
    desk: Client, tablet: Client, code: QrCode
) -> None:
    typed = added(desk, code)

    assert tablet.post(SCREEN, {"code": typed}).status_code == 403
    assert type_in(tablet, typed, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert Kiosk.objects.get().paired_at is None


def test_pairing_ends_a_login_on_the_tablet(anna: Member, desk: Client, code: QrCode) -> None:
    typed = added(desk, code)
    tablet = Client()
    login(tablet, make_member(anna.practice, Role.OWNER, name="Berta Busch"))
    before = LoginSession.objects.count()

    tablet.post(SCREEN, {"code": typed})

    assert LoginSession.objects.count() == before - 1
    assert tablet.get("/p/morgenthal/inbox/").status_code == 302
    assert shows(tablet.get(SCREEN).content.decode(), code)


# ── the screen ──


@pytest.fixture
def paired(desk: Client, tablet: Client, code: QrCode) -> Client:
    type_in(tablet, added(desk, code))
    tablet.cookies.pop("csrftoken")
    return tablet


def test_the_screen_leads_nowhere_and_has_nothing_to_type(paired: Client) -> None:
    page = paired.get(SCREEN).content.decode()

    assert re.findall(r"<(a|form|input|button|select|iframe)\b", page) == []
    assert "/inbox/" not in page
    assert "/login/" not in page


def test_the_screen_sets_no_cookie_but_its_own(paired: Client) -> None:
    answer = paired.get(SCREEN)

    assert list(answer.cookies) == ["kiosk"]


def test_the_screen_says_it_in_german_and_six_more_languages_whatever_the_tablet_prefers(paired: Client) -> None:
    page = paired.get(SCREEN, headers={"accept-language": "en"}).content.decode()

    assert '<html lang="de">' in page
    assert "<h1>Schreiben Sie uns auf WhatsApp</h1>" in page
    assert re.findall(r'<li lang="(\w+)" dir="(\w+)">([^<]+)<', page) == [
        ("en", "ltr", "Write to us on WhatsApp"),
        ("tr", "ltr", "Bize WhatsApp’tan yazın"),
        ("ar", "rtl", "راسلنا عبر واتساب"),
        ("ru", "ltr", "Пишите нам в WhatsApp"),
        ("uk", "ltr", "Пишіть нам у WhatsApp"),
        ("pl", "ltr", "Napisz do nas na WhatsApp"),
    ]


def test_the_policy_lets_the_worker_in_and_nobody_else(paired: Client) -> None:
    policy = dict(
        part.strip().split(" ", 1) for part in paired.get(SCREEN)["Content-Security-Policy"].split(";") if part.strip()
    )

    assert (policy["worker-src"], policy["default-src"], policy["connect-src"]) == ("'self'", "'none'", "'self'")
    assert policy["frame-ancestors"] == "'none'"
    assert "worker-src" not in paired.get("/login/")["Content-Security-Policy"]


def test_a_tablet_is_a_stranger_to_every_other_page(paired: Client, desk: Client) -> None:
    assert paired.get("/p/morgenthal/inbox/").status_code == 302
    assert paired.get(PAGE).status_code == 302
    assert paired.get("/p/morgenthal/kioskar/").status_code == 302


def test_whoever_works_here_is_nobody_on_the_tablet(desk: Client, code: QrCode) -> None:
    answer = desk.get(SCREEN)

    assert "Kopplungscode" in answer.content.decode()
    assert not hasattr(answer.wsgi_request, "member")


def test_an_unknown_practice_has_no_tablet(client: Client) -> None:
    answers = [client.get("/p/gibt-es-nicht/kiosk/"), client.get("/p/gibt-es-nicht/kiosk/sw.js")]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_tablet_writes_no_consent(paired: Client) -> None:
    paired.get(SCREEN)
    ask(paired)

    assert (ConsentEvent.objects.count(), PendingOptIn.objects.count()) == (0, 0)


# ── asking ──


def test_a_tablet_that_shows_the_right_code_hears_nothing_and_is_seen(paired: Client) -> None:
    version = version_of(paired.get(SCREEN).content.decode())
    later = timezone.now() + timedelta(minutes=3)

    with time_machine.travel(later, tick=False):
        answer = ask(paired, version)

    assert (answer.status_code, answer.content, len(answer.cookies)) == (204, b"", 0)
    assert Kiosk.objects.get().seen_at == later


def test_looking_at_the_screen_changes_nothing(paired: Client) -> None:
    seen = Kiosk.objects.get().seen_at

    paired.get(SCREEN)

    assert Kiosk.objects.get().seen_at == seen


def test_another_code_reaches_the_tablet_as_another_version(
    desk: Client, paired: Client, practice: Practice, code: QrCode
) -> None:
    version = version_of(paired.get(SCREEN).content.decode())
    other = create_qr_code(practice=practice, name="Prophylaxe", by=None)

    changed = desk.post(f"{PAGE}{Kiosk.objects.get().pk}/code/", {"qr_code": str(other.pk)})

    assert (changed.status_code, changed["Location"]) == (302, PAGE)
    told = ask(paired, version).json()["version"]
    page = paired.get(SCREEN).content.decode()
    assert (shows(page, other), shows(page, code)) == (True, False)
    assert version_of(page) == told != version


def test_a_code_with_a_new_address_reaches_the_tablet_before_anybody_scans_the_dead_one(
    anna: Member, paired: Client, code: QrCode
) -> None:
    version = version_of(paired.get(SCREEN).content.decode())

    rotate_qr_code(code=code, keep_printed=False, by=anna)

    told = ask(paired, version).json()["version"]
    page = paired.get(SCREEN).content.decode()
    code.refresh_from_db()
    assert version_of(page) == told != version
    assert shows(page, code)
    assert ask(paired, told).status_code == 204


def test_the_lines_are_the_practices_own_and_a_new_edition_reaches_the_tablet(
    paired: Client, practice: Practice
) -> None:
    version = version_of(paired.get(SCREEN).content.decode())
    ready(practice)

    an_edition(language="en", page_words__invitation="Come and chat with us")

    told = ask(paired, version).json()["version"]
    page = paired.get(SCREEN).content.decode()
    assert version_of(page) == told != version
    assert '<li lang="en" dir="ltr">Come and chat with us</li>' in page


def test_a_revoked_code_gives_way_to_the_newest_that_lives(paired: Client, practice: Practice, code: QrCode) -> None:
    create_qr_code(practice=practice, name="älter", by=None)
    newest = create_qr_code(practice=practice, name="neu", by=None)
    QrCode.objects.filter(pk=code.pk).update(revoked_at=timezone.now())

    assert shows(paired.get(SCREEN).content.decode(), newest)


def test_without_any_code_the_screen_sends_people_to_the_desk(paired: Client) -> None:
    QrCode.objects.update(revoked_at=timezone.now())

    page = paired.get(SCREEN).content.decode()

    assert "Zurzeit gibt es hier keinen Code. Bitte fragen Sie am Empfang." in page
    assert "<svg" not in page


def test_a_tablet_that_asks_keeps_nobody_logged_in(anna: Member, desk: Client, code: QrCode) -> None:
    """Its script says that no person did anything, so a session beside it runs out."""
    typed = added(desk, code)
    desk.post(SCREEN, {"code": typed})
    login(desk, make_member(anna.practice, Role.OWNER, name="Berta Busch"))
    with time_machine.travel(timezone.now() + timedelta(minutes=9), tick=False):
        ask(desk, x_roger_live="1")
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        answer = desk.get(PAGE)

    assert answer.status_code == 302


# ── the end ──


def test_a_revoked_tablet_is_told_so_loses_its_cookie_and_is_gone_from_the_list(desk: Client, paired: Client) -> None:
    kiosk = Kiosk.objects.get()

    desk.post(f"{PAGE}{kiosk.pk}/revocation/")

    assert ask(paired).status_code == 410
    answer = paired.get(SCREEN)
    assert "Dieses Tablet ist nicht mehr gekoppelt." in answer.content.decode()
    assert (answer.cookies["kiosk"].value, answer.cookies["kiosk"]["path"]) == ("", SCREEN)
    assert f"kiosk-{kiosk.pk}" not in desk.get(PAGE).content.decode()
    assert AuditEvent.objects.filter(kind="kiosk_revoked", about_id=kiosk.pk).count() == 1


def test_a_revoked_tablet_cannot_be_paired_or_revoked_again(desk: Client, code: QrCode, tablet: Client) -> None:
    typed = added(desk, code)
    kiosk = Kiosk.objects.get()
    desk.post(f"{PAGE}{kiosk.pk}/revocation/")

    again = [desk.post(f"{PAGE}{kiosk.pk}/{deed}/").status_code for deed in ("revocation", "pairing", "code")]

    assert (type_in(tablet, typed).status_code, again) == (422, [404, 404, 404])


def test_the_list_says_which_tablet_has_not_been_heard_of(desk: Client, paired: Client, code: QrCode) -> None:
    added(desk, code, name="Wartezimmer")

    fresh = desk.get(PAGE).content.decode()
    Kiosk.objects.filter(name="Tresen links").update(seen_at=timezone.now() - timedelta(minutes=6))
    late = desk.get(PAGE).content.decode()

    assert ("zeigt den Code" in fresh, "meldet sich nicht seit" in fresh) == (True, False)
    assert ("zeigt den Code" in late, "meldet sich nicht seit" in late) == (False, True)
    assert fresh.count("noch nicht gekoppelt") == 1


def test_the_list_takes_the_same_queries_for_one_tablet_and_for_three(
    desk: Client, code: QrCode, django_assert_num_queries: Any
) -> None:
    added(desk, code)
    desk.get(PAGE)
    with CaptureQueriesContext(connection) as for_one:
        desk.get(PAGE)
    queries = len(for_one)
    for name in ("zwei", "drei"):
        added(desk, code, name=name)

    with django_assert_num_queries(queries):
        desk.get(PAGE)


def test_a_foreign_tablet_is_unknown(desk: Client) -> None:
    assert [desk.post(f"{PAGE}{uuid4()}/{deed}/").status_code for deed in ("code", "pairing", "revocation")] == [
        404,
        404,
        404,
    ]


# ── the worker ──


def test_the_worker_keeps_its_own_screen_and_nothing_else(paired: Client) -> None:
    answer = paired.get(f"{SCREEN}sw.js")

    words = answer.content.decode()
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/javascript; charset=utf-8", "no-cache")
    assert f'const PAGE = "{SCREEN}"' in words
    assert "Service-Worker-Allowed" not in answer
    assert re.findall(r'"(/[^"]+)"', words) == [
        SCREEN,
        *(f"/static/{name}" for name in ("css/tokens.css", "css/reset.css", "css/base.css", "css/kiosk.css")),
        "/static/icons/roger.svg",
        "/static/js/kiosk.js",
    ]


def test_the_worker_is_told_which_page_is_the_screen(paired: Client, tablet: Client) -> None:
    screen = paired.get(SCREEN)
    form = Client().get(SCREEN)

    assert (screen.has_header("X-Roger-Kiosk"), form.has_header("X-Roger-Kiosk")) == (True, False)
    assert 'headers.has("X-Roger-Kiosk")' in paired.get(f"{SCREEN}sw.js").content.decode()


def test_everything_the_screen_loads_is_kept_by_the_worker(paired: Client) -> None:
    page, words = paired.get(SCREEN).content.decode(), paired.get(f"{SCREEN}sw.js").content.decode()

    loaded = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)

    assert sorted(loaded) == sorted(re.findall(r'"(/static/[^"]+)"', words))


def test_behind_https_the_cookie_is_bound_to_the_host(
    desk: Client, code: QrCode, tablet: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = added(desk, code)
    monkeypatch.setattr(settings, "KIOSK_COOKIE_NAME", "__Host-kiosk")
    monkeypatch.setattr(settings, "IS_HTTPS", True)

    cookie = type_in(tablet, typed).cookies["__Host-kiosk"]

    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
