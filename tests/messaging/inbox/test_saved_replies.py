"""Saved replies: filled from the patient, never sent with a gap, with effects that are said before and done after."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from messaging.actions import reopen_conversation
from messaging.models import Channel, Conversation, ConversationLabel, Label, Message, SavedReply
from messaging.saved_replies.actions import ShortcutTaken, change_saved_reply, create_saved_reply
from messaging.saved_replies.effects import effects_of
from messaging.saved_replies.filling import facts_for, missing_in, unknown_in
from messaging.teamwork.snoozing import Choice, moment_of
from patients.models import Appointment, Patient, Relation
from practices.models import AuditEvent, Member, Role
from tests.messaging.inbox.desk import grant, make_contact, make_conversation, make_patient, receive
from tests.messaging.teamwork.press import said_on
from tests.people import login, make_member

HTMX = {"HX-Request": "true"}
PAGE = "/p/morgenthal/inbox/saved-replies/"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel)
    make_patient(conversation.contact)
    grant(conversation.contact)
    receive(conversation, "Wann ist mein Termin?")
    return conversation


def address(conversation: Conversation, path: str = "saved-replies/") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def make_reply(body: str = "Guten Tag {anrede}", **columns: Any) -> SavedReply:
    given: dict[str, Any] = {"title": "Gruß", "shortcut": f"r{SavedReply.objects.count()}", "by": None} | columns
    return create_saved_reply(body=body, **given)


def offered(desk: Client, conversation: Conversation, query: str = "") -> list[str]:
    return [text for _reply, text, _effects in desk.get(address(conversation) + query).context["replies"]]


def send(desk: Client, conversation: Conversation, body: str = "Ja.", **fields: object) -> Any:
    return desk.post(address(conversation, "reply/"), {"body": body, **fields}, headers=HTMX)


def visit(patient: Patient, starts_at: datetime, **columns: Any) -> Appointment:
    return Appointment.objects.create(patient=patient, starts_at=starts_at, **columns)


# ── filling ──


def test_what_is_known_of_the_patient_is_filled_in(desk: Client, conversation: Conversation) -> None:
    make_reply("Guten Tag {anrede}, liebe {vorname} {nachname}")

    assert offered(desk, conversation) == ["Guten Tag Frau Vogt, liebe Jana Vogt"]


def test_what_is_known_of_the_practice_and_of_whoever_writes_is_filled_in(
    desk: Client, conversation: Conversation
) -> None:
    make_reply("{bearbeiter}, {praxis}, {telefon}, {email}, {adresse}")

    [text] = offered(desk, conversation)

    assert text.startswith("Anna Arnold, ")
    assert "{" not in text


def test_the_next_visit_is_the_first_one_ahead_that_stands(desk: Client, conversation: Conversation) -> None:
    patient = Patient.objects.get()
    now = timezone.now()
    first = visit(patient, now + timedelta(days=3))
    visit(patient, now + timedelta(days=9))
    visit(patient, now + timedelta(days=1), cancelled_at=now)
    visit(patient, now - timedelta(days=1))
    make_reply("{naechster_termin}")

    [text] = offered(desk, conversation)

    at = timezone.localtime(first.starts_at)
    assert text.endswith(f", {at:%d.%m.}, {at:%H:%M} Uhr")


@time_machine.travel(NOW, tick=False)
def test_a_visit_is_said_in_whole_german_words(anna: Member, conversation: Conversation) -> None:
    visit(Patient.objects.get(), datetime(2026, 12, 1, 9, 40, tzinfo=UTC))

    assert facts_for(conversation, anna).fill("{naechster_termin}") == "Dienstag, 01.12., 10:40 Uhr"


def test_what_is_not_known_stays_to_see(desk: Client, channel: Channel) -> None:
    stranger = make_conversation(channel, make_contact())
    grant(stranger.contact)
    make_reply("Guten Tag {anrede}, Ihr Termin: {naechster_termin}. {praxis}")

    [text] = offered(desk, stranger)

    assert text.startswith("Guten Tag {anrede}, Ihr Termin: {naechster_termin}. ")


def test_in_a_family_it_is_filled_for_whom_the_message_is(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    child = make_patient(
        conversation.contact,
        first_name="Mia",
        last_name="Hoffmann",
        relation=Relation.GUARDIAN,
        birth_date="2018-01-05",
    )
    make_reply("{vorname}")

    assert offered(desk, conversation, f"?patient={child.pk}") == ["Mia"]
    assert offered(desk, conversation) == ["{vorname}"]
    assert offered(desk, conversation, "?patient=nobody") == ["{vorname}"]


def test_a_patient_of_somebody_else_is_not_filled_in(
    desk: Client, channel: Channel, conversation: Conversation
) -> None:
    other = make_patient(make_contact(), first_name="Fremd")
    make_reply("{vorname}")

    response = desk.get(address(conversation) + f"?patient={other.pk}")

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("text", "missing", "unknown"),
    [
        ("Guten Tag", [], []),
        ("{vorname} {vorname} {anrede}", ["vorname", "anrede"], []),
        ("{kontostand}", [], ["kontostand"]),
        ("{ vorname } {} {{", [], []),
    ],
)
def test_placeholders_are_told_from_other_braces(text: str, missing: list[str], unknown: list[str]) -> None:
    assert (missing_in(text), unknown_in(text)) == (missing, unknown)


def test_a_text_with_a_gap_is_not_sent_and_says_what_is_missing(desk: Client, conversation: Conversation) -> None:
    response = send(desk, conversation, "Guten Tag, Ihr Termin: {naechster_termin}.")

    composer = response.context["composer"]
    assert (response.status_code, composer.text) == (422, "Guten Tag, Ihr Termin: {naechster_termin}.")
    assert composer.errors == ["Es fehlt noch: nächster Termin. Ergänzen Sie den Text an den markierten Stellen."]
    assert not Message.objects.filter(direction="out").exists()


def test_other_braces_go_out(desk: Client, conversation: Conversation) -> None:
    assert send(desk, conversation, "Das WLAN heißt {praxisgast}.").status_code == 204


# ── effects ──


def test_effects_are_said_before(desk: Client, conversation: Conversation) -> None:
    label = Label.objects.create(name="Termin")
    make_reply("Ja", labels=[label.pk], assign="reception", closes=True)

    [(_reply, _text, said)] = desk.get(address(conversation)).context["replies"]

    assert said == ["Label „Termin“", "Übergabe an: Empfang", "Erledigt"]


def test_effects_are_done_after_sending(desk: Client, anna: Member, conversation: Conversation) -> None:
    label = Label.objects.create(name="Termin")
    reply = make_reply("Ja", labels=[label.pk], assign="me", closes=True)

    response = send(desk, conversation, "Ja", saved_reply=reply.pk)

    conversation.refresh_from_db()
    assert response.status_code == 204
    assert [link.label for link in ConversationLabel.objects.all()] == [label]
    assert conversation.assigned_to == anna
    assert conversation.closed_by == anna
    used = AuditEvent.objects.get(kind="saved_reply_used", about_id=conversation.pk)
    done = AuditEvent.objects.filter(kind__in=["label_hung", "conversation_assigned"]).order_by("pk")
    assert used.codes == {
        "reply": str(reply.pk),
        "messages": [str(Message.objects.get(direction="out").pk)],
        "deeds": [str(one.pk) for one in done],
    }


def test_a_role_may_get_the_conversation(desk: Client, conversation: Conversation) -> None:
    send(desk, conversation, "Ja", saved_reply=make_reply("Ja", assign="dentist").pk)

    conversation.refresh_from_db()
    assert (conversation.assigned_to, conversation.assigned_role) == (None, "dentist")


def test_a_refused_text_has_no_effects_and_keeps_them_for_the_next_try(
    desk: Client, conversation: Conversation
) -> None:
    reply = make_reply("{naechster_termin}", closes=True)

    response = send(desk, conversation, "{naechster_termin}", saved_reply=reply.pk)

    composer = response.context["composer"]
    conversation.refresh_from_db()
    assert (composer.saved_reply, composer.effects, conversation.closed_at) == (reply.pk, ["Erledigt"], None)


def test_what_the_patient_wrote_meanwhile_keeps_the_conversation_open(desk: Client, conversation: Conversation) -> None:
    shown = conversation.messages.get()
    receive(conversation, "Noch etwas")

    send(desk, conversation, "Ja", saved_reply=make_reply("Ja", closes=True).pk, after=shown.pk)

    conversation.refresh_from_db()
    assert conversation.closed_at is None
    assert conversation.waiting_since is not None


def test_a_reply_that_was_removed_meanwhile_sends_its_text_alone(desk: Client, conversation: Conversation) -> None:
    reply = make_reply("Ja", closes=True)
    SavedReply.objects.update(archived_at=timezone.now())

    assert send(desk, conversation, "Ja", saved_reply=reply.pk).status_code == 204
    conversation.refresh_from_db()
    assert conversation.closed_at is None
    assert effects_of(reply.pk) == []


def test_a_label_hangs_once_however_often_the_reply_is_used(desk: Client, conversation: Conversation) -> None:
    reply = make_reply("Ja", labels=[Label.objects.create(name="Termin").pk])

    for _ in range(2):
        send(desk, conversation, "Ja", saved_reply=reply.pk)

    assert ConversationLabel.objects.count() == 1
    assert AuditEvent.objects.filter(kind="label_hung", about_id=conversation.pk).count() == 1


def test_a_reply_may_put_the_conversation_off(desk: Client, anna: Member, conversation: Conversation) -> None:
    reply = make_reply("Ja", snooze="tomorrow")

    send(desk, conversation, "Ja", saved_reply=reply.pk)

    conversation.refresh_from_db()
    assert conversation.snoozed_until == moment_of(Choice.TOMORROW, anna.practice, timezone.now())
    assert effects_of(reply.pk) == ["Zurückstellen: Morgen früh"]
    assert AuditEvent.objects.get(kind="conversation_snoozed").by == anna


def test_only_moments_that_always_lie_ahead_can_be_chosen(desk: Client, channel: Channel) -> None:
    field = desk.get(PAGE).context["form"].fields["snooze"]

    assert [value for value, _words in field.choices] == ["", "hour", "tomorrow", "monday"]


def test_what_the_patient_wrote_meanwhile_is_not_put_off(desk: Client, conversation: Conversation) -> None:
    shown = conversation.messages.get()
    receive(conversation, "Noch etwas")

    send(desk, conversation, "Ja", saved_reply=make_reply("Ja", snooze="tomorrow").pk, after=shown.pk)

    conversation.refresh_from_db()
    assert conversation.snoozed_until is None


def test_effects_are_done_once_however_often_the_sending_is_repeated(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    reply, client_id = make_reply("Ja", closes=True), uuid4()
    send(desk, conversation, "Ja", saved_reply=reply.pk, client_id=client_id)
    reopen_conversation(conversation=conversation, by=anna)

    again = send(desk, conversation, "Ja", saved_reply=reply.pk, client_id=client_id)

    conversation.refresh_from_db()
    assert (again.status_code, conversation.closed_at) == (204, None)
    assert AuditEvent.objects.filter(kind="saved_reply_used").count() == 1


def test_handing_over_by_a_reply_stands_on_the_trail_with_what_stood_there_before(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    send(desk, conversation, "Ja", saved_reply=make_reply("Ja", assign="dentist").pk)

    event = AuditEvent.objects.get(kind="conversation_assigned")
    assert (event.by, event.codes["before"]["assigned_role"], event.codes["after"]["assigned_role"]) == (
        anna,
        "",
        "dentist",
    )


# ── keeping them ──


def test_whoever_may_send_may_write_one(desk: Client, anna: Member, channel: Channel) -> None:
    response = desk.post(PAGE, {"title": "Parken", "shortcut": "parken", "body": "Im Hof.", "closes": "on"})

    [reply] = SavedReply.objects.all()
    assert (response.status_code, response.headers["Location"]) == (303, PAGE)
    assert (reply.title, reply.shortcut, reply.body, reply.closes) == ("Parken", "parken", "Im Hof.", True)
    assert reply.created_by == anna
    assert AuditEvent.objects.get(kind="saved_reply_created").by == anna


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": ""}, "title"),
        ({"shortcut": "mit leer"}, "shortcut"),
        ({"shortcut": "/x"}, "shortcut"),
        ({"body": ""}, "body"),
        ({"body": "{kontostand}"}, "body"),
        ({"assign": "somebody"}, "assign"),
        ({"assign": "trainee"}, "assign"),  # who may not answer is given nothing
        ({"snooze": "afternoon"}, "snooze"),
        ({"shortcut": "VERGEBEN"}, "shortcut"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(desk: Client, channel: Channel, fields: dict[str, str], wrong: str) -> None:
    make_reply("x", shortcut="vergeben")

    response = desk.post(PAGE, {"title": "Parken", "shortcut": "parken", "body": "Im Hof."} | fields)

    assert (response.status_code, list(response.context["form"].errors)) == (422, [wrong])
    assert SavedReply.objects.count() == 1


def test_one_s_own_can_be_changed(desk: Client, anna: Member, channel: Channel) -> None:
    reply = make_reply("Im Hof.", by=anna)
    at = f"{PAGE}{reply.pk}/"

    page = desk.get(at)
    response = desk.post(at, {"title": "Parken", "shortcut": "hof", "body": "Vor dem Haus."})

    reply.refresh_from_db()
    assert (page.context["form"].initial["body"], response.status_code) == ("Im Hof.", 303)
    assert (reply.body, reply.shortcut) == ("Vor dem Haus.", "hof")


def test_the_page_says_what_was_done_with_one(desk: Client, anna: Member, channel: Channel) -> None:
    browser, fields = Client(), {"title": "Parken", "shortcut": "hof", "body": "Vor dem Haus."}
    login(browser, make_member(anna.practice, Role.OWNER, name="Dr. Morgenthal"))

    said = [said_on(desk.post(PAGE, fields, follow=True))]
    at = f"{PAGE}{SavedReply.objects.get().pk}/"
    said += [said_on(desk.post(at, fields, follow=True)), said_on(browser.post(f"{at}archive/", follow=True))]

    assert said == [["Antwort gespeichert"], ["Antwort geändert"], ["Antwort entfernt"]]


def test_a_colleague_s_can_not_but_a_leader_changes_any(desk: Client, anna: Member, channel: Channel) -> None:
    boss = make_member(anna.practice, Role.OWNER, name="Dr. Morgenthal")
    reply, browser = make_reply("Im Hof.", by=boss), Client()
    login(browser, make_member(anna.practice, Role.PRACTICE_MANAGER, name="Petra Amt"))
    fields = {"title": "Parken", "shortcut": "hof", "body": "Vor dem Haus."}

    refused, changed = desk.post(f"{PAGE}{reply.pk}/", fields), browser.post(f"{PAGE}{reply.pk}/", fields)

    assert (refused.status_code, changed.status_code) == (422, 303)
    assert "jemand anderes geschrieben" in refused.content.decode()


def test_leaders_remove_one_and_the_sent_text_stays(desk: Client, anna: Member, conversation: Conversation) -> None:
    reply, browser = make_reply("Im Hof.", by=anna), Client()
    login(browser, make_member(anna.practice, Role.OWNER, name="Dr. Morgenthal"))
    send(desk, conversation, "Im Hof.", saved_reply=reply.pk)

    by_reception = desk.post(f"{PAGE}{reply.pk}/archive/")
    by_owner = browser.post(f"{PAGE}{reply.pk}/archive/")

    assert (by_reception.status_code, by_owner.status_code) == (403, 303)
    assert (offered(desk, conversation), Message.objects.get(direction="out").body) == ([], "Im Hof.")
    assert desk.get(f"{PAGE}{reply.pk}/").status_code == 404


def test_changing_a_shortcut_to_one_in_use_is_refused(anna: Member, channel: Channel) -> None:
    make_reply("a", shortcut="hof")
    reply = make_reply("b", by=anna)

    with pytest.raises(ShortcutTaken):
        change_saved_reply(reply=reply, by=anna, shortcut="Hof")


def test_names_and_texts_lie_in_the_database_as_ciphertext_only(channel: Channel) -> None:
    make_reply("Herzlichen Glückwunsch", title="Geburtstag")

    with connection.cursor() as cursor:
        cursor.execute("select title, shortcut, body from messaging_savedreply")
        stored = b"".join(bytes(column) for row in cursor.fetchall() for column in row)
    assert b"Geburtstag" not in stored
    assert b"Herzlichen" not in stored


@pytest.mark.parametrize("many", [1, 12])
def test_the_list_costs_the_same_whatever_it_holds(
    desk: Client, conversation: Conversation, django_assert_num_queries: Any, many: int
) -> None:
    for number in range(many):
        make_reply("Guten Tag {anrede}", labels=[Label.objects.create(name=f"Nr. {number}").pk])
    offered(desk, conversation)

    with django_assert_num_queries(16):  # one of them: was this thread opened, or explained
        assert len(offered(desk, conversation)) == many


def test_the_emoji_have_german_names(desk: Client, channel: Channel) -> None:
    page = desk.get("/p/morgenthal/inbox/emoji/").content.decode()

    assert 'data-sign="👍"' in page
    assert 'aria-label="Daumen hoch"' in page


def test_a_trainee_and_a_stranger_see_none(bert: Client, clara: Client, conversation: Conversation) -> None:
    reply = make_reply("Im Hof.")

    assert (bert.get(address(conversation)).status_code, bert.get(PAGE).status_code) == (403, 403)
    assert (clara.get(address(conversation)).status_code, clara.get(PAGE).status_code) == (404, 404)
    assert clara.get(f"/p/ostufer/inbox/saved-replies/{reply.pk}/").status_code == 404
