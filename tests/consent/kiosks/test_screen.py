"""What the tablet shows, and what keeps it there without network."""

import re

import pytest
from django.conf import settings
from django.test import Client

from consent.models import ConsentEvent, PendingOptIn, QrCode
from tests.consent.tablets import PAGE, SCREEN, added, ask, type_in

pytestmark = pytest.mark.django_db


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


def test_the_policy_lets_our_own_worker_in_and_nobody_else(paired: Client) -> None:
    policy = dict(
        part.strip().split(" ", 1) for part in paired.get(SCREEN)["Content-Security-Policy"].split(";") if part.strip()
    )

    assert (policy["worker-src"], policy["default-src"], policy["connect-src"]) == ("'self'", "'none'", "'self'")
    assert policy["frame-ancestors"] == "'none'"


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
