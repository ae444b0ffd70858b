"""Labels: kept by those who lead, hung on by those who write, told apart by shape as well as colour."""

from typing import Any

import pytest
from django.test import Client

from messaging.models import Conversation, ConversationLabel, Label
from practices.models import AuditEvent, Change, Member, Practice, Role
from tests.messaging.inbox.desk import make_contact, make_conversation
from tests.messaging.teamwork.press import HTMX, INBOX, of, press, said_on, toast, undo
from tests.people import login, make_member

LABELS = f"{INBOX}labels/"


@pytest.fixture
def lea(practice: Practice, conversation: Conversation) -> Client:
    """The browser of somebody who leads the practice."""
    browser = Client()
    login(browser, make_member(practice, Role.PRACTICE_MANAGER, name="Lea Leitung"))
    return browser


@pytest.fixture
def label(conversation: Conversation) -> Label:
    return Label.objects.create(name="Schmerz", colour="red", shape="diamond")


def names() -> list[str]:
    return [one.name for one in Label.objects.filter(archived_at=None).order_by("position", "pk")]


def create(browser: Client, name: str, **fields: str) -> Any:
    return browser.post(LABELS, {"name": name, "colour": "blue", "shape": "square"} | fields)


# ── keeping them ──


def test_who_leads_makes_labels_which_stand_in_that_order(lea: Client) -> None:
    for name in ("Termin", "Schmerz", "Rechnung"):
        create(lea, name)

    [first, *_rest] = Label.objects.order_by("position")
    assert names() == ["Termin", "Schmerz", "Rechnung"]
    assert (first.colour, first.shape) == ("blue", "square")
    assert AuditEvent.objects.filter(kind="label_created").count() == 3


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "x" * 25}, {"colour": "pink"}, {"name": "schmerz"}])
def test_a_label_needs_a_name_of_its_own_and_a_colour_there_is(
    lea: Client, label: Label, fields: dict[str, str]
) -> None:
    response = create(lea, **({"name": "Termin"} | fields))

    assert (response.status_code, names()) == (422, ["Schmerz"])


def test_a_label_is_changed_wherever_it_hangs(lea: Client, label: Label, conversation: Conversation) -> None:
    ConversationLabel.objects.create(conversation=conversation, label=label)
    prefix = str(label.pk)
    fields = {f"{prefix}-name": "Notfall", f"{prefix}-colour": "amber", f"{prefix}-shape": "triangle"}

    response = lea.post(f"{LABELS}{label.pk}/", fields)

    changed = Label.objects.get()
    assert (response.status_code, changed.name, changed.colour, changed.shape) == (303, "Notfall", "amber", "triangle")
    assert Change.objects.filter(kind="conversation", ref=conversation.pk).count() == 1


def test_a_change_that_is_refused_comes_back_as_it_was_typed(lea: Client, label: Label) -> None:
    Label.objects.create(name="Termin", position=1)
    prefix = str(label.pk)

    page = lea.post(
        f"{LABELS}{label.pk}/", {f"{prefix}-name": "TERMIN", f"{prefix}-colour": "red", f"{prefix}-shape": "dot"}
    )

    assert (page.status_code, names()) == (422, ["Schmerz", "Termin"])
    assert page.text.count("Ein Label mit diesem Namen gibt es schon.") == 1
    assert page.text.count('value="TERMIN"') == 1


def test_its_own_name_is_not_taken(lea: Client, label: Label) -> None:
    prefix = str(label.pk)
    fields = {f"{prefix}-name": "Schmerz", f"{prefix}-colour": "violet", f"{prefix}-shape": "dot"}

    assert lea.post(f"{LABELS}{label.pk}/", fields).status_code == 303
    assert Label.objects.get().colour == "violet"


def head_of(browser: Client, conversation: Conversation) -> str:
    """Of the thread; the list beside it shows labels too."""
    page: str = browser.get(of(conversation, "")[:-1]).text
    return page.partition('id="thread-head"')[2].partition('id="thread-log"')[0]


def hanging(browser: Client, conversation: Conversation) -> int:
    return head_of(browser, conversation).count("label-mark")


def test_a_label_is_put_away_and_fetched_back_with_what_it_hung_on(
    lea: Client, desk: Client, label: Label, conversation: Conversation
) -> None:
    press(desk, of(conversation, "labels"), label=str(label.pk))
    lea.post(f"{LABELS}{label.pk}/archive/")
    away = (names(), hanging(desk, conversation))
    refused = press(desk, of(conversation, "labels"), label=str(label.pk))
    lea.post(f"{LABELS}{label.pk}/archive/", {"restore": "1"})

    assert (away, refused.status_code) == (([], 0), 404)
    assert (names(), hanging(desk, conversation)) == (["Schmerz"], 1)


