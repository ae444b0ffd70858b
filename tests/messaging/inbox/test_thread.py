import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from messaging.inbox.thread import BEFORE_A_HIT, PAGE
from messaging.models import Channel, Conversation, MediaFile, Message
from patients.models import Relation
from practices.models import AccessLog, Member
from tests.messaging.inbox.desk import (
    answer,
    forget_keys,
    grant,
    make_contact,
    make_conversation,
    make_patient,
    note,
    receive,
)

HTMX = {"HX-Request": "true"}
QUERIES_OF_A_THREAD = 37  # two of them find what is unread


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel, make_contact("+491713920010"))
    make_patient(conversation.contact)
    grant(conversation.contact)
    return conversation


def address(conversation: Conversation, path: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def lines(page: object) -> list[str]:
    return [line.body for line in page.context["messages"]]  # type: ignore[attr-defined]


def only(page: object) -> object:
    [line] = page.context["messages"]  # type: ignore[attr-defined]
    return line


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
    again: str | None = "first"
    while again:
        page = desk.get(address(conversation, "newer/"), {"after": str(after), "gate": ""}, headers=HTMX)
        after, again = page.context["last_message"].pk, page.headers.get("HX-Trigger-After-Settle")
        found |= set(lines(page))

    assert found >= set(written)


def test_the_page_never_goes_back_when_nothing_is_new(desk: Client, conversation: Conversation) -> None:
    known = receive(conversation)

    page = desk.get(address(conversation, "newer/"), {"after": str(known.pk)}, headers=HTMX)

    assert (lines(page), page.context["last_message"]) == ([], {"pk": known.pk})


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


# ── kinds ──


@pytest.mark.parametrize(
    ("columns", "kind", "details"),
    [
        ({"type": "text"}, "text", []),
        ({"type": "button", "content": {"kind": "button_reply"}}, "button_reply", []),
        (
            {"type": "interactive", "content": {"kind": "list_reply", "description": "vormittags"}},
            "list_reply",
            ["vormittags"],
        ),
        (
            {"type": "interactive", "content": {"kind": "flow_reply", "answers": {"Tag": "Montag"}}},
            "flow_reply",
            ["Tag: Montag"],
        ),
        (
            {"type": "location", "content": {"kind": "location", "latitude": 52.5, "longitude": 13.4, "name": "Park"}},
            "location",
            ["Park", "52.5, 13.4"],
        ),
        (
            {"type": "contacts", "content": {"contacts": [{"name": "Ida", "phones": [{"phone": "+491713920011"}]}]}},
            "contacts",
            ["Ida, +491713920011"],
        ),
        ({"type": "order", "content": {"item_count": 2}}, "order", ["2 Artikel"]),
        ({"type": "unsupported", "content": {"kind": "poll"}}, "unsupported", []),
        ({"type": "holographic", "content": {"kind": "holographic", "raw": {}}}, "unknown", []),
        ({"type": "system", "content": {"kind": "user_changed_number"}}, "number_change", []),
        ({"type": "request_welcome", "content": {"kind": "request_welcome"}}, "system", []),
        ({"type": "reaction", "content": {"emoji": "👍"}}, "system", []),
        ({"type": "revoke", "content": {}}, "system", []),
        ({"type": "edit", "content": {}}, "system", []),
    ],
)
def test_every_kind_has_its_face(
    desk: Client, conversation: Conversation, columns: dict[str, object], kind: str, details: list[str]
) -> None:
    receive(conversation, "Text", **columns)  # type: ignore[arg-type]

    page = desk.get(address(conversation))

    assert (only(page).kind, only(page).details) == (kind, details)  # type: ignore[attr-defined]


def test_text_is_shown_as_text_whatever_it_says(desk: Client, conversation: Conversation) -> None:
    receive(conversation, "<script>alert(1)</script> {{ x }} \u202e")

    page = desk.get(address(conversation)).content.decode()

    assert page.count("<script>alert") == 0
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; {{ x }} \u202e") > 0


def test_a_reaction_stands_at_its_message_and_the_last_one_counts(desk: Client, conversation: Conversation) -> None:
    message = answer(conversation, "Passt Ihnen Montag?")
    for emoji in ("👎", "👍"):
        receive(conversation, None, type="reaction", target=message, content={"kind": "reaction", "emoji": emoji})

    [reaction] = only(desk.get(address(conversation))).reactions  # type: ignore[attr-defined]

    assert (reaction.emoji, reaction.name, reaction.word) == ("👍", "Vogt, Jana", "Daumen hoch")


def test_a_reaction_that_was_taken_back_is_gone(desk: Client, conversation: Conversation) -> None:
    message = answer(conversation, "Passt Ihnen Montag?")
    for emoji in ("👍", None):
        receive(conversation, None, type="reaction", target=message, content={"kind": "reaction", "emoji": emoji})

    assert only(desk.get(address(conversation))).reactions == []  # type: ignore[attr-defined]


def test_an_edited_message_shows_its_last_wording_and_keeps_the_first(desk: Client, conversation: Conversation) -> None:
    message = receive(conversation, "Montag", ago=timedelta(minutes=3))
    receive(conversation, "Dienstag", type="edit", target=message, ago=timedelta(minutes=2))
    receive(conversation, "Mittwoch", type="edit", target=message)
    Message.objects.filter(pk=message.pk).update(edited_at=timezone.now())

    line = only(desk.get(address(conversation)))

    assert (line.body, line.earlier, line.edited) == ("Mittwoch", ["Montag", "Dienstag"], True)  # type: ignore[attr-defined]


def test_a_deleted_message_says_so_and_no_more(desk: Client, conversation: Conversation) -> None:
    message = receive(conversation, "Versehentlich geschickt")
    Message.objects.filter(pk=message.pk).update(revoked_at=timezone.now())

    page = desk.get(address(conversation))

    assert page.content.decode().count("Vom Patienten gelöscht") == 1
    assert page.content.decode().partition('id="thread-flow"')[2].count("Versehentlich") == 0


def test_a_quote_names_whom_it_quotes(desk: Client, conversation: Conversation) -> None:
    ours = answer(conversation, "Montag oder Dienstag?", ago=timedelta(minutes=1))
    receive(conversation, "Das zweite", quoted=ours)
    receive(conversation, "Das da", quoted_wamid="wamid.unknown")

    _first, second, third = desk.get(address(conversation)).context["messages"]

    assert (second.quote.author, second.quote.text, second.quote.pk) == ("Wir", "Montag oder Dienstag?", ours.pk)
    assert (third.quote.pk, third.quote.text) == (None, "Antwort auf eine Nachricht, die hier nicht vorliegt")


def test_a_template_shows_what_went_out_and_which_button_was_tapped(desk: Client, conversation: Conversation) -> None:
    definition = [
        {"type": "FOOTER", "text": "Abmelden: STOP schreiben"},
        {"type": "BUTTONS", "buttons": [{"text": "Ich komme"}, {"text": "Absagen"}]},
    ]
    content = {"kind": "template", "definition": definition, "components": []}
    sent = answer(conversation, "Guten Tag Frau Vogt", type="template", content=content, ago=timedelta(minutes=2))
    receive(conversation, "Absagen", type="button", content={"kind": "button_reply"}, quoted=sent)

    line = desk.get(address(conversation)).context["messages"][0]

    assert (line.kind, line.body, line.footer) == ("template", "Guten Tag Frau Vogt", "Abmelden: STOP schreiben")
    assert line.buttons == [("Ich komme", False), ("Absagen", True)]


def test_a_message_that_came_late_says_when_it_was_written(desk: Client, conversation: Conversation) -> None:
    written = timezone.now() - timedelta(hours=3)
    message = receive(conversation)
    Message.objects.filter(pk=message.pk).update(provider_at=written)

    [remark] = only(desk.get(address(conversation))).remarks  # type: ignore[attr-defined]

    assert remark == f"um {timezone.localtime(written):%H:%M} geschrieben, später angekommen"


def test_a_mother_writes_for_her_child(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel, make_contact(profile_name="Daniela"))
    make_patient(conversation.contact, first_name="Mia", last_name="Hoffmann", relation=Relation.GUARDIAN)
    receive(conversation)

    page = desk.get(address(conversation))

    [patient] = page.context["panel"].patients
    assert page.context["conversation"].name == "Daniela (laut WhatsApp) für Hoffmann, Mia"
    assert (patient.name, patient.relation) == ("Hoffmann, Mia", "Sorgeberechtigte:r")


# ── ours: states and reasons ──


GONE = (
    "WhatsApp kann die Nachricht nicht zustellen, ohne den Grund zu nennen. Sie ist nicht angekommen. "
    "Bitte rufen Sie an."
)
CALL = "Sie ist nicht hinausgegangen. Bitte rufen Sie an, wenn es eilt."
ASK = "Fragen Sie nach, bevor Sie sie noch einmal senden: sonst kommt sie vielleicht doppelt an."


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"state": "read"}, ("", "")),
        ({"state": "failed", "error_code": 131026}, (GONE, "")),
        (
            {"state": "cancelled", "refusal": "consent"},
            ("Die Einwilligung fehlte, als die Nachricht hinausgehen sollte.", CALL),
        ),
        ({"state": "cancelled", "refusal": "something new"}, ("Sie durfte nicht hinausgehen.", CALL)),
        ({"state": "unconfirmed"}, ("Die Verbindung zu WhatsApp brach ab.", ASK)),
    ],
)
def test_what_did_not_arrive_says_why_and_what_to_do(
    desk: Client, anna: Member, conversation: Conversation, columns: dict[str, str], told: tuple[str, str]
) -> None:
    answer(conversation, by=anna, **columns)  # type: ignore[arg-type]

    line = only(desk.get(address(conversation)))

    assert (line.reason, line.next_step) == told  # type: ignore[attr-defined]


