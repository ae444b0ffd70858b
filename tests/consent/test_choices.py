"""The practice's decisions: who may make them, what is kept and recorded, and the go-live (M-0, L-1 to L-11)."""

from datetime import time
from typing import Any

import pytest
from django.test import Client

from consent.choices import CHOICES, Confirmation, NotConfirmed, OwnerOnly, go_live
from practices.models import AuditEvent, Member, Practice, Role
from practices.scope import practice_scope
from tests.factories import make_practice
from tests.people import login, make_member

pytestmark = pytest.mark.django_db
PAGE = "/p/morgenthal/consent/choices/"
USUAL: dict[str, Any] = {
    "offered_purposes": ["organisation", "behandlung", "recall", "werbung"],
    "consent_age": "16",
    "guardian_count": "1",
    "stranger_reply": "ask",
    "quiet_from": "20:00",
    "quiet_until": "08:00",
    "recall_pause_months": "5",
    "recall_tries": "2",
    "advertising_per_year": "4",
    "proof_years": "3",
    "colour": "#0d5c63",
}
ALL_FOUR = {"confirmed": [one.value for one in Confirmation]}


@pytest.fixture
def practice() -> Practice:
    return make_practice()


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, Role.OWNER, name="Anna Arnold")


@pytest.fixture
def office(client: Client, anna: Member) -> Client:
    """The owner's browser."""
    login(client, anna)
    return client


def trail(practice: Practice, kind: str) -> list[tuple[Member | None, dict[str, Any]]]:
    with practice_scope(practice.pk):
        return [(one.by, one.codes) for one in AuditEvent.objects.filter(kind=kind)]


def test_a_new_practice_begins_with_the_usual_choices() -> None:
    fresh = Practice()

    assert {name: getattr(fresh, name) for name in CHOICES} == {
        "offered_purposes": [],
        "consent_age": 16,
        "guardian_count": 1,
        "stranger_reply": "ask",
        "reply_after_stop": False,
        "files_in_chat": False,
        "quiet_from": time(20),
        "quiet_until": time(8),
        "recall_pause_months": 5,
        "recall_tries": 2,
        "recall_as_service": False,
        "advertising_per_year": 4,
        "proof_years": 3,
        "colour": "#0d5c63",
    }
    assert fresh.live_since is None


def test_what_is_decided_is_kept_and_stands_on_the_trail(office: Client, practice: Practice, anna: Member) -> None:
    said = office.post(PAGE, USUAL | {"consent_age": "14", "files_in_chat": "on", "quiet_from": "19:30"}, follow=True)

    practice.refresh_from_db()
    assert (practice.consent_age, practice.files_in_chat, practice.quiet_from) == (14, True, time(19, 30))
    assert "Gespeichert." in said.content.decode()
    changed = {"consent_age": [16, 14], "files_in_chat": [False, True], "quiet_from": ["20:00:00", "19:30:00"]}
    assert trail(practice, "choices_changed") == [(anna, changed)]


def test_the_colour_of_the_practice_is_chosen_and_printed(office: Client, practice: Practice) -> None:
    office.post(PAGE, USUAL | {"colour": "#7A1FA2"})

    practice.refresh_from_db()
    assert practice.colour == "#7a1fa2"


def test_nothing_changed_is_nothing_on_the_trail(office: Client, practice: Practice) -> None:
    office.post(PAGE, USUAL)

    assert trail(practice, "choices_changed") == []


def test_l_4_a_practice_may_restrict_itself_to_organisation(office: Client, practice: Practice) -> None:
    office.post(PAGE, USUAL | {"offered_purposes": ["organisation"]})
    practice.refresh_from_db()
    only = practice.offered_purposes
    office.post(PAGE, USUAL)
    practice.refresh_from_db()

    assert (only, practice.offered_purposes) == (["organisation"], [])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"offered_purposes": ["werbung"]}, "offered_purposes"),
        ({"offered_purposes": ["organisation", "spam"]}, "offered_purposes"),
        ({"consent_age": "12"}, "consent_age"),
        ({"guardian_count": "3"}, "guardian_count"),
        ({"stranger_reply": "shout"}, "stranger_reply"),
        ({"quiet_from": "25:00"}, "quiet_from"),
        ({"recall_pause_months": "0"}, "recall_pause_months"),
        ({"recall_tries": "99"}, "recall_tries"),
        ({"advertising_per_year": "-1"}, "advertising_per_year"),
        ({"proof_years": "2"}, "proof_years"),
        ({"proof_years": "11"}, "proof_years"),
        ({"colour": "teal"}, "colour"),
        ({"colour": "#ffe680"}, "colour"),
    ],
)
def test_l_11_what_the_law_does_not_leave_open_cannot_be_chosen(
    office: Client, practice: Practice, wrong: dict[str, Any], field: str
) -> None:
    response = office.post(PAGE, USUAL | wrong)

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert trail(practice, "choices_changed") == []


