"""Whose a conversation is: given, taken, given back, and nobody's when somebody leaves."""

from uuid import uuid4

import pytest
from django.test import Client

from messaging.models import Channel, Conversation, Mention, Note, Task
from messaging.teamwork import presence
from practices.actions import end_membership
from practices.models import AuditEvent, Change, Member, Practice, Role
from practices.scope import practice_scope
from tests.messaging.inbox.desk import make_conversation
from tests.messaging.teamwork.press import HTMX, INBOX, of, press, ticket, toast, told, undo
from tests.people import login, make_member, make_practice

TAKE_OVER = 'id="take-over"'


def owner(conversation: Conversation) -> tuple[object, str]:
    row = Conversation.objects.get(pk=conversation.pk)
    return row.assigned_to_id, row.assigned_role


def test_one_press_takes_over_what_is_nobodys(desk: Client, anna: Member, conversation: Conversation) -> None:
    page = desk.get(of(conversation, "")[:-1]).text
    response = press(desk, of(conversation, "assignment"), to="me")

    assert page.count(TAKE_OVER) == 1
    assert (response.status_code, toast(response)) == (204, "Ihnen zugewiesen")
    assert f"roger:conversation-{conversation.pk}" in told(response)
    assert owner(conversation) == (anna.pk, "")


def test_giving_it_to_somebody_is_in_the_trail_and_on_every_screen(
    desk: Client, anna: Member, jonas: Member, conversation: Conversation
) -> None:
    response = press(desk, of(conversation, "assignment"), to=str(jonas.pk))

    event = AuditEvent.objects.get(kind="conversation_assigned")
    assert toast(response) == "Zugewiesen an Jonas Fechner"
    assert (event.by, event.about_id) == (anna, conversation.pk)
    assert event.codes == {
        "before": {"assigned_to_id": None, "assigned_role": ""},
        "after": {"assigned_to_id": str(jonas.pk), "assigned_role": ""},
    }
    assert Change.objects.filter(kind="conversation", ref=conversation.pk).count() == 1


def test_it_can_be_given_to_everybody_of_a_role_and_to_nobody(
    desk: Client, dentist: Member, conversation: Conversation
) -> None:
    to_all = press(desk, of(conversation, "assignment"), to="dentist")
    theirs = owner(conversation)
    to_nobody = press(desk, of(conversation, "assignment"), to="")

    assert (theirs, owner(conversation)) == ((None, "dentist"), (None, ""))
    assert [toast(to_all), toast(to_nobody)] == ["Zugewiesen an Zahnärzt:in", "Niemandem zugewiesen"]


def test_the_menu_offers_who_works_here_and_the_roles_that_are_filled(
    desk: Client, jonas: Member, dentist: Member, conversation: Conversation
) -> None:
    end_membership(member=make_member(dentist.practice, Role.RECEPTION, name="Fort Gegangen"), by=dentist)

    menu = desk.get(of(conversation, "assignment"), headers=HTMX)

    assert [one.user.name for one in menu.context["team"]] == ["Dr. Mira Aydemir", "Jonas Fechner"]
    assert [value for value, _label in menu.context["roles"]] == ["dentist", "reception"]
    assert menu.templates[0].name == "messaging/team/_assign_menu.html"


def test_who_may_not_answer_is_offered_nothing_and_given_nothing(
    desk: Client, practice: Practice, jonas: Member, conversation: Conversation
) -> None:
    bert = make_member(practice, Role.TRAINEE, name="Bert Bauer")
    places = [of(conversation, "assignment"), of(conversation, "tasks"), f"{INBOX}bulk/", f"{INBOX}handover/"]

    offered = [desk.get(place, headers=HTMX).context for place in places]
    to_bert = press(desk, of(conversation, "assignment"), to=str(bert.pk))
    to_trainees = press(desk, of(conversation, "assignment"), to="trainee")
    as_a_task = press(desk, of(conversation, "tasks"), kind="call", to=str(bert.pk))
    among_several = press(desk, f"{INBOX}bulk/", conversation=str(conversation.pk), to=str(bert.pk))

    assert [[one.user.name for one in each["team"]] for each in offered] == [["Jonas Fechner"]] * 4
    assert [dict(each["roles"]).keys() for each in offered] == [{"reception"}] * 4
    assert [one.status_code for one in (to_bert, to_trainees, as_a_task)] == [422] * 3
    assert to_bert.text.count("Auszubildende antworten Patient:innen nicht selbst.") == 1
    assert toast(among_several).startswith("Auszubildende antworten")
    assert (owner(conversation), Task.objects.count()) == ((None, ""), 0)


