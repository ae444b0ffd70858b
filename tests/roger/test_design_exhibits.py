"""The exhibits of the living page: every state there is has one, drawn by the product's own templates, and what stands
there twice is told apart."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.test import RequestFactory

from messaging.inbox.composer import GATES
from messaging.inbox.marks import KINDS, LOOKS, TICKS
from messaging.models import Label, MediaFile, Message
from roger.design import composers, panels, rows, slips, views
from roger.design.exhibits import Exhibit

TEMPLATES = Path(settings.BASE_DIR) / "templates"
REFERS = re.compile(r'(?<![\w-])(?:for|popovertarget|aria-(?:labelledby|describedby|controls))="([^"]+)"')


@pytest.fixture(scope="module")
def page() -> str:
    request = RequestFactory().get("/design/")
    request.csp_nonce = ""  # type: ignore[attr-defined]  # django-csp's middleware
    return views.page(request).content.decode()


def shown_in(exhibits: list[Exhibit], name: str) -> list[str]:
    """The states of what the exhibits are fed with."""
    return [one.context[name].state for one in exhibits]


def test_every_state_a_row_can_have_is_shown() -> None:
    written = (TEMPLATES / "messaging" / "_conversation_row.html").read_text()
    known = {*re.findall(r'row\.state == "(\w+)"', written), "answered"}

    assert set(shown_in(rows.rows(), "row")) == known
    assert len(known) == 8


@pytest.mark.parametrize("mark", ["urgent", "draft", "snoozed_until", "labels", "owner", "channel_fails", "asks"])
def test_every_mark_of_a_row_is_shown(mark: str) -> None:
    assert any(getattr(one.context["row"], mark) for one in rows.rows())


def test_every_state_of_a_message_is_shown_once_with_its_tick_and_look() -> None:
    by_name = {one.name: one for one in slips.slips()}

    for state in Message.State:
        if state == Message.State.RECEIVED:
            continue
        html = by_name[f"slip-ours-{state}"].html
        assert f'data-ticks="{TICKS[state][0]}"' in html
        assert re.findall(r'<article[^>]*data-state="(\w+)"', html) == [LOOKS[one] for one in LOOKS if one == state]
    assert 'data-from="patient"' in by_name["slip-theirs"].html


def test_every_kind_of_message_is_shown(page: str) -> None:
    told_apart = {one.context["message"].kind for one in slips.slips()}

    assert set(KINDS) - told_apart == {"unknown"}  # looks as what is not supported
    assert {"text", "note", "system", "number_change", "image", "audio", "document"} - told_apart == set()
    assert [words for _icon, words in KINDS.values() if str(words) not in page] == []


def test_every_state_of_a_file_is_shown() -> None:
    files = [one.context["message"].media for one in slips.slips()]

    assert {file.state for file in files if file} == set(MediaFile.State)


def test_every_face_of_the_composer_is_shown() -> None:
    faces = {one.context["composer"].gate for one in [*composers.boxes(), *composers.gates()]}

    assert faces == {"", "consent", "stopped", "role", *GATES.values()}


@pytest.mark.parametrize(
    "question", ["overtaken", "closed", "findings", "brake", "errors", "files", "effects", "people", "text"]
)
def test_everything_that_may_stand_in_the_box_is_shown(question: str) -> None:
    assert any(getattr(one.context["composer"], question) for one in composers.boxes())


def test_every_state_of_consent_is_shown() -> None:
    states = [one.context["panel"].consent.state for one in panels.panels()]

    assert states == ["pending", "missing", "withdrawn", "given"]


def test_every_label_is_shown_in_every_colour_and_shape() -> None:
    shown = {(one.colour, one.shape) for one in rows.labels()}

    assert shown == {(colour.value, shape.value) for colour in Label.Colour for shape in Label.Shape}


def test_no_id_stands_twice_and_none_is_missing(page: str) -> None:
    ids = Counter(re.findall(r'(?<![\w-])id="([^"]+)"', page))
    named = {name for names in REFERS.findall(page) for name in names.split()}

    assert [name for name, count in ids.items() if count > 1] == []
    assert sorted(named - set(ids)) == []


def test_what_is_shown_sends_nothing_leads_nowhere_and_takes_no_focus(page: str) -> None:
    assert re.findall(r'method="post"|<a\b[^>]*?\shref="/[^"]*|\sautofocus|\spopover[\s>]', page) == []
    assert 'method="dialog"' in page


def test_an_exhibit_whose_script_finds_its_place_no_more_is_told() -> None:
    without_place = Exhibit("lost", "", "components/mark.html", filled={"data-lost": "Worte"})

    with pytest.raises(ValueError, match="unpack"):
        _ = without_place.html
