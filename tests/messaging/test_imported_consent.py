"""An old consent from a list, and the person's first message: one question, one tap, and exactly that is granted."""

import pytest

from consent.imports import lists, running
from consent.imports.mapping import Field
from consent.models import ConsentEvent, ConsentState
from consent.purposes import Purpose
from messaging.models import Message
from practices.scope import practice_scope
from tests.consent.imports.making import old_form
from tests.consent.imports.rows import HEAD, JANA, csv_of
from tests.factories import make_member
from tests.messaging.factories import Line, message, now

pytestmark = pytest.mark.django_db


def taken_over(line: Line, *purposes: Purpose, answer: str = "ja") -> None:
    """A list with one row is carried out."""
    member = make_member(line.practice)
    row = (*JANA[:3], "0171 3920011", JANA[4], answer)
    with practice_scope(line.practice.pk):
        listing = lists.upload(content=csv_of(row, head=HEAD), filename="alt.csv", form=old_form(*purposes), by=member)
        mapped = {Field(name): place for name, place in listing.mapping.items()}
        lists.map_and_check(listing=listing, mapped=mapped, all_agreed=False, practice=line.practice, by=member)
        lists.start(listing=listing, by=member)
        running.run(seconds=5)


def said(line: Line) -> list[str]:
    with practice_scope(line.practice.pk):
        return [one.body or "" for one in Message.objects.filter(direction="out").in_order()]


def states(line: Line) -> dict[str, str]:
    with practice_scope(line.practice.pk):
        return dict(ConsentState.objects.values_list("purpose", "state"))


def test_c_19_nobody_is_written_to_because_of_a_list(line: Line) -> None:
    taken_over(line, Purpose.ORGANISATION, Purpose.RECALL)

    assert said(line) == []
    assert states(line) == {"organisation": "pending", "recall": "pending"}


def test_c_07_the_first_message_brings_one_question_and_one_tap_suffices(line: Line) -> None:
    taken_over(line, Purpose.ORGANISATION, Purpose.RECALL)

    line.deliver(message("Guten Tag, wann ist mein Termin?", timestamp=now()))
    line.deliver(message("Hallo?", timestamp=now()))
    asked = said(line)
    yes = {"type": "button_reply", "button_reply": {"id": "ja_bestaetigen", "title": "Ja, bestätigen"}}
    line.deliver(message("", type="interactive", interactive=yes, timestamp=now()))

    assert [words.partition(" angegeben")[0] for words in asked] == ["Guten Tag, für diese Nummer wurde am 24.05.2023"]
    assert states(line) == {"organisation": "granted", "recall": "granted"}
    with practice_scope(line.practice.pk):
        kinds = list(ConsentEvent.objects.order_by("seq").values_list("type", "channel"))
    assert kinds == [("imported", "import"), ("confirmed", "whatsapp_button")]


def test_whoever_said_no_on_paper_is_not_asked_when_writing(line: Line) -> None:
    taken_over(line, answer="nein")

    line.deliver(message("Guten Tag", timestamp=now()))

    assert said(line) == []
    assert set(states(line).values()) == {"withdrawn"}
