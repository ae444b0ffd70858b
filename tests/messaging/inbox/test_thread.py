import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from messaging.inbox.thread import BEFORE_A_HIT, PAGE
from messaging.models import Channel, Conversation, Message
from practices.models import AccessLog, Member
from tests.messaging.inbox.desk import (
    answer,
    forget_keys,
    make_conversation,
    note,
    receive,
)
from tests.messaging.inbox.threads import HTMX, address, make_thread, only

QUERIES_OF_A_THREAD = 37  # two of them find what is unread


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    return make_thread(channel)


def lines(page: object) -> list[str]:
    return [line.body for line in page.context["messages"]]  # type: ignore[attr-defined]


# ── the page ──


def test_messages_and_notes_stand_in_the_order_of_their_times(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    receive(conversation, "zweite", ago=timedelta(minutes=20))
    receive(conversation, "erste", ago=timedelta(minutes=30))
    answer(conversation, "dritte", by=anna, ago=timedelta(minutes=10))
    note(conversation, "vierte", by=anna)

    assert lines(desk.get(address(conversation))) == ["erste", "zweite", "dritte", "vierte"]


def test_the_head_names_the_person_and_masks_the_number(desk: Client, conversation: Conversation) -> None:
    receive(conversation)

    page = desk.get(address(conversation))

    head = page.context["conversation"]
    assert (head.name, str(head.birth_date), head.is_done, head.can_close) == ("Vogt, Jana", "1998-12-02", False, True)
    assert "3920010" not in page.content.decode()


def test_the_title_and_address_tell_nobody_who_it_is(desk: Client, conversation: Conversation) -> None:
    receive(conversation)

    title = desk.get(address(conversation)).content.decode().partition("<title>")[2].partition("</title>")[0]

    assert title.split() == ["(1)", "Eingang", "–", "Roger"]


def test_htmx_gets_the_pane_and_a_step_back_in_history_the_page(desk: Client, conversation: Conversation) -> None:
    receive(conversation)

    pane = desk.get(address(conversation), headers=HTMX)
    page = desk.get(address(conversation), headers=HTMX | {"HX-History-Restore-Request": "true"})

    assert pane.content.decode().strip().startswith('<section class="thread"')
    assert page.content.decode().strip().startswith("<!DOCTYPE html>")


def test_who_opened_a_thread_is_noted(desk: Client, anna: Member, conversation: Conversation) -> None:
    desk.get(address(conversation))

    [entry] = AccessLog.objects.all()
    assert (entry.kind, entry.member, entry.about_id) == ("conversation", anna, conversation.pk)


def test_live_fragments_of_an_open_thread_are_no_further_opening(desk: Client, conversation: Conversation) -> None:
    message = receive(conversation)
    desk.get(address(conversation))

    desk.get(address(conversation, "newer/"), headers=HTMX)
    desk.get(address(conversation, f"messages/{message.pk}/"), headers=HTMX)

    assert AccessLog.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_number_of_queries_does_not_depend_on_the_length(
    desk: Client,
    anna: Member,
    conversation: Conversation,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for number in range(rows):
        question = receive(conversation, f"Frage {number}", ago=timedelta(minutes=100 - number))
        answer(conversation, "Ja", by=anna, ago=timedelta(minutes=100 - number), quoted=question)
        receive(conversation, None, type="reaction", target=question, content={"kind": "reaction", "emoji": "👍"})
    note(conversation, "Notiz", by=anna)
    forget_keys()

    with django_assert_num_queries(QUERIES_OF_A_THREAD):
        page = desk.get(address(conversation), headers=HTMX)

    assert len(lines(page)) == min(PAGE, 2 * rows + 1)


def test_whoever_reads_english_reads_what_a_reaction_means_in_english(desk: Client, conversation: Conversation) -> None:
    message = receive(conversation)
    receive(conversation, None, type="reaction", target=message, content={"kind": "reaction", "emoji": "👍"})
    desk.cookies["language"] = "en"

    assert [one.word for one in only(desk.get(address(conversation))).reactions] == ["thumbs up"]  # type: ignore[attr-defined]


def test_each_day_is_named_once_above_its_first_line(desk: Client, conversation: Conversation) -> None:
    for days, body in [(2, "früh"), (2, "spät"), (0, "heute")]:
        receive(conversation, body, ago=timedelta(days=days))

    page = desk.get(address(conversation))

    assert [bool(line.day) for line in page.context["messages"]] == [True, False, True]
    assert page.content.decode().count('class="day"') == 2


# ── older and newer ──


def test_a_long_thread_is_read_upwards_without_gap_or_repetition(desk: Client, conversation: Conversation) -> None:
    written = [f"Nummer {number}" for number in range(2 * PAGE + 5)]
    for number, body in enumerate(written):
        receive(conversation, body, ago=timedelta(minutes=1000 - number))

    page = desk.get(address(conversation))
    found = lines(page)
    while page.context["has_older"]:
        page = desk.get(address(conversation, "older/"), {"before": str(page.context["messages"][0].pk)}, headers=HTMX)
        found = lines(page) + found

    assert found == written


def test_messages_of_one_second_are_neither_lost_nor_repeated(desk: Client, conversation: Conversation) -> None:
    at = timezone.now()
    for number in range(PAGE + 3):
        message = receive(conversation, f"{number:02d}")
        Message.objects.filter(pk=message.pk).update(at=at)

    first = desk.get(address(conversation))
    second = desk.get(address(conversation, "older/"), {"before": str(first.context["messages"][0].pk)})

    assert lines(second) + lines(first) == [f"{number:02d}" for number in range(PAGE + 3)]


def test_what_came_after_the_last_known_message_is_told(desk: Client, conversation: Conversation) -> None:
    known = receive(conversation, "bekannt", ago=timedelta(minutes=5))
    late = receive(conversation, "spät angekommen", ago=timedelta(hours=1))
    newest = receive(conversation, "neu")

    page = desk.get(address(conversation, "newer/"), {"after": str(known.pk), "gate": ""}, headers=HTMX)

    assert lines(page) == ["spät angekommen", "neu"]
    assert (page.context["last_message"].pk, page.context["composer_changed"]) == (newest.pk, False)
    assert late.pk < newest.pk


def test_a_flood_in_the_last_seconds_is_told_page_by_page_until_all_of_it_is_there(
    desk: Client, conversation: Conversation
) -> None:
    known = [receive(conversation, f"bekannt {number}") for number in range(PAGE + 5)]
    written = [f"neu {number}" for number in range(2 * PAGE + 5)]
    for body in written:
        receive(conversation, body)

    after, found = known[-1].pk, set[str]()
    again = True
    while again:
        page = desk.get(address(conversation, "newer/"), {"after": str(after), "gate": ""}, headers=HTMX)
        after = page.context["last_message"].pk
        again = page.headers["HX-Trigger-After-Settle"].startswith("roger:conversation-")
        found |= set(lines(page))

    assert found >= set(written)


def test_the_page_never_goes_back_when_nothing_is_new(desk: Client, conversation: Conversation) -> None:
    known = receive(conversation)

    page = desk.get(address(conversation, "newer/"), {"after": str(known.pk)}, headers=HTMX)

    assert (lines(page), page.context["last_message"]) == ([], {"pk": known.pk})


def test_the_message_comes_first_and_the_page_then_asks_for_the_panel(desk: Client, conversation: Conversation) -> None:
    known = receive(conversation)
    receive(conversation, "neu")

    page = desk.get(address(conversation, "newer/"), {"after": str(known.pk), "gate": ""}, headers=HTMX)
    panel = desk.get(address(conversation, "beside/"), headers=HTMX)

    assert page.headers["HX-Trigger-After-Settle"] == f"roger:beside-{conversation.pk}"
    assert ('id="panel"' in page.text, 'id="panel"' in panel.text, "hx-swap-oob" in panel.text) == (False, True, True)


def test_the_composer_is_sent_again_only_when_its_gate_changed(desk: Client, conversation: Conversation) -> None:
    known = receive(conversation)

    page = desk.get(address(conversation, "newer/"), {"after": str(known.pk), "gate": "window"}, headers=HTMX)

    assert page.content.decode().count('id="composer"') == 1


def test_a_search_hit_is_shown_among_its_neighbours(desk: Client, conversation: Conversation) -> None:
    messages = [receive(conversation, f"{number}", ago=timedelta(minutes=1000 - number)) for number in range(100)]

    page = desk.get(address(conversation), {"message": str(messages[50].pk)})

    first = 50 - BEFORE_A_HIT
    assert lines(page) == [str(number) for number in range(first, first + PAGE)]
    assert (page.context["has_older"], page.context["reaches_end"]) == (True, False)
    assert page.content.decode().count("Zu den neuesten Nachrichten") == 1


@pytest.mark.parametrize("cursor", ["", "x", "01900000-0000-7000-8000-000000000000"])
def test_a_cursor_that_leads_nowhere_is_404_for_older_and_the_end_for_the_page(
    desk: Client, conversation: Conversation, cursor: str
) -> None:
    receive(conversation, "hier")

    assert desk.get(address(conversation, "older/"), {"before": cursor}).status_code == 404
    assert lines(desk.get(address(conversation), {"before": cursor, "message": cursor})) == ["hier"]


# ── what is unread ──


def test_the_first_unread_line_is_the_first_since_our_last_answer(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    receive(conversation, "alt", ago=timedelta(minutes=30))
    answer(conversation, by=anna, ago=timedelta(minutes=20))
    first = receive(conversation, "neu 1", ago=timedelta(minutes=10))
    receive(conversation, "neu 2")

    page = desk.get(address(conversation))

    assert page.context["first_unread"].pk == first.pk
    assert [line.unseen for line in page.context["messages"]] == [False, False, True, True]


def dividers(answer: Any) -> list[str]:
    """Before which messages the line "Neu" stands."""
    return re.findall(r'id="unread">.*?id="message-([^"]+)"', answer.content.decode(), flags=re.DOTALL)


def test_what_stands_before_our_answer_is_not_unread_on_whichever_part_of_the_thread_it_comes(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    [oldest, *_] = [
        receive(conversation, f"alt {minute}", ago=timedelta(minutes=200 - minute)) for minute in range(PAGE)
    ]
    answer(conversation, by=anna, ago=timedelta(minutes=100))
    news = [receive(conversation, f"neu {minute}", ago=timedelta(minutes=90 - minute)) for minute in range(PAGE - 1)]

    page = desk.get(address(conversation))
    older = desk.get(address(conversation, "older/"), {"before": str(page.context["messages"][0].pk)})
    jumped = desk.get(address(conversation), {"message": str(oldest.pk)})
    alone = desk.get(address(conversation, f"messages/{oldest.pk}/"))

    assert [dividers(one) for one in (page, older, jumped)] == [[str(news[0].pk)], [], []]
    assert any(line.unseen for line in older.context["messages"]) is False
    assert "data-unseen" not in alone.content.decode()


def test_where_more_is_unread_than_fits_the_line_stands_at_the_first_and_a_way_leads_there(
    desk: Client, conversation: Conversation
) -> None:
    news = [receive(conversation, f"neu {minute}", ago=timedelta(minutes=200 - minute)) for minute in range(PAGE + 8)]
    way = f'href="{address(conversation)}?message={news[0].pk}&amp;unread={news[0].pk}"'

    page = desk.get(address(conversation))
    older = desk.get(address(conversation, "older/"), {"before": str(page.context["messages"][0].pk)})
    there = desk.get(address(conversation), {"message": str(news[0].pk)})

    assert [dividers(one) for one in (page, older, there)] == [[], [str(news[0].pk)], [str(news[0].pk)]]
    assert [way in one.content.decode() for one in (page, there)] == [True, False]


def test_whoever_has_read_the_newest_still_finds_where_it_began(desk: Client, conversation: Conversation) -> None:
    news = [receive(conversation, f"neu {minute}", ago=timedelta(minutes=200 - minute)) for minute in range(PAGE + 8)]
    page = desk.get(address(conversation)).content.decode()
    ways = [
        re.search(pattern, page) for pattern in (r'hx-get="([^"]+/older/[^"]+)"', r'id="to-unread"\s+href="([^"]+)"')
    ]

    desk.post(address(conversation, "seen/"), {"message": str(news[-1].pk)})
    parts = [desk.get(unescape(way[1])) for way in ways if way]

    assert [dividers(part) for part in parts] == [[str(news[0].pk)]] * 2
    assert dividers(desk.get(address(conversation))) == []


def test_a_trainee_reads_without_being_counted_as_having_answered(bert: Client, conversation: Conversation) -> None:
    receive(conversation)

    page = bert.get(address(conversation))
    refused = bert.post(address(conversation, "seen/"))

    assert (only(page).unseen, page.context["composer"].gate) == (False, "role")  # type: ignore[attr-defined]
    assert (refused.status_code, Conversation.objects.get().seen_at) == (403, None)


# ── strangers ──


@pytest.mark.parametrize("path", ["", "older/", "newer/", "beside/", "seen-by/", "messages/{message}/"])
def test_a_stranger_gets_404_whatever_the_fragment(clara: Client, conversation: Conversation, path: str) -> None:
    message = receive(conversation)
    path = path.format(message=message.pk)

    assert clara.get(address(conversation, path), {"before": str(message.pk)}).status_code == 404
    assert clara.get(f"/p/ostufer/inbox/{conversation.pk}/{path}", {"before": str(message.pk)}).status_code == 404


def test_an_unknown_thread_or_message_is_404(desk: Client, channel: Channel, conversation: Conversation) -> None:
    elsewhere = receive(make_conversation(channel))
    nobody = "01900000-0000-7000-8000-000000000000"

    assert desk.get(f"/p/morgenthal/inbox/{nobody}/").status_code == 404
    assert desk.get(address(conversation, f"messages/{elsewhere.pk}/")).status_code == 404


def test_a_get_changes_nothing_but_the_access_log(desk: Client, conversation: Conversation) -> None:
    receive(conversation)
    before = Conversation.objects.values().get()

    desk.get(address(conversation))

    assert Conversation.objects.values().get() == before
