"""The demo: what reception finds when it tries Roger, and that loading it again is safe."""

import json
import re
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from consent.gate import Consent
from consent.guardians import consents_for
from consent.models import ConsentEvent, ConsentState
from consent.newcomers import agreed_today
from consent.verification import verify
from messaging.models import Channel, Conversation, MediaFile, Message, Note, Template
from patients.identities import identity_hash
from patients.models import Contact, ContactIdentity
from practices.doors import resolve
from practices.models import Door, Member, Practice
from practices.scope import practice_scope
from roger.demo import material
from simulator.numbers import number_from
from simulator.people import person_from

TOKEN = re.compile(r"\[\[|\]\]|{{|}}")


@pytest.fixture(scope="module")
def seeded(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The demo, made once for all tests here; each of them is rolled back to it, and all of it in the end."""
    home = tmp_path_factory.mktemp("roger")
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(settings, "ROGER_HOME", home)
        patch.setattr(settings, "MEDIA_ROOT", home / "media")
        call_command("seed_demo")
        yield home
        transaction.set_rollback(True)


@pytest.fixture
def demo(seeded: Path, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demo's ROGER_HOME that the test may change."""
    home = tmp_path / "roger"
    shutil.copytree(seeded, home)
    monkeypatch.setattr(settings, "ROGER_HOME", home)
    return home


@pytest.fixture
def morgenthal(demo: Path) -> Iterator[Practice]:
    """The first practice, seeded, with its scope open."""
    practice = Practice.objects.get(slug="morgenthal")
    with practice_scope(practice.pk):
        yield practice


def read(home: Path, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((home / name).read_text())
    return content


def conversation_of(phone: str) -> Conversation:
    identity = ContactIdentity.objects.get(kind="phone", value_hash=identity_hash("phone", phone))
    return Conversation.objects.get(contact_id=identity.contact_id)


def consents_of(phone: str) -> dict[str, str]:
    states = ConsentState.objects.filter(contact_id=conversation_of(phone).contact_id)
    return dict(states.values_list("purpose", "state"))


# ── what reception finds ──


def test_reception_has_work_of_several_ages(morgenthal: Practice) -> None:
    waiting = list(Conversation.objects.awaiting_reply().values_list("waiting_since", flat=True))

    ages = sorted(timezone.now() - since for since in waiting if since)
    assert len(waiting) == 10
    assert ages[0] < timedelta(minutes=10)
    assert ages[-1] > timedelta(hours=24)


def test_each_thing_that_can_go_wrong_can_be_seen_once(morgenthal: Practice) -> None:
    ours = Message.objects.filter(direction="out").exclude(state="read")
    windows = [(one, one.window_open_until) for one in Conversation.objects.awaiting_reply()]
    closed = [one for one, until in windows if until is None or until <= timezone.now()]

    assert sorted(ours.values_list("state", "error_code")) == [("failed", 131026), ("unconfirmed", None)]
    assert closed == [conversation_of("+491713920014")]


def test_dialogues_of_other_days_are_done_and_answered(morgenthal: Practice) -> None:
    old = [one for one in material.dialogues(material.practices()[0]) if one.get("start", {}).get("day_offset", 0) < 0]

    assert Conversation.objects.closed().count() == len(old) == 14
    assert Conversation.objects.closed().exclude(waiting_since=None).count() == 0


def test_what_is_done_was_seen_and_nobody_came_in_today(morgenthal: Practice) -> None:
    assert Conversation.objects.closed().filter(seen_at=None).count() == 0
    assert agreed_today(morgenthal) == 0


def test_todays_dialogues_stop_after_the_patients_last_message(morgenthal: Practice) -> None:
    last = conversation_of("+491713920002").last_message

    assert last is not None
    assert (last.direction, last.body) == ("in", "Ok, bin um 10:40 da. Danke!")


def test_nothing_lies_in_the_future_and_no_token_remains(morgenthal: Practice) -> None:
    texts = [one.body or "" for one in Message.objects.all()] + [one.body for one in Note.objects.all()]

    assert [text for text in texts if TOKEN.search(text)] == []
    assert Message.objects.filter(at__gt=timezone.now()).count() == 0
    assert Note.objects.filter(at__gt=timezone.now()).count() == 0


def test_a_template_shows_what_was_sent_and_its_button_what_was_tapped(morgenthal: Practice) -> None:
    sent, tapped, *_rest = conversation_of("+491713920001").messages.in_order()

    assert sent.template is not None
    assert (sent.type, sent.template.name, sent.content["definition"]) == (
        "template", "termin_erinnerung", Template.objects.get(name="termin_erinnerung").components,
    )  # fmt: skip
    assert (tapped.type, tapped.body, tapped.quoted_id) == ("button", "Verschieben", sent.pk)


def test_picture_and_sound_can_be_opened(demo: Path) -> None:
    found = []
    for practice in Practice.objects.order_by("slug"):
        with practice_scope(practice.pk):
            found += [(one.state, one.details["found_type"]) for one in MediaFile.objects.all()]

    assert found == [("stored", "image/jpeg"), ("stored", "audio/x-wav")]


def test_a_childs_mother_writes_for_it(morgenthal: Practice) -> None:
    mother = conversation_of("+491713920007").contact

    links = mother.patient_links.select_related("patient").order_by("pk")
    assert [(link.patient.first_name, link.relation, link.custody) for link in links] == [
        ("Daniela", "self", ""),
        ("Mia", "guardian", "joint"),
        ("Ben", "guardian", "joint"),
    ]
    assert {one.concerns_patient_id for one in Message.objects.filter(contact=mother)} == {links[1].patient_id}


def test_a_mother_agreed_for_each_of_her_children_apart(morgenthal: Practice) -> None:
    mother = conversation_of("+491713920007").contact

    agreed = {
        patient.first_name: sorted(purpose for purpose, state in states.items() if state == Consent.GRANTED)
        for patient, states in consents_for(mother).items()
    }
    assert agreed == {"Mia": ["behandlung", "organisation"], "Ben": ["organisation"]}


# ── consent ──


@pytest.mark.parametrize(
    ("phone", "consents"),
    [
        ("+491713920001", {"organisation": Consent.GRANTED}),
        ("+491713920002", {"organisation": Consent.GRANTED, "behandlung": Consent.GRANTED}),
        ("+4915228817386", {"organisation": Consent.GRANTED, "behandlung": Consent.GRANTED}),  # by QR, in the dialogue
        ("+491713920015", {}),
    ],
)
def test_consents_stand_as_written(morgenthal: Practice, phone: str, consents: dict[str, str]) -> None:
    assert consents_of(phone) == consents


@pytest.mark.parametrize("phone", ["+491729968532", "+491729925904"])
def test_stop_and_a_wrong_number_end_everything(morgenthal: Practice, phone: str) -> None:
    assert set(consents_of(phone).values()) == {Consent.WITHDRAWN}


def test_whoever_keeps_appointments_only_loses_the_rest(demo: Path) -> None:
    with practice_scope(Practice.objects.get(slug="ostufer").pk):
        assert consents_of("+4917604069007") == {
            "organisation": Consent.GRANTED, "recall": Consent.WITHDRAWN, "werbung": Consent.WITHDRAWN,
        }  # fmt: skip
        assert set(consents_of("+4915254599371").values()) == {Consent.REJECTED}


def test_the_ledger_is_whole_and_its_acts_have_their_times(morgenthal: Practice) -> None:
    late = ConsentEvent.objects.filter(occurred_at__gt=timezone.now())

    assert verify().ok
    assert (ConsentEvent.objects.count() > 40, late.count()) == (True, 0)


def test_the_code_of_the_qr_dialogue_is_a_real_one(morgenthal: Practice) -> None:
    first = conversation_of("+4915228817386").messages.in_order().first()

    assert first is not None
    assert first.body is not None
    assert re.search(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$", first.body)
    assert "7K4F-22" not in first.body


def test_numbers_that_wrote_are_proven(morgenthal: Practice) -> None:
    granted = ConsentState.objects.filter(state=Consent.GRANTED).values("contact")

    assert Contact.objects.filter(pk__in=granted, number_proven_at=None).count() == 0


# ── the files ──


def test_the_files_are_for_their_owner_alone(demo: Path) -> None:
    modes = {name: stat.S_IMODE((demo / name).stat().st_mode) for name in ("demo.json", "simulator.json")}

    assert modes == {"demo.json": 0o600, "simulator.json": 0o600}


def test_demo_json_has_the_agreed_shape(demo: Path) -> None:
    practices = read(demo, "demo.json")["practices"]

    keys = {
        "slug",
        "name",
        "phone",
        "phone_number_id",
        "waba_id",
        "qr",
        "webhook",
        "webhook_secret",
        "api_token",
        "users",
    }
    assert [set(one) for one in practices] == [keys, keys]
    assert {tuple(user) for one in practices for user in one["users"]} == {("role", "email", "password", "totp_secret")}
    assert [[user["role"] for user in one["users"]] for one in practices] == [
        ["owner", "dentist", "practice_manager", "reception", "reception", "prophylaxis", "trainee"],
        ["owner", "practice_manager", "reception", "prophylaxis"],
    ]


def test_every_address_and_token_of_demo_json_leads_somewhere(demo: Path) -> None:
    one = read(demo, "demo.json")["practices"][0]
    practice = Practice.objects.get(slug=one["slug"])

    doors = {
        Door.Kind.QR: one["qr"].rpartition("/")[2],
        Door.Kind.WEBHOOK: one["webhook"].rstrip("/").rpartition("/")[2],
        Door.Kind.API: one["api_token"],
    }

    found = [resolve(kind, token) for kind, token in doors.items()]
    assert [door and door.leads_to_id for door in found] == [practice.pk] * 3


def test_the_stand_in_can_read_its_file(demo: Path) -> None:
    written = read(demo, "simulator.json")
    numbers, people = [number_from(one) for one in written["numbers"]], [person_from(one) for one in written["people"]]

    secrets = [one["webhook_secret"] for one in read(demo, "demo.json")["practices"]]
    assert [number.webhook_headers for number in numbers] == [{"X-Roger-Webhook-Secret": one} for one in secrets]
    assert [len(number.templates) for number in numbers] == [18, 18]
    assert (len(people), len({person.phone for person in people})) == (35, 35)


def test_the_stand_in_knows_who_wrote_in_the_last_day(demo: Path, morgenthal: Practice) -> None:
    people = {one["phone"]: one for one in read(demo, "simulator.json")["people"]}
    conversation = conversation_of("+491713920011")
    channel = Channel.objects.get()

    last = conversation.last_inbound_at
    assert last is not None
    assert people["+491713920011"]["last_wrote"] == {channel.phone: last.timestamp()}


def test_both_practices_are_told_of_whoever_waits_for_an_hour(demo: Path) -> None:
    assert list(Practice.objects.values_list("escalate_after", flat=True)) == [60, 60]


# ── again ──


def test_loading_again_changes_nothing_but_writes_the_files(demo: Path) -> None:
    before = (counts(), read(demo, "demo.json"), read(demo, "simulator.json"))
    (demo / "simulator.json").unlink()

    call_command("seed_demo")

    assert (counts(), read(demo, "demo.json"), read(demo, "simulator.json")) == before


def test_a_new_address_is_written_into_both_files(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "BASE_URL", "http://127.0.0.1:9000")

    call_command("seed_demo")

    demo_json, simulator = read(demo, "demo.json")["practices"][0], read(demo, "simulator.json")["numbers"][0]
    assert demo_json["qr"].startswith("http://127.0.0.1:9000/q/")
    assert demo_json["webhook"] == simulator["webhook_url"]
    assert simulator["webhook_url"].startswith("http://127.0.0.1:9000/webhooks/360dialog/")


def test_the_buttons_of_templates_follow_a_new_address(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counts()
    monkeypatch.setattr(settings, "BASE_URL", "http://127.0.0.1:9000")

    call_command("seed_demo")

    addresses = [address for number in read(demo, "simulator.json")["numbers"] for address in urls_of(number)]
    assert len(addresses) == 8
    assert {address for address in addresses if not address.startswith("http://127.0.0.1:9000/")} == set()
    assert counts() == before


def urls_of(number: dict[str, Any]) -> list[str]:
    components = [component for template in number["templates"] for component in template["components"]]
    buttons = [button for component in components for button in component.get("buttons", [])]
    return [button["url"] for button in buttons if button["type"] == "URL"]


def counts() -> dict[str, Any]:
    found: dict[str, Any] = {"members": Member.objects.count(), "doors": Door.objects.count()}
    for practice in Practice.objects.order_by("slug"):
        with practice_scope(practice.pk):
            by_state = Message.objects.values("state").annotate(count=Count("pk")).order_by("state")
            found[practice.slug] = list(by_state.values_list("state", "count"))
    return found
