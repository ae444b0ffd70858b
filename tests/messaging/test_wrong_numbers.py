"""A wrong number is detached, told once, never written to again, and forgotten after 30 days (E7, d10)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from consent.models import Channel, ConsentEvent
from consent.tasks import tidy
from consent.wrong_numbers import forget_wrong_numbers, release_number, wrong_number
from messaging import outbox
from messaging.actions import send_automatic
from messaging.models import Conversation, MediaFile, Mention, Message, MessageToken, Note, Task
from patients.actions import block, link, register_patient
from patients.identities import find_or_create_contact, phone_of
from patients.models import BlockReason, Contact, ContactIdentity, RightsRequest
from practices.models import AuditEvent, Change, Door, Member, Role
from practices.refusal import Refusal
from practices.scope import practice_scope
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import PATIENT, Line
from tests.messaging.test_consent_in_chat import agree, events, said, states
from tests.messaging.test_withdrawing_in_chat import tap, write
from tests.people import login, make_member

pytestmark = pytest.mark.django_db
LATER = timedelta(days=31)


def linked(line: Line) -> None:
    with practice_scope(line.practice.pk):
        patient = register_patient(first_name="Jana", last_name="Wendt", by=None)
        link(patient=patient, contact=Contact.objects.get(), by=None)


def contact_of(line: Line) -> Contact:
    with practice_scope(line.practice.pk):
        return Contact.objects.prefetch_related("identities", "patient_links").get()


def send_what_waits(line: Line) -> None:
    with practice_scope(line.practice.pk):
        outbox.drain()


def released(line: Line, by: Member) -> None:
    with practice_scope(line.practice.pk):
        release_number(contact=Contact.objects.get(), by=by)


def night(line: Line, after: timedelta = LATER) -> int:
    with practice_scope(line.practice.pk):
        return forget_wrong_numbers(now=timezone.now() + after)


def test_c_12_d10_the_button_detaches_the_number_and_is_told_once(line: Line, whatsapp: FakeWhatsApp) -> None:
    whatsapp.control("POST", "people", json={"phone": PATIENT, "name": "Erika"})
    agree(line)
    linked(line)
    send_what_waits(line)

    tap(line, "falsche_nummer", "Falsche Nummer")
    send_what_waits(line)
    write(line, "Kein Problem, ich bin nicht Patient bei Ihnen 😄")
    send_what_waits(line)

    assert events(line)[-1] == "wrong_number"
    assert set(states(line).values()) == {"withdrawn"}
    assert [body["text"]["body"].partition(" ")[0] for body in whatsapp.sent()] == ["Vielen", "Danke"]
    contact = contact_of(line)
    assert (contact.blocked_at is not None, list(contact.patient_links.all())) == (True, [])


@pytest.mark.parametrize("word", ["START", "STOP", "Hallo?", "Daten löschen"])
def test_whatever_a_wrong_number_writes_later_nothing_is_said(line: Line, word: str) -> None:
    agree(line)
    tap(line, "falsche_nummer")
    before = said(line)

    write(line, word)

    assert (said(line), set(states(line).values())) == (before, {"withdrawn"})


def test_the_same_tap_told_twice_is_one_event(line: Line) -> None:
    agree(line)
    contact, at = contact_of(line), timezone.now()
    for _time in range(2):
        with practice_scope(line.practice.pk):
            wrong_number(
                contact=contact,
                channel=Channel.WHATSAPP_BUTTON,
                act={"button": "falsche_nummer"},
                occurred_at=at,
                reference="wamid.1",
            )

    assert events(line).count("wrong_number") == 1


def test_booked_by_staff_the_number_is_not_told(line: Line, anna: Member) -> None:
    agree(line)

    with practice_scope(line.practice.pk):
        wrong_number(
            contact=contact_of(line),
            channel=Channel.STAFF_PHONE,
            act={"note": "am Telefon"},
            occurred_at=timezone.now(),
            by=anna,
        )

    assert len(said(line)) == 1


def test_its_links_open_nothing_any_more(line: Line, client: Client) -> None:
    agree(line)
    path = "/w/" + said(line)[0].partition("/w/")[2].split()[0]

    tap(line, "falsche_nummer")

    assert client.get(path).status_code == 404
    assert Door.objects.filter(kind=Door.Kind.WITHDRAWAL, revoked_at=None).count() == 0


def test_nothing_can_be_sent_to_it_by_anybody(line: Line) -> None:
    agree(line)
    tap(line, "falsche_nummer")

    with practice_scope(line.practice.pk), pytest.raises(Refusal) as refused:
        send_automatic(conversation=Conversation.objects.with_people().get(), kind="canned_reply", body="Hallo")  # type: ignore[arg-type]

    assert refused.value.reason == "blocked"


def everything_kept(line: Line) -> dict[str, int]:
    with practice_scope(line.practice.pk):
        models: list[Any] = [Conversation, Message, MessageToken, Note, MediaFile]
        return {model.__name__: model.objects.count() for model in models}


def test_after_thirty_days_chat_and_number_are_forgotten_and_the_hash_stays(line: Line) -> None:
    agree(line)
    write(line, "Wer sind Sie denn?")
    with practice_scope(line.practice.pk):
        conversation = Conversation.objects.get()
        contact = conversation.contact
        Note.objects.create(conversation=conversation, contact=contact, body="ruft zurück")
        MediaFile.objects.create(contact=contact, channel=conversation.channel, details={"mime_type": "image/png"})
        at = timezone.now()
        RightsRequest.objects.create(contact=contact, right="erasure", words="weg damit", received_at=at, due_at=at)
    tap(line, "falsche_nummer")
    kept = everything_kept(line)

    assert (all(kept.values()), night(line, timedelta(days=29)), everything_kept(line)) == (True, 0, kept)
    assert night(line) == 1

    assert set(everything_kept(line).values()) == {0}
    contact = contact_of(line)
    with practice_scope(line.practice.pk):
        assert (contact.profile_name, phone_of(contact)) == ("", "")
        assert {one.value for one in ContactIdentity.objects.all()} == {""}
        assert find_or_create_contact(phone=PATIENT) == (contact, False)
        assert [one.words for one in RightsRequest.objects.all()] == [None]
        event = ConsentEvent.objects.get(type="wrong_number")
        assert event.payload["evidence"]["phone"] == PATIENT  # the proof is kept (Art. 17(3)(e))
        assert AuditEvent.objects.filter(kind="contact_forgotten").count() == 1


def test_what_the_rail_counts_of_a_forgotten_chat_is_counted_anew(line: Line) -> None:
    agree(line)
    conversation = line.conversation()
    with practice_scope(line.practice.pk):
        anna = make_member(line.practice)
        note = Note.objects.create(conversation=conversation, contact=conversation.contact, body="@Anna ruft zurück")
        mention = Mention.objects.create(note=note, member=anna)
        task = Task.objects.create(conversation=conversation, contact=conversation.contact, kind=Task.Kind.CALL)
    tap(line, "falsche_nummer")

    night(line)

    with practice_scope(line.practice.pk):
        told = set(Change.objects.values_list("kind", "ref"))
        assert {("task", task.pk), ("mention", mention.pk)} <= told


def test_the_night_forgets_by_itself(line: Line) -> None:
    agree(line)
    tap(line, "falsche_nummer")

    with time_machine.travel(timezone.now() + LATER, tick=True):
        tidy(practice_id=line.practice.pk)

    assert set(everything_kept(line).values()) == {0}


def test_what_is_forgotten_is_not_forgotten_every_night_again(line: Line) -> None:
    agree(line)
    tap(line, "falsche_nummer")

    assert [night(line), night(line), night(line)] == [1, 0, 0]


def test_whoever_writes_again_is_kept_for_thirty_more_days(line: Line) -> None:
    agree(line)
    tap(line, "falsche_nummer")
    night(line)

    write(line, "Schon wieder Post von Ihnen?")

    assert everything_kept(line)["Message"] == 1
    assert [night(line, timedelta(days=29)), night(line, LATER)] == [0, 1]
    assert everything_kept(line)["Message"] == 0


def test_a_number_that_was_released_is_not_forgotten(line: Line, anna: Member) -> None:
    agree(line)
    tap(line, "falsche_nummer")
    released(line, anna)

    assert night(line) == 0


def test_a_released_number_that_is_blocked_for_another_reason_is_not_forgotten(line: Line, anna: Member) -> None:
    agree(line)
    tap(line, "falsche_nummer")
    assert contact_of(line).blocked_reason == "wrong_number"
    released(line, anna)
    with practice_scope(line.practice.pk):
        block(contact=Contact.objects.get(), reason=BlockReason.ABUSE, by=anna)

    assert night(line) == 0


def test_c_10_the_next_message_of_a_released_number_is_asked_as_a_strangers(line: Line, anna: Member) -> None:
    agree(line)
    tap(line, "falsche_nummer")
    before = said(line)
    released(line, anna)

    write(line, "Guten Tag, ich bin neu hier")

    [question] = said(line)[len(before) :]
    assert "Bevor wir hier weiterschreiben" in question
    tap(line, "ja_einverstanden")
    assert states(line)["organisation"] == "granted"
    assert contact_of(line).number_proven_at is not None


def test_whoever_leads_the_practice_finds_the_way_in_the_chat(line: Line, anna: Member, client: Client) -> None:
    agree(line)
    tap(line, "falsche_nummer")
    thread, contact = f"/p/{line.practice.slug}/inbox/{line.conversation().pk}/", contact_of(line)
    login(client, make_member(line.practice, Role.PRACTICE_MANAGER, name="Lea Leitung"))

    page = client.get(thread).content.decode()

    way = f"/p/{line.practice.slug}/consent/persons/{contact.pk}/release/"
    assert f'href="{way}?back={thread}"' in page
    assert client.post(way, {"back": thread})["Location"] == thread
    assert way not in client.get(thread).content.decode()


def test_a_forgotten_number_that_writes_again_has_its_value_again(line: Line) -> None:
    agree(line)
    tap(line, "falsche_nummer")
    night(line)
    with practice_scope(line.practice.pk):
        assert phone_of(contact_of(line)) == ""

    write(line, "Schon wieder Post von Ihnen?")

    with practice_scope(line.practice.pk):
        assert phone_of(contact_of(line)) == PATIENT
        assert "" not in {one.value for one in ContactIdentity.objects.filter(ended_at=None)}


def test_another_contact_is_left_alone(line: Line) -> None:
    agree(line)
    other = "+4917139200" + "12"
    write(line, "Guten Tag", **{"from": other.removeprefix("+")})
    tap(line, "falsche_nummer")

    night(line)

    assert everything_kept(line)["Conversation"] == 1
