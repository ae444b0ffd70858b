"""The demo's dialogues, replayed through webhook, action and worker to what each of them expects about consent.

`consent_events`: which acts stand on the ledger after which message. `blocked_after_seq`: nothing leaves any more.
`requires_purpose`: without that consent the practice's part could not have been said. Wording is not compared.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from consent.gate import Kind
from consent.ledger import purposes_of
from consent.models import ConsentEvent
from consent.purposes import Purpose
from consent.wording import prefilled
from messaging import outbox
from messaging.actions import send_template, send_text
from messaging.dispatch import SendingRefused
from messaging.models import Conversation
from practices.scope import practice_scope
from roger.demo import material
from roger.demo.calendar import BERLIN, dated
from roger.demo.consents import agree_before, agree_on_page
from roger.demo.dialogues import CODE
from roger.demo.material import Json
from roger.demo.people import Somebody, welcome_all
from roger.demo.practices import Demo, furnish, open_practice
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import Line, message
from tests.messaging.inbox.desk import grant
from tests.whole import rows

# Old enough to be over by now, and young enough to be believed (messaging/clock.py). Rules rest on Sundays.
DAYS_AGO = range(4, 8)
EARLY_IN_THE_WEEK = (0, 1, 2, 3)
# What was written as free text a day and more after the patient: a template has to go before it (T-16).
MEETS_A_CLOSED_WINDOW = {"d19-ausserhalb-sprechzeit": [4], "d22-auskunft": [5]}
DIALOGUES = [one for practice in material.practices() for one in material.dialogues(practice)]
WRITTEN = [one for one in DIALOGUES if one["id"][:1] == "d"]
WITH_PURPOSE = [one for one in WRITTEN if "requires_purpose" in one["expected"]]

Rooms = dict[str, tuple[Demo, dict[str, Somebody]]]
Act = tuple[str, frozenset[Purpose]]


@pytest.fixture(scope="module")
def rooms(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rooms]:
    """Both practices with their staff, numbers and people, and not a word said; each test is rolled back to it."""
    home = tmp_path_factory.mktemp("roger")
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(settings, "MEDIA_ROOT", home / "media")
        yield {written["id"]: opened(written) for written in material.practices()}
        transaction.set_rollback(True)


def opened(written: Json) -> tuple[Demo, dict[str, Somebody]]:
    practice = open_practice(written)
    with practice_scope(practice.pk):
        demo = furnish(written, practice)
        return demo, welcome_all(demo)


@dataclass
class Replay:
    """One dialogue while it is said again."""

    dialogue: Json
    demo: Demo
    everybody: dict[str, Somebody]
    line: Line
    whatsapp: FakeWhatsApp
    start: datetime
    code: str = ""
    late: list[int] = field(default_factory=list)

    @property
    def somebody(self) -> Somebody:
        return self.everybody[self.dialogue["patient_id"]]

    @property
    def phone(self) -> str:
        return str(self.somebody.written["phone"])

    @property
    def purpose(self) -> Purpose:
        return Purpose(self.dialogue["expected"].get("requires_purpose", Purpose.ORGANISATION))

    def conversation(self) -> Conversation:
        assert self.somebody.conversation
        return Conversation.objects.with_people().get(pk=self.somebody.conversation.pk)

    def agree(self, purposes: list[str]) -> None:
        """The consent the person brought along, also as a guardian where the dialogue is about a child."""
        agree_before(self.somebody, self.dialogue["consent_before"]["state"], purposes, self.start)
        child = self.everybody.get(self.dialogue.get("concerns_patient_id", ""))
        if child and child.patient and self.somebody.contact:
            grant(self.somebody.contact, *map(Purpose, purposes), patient=child.patient)

    def say(self, said: Json) -> None:
        """One line of the dialogue, at its time, and what the workers make of it."""
        moment = self.start + timedelta(minutes=said["at_min"], seconds=said["seq"])
        with time_machine.travel(moment, tick=False):
            if said["direction"] == "in":
                self.line.deliver(self._written(said, moment))
            elif (said["direction"] == "out" and said["sender"] != "auto") or "template" in said:
                self._send_in_time(said)
            elif said.get("event", {}).get("code") == "consent_granted":
                self.code = agree_on_page(said["event"]["purposes"], moment)
            outbox.drain()

    def _written(self, said: Json, moment: datetime) -> Json:
        body = prefilled(self.demo.practice, "de", self.code) if CODE.search(said["body"]) else said["body"]
        fields: Json = {}
        if "button" in said:
            tapped = {"id": said["button"]["payload"], "title": said["button"]["title"]}
            fields = {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": tapped}}
        elif "media" in said:
            kind = said["type"]
            fields = {"type": kind, kind: {"id": "1234567890", "mime_type": said["media"]["mime"], "sha256": "AAAA"}}
        at = str(int(moment.timestamp()))
        return message(dated(body, self.start), line=self.line, phone=self.phone, timestamp=at, **fields)

    def _send_in_time(self, said: Json) -> None:
        try:
            self.send(said)
        except SendingRefused as refused:
            if refused.reason != "window":
                raise
            self.late.append(said["seq"])
            asks = {"name": "chat_fortsetzen", "params": ["Frau Muster", "gestern"]}
            self.send(said | {"template": asks})

    def send(self, said: Json) -> None:
        """The practice's part. Raises SendingRefused."""
        child = self.everybody.get(self.dialogue.get("concerns_patient_id", ""))
        by = self.demo.staff.get(said["sender"])
        patient = child.patient if child else None
        if "template" not in said:
            body = dated(said["body"], self.start)
            send_text(conversation=self.conversation(), body=body, purpose=self.purpose, by=by, patient=patient)
            return
        template = self.demo.templates[said["template"]["name"]]
        is_check = template.name == "optin_bestaetigung"
        parameters = [{"type": "text", "text": dated(value, self.start)} for value in said["template"]["params"]]
        send_template(
            conversation=self.conversation(),
            template=template,
            rendered=dated(said["body"], self.start),
            components=[{"type": "body", "parameters": parameters}],
            by=by,
            patient=patient,
            kind=Kind.NUMBER_CHECK if is_check else Kind.TEMPLATE,
        )

    def refusals(self) -> set[str]:
        """Why neither a text nor a template goes to this person any more."""
        reasons = set()
        last = self.dialogue["messages"][-1]
        with time_machine.travel(self.start + timedelta(minutes=last["at_min"] + 1), tick=False):
            for said in (
                {"sender": "", "body": "Noch etwas."},
                {"sender": "", "body": "Termin", "template": {"name": "termin_bestaetigung", "params": []}},
            ):
                with pytest.raises(SendingRefused) as refused:
                    self.send(said)
                reasons.add(refused.value.reason)
        return reasons


