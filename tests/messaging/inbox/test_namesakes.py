"""The brake before a message to the wrong person: names that are easily taken for each other."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from messaging.inbox.composer_namesakes import are_similar, distance
from messaging.models import Channel, Conversation, Message
from patients.models import Patient
from practices.models import AccessLog, Member, Role
from tests.messaging.inbox.desk import grant, make_contact, make_conversation, make_patient, receive
from tests.people import login, make_member

HTMX = {"HX-Request": "true"}
WORD = st.text(alphabet="abcü", max_size=7)


def thread(channel: Channel, first_name: str, last_name: str, birth_date: str = "1998-12-02") -> Conversation:
    conversation = make_conversation(channel, make_contact())
    make_patient(conversation.contact, first_name=first_name, last_name=last_name, birth_date=birth_date)
    grant(conversation.contact)
    receive(conversation)
    return conversation


def look(browser: Client, conversation: Conversation) -> Any:
    return browser.get(f"/p/morgenthal/inbox/{conversation.pk}/")


def send(browser: Client, conversation: Conversation, **fields: object) -> Any:
    form = {"body": "Ja, um 9 Uhr."} | fields
    return browser.post(f"/p/morgenthal/inbox/{conversation.pk}/reply/", form, headers=HTMX)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Vogt, Jana", "Vogt, Jana"),
        ("Vogt, Jana", "Voigt, Jana"),
        ("Müller, Anna", "Mueller, Hanna"),
        ("Müller, Anna", "Muller, Anna"),
        ("Schmidt, Peter", "Schmitt, Peter"),
        ("Meier, Jan", "Maier, Jan"),
        ("Groß, Eva", "Gross, Eva"),
        ("Yıldız, Melek", "Yildiz, Melek"),
        ("Werner, Franz", "Franz, Werner"),
        ("Zimmermann, Karl", "Zimmerman, Carl"),
        ("Vogt, Jana Maria", "Vogt, Jana"),
    ],
)
def test_names_that_are_easily_taken_for_each_other(one: str, other: str) -> None:
    assert are_similar(one, other)
    assert are_similar(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Vogt, Jana", "Vogt, Peter"),
        ("Vogt, Jana", "Krüger, Jana"),
        ("Vogt, Jana", "0171 39•••02"),
        ("", "Vogt, Jana"),
        ("Li, Wu", "Lu, Wi"),
        ("Jana", "Jana"),  # a first name alone, as people call themselves on WhatsApp, says too little
        ("Vogt, Jana Maria Luise", "Vogt, Jana"),
    ],
)
def test_names_that_are_not(one: str, other: str) -> None:
    assert not are_similar(one, other)


@given(WORD, WORD)
def test_the_distance_is_the_same_both_ways_and_none_to_itself(one: str, other: str) -> None:
    assert distance(one, other, 3) == distance(other, one, 3)
    assert distance(one, one, 3) == 0
    assert (distance(one, other, 3) == 0) == (one == other)


@given(WORD, st.integers(0, 6), st.sampled_from("abc"))
def test_one_letter_more_is_one_away(word: str, place: int, letter: str) -> None:
    assert distance(word, word[:place] + letter + word[place:], 3) == 1


@given(WORD, st.integers(0, 5))
def test_two_neighbours_that_are_swapped_are_at_most_one_away(word: str, place: int) -> None:
    swapped = word[:place] + word[place : place + 2][::-1] + word[place + 2 :]

    assert distance(word, swapped, 3) <= 1


def test_whoever_had_a_namesake_open_is_asked_once(desk: Client, channel: Channel) -> None:
    meant, other = thread(channel, "Jana", "Vogt"), thread(channel, "Jana", "Voigt", "1961-03-04")
    look(desk, other)
    look(desk, meant)

    asked = send(desk, meant)
    confirmed = send(desk, meant, right_person="1")
    next_one = send(desk, meant, body="Bis dann.")

    brake = asked.context["composer"].brake
    assert (asked.status_code, brake.namesake.name, brake.namesake.birth_year) == (422, "Voigt, Jana", 1961)
    assert "Voigt, Jana" in asked.content.decode()
    assert (confirmed.status_code, next_one.status_code) == (204, 204)


def test_nobody_is_asked_about_somebody_they_never_opened(desk: Client, channel: Channel) -> None:
    meant, _other = thread(channel, "Jana", "Vogt"), thread(channel, "Jana", "Voigt")
    look(desk, meant)

    assert send(desk, meant).status_code == 204


def test_what_a_colleague_opened_is_no_danger(desk: Client, anna: Member, channel: Channel) -> None:
    meant, other, browser = thread(channel, "Jana", "Vogt"), thread(channel, "Jana", "Voigt"), Client()
    login(browser, make_member(anna.practice, Role.RECEPTION, name="Jonas Fechner"))
    look(browser, other)

    assert send(desk, meant).status_code == 204


def test_what_was_open_in_the_morning_is_forgotten_at_night(desk: Client, channel: Channel) -> None:
    meant, other = thread(channel, "Jana", "Vogt"), thread(channel, "Jana", "Voigt")
    look(desk, other)
    AccessLog.objects.update(at=timezone.now() - timedelta(hours=5))

    assert send(desk, meant).status_code == 204


def test_the_name_itself_is_no_namesake(desk: Client, channel: Channel) -> None:
    meant = thread(channel, "Jana", "Vogt")
    look(desk, meant)
    look(desk, meant)

    assert send(desk, meant).status_code == 204


def test_a_repeated_press_is_not_asked_again(desk: Client, channel: Channel) -> None:
    meant, other = thread(channel, "Jana", "Vogt"), thread(channel, "Jana", "Voigt")
    client_id = "01900000-0000-7000-8000-0000000000aa"
    send(desk, meant, client_id=client_id)
    Message.objects.filter(direction="out").update(at=timezone.now() - timedelta(hours=9))
    look(desk, other)

    assert send(desk, meant, client_id=client_id).status_code == 204
    assert Message.objects.filter(direction="out").count() == 1


@pytest.mark.parametrize("opened", [1, 15])
def test_the_question_costs_the_same_however_many_were_open(
    desk: Client, channel: Channel, django_assert_num_queries: Any, opened: int
) -> None:
    meant = thread(channel, "Jana", "Vogt")
    for number in range(opened):
        look(desk, thread(channel, f"Peter{number}", f"Anders{number}"))
    send(desk, meant, body="")

    with django_assert_num_queries(QUERIES_OF_A_REPLY):
        assert send(desk, meant).status_code == 204


QUERIES_OF_A_REPLY = 47


def test_year_and_last_visit_stand_beside_the_name(desk: Client, channel: Channel) -> None:
    meant = thread(channel, "Jana", "Vogt")
    Patient.objects.update(last_visit_on="2026-03-12")

    page = look(desk, meant)

    head = page.content.decode().partition('class="composer__addressee"')[2].partition("</p>")[0]
    assert page.context["composer"].last_visit.isoformat() == "2026-03-12"
    assert [one in head for one in ("Vogt, Jana", "1998", "zuletzt da 12.03.2026")] == [True, True, True]
