"""What somebody should look at: who is on which list, since when, and when they leave it."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.gate import Consent
from consent.ledger import Type
from consent.models import ConsentState
from consent.opt_ins import expire_opt_ins
from consent.purposes import Purpose
from consent.reviews import MOST_SHOWN, Review, reviews_of
from messaging.models import Conversation
from patients.models import Contact
from practices.models import AccessLog, Practice, Role
from practices.scope import practice_scope
from tests.consent.correspondences import conversation_with, sent
from tests.consent.ledgers import book
from tests.consent_factories import OTHER_PHONE, make_contact, opt_in, send_form, states_of, tap
from tests.people import login, make_member, make_practice

PAGE = "/p/morgenthal/consent/reviews/"
THEN = datetime(2024, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def practice(db: None) -> Practice:
    return make_practice()


@pytest.fixture
def desk(client: Client, practice: Practice) -> Client:
    login(client, make_member(practice, Role.RECEPTION, name="Anna Arnold"))
    return client


def review(name: str, now: datetime | None = None) -> Review:
    [found] = [one for one in reviews_of(now or timezone.now()) if one.name == name]
    return found


def rows(name: str, now: datetime | None = None) -> list[tuple[str, datetime, str]]:
    return [(row.name, row.at, row.about) for row in review(name, now).rows]


def agreed_long_ago(phone: str = OTHER_PHONE, name: str = "Jana") -> Contact:
    contact = make_contact(phone, profile_name=name)
    with time_machine.travel(THEN, tick=False):
        opt_in(contact, [Purpose.ORGANISATION, Purpose.RECALL, Purpose.WERBUNG])
    return contact


def pending(contact: Contact, at: datetime) -> None:
    """START: waits for the full text to be agreed to."""
    book(contact, Type.RENEWED, occurred_at=at)
    ConsentState.objects.create(
        contact=contact,
        purpose=Purpose.ORGANISATION,
        state=Consent.PENDING,
        since=at,
        event_id=book(contact, Type.RENEWED, occurred_at=at).pk,
    )


# ── unused ──


def test_c_30_recall_and_news_unused_for_24_months_are_listed_and_do_not_lapse(practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact = agreed_long_ago()

        assert rows("unused", THEN + timedelta(days=730)) == []
        assert rows("unused", THEN + timedelta(days=731)) == [
            ("Jana (Name in WhatsApp)", THEN, "Vorsorge-Erinnerung, Neuigkeiten")
        ]
        assert states_of(contact)[Purpose.RECALL] == Consent.GRANTED


def test_c_30_a_message_for_the_purpose_starts_the_24_months_anew(practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact = agreed_long_ago()
        used = THEN + timedelta(days=100)
        sent(contact, Purpose.RECALL, used)
        sent(contact, Purpose.ORGANISATION, used)

        assert [about for _name, _at, about in rows("unused", THEN + timedelta(days=731))] == ["Neuigkeiten"]
        assert [about for _name, _at, about in rows("unused", used + timedelta(days=731))] == [
            "Vorsorge-Erinnerung, Neuigkeiten"
        ]


def test_c_30_what_was_withdrawn_is_no_longer_listed(practice: Practice) -> None:
    with practice_scope(practice.pk):
        tap(agreed_long_ago(), "nur_erinnerungen")

        assert rows("unused") == []


# ── waiting for a number ──


def test_c_08_who_has_not_confirmed_is_listed_until_it_expires(practice: Practice) -> None:
    now = timezone.now()
    with practice_scope(practice.pk):
        contact = make_contact(profile_name="Jana")
        pending(contact, now - timedelta(days=13))
        assert rows("unconfirmed") == [
            ("Jana (Name in WhatsApp)", now - timedelta(days=13), "Termine und Organisation")
        ]

        expire_opt_ins(now=now + timedelta(days=15))

        assert (rows("unconfirmed"), states_of(contact)[Purpose.ORGANISATION]) == ([], Consent.EXPIRED)


def test_forms_nobody_confirmed_are_listed_without_a_name(practice: Practice) -> None:
    with practice_scope(practice.pk):
        send_form(Purpose.ORGANISATION, Purpose.RECALL)
        opt_in(make_contact())

        [(name, _at, about)] = rows("forms")

    assert (name, about) == ("Formular vom QR-Code", "Termine und Organisation, Vorsorge-Erinnerung")


# ── words that may be a withdrawal ──


def test_words_that_may_be_a_withdrawal_are_listed_until_somebody_decided(practice: Practice) -> None:
    at = timezone.now()
    with practice_scope(practice.pk):
        conversation = conversation_with(make_contact(profile_name="Jana"))
        Conversation.objects.filter(pk=conversation.pk).update(possible_withdrawal_at=at)
        assert rows("withdrawals") == [("Jana (Name in WhatsApp)", at, "")]

        Conversation.objects.filter(pk=conversation.pk).update(possible_withdrawal_at=None)

        assert rows("withdrawals") == []


# ── the page ──


def test_each_row_says_who_since_when_and_what_to_do(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact = agreed_long_ago()

    html = desk.get(PAGE).content.decode()

    said = " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
    assert f'href="/p/morgenthal/consent/persons/{contact.pk}/">Jana (Name in WhatsApp)</a>' in html
    assert "Vorsorge-Erinnerung, Neuigkeiten seit 15.01.2024" in said
    assert "Fragen Sie beim nächsten Besuch, ob die Person das noch möchte" in said
    assert said.count("Zurzeit nichts.") == 4


def test_a_long_list_says_that_there_are_more(
    desk: Client, practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consent.reviews.MOST_SHOWN", 1)
    with practice_scope(practice.pk):
        agreed_long_ago()
        agreed_long_ago("+491713920012", "Otto")

        assert (len(review("unused").rows), review("unused").are_more) == (1, True)
    assert "Das sind noch nicht alle." in desk.get(PAGE).content.decode()
    assert MOST_SHOWN == 100


def test_the_page_takes_as_many_queries_for_three_as_for_one(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        agreed_long_ago()
        send_form()
    desk.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        desk.get(PAGE)
    with practice_scope(practice.pk):
        for number in range(2):
            sent(agreed_long_ago(f"+49171392002{number}"), Purpose.ORGANISATION)
            send_form()

    with CaptureQueriesContext(connection) as three:
        desk.get(PAGE)

    assert len(three) == len(one)


def test_opening_it_is_noted_and_a_trainee_may_not(desk: Client, practice: Practice) -> None:
    desk.get(PAGE)
    with practice_scope(practice.pk):
        assert [log.kind for log in AccessLog.objects.all()] == ["consent_reviews"]

    login(desk, make_member(practice, Role.TRAINEE, name="Bert Blum"))

    assert desk.get(PAGE).status_code == 403
    assert PAGE not in desk.get("/p/morgenthal/consent/").content.decode()
