"""People a search finds: how many there are in all, and the further ones."""

import re
from typing import Any

import pytest
from django.test import Client

from messaging.inbox import searching
from messaging.models import Channel, Conversation
from patients.models import Patient
from practices.models import AccessLog
from tests.messaging.inbox.desk import make_conversation, make_patient, receive
from tests.messaging.inbox.searches import SEARCH, make_somebody_to_find, search

HTMX = {"HX-Request": "true"}


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    return make_somebody_to_find(channel)


def many_called_prothesener(channel: Channel, number: int) -> list[Any]:
    """The conversations of as many people, the latest first."""
    found = []
    for _ in range(number):
        conversation = make_conversation(channel)
        make_patient(conversation.contact, last_name="Prothesener")
        receive(conversation, "Guten Tag")
        found.append(conversation.pk)
    return found[::-1]


def further(desk: Client, page: Any) -> Any:
    """Press "Weitere Personen"."""
    pressed = re.search(r'name="people_before"\s+value="([^"]+)"', page.content.decode())
    assert pressed
    return desk.post(SEARCH, {"q": "prothesener", "people_before": pressed[1]}, headers=HTMX)


def test_whoever_writes_while_somebody_looks_at_the_first_people_comes_with_the_further_ones_and_nobody_twice(
    desk: Client, channel: Channel
) -> None:
    everybody = many_called_prothesener(channel, 25)

    first = search(desk, "prothesener")
    receive(Conversation.objects.get(pk=everybody[-1]), "Noch etwas")
    rest = further(desk, first)

    shown = [row.pk for page in (first, rest) for row in page.context["people"]]
    assert (len(shown), set(shown)) == (25, set(everybody))
    assert "Weitere Personen" not in rest.content.decode()


def test_further_people_come_below_the_first_and_all_are_counted(desk: Client, channel: Channel) -> None:
    everybody = many_called_prothesener(channel, 41)

    first = search(desk, "prothesener")
    second = further(desk, first)
    parts = [second, further(desk, second)]

    shown = [[row.pk for row in page.context["people"]] for page in (first, *parts)]
    assert shown == [everybody[:20], everybody[20:40], everybody[40:]]
    assert "41 Personen" in first.content.decode()
    assert [page.content.decode().count("Weitere Personen") for page in (first, *parts)] == [1, 1, 0]
    assert AccessLog.objects.count() == 1


def test_without_a_script_further_people_are_a_page_of_their_own(desk: Client, channel: Channel) -> None:
    everybody = many_called_prothesener(channel, 21)

    page = search(desk, "prothesener", people_before=",".join(map(str, everybody[:20])))

    assert [row.pk for row in page.context["people"]] == everybody[20:]
    assert "21 Personen" in page.content.decode()


def test_further_records_are_counted_and_stand_in_the_list_of_patients(desk: Client, channel: Channel) -> None:
    for number in range(9):
        Patient.objects.create(first_name=f"Ida {number}", last_name="Klee")

    page = search(desk, "Klee")

    text = page.content.decode()
    assert (len(page.context["records"]), text.count("9 Personen")) == (8, 1)
    assert re.search(
        r'<form class="queue__more"\s+method="post"\s+action="/p/morgenthal/patients/search/">'
        r'.*?<input type="hidden" name="q" value="Klee">.*?In der Patientenliste weitersuchen',
        text,
        re.DOTALL,
    )


def test_where_not_everybody_was_looked_at_the_number_is_a_least_one(
    desk: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        Patient.objects.create(first_name=f"Ida {number}", last_name="Klee")
    monkeypatch.setattr(searching, "RECORDS_LOOKED_AT", 2)

    text = search(desk, "Klee").content.decode()

    assert ("Mindestens 2 Personen" in text, "In der Patientenliste weitersuchen" in text) == (True, True)


def test_of_few_nothing_further_is_offered(desk: Client, conversation: Conversation) -> None:
    Patient.objects.create(first_name="Ida", last_name="Vogtländer")

    text = search(desk, "Vogt").content.decode()

    assert ("Weitere Personen" in text, "In der Patientenliste weitersuchen" in text) == (False, False)
