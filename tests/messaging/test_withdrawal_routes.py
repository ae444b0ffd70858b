"""C-14: every way to withdraw takes back what waits, and counts it."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent.models import Channel, ConsentEvent, ConsentState
from consent.withdrawals import withdraw_elsewhere
from messaging.doubts import Decision, decide
from messaging.models import Conversation, Message
from patients.actions import link, register_patient
from patients.models import Contact, Relation
from practices.models import Member
from practices.scope import practice_scope
from tests.messaging.factories import Line
from tests.messaging.test_consent_in_chat import agree, said, states
from tests.messaging.test_withdrawing_in_chat import ALL, D21, tap, write

pytestmark = pytest.mark.django_db


def queued_for(line: Line, purpose: str, kind: str = "template") -> None:
    """A message of the practice that waits for its turn."""
    with practice_scope(line.practice.pk):
        conversation = Conversation.objects.get()
        Message.objects.create(
            conversation=conversation,
            contact_id=conversation.contact_id,
            channel_id=conversation.channel_id,
            direction="out",
            origin="automatic",
            state="queued",
            type="template",
            kind=kind,
            purpose=purpose,
            body="Ihre Prophylaxe",
            at=timezone.now(),
        )


def cancelled(line: Line) -> list[str]:
    with practice_scope(line.practice.pk):
        rows = Message.objects.filter(state="cancelled")
        return sorted(one.purpose for one in rows if one.body == "Ihre Prophylaxe")


def counted(line: Line) -> int:
    with practice_scope(line.practice.pk):
        event = ConsentEvent.objects.filter(type__in=("withdrawn", "wrong_number")).order_by("-seq").first()
        assert event is not None
        return int(event.payload["evidence"]["cancelled"])


def by_word(line: Line, _anna: Member, _client: Client) -> None:
    write(line, "STOP")


def by_button(line: Line, _anna: Member, _client: Client) -> None:
    tap(line, "alles_abmelden")


def by_no_thanks(line: Line, _anna: Member, _client: Client) -> None:
    tap(line, "nein_danke")


def by_link(line: Line, _anna: Member, client: Client) -> None:
    client.post("/w/" + said(line)[0].partition("/w/")[2].split()[0])


def by_staff(line: Line, anna: Member, _client: Client) -> None:
    with practice_scope(line.practice.pk):
        withdraw_elsewhere(
            contact=Contact.objects.get(),
            channel=Channel.STAFF_DESK,
            act={"note": "am Empfang"},
            occurred_at=timezone.now(),
            by=anna,
        )


def by_decision(line: Line, anna: Member, _client: Client) -> None:
    write(line, "Bitte lassen Sie mich in Ruhe")
    with practice_scope(line.practice.pk):
        decide(conversation=Conversation.objects.select_related("contact").get(), decision=Decision.EVERYTHING, by=anna)


def by_wrong_number(line: Line, _anna: Member, _client: Client) -> None:
    tap(line, "falsche_nummer")


ROUTES = [by_word, by_button, by_no_thanks, by_link, by_staff, by_decision, by_wrong_number]


@pytest.mark.parametrize("route", ROUTES)
def test_c_14_every_route_cancels_what_waits_and_counts_it(
    line: Line, anna: Member, client: Client, route: Any
) -> None:
    agree(line, *ALL)
    with practice_scope(line.practice.pk):
        Message.objects.filter(direction="out").update(state="read")
    for purpose in ("organisation", "recall", "werbung"):
        queued_for(line, purpose)

    route(line, anna, client)

    assert cancelled(line) == ["organisation", "recall", "werbung"]
    # The question E4 may have waited too: it is taken back and counted with the others.
    assert counted(line) == (4 if route is by_decision else 3)
    assert set(states(line).values()) == {"withdrawn"}


@pytest.mark.parametrize("route", [by_button, by_link])
def test_c_14_a_part_cancels_only_its_own(line: Line, anna: Member, client: Client, route: Any) -> None:
    agree(line, *ALL)
    for purpose in ("organisation", "recall", "werbung"):
        queued_for(line, purpose)

    if route is by_button:
        tap(line, "nur_erinnerungen")
    else:
        path = "/w/" + said(line)[0].partition("/w/")[2].split()[0]
        client.post(path, {"answer": "part", "purposes": ["recall", "werbung"]})

    assert (cancelled(line), counted(line)) == (["recall", "werbung"], 2)


def test_c_14_for_one_child_only_its_messages_are_taken_back(line: Line, anna: Member) -> None:
    agree(line, *ALL)
    with practice_scope(line.practice.pk):
        contact = Contact.objects.get()
        mia, ben = (register_patient(first_name=name, last_name="Vogt", by=None) for name in ("Mia", "Ben"))
        for child in (mia, ben):
            link(patient=child, contact=contact, relation=Relation.GUARDIAN, by=None)
    for _child in (mia, ben):
        queued_for(line, "organisation")
    with practice_scope(line.practice.pk):
        first, second = Message.objects.filter(state="queued", type="template").order_by("pk")
        Message.objects.filter(pk=first.pk).update(concerns_patient=mia)
        Message.objects.filter(pk=second.pk).update(concerns_patient=ben)
        withdraw_elsewhere(
            contact=contact,
            channel=Channel.STAFF_DESK,
            act={"note": "nur Mia"},
            occurred_at=timezone.now(),
            patient=mia,
            by=anna,
        )
        found = dict(Message.objects.filter(type="template").values_list("concerns_patient__pk", "state"))

    assert (found, counted(line)) == ({mia.pk: "cancelled", ben.pk: "queued"}, 1)
    assert "(Mia)" in said(line)[-1]


def test_the_states_are_those_the_ledger_folds_to(line: Line) -> None:
    agree(line, *ALL)
    write(line, D21)
    tap(line, "nur_erinnerungen")
    before = states(line)

    with practice_scope(line.practice.pk):
        from consent.states import rebuild  # noqa: PLC0415

        rebuild()
        after = dict(ConsentState.objects.values_list("purpose", "state"))

    assert before == after