def test_who_may_not_answer_can_be_named_in_a_note(
    desk: Client, practice: Practice, conversation: Conversation
) -> None:
    bert = make_member(practice, Role.TRAINEE, name="Bert Bauer")

    form = desk.get(of(conversation, "notes"), headers=HTMX)
    press(desk, of(conversation, "notes"), body="@Bert bitte ansehen")

    assert "Bert Bauer" in form.text
    assert [mention.member for mention in Mention.objects.all()] == [bert]


def test_the_menu_says_in_a_word_who_is_there_now(
    desk: Client, jonas: Member, dentist: Member, conversation: Conversation
) -> None:
    presence.beat(conversation_id=conversation.pk, member=jonas, state=presence.State.VIEWING)
    presence.beat(conversation_id=conversation.pk, member=dentist, state=presence.State.IDLE)

    menu = desk.get(of(conversation, "assignment"), headers=HTMX)

    assert menu.context["at_work"] == {jonas.pk}
    assert menu.text.count("gerade da") == 1
    assert "Empfang, <b>gerade da</b>" in menu.text


def test_a_word_about_it_becomes_a_note_for_whoever_takes_over(
    desk: Client, anna: Member, jonas: Member, conversation: Conversation
) -> None:
    press(desk, of(conversation, "assignment"), to=str(jonas.pk), note="Ruft um vier noch einmal an.")

    note = Note.objects.get()
    assert (note.kind, note.body, note.written_by) == ("handover", "Ruft um vier noch einmal an.", anna)
    assert [mention.member for mention in Mention.objects.all()] == [jonas]


def test_no_note_is_written_where_nothing_changes_hands(desk: Client, anna: Member, conversation: Conversation) -> None:
    press(desk, of(conversation, "assignment"), to="me")
    again = press(desk, of(conversation, "assignment"), to="me", note="noch einmal")

    assert (Note.objects.count(), ticket(again)) == (0, "")
    assert AuditEvent.objects.filter(kind="conversation_assigned").count() == 1


@pytest.mark.parametrize("to", ["00000000-0000-0000-0000-000000000000", "somebody", "x" * 41])
def test_nobody_gets_what_is_given_to_somebody_unknown(desk: Client, conversation: Conversation, to: str) -> None:
    response = press(desk, of(conversation, "assignment"), to=to)

    assert (response.status_code, owner(conversation)) == (422, (None, ""))
    assert response.text.count("Diese Person arbeitet nicht mehr hier.") == 1


def test_a_member_of_another_practice_is_nobody_here(desk: Client, conversation: Conversation) -> None:
    other = make_practice("lindenhof")
    with practice_scope(other.pk):
        stranger = make_member(other, name="Frau Fremd")

    response = press(desk, of(conversation, "assignment"), to=str(stranger.pk))

    assert (response.status_code, owner(conversation)) == (422, (None, ""))


