"""Closing, settling, sending again, reacting, showing a number: what it does, and who may not."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.gate import Consent
from consent.purposes import Purpose
from messaging.actions import settle_unconfirmed
from messaging.drafts import save_draft
from messaging.models import Channel, Conversation, Message
from patients.models import Contact
from practices.models import AccessLog, AuditEvent, Member
from tests.messaging.inbox.desk import answer, grant, make_contact, make_conversation, note, receive

HTMX = {"HX-Request": "true"}


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel, make_contact("+491713920010"))
    grant(conversation.contact)
    receive(conversation, "Wann?", ago=timedelta(minutes=30))
    return conversation


def address(conversation: Conversation, path: str) -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}/"


def of(message: Message, path: str) -> str:
    return address(message.conversation, f"messages/{message.pk}/{path}")


def queued() -> list[Message]:
    return list(Message.objects.filter(state="queued").order_by("pk"))


# ── done ──


def test_done_ends_the_waiting_and_says_who(desk: Client, anna: Member, conversation: Conversation) -> None:
    response = desk.post(address(conversation, "closure"), headers=HTMX)

    closed = Conversation.objects.get()
    assert (response.status_code, response.context["conversation"].is_done) == (200, True)
    assert (closed.closed_by, closed.waiting_since) == (anna, None)
    assert AuditEvent.objects.get(kind="conversation_closed").by == anna


@pytest.mark.parametrize("how", ["DELETE", "form"])
def test_done_can_be_undone_with_and_without_a_script(desk: Client, conversation: Conversation, how: str) -> None:
    desk.post(address(conversation, "closure"))

    if how == "DELETE":
        response = desk.delete(address(conversation, "closure"), headers=HTMX)
    else:
        response = desk.post(address(conversation, "closure"), {"reopen": "1"})

    assert response.status_code == {"DELETE": 200, "form": 303}[how]
    assert Conversation.objects.get().closed_at is None


def test_what_the_patient_wrote_meanwhile_keeps_the_conversation_open(desk: Client, conversation: Conversation) -> None:
    shown = conversation.messages.get()
    newer = receive(conversation, "Und noch etwas", ago=timedelta(minutes=2))
    receive(conversation, "Hallo?")

    response = desk.post(address(conversation, "closure"), {"after": shown.pk}, headers=HTMX)

    stands = Conversation.objects.get()
    assert (response.status_code, response.context["conversation"].is_done) == (422, False)
    assert "Inzwischen ist eine neue Nachricht da." in response.text
    assert response.headers["HX-Trigger"] == f"roger:conversation-{conversation.pk}"
    assert (stands.closed_at, stands.waiting_since) == (None, newer.at)
    assert AuditEvent.objects.latest("at").kind == "conversation_kept_open"


def test_without_a_script_too_the_page_says_that_it_stays_open(desk: Client, conversation: Conversation) -> None:
    shown = conversation.messages.get()
    receive(conversation, "Und noch etwas")

    page = desk.post(address(conversation, "closure"), {"after": shown.pk})

    assert page.status_code == 422
    assert "Inzwischen ist eine neue Nachricht da." in page.text
    assert [line.body for line in page.context["messages"]] == ["Wann?", "Und noch etwas"]


def test_the_page_says_what_it_shows_when_done_is_pressed(desk: Client, conversation: Conversation) -> None:
    newest = receive(conversation, "Und noch etwas")

    page = desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").text
    first = desk.post(address(conversation, "closure"), {"after": ["", str(newest.pk)]}, headers=HTMX)

    [form] = re.findall(r"<form[^>]*/closure/.*?</form>", page, re.DOTALL)
    assert re.findall(r'name="after"\s+value="([^"]*)"', form) == [str(newest.pk)]
    assert 'hx-include="#thread-after"' in form
    assert (first.status_code, "Inzwischen" in first.text) == (200, False)
    assert Conversation.objects.get().closed_at is not None


def test_done_counts_what_the_page_showed_last_whichever_field_says_so(
    desk: Client, conversation: Conversation
) -> None:
    first = conversation.messages.get()
    newest = receive(conversation, "Und noch etwas")

    response = desk.post(address(conversation, "closure"), {"after": [newest.pk, first.pk]}, headers=HTMX)

    assert (response.status_code, Conversation.objects.get().closed_at is None) == (200, False)


def test_what_was_answered_long_ago_does_not_keep_a_conversation_open(
    desk: Client, anna: Member, channel: Channel
) -> None:
    conversation = make_conversation(channel)
    hit = receive(conversation, "die alte Frage", ago=timedelta(days=3))
    receive(conversation, "noch eine alte", ago=timedelta(days=2))
    answer(conversation, by=anna, ago=timedelta(days=1))

    response = desk.post(address(conversation, "closure"), {"after": hit.pk}, headers=HTMX)

    assert (response.status_code, Conversation.objects.get().closed_by) == (200, anna)


@pytest.mark.parametrize("kind", ["reaction", "system", "request_welcome"])
def test_what_owes_no_answer_does_not_keep_it_open(desk: Client, conversation: Conversation, kind: str) -> None:
    shown = conversation.messages.get()
    receive(conversation, None, type=kind)

    response = desk.post(address(conversation, "closure"), {"after": shown.pk}, headers=HTMX)

    assert (response.status_code, Conversation.objects.get().closed_at is None) == (200, False)


def test_a_colleagues_note_or_answer_does_not_keep_it_open(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    shown = conversation.messages.get()
    note(conversation, "ruft zurück", by=anna)
    answer(conversation, "Um neun.", by=anna)

    response = desk.post(address(conversation, "closure"), {"after": shown.pk}, headers=HTMX)

    assert (response.status_code, Conversation.objects.get().closed_at is None) == (200, False)


@pytest.mark.parametrize("after", ["", "x", "'; --", "00000000-0000-0000-0000-00000000000g"])
def test_a_page_that_shows_nothing_closes_as_before(desk: Client, conversation: Conversation, after: str) -> None:
    response = desk.post(address(conversation, "closure"), {"after": after}, headers=HTMX)

    assert (response.status_code, Conversation.objects.get().closed_at is None) == (200, False)


# ── unclear and failed ──


def test_an_unclear_message_is_settled_by_a_person(desk: Client, anna: Member, conversation: Conversation) -> None:
    message = answer(conversation, by=anna, state="unconfirmed")

    response = desk.post(of(message, "settlement"), headers=HTMX)

    assert (response.context["message"].state, response.context["message"].settle_url) == ("sent", "")
    assert AuditEvent.objects.get(kind="unconfirmed_settled").codes == {"arrived": True}


def test_a_failed_message_is_sent_again_as_a_new_one_of_whoever_pressed(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    failed = answer(conversation, "Um 9 Uhr.", state="failed", origin="staff", error_code=131026)

    response = desk.post(of(failed, "resending"), headers=HTMX)

    [copy] = queued()
    failed.refresh_from_db()
    assert (copy.body, copy.sent_by, copy.pk != failed.pk) == ("Um 9 Uhr.", anna, True)
    assert (failed.state, response.context["message"].resend_url) == ("failed", "")
    assert AuditEvent.objects.get(kind="message_resent").codes == {"copy": str(copy.pk)}
    assert response.headers["HX-Trigger"] == f"roger:conversation-{conversation.pk}"


def test_whether_it_was_sent_again_is_looked_up_in_its_own_thread(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    """The only index of client_id begins with the conversation."""
    answer(conversation, by=anna, state="failed", error_code=131026)

    with CaptureQueriesContext(connection) as queries:
        desk.get(f"/p/morgenthal/inbox/{conversation.pk}/")

    [statement] = [query["sql"] for query in queries if '"client_id" IN (' in query["sql"]]
    assert '"conversation_id" IN (' in statement


def test_pressing_twice_sends_once(desk: Client, anna: Member, conversation: Conversation) -> None:
    failed = answer(conversation, by=anna, state="failed", error_code=131026)

    desk.post(of(failed, "resending"), headers=HTMX)
    desk.post(of(failed, "resending"), headers=HTMX)

    assert len(queued()) == 1


def test_sending_an_unclear_message_again_settles_the_first_as_not_arrived(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    unclear = answer(conversation, by=anna, state="unconfirmed")

    desk.post(of(unclear, "resending"), headers=HTMX)

    unclear.refresh_from_db()
    assert (unclear.state, len(queued())) == ("failed", 1)


def test_what_may_not_go_out_any_more_is_not_sent_again(desk: Client, anna: Member, channel: Channel) -> None:
    conversation = make_conversation(channel)
    grant(conversation.contact, Purpose.ORGANISATION, state=Consent.WITHDRAWN)
    receive(conversation, "STOP")
    failed = answer(conversation, "Um 9 Uhr.", by=anna, state="failed")

    response = desk.post(of(failed, "resending"), headers=HTMX)

    assert (response.status_code, response.headers["HX-Retarget"]) == (422, "#composer")
    assert (response.context["composer"].gate, queued()) == ("stopped", [])


def test_what_arrived_meanwhile_does_not_stand_in_the_box_where_a_draft_does(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    unclear = answer(conversation, "Um 9 Uhr.", by=anna, state="unconfirmed")
    save_draft(conversation=conversation, by=anna, body="Noch eine Frage", mark="")
    settle_unconfirmed(message=unclear, arrived=True, by=anna)

    response = desk.post(of(unclear, "resending"), headers=HTMX)

    assert (response.status_code, queued()) == (422, [])
    assert response.context["composer"].text == "Noch eine Frage"
    assert response.context["composer"].is_draft


# ── reactions ──


def test_a_reaction_is_queued_for_the_patients_message(desk: Client, conversation: Conversation) -> None:
    question = conversation.messages.get()

    response = desk.post(of(question, "reaction"), {"emoji": "👍"}, headers=HTMX)

    [reaction] = queued()
    assert (reaction.type, reaction.target, reaction.content["emoji"]) == ("reaction", question, "👍")
    assert [shown.emoji for shown in response.context["message"].reactions] == ["👍"]


def test_whoever_waits_goes_on_waiting_as_urgently_whatever_emoji_we_give_or_take_back(
    desk: Client, conversation: Conversation
) -> None:
    question = receive(conversation, "Starke Schwellung, bekomme schlecht Luft", ago=timedelta(minutes=5))
    conversation.urgent_at, conversation.urgent_words = question.at, ["Schwellung"]
    conversation.save()
    before = standing(conversation)

    stands = []
    for emoji in ("❤️", ""):
        desk.post(of(question, "reaction"), {"emoji": emoji, "after": question.pk}, headers=HTMX)
        stands.append(standing(conversation))
    [row] = desk.get("/p/morgenthal/inbox/", {"tab": "waiting"}).context["rows"]

    assert stands == [before, before]
    assert (row.owed, row.urgent, row.last_line) == (True, "Schwellung", question.body)


def standing(conversation: Conversation) -> tuple[object, ...]:
    """Who waits since when and why it is urgent, whose it is, and what came last."""
    now = Conversation.objects.get(pk=conversation.pk)
    return now.waiting_since, now.urgent_at, now.urgent_words, now.assigned_to_id, now.last_message_id


def test_sending_again_answers_nothing_that_came_after_the_first_try(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    failed = answer(conversation, by=anna, state="failed", ago=timedelta(minutes=5))
    newer = receive(conversation, "Sind Sie da?")

    desk.post(of(failed, "resending"), headers=HTMX)

    assert len(queued()) == 1
    assert Conversation.objects.get().waiting_since == newer.at


def test_two_clicks_are_one_reaction_and_a_change_of_mind_goes_out(desk: Client, conversation: Conversation) -> None:
    question = conversation.messages.get()

    for emoji in ("👍", "👍", "", "", "👍", "❤️"):
        assert desk.post(of(question, "reaction"), {"emoji": emoji}, headers=HTMX).status_code == 200

    assert [one.content["emoji"] for one in queued()] == ["👍", None, "👍", "❤️"]


def test_a_reaction_that_did_not_arrive_is_given_again(desk: Client, conversation: Conversation) -> None:
    question = conversation.messages.get()
    desk.post(of(question, "reaction"), {"emoji": "👍"}, headers=HTMX)
    Message.objects.filter(type="reaction").update(state="failed")

    desk.post(of(question, "reaction"), {"emoji": "👍"}, headers=HTMX)

    assert len(queued()) == 1


def test_an_empty_reaction_takes_it_back(desk: Client, conversation: Conversation) -> None:
    question = conversation.messages.get()

    response = desk.post(of(question, "reaction"), {"emoji": ""}, headers=HTMX)

    assert ([one.content["emoji"] for one in queued()], response.context["message"].reactions) == ([None], [])


def test_the_page_says_what_we_reacted_with_and_what_else_one_may(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    question = conversation.messages.get()
    receive(conversation, None, type="reaction", target=answer(conversation, by=anna), content={"emoji": "😂"})

    shown = [desk.post(of(question, "reaction"), {"emoji": one}, headers=HTMX).text for one in ("❤️", "")]
    menu = desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").text.partition('id="menu-reactions"')[2]

    assert [re.findall('data-react="(.*?)"', one) for one in shown] == [["❤"], [""]]
    names = re.findall(r'data-sign-of="(.)"[^>]*><span[^>]*>.*?</span> (.*?) <small', menu)
    assert names == [
        ("👍", "Daumen hoch"), ("❤", "Herz"), ("😂", "lacht"), ("🙏", "dankt"), ("😮", "staunt"), ("😢", "traurig"),
    ]  # fmt: skip


def test_whoever_may_only_read_has_no_menu_of_reactions(bert: Client, conversation: Conversation) -> None:
    page = bert.get(f"/p/morgenthal/inbox/{conversation.pk}/").text

    assert ("menu-reactions" in page, "data-react" in page) == (False, False)


@pytest.mark.parametrize("emoji", ["ok", "x" * 40, "<b>"])
def test_words_are_no_reaction(desk: Client, conversation: Conversation, emoji: str) -> None:
    response = desk.post(of(conversation.messages.get(), "reaction"), {"emoji": emoji}, headers=HTMX)

    assert (response.status_code, queued()) == (400, [])


def test_nobody_reacts_to_our_own_messages(desk: Client, anna: Member, conversation: Conversation) -> None:
    response = desk.post(of(answer(conversation, by=anna), "reaction"), {"emoji": "👍"}, headers=HTMX)

    assert (response.status_code, queued()) == (400, [])


def test_a_reaction_needs_consent_too(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    message = receive(conversation)

    response = desk.post(of(message, "reaction"), {"emoji": "👍"}, headers=HTMX)

    assert (response.status_code, response.context["composer"].gate, queued()) == (422, "consent", [])


# ── the person ──


def test_the_whole_number_is_shown_on_request_and_that_is_noted(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    response = desk.post(address(conversation, "number"), headers=HTMX)

    [entry] = AccessLog.objects.all()
    whole = re.search(r'<a class="ltr" href="([^"]+)" autofocus>([^<]+)</a>', response.content.decode())
    assert whole and whole.groups() == ("tel:+491713920010", "0171 3920010")
    assert (entry.kind, entry.member, entry.about_id) == ("number", anna, conversation.contact_id)


def test_a_changed_number_stops_sending_until_somebody_made_sure(desk: Client, conversation: Conversation) -> None:
    Contact.objects.filter(pk=conversation.contact_id).update(identity_changed_at=timezone.now())
    before = desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").context["composer"].gate

    response = desk.post(address(conversation, "person"), headers=HTMX)

    assert (before, response.context["composer"].gate) == ("identity", "")


# ── who may not ──

DEEDS = ["closure", "seen", "number", "person", "reply"]
DEEDS_WITH_A_MESSAGE = ["settlement", "resending", "reaction"]


@pytest.mark.parametrize("path", [*DEEDS, *DEEDS_WITH_A_MESSAGE])
def test_a_trainee_does_nothing_and_a_stranger_finds_nothing(
    bert: Client, clara: Client, conversation: Conversation, path: str
) -> None:
    message = conversation.messages.get()
    of_message = path in DEEDS_WITH_A_MESSAGE
    here = of(message, path) if of_message else address(conversation, path)
    before = Conversation.objects.values().get()

    answers = (bert.post(here).status_code, clara.post(here).status_code)
    there = clara.post(here.replace("/p/morgenthal/", "/p/ostufer/")).status_code

    assert (*answers, there) == (403, 404, 404)
    assert (Conversation.objects.values().get(), queued()) == (before, [])


@pytest.mark.parametrize("path", DEEDS)
def test_no_deed_is_done_by_a_get(desk: Client, conversation: Conversation, path: str) -> None:
    assert desk.get(address(conversation, path)).status_code == 405


def test_a_message_of_another_thread_is_404(desk: Client, channel: Channel, conversation: Conversation) -> None:
    elsewhere = receive(make_conversation(channel))

    for path in DEEDS_WITH_A_MESSAGE:
        assert desk.post(address(conversation, f"messages/{elsewhere.pk}/{path}")).status_code == 404
