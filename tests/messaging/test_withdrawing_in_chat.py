"""Taking consent back in the chat: words, sentences that may be meant so, buttons, and what is said back."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent.models import Channel, ConsentEvent, ConsentState
from consent.purposes import Purpose
from consent.withdrawals import withdraw_elsewhere
from messaging.doubts import Decision, decide, doubtful_message
from messaging.models import Conversation, Message
from patients.actions import link, register_patient
from patients.models import Contact, Relation, RightsRequest
from practices.models import AuditEvent, Member, Practice
from practices.scope import practice_scope
from tests.messaging.factories import Line, message, now
from tests.messaging.test_consent_in_chat import agree, events, said, states

pytestmark = pytest.mark.django_db
ALL = tuple(Purpose)
D21 = "Bitte keine Erinnerungen mehr schicken. Termine gern weiter hier"
E4 = "Möchten Sie keine Nachrichten mehr von uns? Bitte wählen Sie."


def write(line: Line, words: str, **fields: Any) -> None:
    line.deliver(message(words, **({"timestamp": now()} | fields)))


def tap(line: Line, payload: str, title: str = "") -> None:
    reply = {"type": "button_reply", "button_reply": {"id": payload, "title": title or payload}}
    write(line, "", type="interactive", interactive=reply)


def marked(line: Line) -> bool:
    return line.conversation().possible_withdrawal_at is not None


def queued_for(line: Line, purpose: str, kind: str = "template") -> None:
    """A message of the practice that waits for its turn."""
    with practice_scope(line.practice.pk):
        conversation = Conversation.objects.get()
        Message.objects.create(
            conversation=conversation,
            contact_id=conversation.contact_id,
            channel_id=conversation.channel_id,
            direction="out",
            origin="automatic",
            state="queued",
            type="template",
            kind=kind,
            purpose=purpose,
            body="Ihre Prophylaxe",
            at=timezone.now(),
        )


def cancelled(line: Line) -> list[str]:
    with practice_scope(line.practice.pk):
        rows = Message.objects.filter(state="cancelled")
        return sorted(one.purpose for one in rows if one.body == "Ihre Prophylaxe")


def counted(line: Line) -> int:
    with practice_scope(line.practice.pk):
        event = ConsentEvent.objects.filter(type__in=("withdrawn", "wrong_number")).order_by("-seq").first()
        assert event is not None
        return int(event.payload["evidence"]["cancelled"])


# ── words ──


@pytest.mark.parametrize(
    "word", ["STOP", "abmelden", "Keine Nachrichten mehr!", "stop messages", "dur", "стоп", "відписатися", "توقف"]
)
def test_c_11_a_word_in_any_language_stops_at_once_with_one_confirmation(line: Line, word: str) -> None:
    agree(line, *ALL)

    write(line, word)

    assert set(states(line).values()) == {"withdrawn"}
    assert [one.partition(" (")[0] for one in said(line)[1:]] == ["Ihr Widerruf ist gespeichert"]


def test_c_11_a_repeated_webhook_gives_one_event_and_one_confirmation(line: Line) -> None:
    agree(line)
    stop = message("Stop", timestamp=now())

    line.deliver(stop, stop | {"repeated": True})
    write(line, "stop")

    assert events(line) == ["granted", "confirmed", "withdrawn", "withdrawn"]
    assert len(said(line)) == 2


def test_c_11_outside_the_window_nothing_is_confirmed(line: Line) -> None:
    agree(line)
    with practice_scope(line.practice.pk):
        Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(days=3))
        withdraw_elsewhere(
            contact=Contact.objects.get(),
            channel=Channel.STAFF_PHONE,
            act={"note": "rief an"},
            occurred_at=timezone.now(),
        )

    assert set(states(line).values()) == {"withdrawn"}
    assert len(said(line)) == 1


@pytest.mark.parametrize(
    "words",
    ["Blutung stoppt nicht", "Termin absagen", "storno", "iptal", "Stop, ich meinte Dienstag", "Stoppuhr"],
)
def test_c_11_what_must_not_fire_withdraws_nothing(line: Line, words: str) -> None:
    agree(line, *ALL)

    write(line, words)

    assert set(states(line).values()) == {"granted"}


def test_c_11_a_quoted_reply_with_stop_is_asked_about_and_withdraws_nothing(line: Line) -> None:
    agree(line)

    write(line, "STOP", context={"from": "493023125101", "id": "wamid.HBgquoted"})

    assert (states(line)["organisation"], marked(line)) == ("granted", True)


@pytest.mark.parametrize(
    ("word", "ended", "off"),
    [("stop recall", "recall", "Vorsorge-Erinnerung"), ("Keine Werbung mehr.", "werbung", "Neuigkeiten")],
)
def test_c_13_a_part_ends_and_e3_names_what_goes_on(line: Line, word: str, ended: str, off: str) -> None:
    agree(line, *ALL)

    write(line, word)

    assert [purpose for purpose, state in states(line).items() if state == "withdrawn"] == [ended]
    assert f"Abgeschaltet: {off}. Weiter aktiv: Termine und Organisation" in said(line)[-1]


def test_the_thanks_for_a_consent_carry_a_link_that_withdraws_it(line: Line, client: Client) -> None:
    agree(line)
    [thanks] = said(line)
    path = "/w/" + thanks.partition("/w/")[2].split()[0]

    assert client.post(path).status_code == 200

    assert set(states(line).values()) == {"withdrawn"}
    assert [one.partition(" (")[0] for one in said(line)[1:]] == ["Ihr Widerruf ist gespeichert"]


def test_whoever_agreed_in_english_gets_the_link_in_english(line: Line) -> None:
    agree(line)
    with practice_scope(line.practice.pk):
        Contact.objects.update(language="en")
    write(line, "stop")
    write(line, "start")

    tap(line, "ja_einverstanden")

    assert "write STOP or open http" in said(line)[-1]


def test_start_after_stop_shows_the_whole_text_and_grants_nothing_by_itself(line: Line) -> None:
    agree(line)
    write(line, "STOP")

    write(line, "START")

    assert states(line)["organisation"] == "pending"
    assert "Soweit nötig, entbinden Sie uns dafür gegenüber Meta von der Schweigepflicht." in said(line)[-1]


# ── sentences that may be meant so ──


def test_c_13_d21_a_part_meant_in_other_words_is_asked_about_and_one_tap_ends_it(line: Line) -> None:
    agree(line, Purpose.ORGANISATION, Purpose.RECALL, Purpose.WERBUNG)

    write(line, D21)
    is_marked, question = marked(line), said(line)[-1]
    with practice_scope(line.practice.pk):
        buttons = Message.objects.get(type="interactive", direction="out").content["buttons"]
    tap(line, "nur_erinnerungen")

    assert (is_marked, question) == (True, E4)
    assert [button["title"] for button in buttons] == [
        "Nur Erinnerungen",
        "Alles abmelden",
        "Nichts ändern",
    ]
    assert states(line) == {"organisation": "granted", "recall": "withdrawn", "werbung": "withdrawn"}
    assert (marked(line), said(line)[-1].startswith("Erledigt")) == (False, True)


def test_c_13_the_button_of_a_recall_ends_the_recall_with_one_tap(line: Line) -> None:
    agree(line, *ALL)

    write(line, "", type="button", button={"payload": "Keine Erinnerung", "text": "Keine Erinnerung"})

    assert [purpose for purpose, state in states(line).items() if state == "withdrawn"] == ["recall"]
    assert "Abgeschaltet: Vorsorge-Erinnerung." in said(line)[-1]


def test_the_question_is_asked_once_while_nobody_has_answered(line: Line) -> None:
    agree(line)
    write(line, "Lassen Sie mich in Ruhe")
    first = line.conversation().possible_withdrawal_at

    write(line, "Bitte nicht mehr schreiben, ja?")

    assert said(line)[1:] == [E4]
    assert line.conversation().possible_withdrawal_at == first


def test_words_that_come_again_after_an_answer_are_asked_about_again(line: Line) -> None:
    agree(line)
    write(line, "Lassen Sie mich in Ruhe")
    tap(line, "nichts_aendern")
    was_settled = not marked(line)

    write(line, "Ich möchte mich jetzt doch abmelden, bitte")

    assert (was_settled, marked(line), said(line)[1:]) == (True, True, [E4, E4])
    assert states(line)["organisation"] == "granted"


def test_an_edit_can_raise_the_doubt_and_shows_its_own_words(line: Line) -> None:
    agree(line)
    original = message("Danke", timestamp=now())
    line.deliver(original)
    wamid = original["entry"][0]["changes"][0]["value"]["messages"][0]["id"]

    changed = {"original_message_id": wamid, "message": {"type": "text", "text": {"body": "Bitte in Ruhe lassen"}}}
    write(line, "", type="edit", edit=changed)

    assert marked(line)
    with practice_scope(line.practice.pk):
        found = doubtful_message(Conversation.objects.get())
        assert found is not None
        assert (found.type, found.body) == ("edit", "Bitte in Ruhe lassen")


@pytest.mark.parametrize("payload", ["alles_abmelden", "nichts_aendern", "nur_erinnerungen"])
def test_each_answer_settles_the_doubt(line: Line, payload: str) -> None:
    agree(line, *ALL)
    write(line, "Ich möchte mich abmelden, danke")

    tap(line, payload)

    assert not marked(line)


def test_a_stranger_is_asked_for_consent_not_about_a_withdrawal(line: Line) -> None:
    write(line, "Stop, ich meinte Dienstag")

    [question] = said(line)
    assert ("Bevor wir hier weiterschreiben" in question, marked(line)) == (True, False)


def test_whoever_has_withdrawn_is_not_asked_what_was_meant(line: Line) -> None:
    agree(line)
    write(line, "STOP")

    write(line, "Lassen Sie mich endlich in Ruhe")

    assert (len(said(line)), marked(line)) == (2, False)


@pytest.mark.parametrize(
    ("decision", "left"),
    [
        (Decision.EVERYTHING, []),
        (Decision.REMINDERS, ["behandlung", "organisation"]),
        (Decision.NOTHING, ["behandlung", "organisation", "recall", "werbung"]),
    ],
)
def test_c_12_a_person_of_the_team_says_what_was_meant(
    line: Line, anna: Member, decision: Decision, left: list[str]
) -> None:
    agree(line, *ALL)
    write(line, "Bitte lassen Sie mich in Ruhe")

    with practice_scope(line.practice.pk):
        conversation = Conversation.objects.select_related("contact").get()
        decide(conversation=conversation, decision=decision, by=anna)
        decide(conversation=Conversation.objects.select_related("contact").get(), decision=decision, by=anna)
        decided = AuditEvent.objects.filter(kind="possible_withdrawal_decided").count()

    assert sorted(purpose for purpose, state in states(line).items() if state == "granted") == left
    assert (marked(line), decided) == (False, 1)
    assert len(said(line)) == (2 if decision == Decision.NOTHING else 3)


def test_the_words_and_who_decided_stand_on_the_ledger(line: Line, anna: Member) -> None:
    agree(line)
    write(line, "Bitte lassen Sie mich in Ruhe")

    with practice_scope(line.practice.pk):
        decide(conversation=Conversation.objects.select_related("contact").get(), decision=Decision.EVERYTHING, by=anna)
        evidence = ConsentEvent.objects.get(type="withdrawn").payload["evidence"]

    assert evidence["act"]["words"] == "Bitte lassen Sie mich in Ruhe"
    assert (evidence["actor"]["member_id"], evidence["channel"]) == (str(anna.pk), "whatsapp_keyword")


# ── after STOP (L-10) ──


def test_l_10_after_stop_nothing_is_answered_by_default(line: Line) -> None:
    agree(line)
    write(line, "STOP")

    write(line, "Danke. Anrufen dürfen Sie mich aber weiterhin.")

    assert len(said(line)) == 2


def test_l_10_where_the_practice_wants_it_e5_goes_out_once_in_24_hours(line: Line) -> None:
    Practice.objects.filter(pk=line.practice.pk).update(reply_after_stop=True)
    agree(line)
    write(line, "STOP")

    write(line, "Wann ist mein Termin?")
    write(line, "Hallo?")

    assert [one.partition(",")[0] for one in said(line)[2:]] == ["Sie haben WhatsApp abgemeldet"]
    with practice_scope(line.practice.pk):
        Message.objects.filter(kind="after_stop").update(at=timezone.now() - timedelta(hours=25), state="read")
    write(line, "Immer noch niemand da?")
    assert len(said(line)) == 4


# ── "Daten löschen" ──


@pytest.mark.parametrize("words", ["Daten löschen", "Löschen Sie meine Daten!"])
def test_c_29_a_wish_for_erasure_opens_a_case_and_is_no_stop(line: Line, words: str) -> None:
    agree(line)

    write(line, words)

    with practice_scope(line.practice.pk):
        [case] = RightsRequest.objects.all()
        assert (case.right, case.words, case.settled_at) == ("erasure", words, None)
        assert timedelta(days=27) < case.due_at - case.received_at < timedelta(days=32)
    assert (states(line)["organisation"], events(line)) == ("granted", ["granted", "confirmed"])
    answer = said(line)[-1]
    assert ("Ihre Patientenakte müssen wir aufbewahren" in answer, answer.endswith(E4)) == (True, True)
    assert line.conversation().waiting_since is not None


def test_c_29_the_same_wish_again_is_the_same_case(line: Line) -> None:
    agree(line)

    write(line, "Daten löschen")
    write(line, "Daten löschen")

    with practice_scope(line.practice.pk):
        assert RightsRequest.objects.count() == 1


def test_c_29_a_stranger_who_wants_to_be_erased_is_not_asked_for_consent(line: Line) -> None:
    write(line, "Daten löschen")

    [answer] = said(line)
    assert (answer.startswith("Wir haben notiert"), "Einverständnis" in answer) == (True, False)
    with practice_scope(line.practice.pk):
        assert RightsRequest.objects.count() == 1


# ── strangers (L-9) ──


def test_l_09_a_practice_that_answers_no_stranger_asks_nobody(line: Line) -> None:
    Practice.objects.filter(pk=line.practice.pk).update(stranger_reply="nothing")

    write(line, "Hallo, haben Sie Termine?")

    assert said(line) == []
    assert line.conversation().waiting_since is not None


def test_but_whoever_writes_start_there_is_shown_the_text(line: Line) -> None:
    Practice.objects.filter(pk=line.practice.pk).update(stranger_reply="nothing")

    write(line, "START")

    assert "Bevor wir hier weiterschreiben" in said(line)[-1]


# ── every route cancels what waits ──


def by_word(line: Line, _anna: Member, _client: Client) -> None:
    write(line, "STOP")


def by_button(line: Line, _anna: Member, _client: Client) -> None:
    tap(line, "alles_abmelden")


def by_no_thanks(line: Line, _anna: Member, _client: Client) -> None:
    tap(line, "nein_danke")


def by_link(line: Line, _anna: Member, client: Client) -> None:
    client.post("/w/" + said(line)[0].partition("/w/")[2].split()[0])


def by_staff(line: Line, anna: Member, _client: Client) -> None:
    with practice_scope(line.practice.pk):
        withdraw_elsewhere(
            contact=Contact.objects.get(),
            channel=Channel.STAFF_DESK,
            act={"note": "am Empfang"},
            occurred_at=timezone.now(),
            by=anna,
        )


def by_decision(line: Line, anna: Member, _client: Client) -> None:
    write(line, "Bitte lassen Sie mich in Ruhe")
    with practice_scope(line.practice.pk):
        decide(conversation=Conversation.objects.select_related("contact").get(), decision=Decision.EVERYTHING, by=anna)


def by_wrong_number(line: Line, _anna: Member, _client: Client) -> None:
    tap(line, "falsche_nummer")


ROUTES = [by_word, by_button, by_no_thanks, by_link, by_staff, by_decision, by_wrong_number]


@pytest.mark.parametrize("route", ROUTES)
def test_c_14_every_route_cancels_what_waits_and_counts_it(
    line: Line, anna: Member, client: Client, route: Any
) -> None:
    agree(line, *ALL)
    with practice_scope(line.practice.pk):
        Message.objects.filter(direction="out").update(state="read")
    for purpose in ("organisation", "recall", "werbung"):
        queued_for(line, purpose)

    route(line, anna, client)

    assert cancelled(line) == ["organisation", "recall", "werbung"]
    # The question E4 may have waited too: it is taken back and counted with the others.
    assert counted(line) == (4 if route is by_decision else 3)
    assert set(states(line).values()) == {"withdrawn"}


@pytest.mark.parametrize("route", [by_button, by_link])
def test_c_14_a_part_cancels_only_its_own(line: Line, anna: Member, client: Client, route: Any) -> None:
    agree(line, *ALL)
    for purpose in ("organisation", "recall", "werbung"):
        queued_for(line, purpose)

    if route is by_button:
        tap(line, "nur_erinnerungen")
    else:
        path = "/w/" + said(line)[0].partition("/w/")[2].split()[0]
        client.post(path, {"answer": "part", "purposes": ["recall", "werbung"]})

    assert (cancelled(line), counted(line)) == (["recall", "werbung"], 2)


def test_c_14_for_one_child_only_its_messages_are_taken_back(line: Line, anna: Member) -> None:
    agree(line, *ALL)
    with practice_scope(line.practice.pk):
        contact = Contact.objects.get()
        mia, ben = (register_patient(first_name=name, last_name="Vogt", by=None) for name in ("Mia", "Ben"))
        for child in (mia, ben):
            link(patient=child, contact=contact, relation=Relation.GUARDIAN, by=None)
    for _child in (mia, ben):
        queued_for(line, "organisation")
    with practice_scope(line.practice.pk):
        first, second = Message.objects.filter(state="queued", type="template").order_by("pk")
        Message.objects.filter(pk=first.pk).update(concerns_patient=mia)
        Message.objects.filter(pk=second.pk).update(concerns_patient=ben)
        withdraw_elsewhere(
            contact=contact,
            channel=Channel.STAFF_DESK,
            act={"note": "nur Mia"},
            occurred_at=timezone.now(),
            patient=mia,
            by=anna,
        )
        found = dict(Message.objects.filter(type="template").values_list("concerns_patient__pk", "state"))

    assert (found, counted(line)) == ({mia.pk: "cancelled", ben.pk: "queued"}, 1)
    assert "(Mia)" in said(line)[-1]


def test_the_states_are_those_the_ledger_folds_to(line: Line) -> None:
    agree(line, *ALL)
    write(line, D21)
    tap(line, "nur_erinnerungen")
    before = states(line)

    with practice_scope(line.practice.pk):
        from consent.states import rebuild  # noqa: PLC0415

        rebuild()
        after = dict(ConsentState.objects.values_list("purpose", "state"))

    assert before == after
