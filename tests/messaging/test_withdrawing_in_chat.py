"""Taking consent back in the chat: words, sentences that may be meant so, buttons, and what is said back."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent.models import Channel, ConsentEvent
from consent.purposes import Purpose
from consent.withdrawals import withdraw_elsewhere
from messaging.doubts import Decision, decide, doubtful_message
from messaging.models import Conversation, Message
from patients.models import Contact, RightsRequest
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
