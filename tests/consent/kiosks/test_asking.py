"""The tablet asks whether it still shows the right code, until somebody revokes it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.doors import create_qr_code
from consent.models import Kiosk, QrCode
from consent.qr_codes import rotate_qr_code
from practices.models import AuditEvent, Member, Practice, Role
from tests.consent.editions import an_edition, ready
from tests.consent.tablets import PAGE, SCREEN, added, ask, shows, type_in, version_of
from tests.people import login, make_member

pytestmark = pytest.mark.django_db


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
