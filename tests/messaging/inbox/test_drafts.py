"""What somebody has begun to write: kept at once, shown on any device, never in another thread, never overwritten."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.gate import Consent
from consent.models import ConsentState
from messaging.drafts import DraftOvertaken, discard_draft, draft_of, mark_of, put_back, save_draft
from messaging.models import Channel, Conversation, Draft, Message
from practices.models import Change, Member, Role
from tests.messaging.inbox.desk import grant, make_conversation, receive
from tests.people import login, make_member
from tests.whole import as_many

HTMX = {"HX-Request": "true"}


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel)
    grant(conversation.contact)
    receive(conversation, "Haben Sie morgen einen Termin?")
    return conversation


def address(conversation: Conversation, path: str = "draft/") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def save(browser: Client, conversation: Conversation, body: str, mark: str = "", **fields: object) -> str:
    """As the page does; the mark it gets back."""
    answer = browser.post(address(conversation), {"body": body, "mark": mark, **fields})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["mark"])


def shown(browser: Client, conversation: Conversation) -> str:
    return str(browser.get(address(conversation, "")).context["composer"].text)


def test_a_draft_stands_in_the_box_when_the_thread_is_opened_again(desk: Client, conversation: Conversation) -> None:
    mark = save(desk, conversation, "Ja, um")
    save(desk, conversation, "Ja, um 9 Uhr", mark)

    composer = desk.get(address(conversation, "")).context["composer"]

    assert (composer.text, composer.is_draft) == ("Ja, um 9 Uhr", True)
    assert composer.draft == mark_of(Draft.objects.get())


def test_where_nothing_may_be_written_any_more_the_draft_can_still_be_read(
    desk: Client, conversation: Conversation
) -> None:
    save(desk, conversation, "Ja, um 9 Uhr")
    ConsentState.objects.update(state=Consent.WITHDRAWN)

    page = desk.get(address(conversation, ""))

    assert page.context["composer"].gate == "stopped"
    assert "Ja, um 9 Uhr" in page.content.decode()


def test_a_draft_follows_its_writer_to_another_device(desk: Client, anna: Member, conversation: Conversation) -> None:
    save(desk, conversation, "Ja, um 9 Uhr")
    tablet = Client()
    login(tablet, anna)

    assert shown(tablet, conversation) == "Ja, um 9 Uhr"


def test_nobody_else_sees_it(desk: Client, anna: Member, conversation: Conversation) -> None:
    save(desk, conversation, "Ja, um 9 Uhr")
    colleague = Client()
    login(colleague, make_member(anna.practice, Role.RECEPTION, name="Jonas Fechner"))

    assert shown(colleague, conversation) == ""


def test_a_draft_never_stands_in_another_thread(desk: Client, channel: Channel, conversation: Conversation) -> None:
    other = make_conversation(channel)
    grant(other.contact)
    receive(other)
    mark = save(desk, conversation, "Nur für Frau Vogt")

    refused = desk.post(address(other), {"body": "Nur für Frau Vogt, weiter", "mark": mark})

    assert (shown(desk, other), refused.status_code) == ("", 409)
    assert [draft.conversation_id for draft in Draft.objects.all()] == [conversation.pk]


def test_an_older_window_overwrites_nothing_and_is_shown_the_newer_text(
    desk: Client, conversation: Conversation
) -> None:
    old = save(desk, conversation, "Ja")
    newer = save(desk, conversation, "Ja, um 9 Uhr", old)

    answer = desk.post(address(conversation), {"body": "Nein", "mark": old})

    assert answer.status_code == 409
    assert "Ja, um 9 Uhr" in answer.content.decode()
    assert f'data-overtaken="{newer}"' in answer.content.decode()
    assert shown(desk, conversation) == "Ja, um 9 Uhr"


def test_what_goes_on_from_the_text_that_is_kept_is_kept_though_its_window_had_not_heard_of_that_saving(
    desk: Client, conversation: Conversation
) -> None:
    """As when a tab is closed while it is saving: the last words travel with the mark of before."""
    old = save(desk, conversation, "Ja")
    save(desk, conversation, "Ja, um", old)

    answer = desk.post(address(conversation), {"body": "Ja, um 9 Uhr", "mark": old})

    assert (answer.status_code, shown(desk, conversation)) == (200, "Ja, um 9 Uhr")


def test_a_window_that_is_emptied_after_another_one_asks_nothing(desk: Client, conversation: Conversation) -> None:
    old = save(desk, conversation, "Ja")
    save(desk, conversation, "", old)

    answer = desk.post(address(conversation), {"body": "", "mark": old})

    assert (answer.status_code, shown(desk, conversation)) == (200, "")


def test_whoever_was_overtaken_may_keep_their_own_text(desk: Client, conversation: Conversation) -> None:
    old = save(desk, conversation, "Ja")
    newer = save(desk, conversation, "Ja, um 9 Uhr", old)

    save(desk, conversation, "Nein", newer)

    assert shown(desk, conversation) == "Nein"


def test_two_windows_that_begin_at_once_are_told_apart(desk: Client, conversation: Conversation) -> None:
    save(desk, conversation, "erstes Fenster")

    answer = desk.post(address(conversation), {"body": "zweites Fenster", "mark": ""})

    assert (answer.status_code, "erstes Fenster" in answer.content.decode()) == (409, True)


def test_the_same_text_from_two_windows_is_no_conflict(desk: Client, conversation: Conversation) -> None:
    mark = save(desk, conversation, "Ja")

    assert save(desk, conversation, "Ja", "") == mark


def test_a_window_that_did_not_hear_of_the_sending_is_asked(desk: Client, conversation: Conversation) -> None:
    mark = save(desk, conversation, "Ja")
    desk.post(address(conversation, "reply/"), {"body": "Ja"}, headers=HTMX)

    answer = desk.post(address(conversation), {"body": "Ja, um 9", "mark": mark})

    assert answer.status_code == 409
    assert "gesendet oder gelöscht" in answer.content.decode()
    assert Draft.objects.count() == 0


def test_sending_removes_the_draft(desk: Client, conversation: Conversation) -> None:
    save(desk, conversation, "Ja, um 9 Uhr")

    desk.post(address(conversation, "reply/"), {"body": "Ja, um 9 Uhr"}, headers=HTMX)

    assert (Draft.objects.count(), shown(desk, conversation)) == (0, "")


def test_sending_removes_the_draft_its_window_knew(desk: Client, conversation: Conversation) -> None:
    mark = save(desk, conversation, "Ja, um")

    desk.post(address(conversation, "reply/"), {"body": "Ja, um 9 Uhr", "mark": mark}, headers=HTMX)

    assert Draft.objects.count() == 0


def test_sending_leaves_what_another_window_has_written_meanwhile(desk: Client, conversation: Conversation) -> None:
    old = save(desk, conversation, "Ja")
    save(desk, conversation, "Nein, und bringen Sie bitte die Karte mit", old)

    sent = desk.post(address(conversation, "reply/"), {"body": "Ja", "mark": old}, headers=HTMX)

    assert (sent.status_code, shown(desk, conversation)) == (204, "Nein, und bringen Sie bitte die Karte mit")


def test_a_sending_that_is_repeated_leaves_what_was_begun_since(desk: Client, conversation: Conversation) -> None:
    client_id = uuid4()
    desk.post(address(conversation, "reply/"), {"body": "Ja", "client_id": client_id}, headers=HTMX)
    mark = save(desk, conversation, "Und noch etwas")

    again = desk.post(
        address(conversation, "reply/"), {"body": "Ja", "client_id": client_id, "mark": mark}, headers=HTMX
    )

    assert (again.status_code, shown(desk, conversation)) == (204, "Und noch etwas")
    assert Message.objects.filter(direction="out").count() == 1


def test_a_refused_reply_still_names_the_draft_its_window_knew(desk: Client, conversation: Conversation) -> None:
    old = save(desk, conversation, "Ja")
    save(desk, conversation, "Nein", old)

    answer = desk.post(address(conversation, "reply/"), {"body": "x" * 5000, "mark": old}, headers=HTMX)

    assert f'name="mark" value="{old}"' in answer.content.decode()


def test_a_refused_reply_leaves_the_draft_and_shows_what_was_typed(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    grant(conversation.contact)
    receive(conversation)
    said = {"body": "x" * 5000, "client_id": uuid4(), "mark": save(desk, conversation, "Ja")}

    answer = desk.post(address(conversation, "reply/"), said, headers=HTMX)

    composer = answer.context["composer"]
    assert (answer.status_code, composer.text, composer.is_draft) == (422, "x" * 5000, False)
    assert composer.draft == mark_of(Draft.objects.get())


def test_a_saving_that_comes_after_its_sending_keeps_nothing(desk: Client, conversation: Conversation) -> None:
    client_id = uuid4()
    desk.post(address(conversation, "reply/"), {"body": "Ja", "client_id": client_id}, headers=HTMX)

    mark = save(desk, conversation, "Ja", "", client_id=client_id)

    assert (mark, Draft.objects.count()) == ("", 0)


def test_a_saving_of_its_beginning_that_comes_after_its_sending_keeps_nothing(
    desk: Client, conversation: Conversation
) -> None:
    client_id = uuid4()
    said = {"body": "Ja,\num 9 Uhr", "client_id": client_id}
    desk.post(address(conversation, "reply/"), said, headers=HTMX)

    mark = save(desk, conversation, "Ja,\r\num", "", client_id=client_id)

    assert (mark, Draft.objects.count()) == ("", 0)


def test_what_was_written_on_after_an_answer_was_lost_is_kept(desk: Client, conversation: Conversation) -> None:
    client_id, mark = uuid4(), save(desk, conversation, "Ja")
    desk.post(address(conversation, "reply/"), {"body": "Ja", "client_id": client_id, "mark": mark}, headers=HTMX)

    mark = save(desk, conversation, "Ja, und die Karte", mark, client_id=client_id)
    save(desk, conversation, "Ja, und die Karte bitte", mark, client_id=client_id)

    assert shown(desk, conversation) == "Ja, und die Karte bitte"


@pytest.mark.parametrize("emptied", ["", "  \n "])
def test_an_emptied_box_removes_the_draft(desk: Client, conversation: Conversation, emptied: str) -> None:
    mark = save(desk, conversation, "Ja")

    assert save(desk, conversation, emptied, mark) == ""
    assert Draft.objects.count() == 0


def test_white_space_alone_begins_no_draft(desk: Client, conversation: Conversation) -> None:
    assert save(desk, conversation, " \n") == ""


@pytest.mark.parametrize("fields", [{"mark": "x"}, {"mark": f"{uuid4()}.1; drop"}, {"body": "x" * 20_001}])
def test_what_no_page_of_ours_sends_is_refused(
    desk: Client, conversation: Conversation, fields: dict[str, str]
) -> None:
    assert desk.post(address(conversation), {"body": "Ja", "mark": ""} | fields).status_code == 400


def test_a_trainee_has_none_and_a_stranger_finds_none(bert: Client, clara: Client, conversation: Conversation) -> None:
    assert bert.post(address(conversation), {"body": "Ja"}).status_code == 403
    assert clara.post(address(conversation), {"body": "Ja"}).status_code == 404
    assert clara.post(f"/p/ostufer/inbox/{conversation.pk}/draft/", {"body": "Ja"}).status_code == 404
    assert Draft.objects.count() == 0


def test_lists_hear_of_a_draft_that_begins_or_ends_and_not_of_every_key(
    desk: Client, conversation: Conversation
) -> None:
    Change.objects.all().delete()

    mark = save(desk, conversation, "J")
    mark = save(desk, conversation, "Ja", mark)
    mark = save(desk, conversation, "Ja!", mark)
    save(desk, conversation, "", mark)

    assert [change.kind for change in Change.objects.all()] == ["draft", "draft"]


def test_the_text_lies_in_the_database_as_ciphertext_only(desk: Client, conversation: Conversation) -> None:
    save(desk, conversation, "Wurzelbehandlung am Zahn 36")

    with connection.cursor() as cursor:
        cursor.execute("select body from messaging_draft")
        [[stored]] = cursor.fetchall()
    assert b"Wurzel" not in bytes(stored)


def test_a_note_has_a_draft_of_its_own(anna: Member, conversation: Conversation) -> None:
    save_draft(conversation=conversation, by=anna, body="Antwort", mark="")
    save_draft(conversation=conversation, by=anna, body="Notiz", mark="", kind=Draft.Kind.NOTE)

    discard_draft(conversation=conversation, by=anna, mark="", body="Antwort")

    kept = draft_of(conversation, anna, Draft.Kind.NOTE)
    assert kept is not None
    assert (kept.body, draft_of(conversation, anna)) == ("Notiz", None)


def test_what_is_put_back_stands_above_what_was_begun_meanwhile(anna: Member, conversation: Conversation) -> None:
    save_draft(conversation=conversation, by=anna, body="Und noch etwas", mark="")

    draft = put_back(conversation=conversation, by=anna, body="Ja, um 9 Uhr.")

    assert (draft.body, draft.version) == ("Ja, um 9 Uhr.\n\nUnd noch etwas", 2)


@settings(
    max_examples=as_many(whole=15, everyday=5),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.tuples(st.sampled_from([0, 1]), st.text(alphabet="ab", max_size=3)), max_size=8))
def test_whatever_two_windows_do_no_text_is_overwritten_unseen(
    anna: Member, conversation: Conversation, steps: list[tuple[int, str]]
) -> None:
    """A model of two windows: each saves what it holds; a conflict shows it the other's text, which it then knows."""
    Draft.objects.all().delete()
    marks, known = ["", ""], ["", ""]
    for window, text in steps:
        before = draft_of(conversation, anna)
        kept_before = before.body if before else ""
        try:
            kept = save_draft(conversation=conversation, by=anna, body=text, mark=marks[window])
        except DraftOvertaken as overtaken:
            assert kept_before != known[window] or mark_of(before) != marks[window]
            marks[window], known[window] = mark_of(overtaken.newer), overtaken.newer.body if overtaken.newer else ""
            continue
        assert text.startswith(kept_before) or known[window] == kept_before
        marks[window], known[window] = mark_of(kept), kept.body if kept else ""


def test_a_late_saving_does_not_bring_back_what_was_sent(anna: Member, conversation: Conversation) -> None:
    draft = save_draft(conversation=conversation, by=anna, body="Ja", mark="")
    discard_draft(conversation=conversation, by=anna, mark=mark_of(draft), body="Ja")

    with pytest.raises(DraftOvertaken) as overtaken:
        save_draft(conversation=conversation, by=anna, body="Ja, gern", mark=mark_of(draft))

    assert (overtaken.value.newer, Message.objects.filter(direction="out").count()) == (None, 0)
