"""Adding a tablet and pairing it."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from consent.codes import normalise_code
from consent.doors import create_qr_code
from consent.models import Kiosk, QrCode
from practices.bus import bus
from practices.models import AuditEvent, Door, LoginSession, Member, Practice, Role
from practices.scope import practice_scope
from tests.consent.tablets import PAGE, SCREEN, added, ask, code_in, shows, type_in
from tests.people import login, make_member, make_practice

pytestmark = pytest.mark.django_db


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