@pytest.fixture
def replay(rooms: Rooms, db: None, request: pytest.FixtureRequest, settings: Any) -> Iterator[Replay]:
    """The dialogue of the test's parameter, in its practice's scope, with a stand-in that knows the person."""
    dialogue: Json = request.param
    demo, everybody = rooms[dialogue["practice_id"]]
    channel = demo.channel
    line = Line(demo.practice, channel, str(channel.webhook_token), str(channel.webhook_secret))
    whatsapp = FakeWhatsApp(line, str(everybody[dialogue["patient_id"]].written["phone"]))
    whatsapp.control("PUT", "faults", json={"window": {"unseen": "open"}})
    settings.D360_TRANSPORT = whatsapp
    with practice_scope(demo.practice.pk):
        yield Replay(dialogue, demo, everybody, line, whatsapp, start_of(dialogue))
    whatsapp.end()


def start_of(dialogue: Json) -> datetime:
    """At its time of day, on the latest day that will do."""
    days = (timezone.localdate() - timedelta(days=ago) for ago in DAYS_AGO)
    day = next(day for day in days if day.weekday() in EARLY_IN_THE_WEEK)
    return datetime.combine(day, time.fromisoformat(dialogue["start"]["time"]), tzinfo=BERLIN)


def acts_since(seq: int) -> list[Act]:
    found = ConsentEvent.objects.filter(seq__gt=seq).order_by("seq")
    return [(event.type, purposes_of(event)) for event in found]