def test_labels_are_put_in_order_one_place_at_a_time(lea: Client, label: Label) -> None:
    other = Label.objects.create(name="Termin", position=1)

    orders = [names()]
    for move in ({"down": "1"}, {"down": "1"}, {}):
        lea.post(f"{LABELS}{label.pk}/position/", move)
        orders.append(names())

    first, second = ["Schmerz", "Termin"], ["Termin", "Schmerz"]
    assert orders == [first, second, second, first]
    assert AuditEvent.objects.filter(kind="label_moved").count() == 2
    assert lea.get(LABELS).text.count(f"label-{other.pk}") == 1


def test_each_deed_says_once_on_the_page_it_leads_to_what_was_done(lea: Client, label: Label) -> None:
    at, prefix = f"{LABELS}{label.pk}/", str(label.pk)
    create(lea, "Termin")
    said = [said_on(lea.get(LABELS)) for _visit in range(2)]
    same = {f"{prefix}-name": "Schmerz", f"{prefix}-colour": "red", f"{prefix}-shape": "dot"}
    for path, fields in (("", same), ("position/", {}), ("archive/", {}), ("archive/", {"restore": "1"})):
        said.append(said_on(lea.post(at + path, fields, follow=True)))

    made, *changed = [
        "Label angelegt",
        "Label geändert",
        "Reihenfolge geändert",
        "Label weggelegt",
        "Label zurückgeholt",
    ]
    assert said == [[made], [], *([one] for one in changed)]


def test_only_who_leads_keeps_labels(desk: Client, bert: Client, clara: Client, label: Label) -> None:
    addresses = [LABELS, f"{LABELS}{label.pk}/", f"{LABELS}{label.pk}/archive/", f"{LABELS}{label.pk}/position/"]

    for browser, status in ((desk, 403), (bert, 403), (clara, 404)):
        assert [browser.post(address, {"name": "Termin"}).status_code for address in addresses] == [status] * 4
    assert names() == ["Schmerz"]


# ── hanging them ──


def test_a_label_is_hung_on_taken_off_and_both_can_be_taken_back(
    desk: Client, anna: Member, label: Label, conversation: Conversation
) -> None:
    hung = press(desk, of(conversation, "labels"), label=str(label.pk))
    link = ConversationLabel.objects.get()
    off = press(desk, of(conversation, "labels"), label=str(label.pk), off="1")
    gone = ConversationLabel.objects.count()
    undo(desk, off)
    again = ConversationLabel.objects.count()
    undo(desk, hung)

    assert [toast(hung), toast(off)] == ["Label angehängt", "Label abgenommen"]
    assert (link.set_by, link.conversation_id, gone, again, ConversationLabel.objects.count()) == (
        anna, conversation.pk, 0, 1, 0,
    )  # fmt: skip
    kinds = list(AuditEvent.objects.filter(about_id=conversation.pk).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["label_hung", "label_taken_off", "label_hung", "label_taken_off"]


def test_twice_hung_is_once(desk: Client, label: Label, conversation: Conversation) -> None:
    press(desk, of(conversation, "labels"), label=str(label.pk))
    press(desk, of(conversation, "labels"), label=str(label.pk))

    assert (ConversationLabel.objects.count(), AuditEvent.objects.filter(kind="label_hung").count()) == (1, 1)


def test_the_menu_shows_which_hang_and_the_head_shows_shape_colour_and_word(
    desk: Client, label: Label, conversation: Conversation
) -> None:
    other = Label.objects.create(name="Termin", position=1)
    press(desk, of(conversation, "labels"), label=str(label.pk))

    menu = desk.get(of(conversation, "labels"), headers=HTMX)
    thread = head_of(desk, conversation)

    assert menu.context["labels"] == [(label, True), (other, False)]
    assert thread.count('data-colour="red"') == thread.count('data-shape="diamond"') == 1
    assert menu.text.count("Label verwalten") == 0


@pytest.mark.parametrize("chosen", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_label_there_is_not_hangs_nowhere(desk: Client, conversation: Conversation, chosen: str) -> None:
    assert press(desk, of(conversation, "labels"), label=chosen).status_code == 404


def test_a_label_of_another_practice_is_unknown_here(
    desk: Client, clara: Client, bert: Client, label: Label, conversation: Conversation
) -> None:
    address = of(conversation, "labels")

    assert [browser.post(address, {"label": str(label.pk)}).status_code for browser in (clara, bert)] == [404, 403]
    assert ConversationLabel.objects.count() == 0


def test_a_name_of_a_label_is_in_no_trail(lea: Client, label: Label) -> None:
    create(lea, "Beschwerde")

    assert [event.codes for event in AuditEvent.objects.filter(kind__startswith="label_")] == [{}]


def test_many_conversations_with_a_label_are_told_up_to_a_limit(lea: Client, label: Label, channel: object) -> None:
    links = [
        ConversationLabel(conversation=make_conversation(channel, make_contact()), label=label)  # type: ignore[arg-type]
        for _number in range(3)
    ]
    ConversationLabel.objects.bulk_create(links)
    Change.objects.all().delete()

    lea.post(f"{LABELS}{label.pk}/archive/")

    assert Change.objects.filter(kind="conversation").count() == 3