# ── M-0 ──


@pytest.fixture
def not_live(practice: Practice) -> Practice:
    Practice.objects.update(live_since=None)
    return practice


def test_l_1_the_owner_lets_whatsapp_go_live_with_four_confirmations(
    office: Client, not_live: Practice, anna: Member
) -> None:
    office.post(f"{PAGE}live/", ALL_FOUR)

    not_live.refresh_from_db()
    assert not_live.live_since is not None
    assert trail(not_live, "practice_gone_live") == [(anna, {"confirmed": ["c5", "dpa", "dpia", "risk_note"]})]
    assert "entschieden von Anna Arnold" in office.get(PAGE).content.decode()


@pytest.mark.parametrize("missing", Confirmation)
def test_l_2_each_of_the_four_is_needed(office: Client, not_live: Practice, missing: Confirmation) -> None:
    told = [one.value for one in Confirmation if one != missing]

    response = office.post(f"{PAGE}live/", {"confirmed": told})

    not_live.refresh_from_db()
    assert (response.status_code, not_live.live_since) == (422, None)
    assert [value for value, _label, is_ticked in response.context["confirmations"] if is_ticked] == told


def test_a_second_go_live_keeps_the_first_date(office: Client, not_live: Practice) -> None:
    office.post(f"{PAGE}live/", ALL_FOUR)
    not_live.refresh_from_db()
    first = not_live.live_since

    office.post(f"{PAGE}live/", ALL_FOUR)

    not_live.refresh_from_db()
    assert (not_live.live_since, len(trail(not_live, "practice_gone_live"))) == (first, 1)


def test_who_manages_a_practice_sees_the_page_but_does_not_decide_to_go_live(not_live: Practice) -> None:
    manager = Client()
    login(manager, make_member(not_live, Role.PRACTICE_MANAGER, name="Mara Manz"))

    page, tried = manager.get(PAGE), manager.post(f"{PAGE}live/", ALL_FOUR)

    not_live.refresh_from_db()
    assert "Freigeben kann nur die Inhaberin oder der Inhaber." in page.content.decode()
    assert (page.status_code, tried.status_code, not_live.live_since) == (200, 403, None)


def test_the_rule_itself_knows_who_may_and_what_is_needed(not_live: Practice, anna: Member) -> None:
    manager = make_member(not_live, Role.PRACTICE_MANAGER, name="Mara Manz")

    with practice_scope(not_live.pk):
        with pytest.raises(OwnerOnly):
            go_live(practice=not_live, by=manager, confirmed=list(Confirmation))
        with pytest.raises(NotConfirmed):
            go_live(practice=not_live, by=anna, confirmed=[])


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.DENTIST, Role.PROPHYLAXIS, Role.TRAINEE])
def test_the_others_have_no_such_page(practice: Practice, role: Role) -> None:
    browser = Client()
    login(browser, make_member(practice, role, name="Bert Bauer"))

    assert browser.get(PAGE).status_code == 403


def test_somebody_of_another_practice_finds_nothing(practice: Practice) -> None:
    browser = Client()
    login(browser, make_member(make_practice("ostufer"), Role.OWNER, name="Clara Conrad"))

    assert (browser.get(PAGE).status_code, browser.post(f"{PAGE}live/", ALL_FOUR).status_code) == (404, 404)


# ── L-5 ──


def test_l_5_the_switch_needs_its_tick_and_is_recorded(office: Client, practice: Practice, anna: Member) -> None:
    unsure = office.post(f"{PAGE}data-transfer/", {"stopped": "1"})
    office.post(f"{PAGE}data-transfer/", {"stopped": "1", "sure": "1"})
    practice.refresh_from_db()
    stopped = practice.data_transfer_stopped
    office.post(f"{PAGE}data-transfer/", {"stopped": "0", "sure": "1"})
    practice.refresh_from_db()

    assert (unsure.status_code, stopped, practice.data_transfer_stopped) == (422, True, False)
    assert trail(practice, "data_transfer_switched") == [(anna, {"stopped": True}), (anna, {"stopped": False})]


def test_l_5_the_page_says_when_the_operator_stopped_everybody(office: Client, settings: Any) -> None:
    settings.DPF_INVALID = True

    assert "Der Betreiber hat WhatsApp für alle Praxen angehalten." in office.get(PAGE).content.decode()


# ── defaults that protect ──


def test_c_31_there_is_no_setting_that_lets_a_machine_read_the_chats() -> None:
    words = ("ai_", "_ai", "llm", "openai", "assistant", "summar", "sentiment", "classif", "suggest")
    fields = {field.name for field in Practice._meta.get_fields()}

    assert [name for name in fields if any(word in name for word in words)] == []
