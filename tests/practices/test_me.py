"""The page of one's own settings, and what it does to every other page."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from practices.models import AuditEvent, Member, Practice, Role
from practices.scope import practice_scope
from tests.people import login, make_member, make_practice

pytestmark = pytest.mark.django_db
ADDRESS = "/p/morgenthal/me/"


@pytest.fixture
def practice() -> Practice:
    return make_practice()


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, Role.RECEPTION)


@pytest.fixture
def desk(client: Client, anna: Member) -> Client:
    login(client, anna)
    return client


def fields(desk: Client, **changes: Any) -> dict[str, Any]:
    """What the form would post, with some of it changed; a box that is not ticked is not posted."""
    form = desk.get(ADDRESS).context["form"]
    posted = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in (posted | changes).items() if value is not False}


def stored(member: Member) -> dict[str, Any]:
    with practice_scope(member.practice.pk):
        member.refresh_from_db()
    return dict(member.preferences)


def test_the_form_shows_what_was_chosen_and_keeps_it_as_it_is(desk: Client, anna: Member) -> None:
    desk.post(ADDRESS, fields(desk, theme="dark", enter_sends="on", undo_seconds="12", tones_from="08:30"))
    before = stored(anna)

    desk.post(ADDRESS, fields(desk))

    assert before == stored(anna) == {"theme": "dark", "enter_sends": True, "undo_seconds": 12, "tones_from": "08:30"}


def test_the_palette_changes_the_look_alone_and_at_once(desk: Client, anna: Member) -> None:
    desk.post(ADDRESS, fields(desk, enter_sends="on", undo_seconds="12"))

    dark = desk.post(f"{ADDRESS}look/", {"theme": "dark"}, headers={"HX-Request": "true"})
    desk.post(f"{ADDRESS}look/", {"contrast": "more"})
    unknown = desk.post(f"{ADDRESS}look/", {"theme": "pink"})

    assert (dark.status_code, json.loads(dark["HX-Trigger"])) == (
        204,
        {"roger:look": {"theme": "dark", "contrast": "system"}},
    )
    assert unknown.status_code == 400
    assert stored(anna) == {"enter_sends": True, "undo_seconds": 12, "theme": "dark", "contrast": "more"}


def test_saving_leads_back_and_says_so(desk: Client) -> None:
    answer = desk.post(ADDRESS, fields(desk, theme="light"))

    assert (answer.status_code, answer["Location"]) == (302, "/p/morgenthal/me/?saved=1")
    assert "Gespeichert." in desk.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"theme": "pink"}, {"undo_seconds": "99"}, {"tones_from": "25:00"}, {"shield_after_minutes": ""}, {"order": ""}],
)
def test_what_there_is_not_to_choose_comes_back_with_the_reason(
    desk: Client, anna: Member, wrong: dict[str, str]
) -> None:
    answer = desk.post(ADDRESS, fields(desk, **wrong))

    assert answer.status_code == 422
    assert "Nicht gespeichert. Bitte prüfen Sie die markierten Angaben." in answer.content.decode()
    assert stored(anna) == {}


def test_one_settles_only_for_oneself(desk: Client, practice: Practice) -> None:
    bert = make_member(practice, name="Bert Brandt")

    desk.post(ADDRESS, fields(desk, theme="dark"))

    assert stored(bert) == {}


def test_somebody_at_two_practices_settles_for_each(desk: Client, anna: Member) -> None:
    elsewhere = make_member(make_practice("lindenhof"), Role.OWNER, name="Clara Conrad")

    assert desk.post("/p/lindenhof/me/", {"theme": "dark"}).status_code == 404
    assert stored(elsewhere) == {}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, '<html lang="de">'),
        ({"theme": "dark"}, '<html lang="de" data-theme="dark">'),
        ({"theme": "light", "contrast": "more"}, '<html lang="de" data-theme="light" data-contrast="more">'),
        ({"contrast": "normal"}, '<html lang="de" data-contrast="normal">'),
    ],
)
def test_the_look_stands_in_the_page_from_its_first_byte(desk: Client, chosen: dict[str, str], expected: str) -> None:
    """So that no page flashes in other colours first."""
    desk.post(ADDRESS, fields(desk, **chosen))

    for path in ("inbox/", "front-desk/", "consent/", "me/"):
        assert expected in desk.get(f"/p/morgenthal/{path}").content.decode()


def test_pages_say_what_their_scripts_go_by(desk: Client) -> None:
    plain = desk.get("/p/morgenthal/inbox/").content.decode()
    desk.post(
        ADDRESS,
        fields(desk, shortcuts_on=False, tone_volume="0", notify="on", notify_content="on", shield_after_minutes="2"),
    )
    chosen = desk.get("/p/morgenthal/inbox/").content.decode()

    for page, words in (
        (plain, ('data-tones="40 07:00 20:00"', 'data-after="5"')),
        (chosen, ('data-tones="0 07:00 20:00"', 'data-notify="name"', 'data-shortcuts="off"', 'data-after="2"')),
    ):
        assert [word for word in words if word not in page] == []
    assert "data-notify" not in plain
    assert "data-shortcuts" not in plain


# ── for the whole practice ──


@pytest.mark.parametrize(("role", "status"), [(Role.OWNER, 302), (Role.PRACTICE_MANAGER, 302), (Role.RECEPTION, 403)])
def test_who_leads_says_when_the_practice_is_told(client: Client, practice: Practice, role: Role, status: int) -> None:
    member = make_member(practice, role, name="Paula Pohl")
    login(client, member)

    answer = client.post("/p/morgenthal/me/escalation/", {"escalate_after": "45"})
    practice.refresh_from_db()

    assert answer.status_code == status
    assert practice.escalate_after == (45 if status == 302 else 60)
    if status == 302:
        with practice_scope(practice.pk):
            assert AuditEvent.objects.get(kind="escalation_changed").codes == {"before": 60, "after": 45}


@pytest.mark.parametrize("minutes", ["-1", "481", "x", ""])
def test_a_limit_that_is_none_is_not_taken(client: Client, practice: Practice, minutes: str) -> None:
    login(client, make_member(practice, Role.OWNER, name="Paula Pohl"))

    assert client.post("/p/morgenthal/me/escalation/", {"escalate_after": minutes}).status_code == 422


def test_who_does_not_lead_sees_no_such_control(desk: Client) -> None:
    assert "/me/escalation/" not in desk.get(ADDRESS).content.decode()


def test_what_was_chosen_is_read_without_a_query_of_its_own(desk: Client, django_assert_num_queries: Any) -> None:
    with CaptureQueriesContext(connection) as plain:
        desk.get(ADDRESS)
    asked = len(plain.captured_queries)
    desk.post(ADDRESS, fields(desk, theme="dark", contrast="more"))

    with django_assert_num_queries(asked):
        desk.get(ADDRESS)