def newest_seq() -> int:
    return ConsentEvent.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def expected_after(dialogue: Json, seq: int) -> list[Act]:
    events = [one for one in dialogue["expected"]["consent_events"] if one["after_seq"] == seq]
    return [
        (one["type"], frozenset(Purpose) if one["purposes"] == ["*"] else frozenset(map(Purpose, one["purposes"])))
        for one in events
    ]


def named(dialogues: list[Json], *, everyday: Callable[[Json], object] = bool) -> pytest.MarkDecorator:
    ids = [one["id"] for one in dialogues]
    return pytest.mark.parametrize("replay", rows(dialogues, everyday=everyday), ids=ids, indirect=True)


def has_a_turn(dialogue: Json) -> bool:
    """Something of consent happens in it, the window closes, it is about a child, or news are sent."""
    expected = dialogue["expected"]
    return bool(
        expected["consent_events"]
        or dialogue["id"] in MEETS_A_CLOSED_WINDOW
        or "concerns_patient_id" in dialogue
        or expected.get("requires_purpose") == Purpose.RECALL
    )


@named(WRITTEN, everyday=has_a_turn)
def test_a_dialogue_comes_out_with_its_consent_events_and_everything_of_the_practice_arrives(replay: Replay) -> None:
    dialogue = replay.dialogue
    replay.agree(dialogue["consent_before"]["purposes"])

    found, wanted = {}, {}
    for said in dialogue["messages"]:
        before = newest_seq()
        replay.say(said)
        found[said["seq"]], wanted[said["seq"]] = acts_since(before), expected_after(dialogue, said["seq"])

    arrived = [body["text"]["body"] for body in replay.whatsapp.sent() if body["type"] == "text"]
    ours = [
        dated(one["body"], replay.start)
        for one in dialogue["messages"]
        if one["direction"] == "out" and one["type"] == "text" and one["sender"] != "auto"
        if one["seq"] not in replay.late
    ]
    assert found == wanted
    assert replay.late == MEETS_A_CLOSED_WINDOW.get(dialogue["id"], [])
    assert [text for text in arrived if text in ours] == ours


@named([one for one in WRITTEN if "blocked_after_seq" in one["expected"]])
def test_after_the_last_word_nothing_leaves_any_more(replay: Replay) -> None:
    dialogue, last = replay.dialogue, replay.dialogue["expected"]["blocked_after_seq"]
    replay.agree(dialogue["consent_before"]["purposes"])
    until, after = itertools.tee(dialogue["messages"])
    for said in itertools.takewhile(lambda said: said["seq"] <= last, until):
        replay.say(said)
    sent = len(replay.whatsapp.sent())

    for said in itertools.dropwhile(lambda said: said["seq"] <= last, after):
        replay.say(said)

    assert replay.refusals() <= {"consent", "blocked"}
    assert len(replay.whatsapp.sent()) == sent


@named(WITH_PURPOSE, everyday=lambda one: one["id"] in {"d03-hkp-frage", "d16-recall"})
def test_without_the_required_purpose_the_practices_part_is_refused(replay: Replay) -> None:
    others = [name for name in replay.dialogue["consent_before"]["purposes"] if name != replay.purpose]
    replay.agree(others)

    reasons = []
    for said in replay.dialogue["messages"]:
        needs_it = "template" not in said or replay.demo.templates[said["template"]["name"]].purpose == replay.purpose
        try:
            replay.say(said)
        except SendingRefused as refused:
            reasons.append((needs_it, refused.reason))

    assert reasons
    assert set(reasons) == {(True, "consent")}


def test_the_twenty_five_dialogues_are_all_here() -> None:
    assert [one["id"][:3] for one in sorted(WRITTEN, key=lambda one: one["id"])] == [f"d{n:02d}" for n in range(1, 26)]


def test_the_projects_own_copy_is_what_is_replayed() -> None:
    assert Path(material.__file__).with_name("dialogues.json").is_file()