def test_without_a_script_the_menu_is_a_page_and_leads_back(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    page = desk.get(of(conversation, "assignment"))
    response = desk.post(of(conversation, "assignment"), {"to": "me"})

    assert page.templates[0].name == "messaging/team/deed.html"
    assert (response.status_code, response["Location"]) == (303, of(conversation, "")[:-1])
    assert owner(conversation) == (anna.pk, "")


# ── answering takes it ──


def reply(browser: Client, conversation: Conversation, body: str = "Um neun.", **fields: object) -> object:
    return browser.post(
        of(conversation, "reply"),
        {"body": body, "purpose": "organisation", "client_id": uuid4(), **fields},
        headers=HTMX,
    )


def test_whoever_answers_what_is_nobodys_takes_it_and_can_undo_that(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    response = reply(desk, conversation)
    taken = owner(conversation)
    undo(desk, response)

    assert toast(response) == "Ihnen zugewiesen, weil Sie geantwortet haben"
    assert (taken, owner(conversation)) == ((anna.pk, ""), (None, ""))


@pytest.mark.parametrize("to", ["reception", "jonas"])
def test_whoever_answers_what_is_somebodys_leaves_it_theirs(
    desk: Client, jonas: Member, conversation: Conversation, to: str
) -> None:
    press(desk, of(conversation, "assignment"), to=str(jonas.pk) if to == "jonas" else to)
    before = owner(conversation)

    response = reply(desk, conversation)

    assert "roger:toast" not in told(response)
    assert owner(conversation) == before


# ── leaving ──


def test_what_was_somebodys_who_leaves_is_nobodys(
    channel: Channel, practice: Practice, anna: Member, jonas: Member, conversation: Conversation
) -> None:
    leader = make_member(practice, Role.OWNER, name="Lea Leitung")
    annas = make_conversation(channel, assigned_to=anna)
    Conversation.objects.filter(pk=conversation.pk).update(assigned_to=jonas)
    Task.objects.create(conversation=conversation, contact=conversation.contact, assigned_to=jonas)

    end_membership(member=jonas, by=leader)

    assert (owner(conversation), owner(annas)) == ((None, ""), (anna.pk, ""))
    assert Task.objects.get().assigned_to is None
    assert AuditEvent.objects.filter(kind__in=["conversation_unassigned", "task_unassigned"]).count() == 2
    assert Change.objects.filter(kind="conversation", ref=conversation.pk).count() == 1


# ── who may not ──


def test_strangers_and_those_who_only_read_change_nothing(
    bert: Client, clara: Client, conversation: Conversation
) -> None:
    address = of(conversation, "assignment")

    assert (clara.post(address, {"to": "me"}).status_code, bert.post(address, {"to": "me"}).status_code) == (404, 403)
    assert owner(conversation) == (None, "")


def test_the_head_says_whose_it_is(desk: Client, jonas: Member, conversation: Conversation, client: Client) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(assigned_to=jonas)
    theirs = desk.get(of(conversation, "")[:-1]).text
    jonas_browser = Client()
    login(jonas_browser, jonas)
    mine = jonas_browser.get(of(conversation, "")[:-1]).text

    assert (theirs.count("Bei Jonas Fechner"), mine.count("Bei Ihnen")) == (1, 1)


@pytest.mark.parametrize("to", ["reception", "jonas"])
def test_what_is_a_colleagues_or_a_roles_is_taken_by_the_same_press_and_given_back(
    desk: Client, anna: Member, jonas: Member, conversation: Conversation, to: str
) -> None:
    press(desk, of(conversation, "assignment"), to=str(jonas.pk) if to == "jonas" else to)
    before = owner(conversation)

    offered = desk.get(of(conversation, "")[:-1]).text.count(TAKE_OVER)
    response = press(desk, of(conversation, "assignment"), to="me")
    taken, offered_again = owner(conversation), desk.get(of(conversation, "")[:-1]).text.count(TAKE_OVER)
    undo(desk, response)

    assert (offered, offered_again) == (1, 0), "what is mine I need not take"
    assert (taken, owner(conversation)) == ((anna.pk, ""), before)


def test_whoever_only_reads_reads_whose_it_is_and_takes_nothing(
    bert: Client, jonas: Member, conversation: Conversation
) -> None:
    nobodys = bert.get(of(conversation, "")[:-1]).text
    Conversation.objects.filter(pk=conversation.pk).update(assigned_to=jonas)
    jonas_s = bert.get(of(conversation, "")[:-1]).text

    assert (nobodys.count("Bei niemandem"), jonas_s.count("Bei niemandem")) == (1, 0)
    assert (nobodys.count(TAKE_OVER), jonas_s.count(TAKE_OVER), jonas_s.count("Bei Jonas Fechner")) == (0, 0, 1)