def test_only_the_last_of_a_run_of_ours_says_its_tick_in_words(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    first = answer(conversation, "eins", by=anna, ago=timedelta(minutes=3))
    answer(conversation, "zwei", by=anna, ago=timedelta(minutes=2))
    receive(conversation)

    page = desk.get(address(conversation))
    alone = desk.get(address(conversation, f"messages/{first.pk}/"), headers=HTMX)

    assert [line.shows_word for line in page.context["messages"]] == [False, True, False]
    assert alone.context["message"].shows_word is False


def test_what_is_no_text_says_what_it_is_when_it_is_answered(desk: Client, conversation: Conversation) -> None:
    receive(conversation, "Guten Tag")
    receive(conversation, None, type="audio")
    receive(conversation, "Die Krone", type="image")
    document = receive(conversation, None, type="document")
    MediaFile.objects.create(
        message=document,
        contact_id=document.contact_id,
        channel_id=document.channel_id,
        details={"kind": "document", "filename": "Überweisung.pdf"},
    )
    receive(conversation, None, type="location", content={"kind": "location", "latitude": 52.5, "longitude": 13.4})

    page = desk.get(address(conversation))

    words = ["Sprachnachricht", "Foto: Die Krone", "Dokument: Überweisung.pdf", "Standort"]
    assert [line.words_quoted for line in page.context["messages"]][-5:] == ["", *words]
    assert [page.text.count(f'data-words="{one}"') for one in words] == [1, 1, 1, 1]


def test_a_file_is_veiled_until_somebody_asks(desk: Client, conversation: Conversation) -> None:
    message = receive(conversation, None, type="image")
    row = MediaFile.objects.create(
        message=message,
        contact_id=message.contact_id,
        channel_id=message.channel_id,
        details={"kind": "image", "mime_type": "image/jpeg", "found_type": "image/jpeg", "width": 4, "height": 3},
        state=MediaFile.State.STORED,
    )

    page = desk.get(address(conversation)).content.decode()

    assert page.count(f"/p/morgenthal/media/{row.pk}/") > 0
    assert page.partition('id="thread-flow"')[2].count("<img") == 0


# ── strangers ──


@pytest.mark.parametrize("path", ["", "older/", "newer/", "messages/{message}/"])
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
