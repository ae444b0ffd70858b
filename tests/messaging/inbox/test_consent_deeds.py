"""What the thread offers about consent: neutral answers to strangers, doubts to settle, requests that are due."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from consent.gate import Consent
from consent.models import ConsentState
from consent.purposes import Purpose
from messaging.models import Channel, Conversation, Message
from messaging.neutral_replies import Reply, languages_for, reply_text
from patients.models import Contact, RightsRequest
from practices.models import Member, Practice, Role
from tests.messaging.inbox.desk import grant, make_conversation, receive
from tests.people import login, make_member
from tests.whole import languages

HTMX = {"HX-Request": "true"}
WORDS = "Bitte lassen Sie mich in Ruhe"
LANGUAGES = ["de", "en", "tr", "ar", "ru", "uk", "pl"]


@pytest.fixture
def stranger(channel: Channel) -> Conversation:
    """Somebody who wrote a moment ago and has not agreed."""
    conversation = make_conversation(channel)
    receive(conversation, "Haben Sie noch Termine?")
    return conversation


@pytest.fixture
def doubtful(channel: Channel) -> Conversation:
    conversation = make_conversation(channel)
    grant(conversation.contact, *Purpose)
    said = receive(conversation, WORDS)
    Conversation.objects.filter(pk=conversation.pk).update(possible_withdrawal_at=said.at)
    return conversation


def address(conversation: Conversation, deed: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{deed}"


def sent() -> list[tuple[str, str]]:
    rows = Message.objects.filter(direction="out").in_order()
    return [(one.kind, one.body or "") for one in rows]


# ── strangers (C-10, L-9) ──


def test_c_10_a_stranger_is_offered_four_neutral_answers_and_no_box(desk: Client, stranger: Conversation) -> None:
    page = desk.get(address(stranger))

    composer = page.context["composer"]
    assert (composer.gate, [key for key, _label, _words in composer.neutral.replies]) == ("consent", list(Reply))
    assert ("<textarea" in page.content.decode(), composer.neutral.may_ask) == (False, True)


@pytest.mark.parametrize("reply", list(Reply))
def test_c_10_a_neutral_answer_goes_out_as_its_text_and_counts_as_an_answer(
    desk: Client, stranger: Conversation, anna: Member, practice: Practice, reply: Reply
) -> None:
    answer = desk.post(address(stranger, "neutral-reply/"), {"reply": reply, "language": "de"}, headers=HTMX)

    assert (answer.status_code, sent()) == (200, [("canned_reply", reply_text(reply, "de", practice))])
    stranger.refresh_from_db()
    assert (stranger.waiting_since, Message.objects.get(direction="out").sent_by) == (None, anna)


def test_two_clicks_on_an_answer_are_one_message(desk: Client, stranger: Conversation) -> None:
    client_id = desk.get(address(stranger)).context["composer"].neutral.client_id
    for _click in range(2):
        desk.post(address(stranger, "neutral-reply/"), {"reply": "call", "client_id": client_id}, headers=HTMX)

    assert len(sent()) == 1


def test_of_two_answers_given_one_after_the_other_both_go_out(
    desk: Client, stranger: Conversation, practice: Practice
) -> None:
    client_id = desk.get(address(stranger)).context["composer"].neutral.client_id
    pressed = [("received", "de"), ("emergency", "de"), ("emergency", "en")]
    for reply, language in pressed:
        said = {"reply": reply, "language": language, "client_id": client_id}
        desk.post(address(stranger, "neutral-reply/"), said, headers=HTMX)

    texts = [reply_text(Reply(reply), language, practice) for reply, language in pressed]
    assert sent() == [("canned_reply", text) for text in texts]


def test_after_an_answer_the_same_one_may_be_given_again(desk: Client, stranger: Conversation) -> None:
    client_id = desk.get(address(stranger)).context["composer"].neutral.client_id
    for _press in range(2):
        said = {"reply": "call", "client_id": client_id}
        answer = desk.post(address(stranger, "neutral-reply/"), said, headers=HTMX)
        client_id = answer.context["composer"].neutral.client_id

    assert len(sent()) == 2
    assert answer.headers["HX-Trigger"] == f"roger:conversation-{stranger.pk}"


def test_the_persons_own_language_comes_first_and_is_used(
    desk: Client, stranger: Conversation, practice: Practice
) -> None:
    Contact.objects.update(language="tr")
    neutral = desk.get(address(stranger)).context["composer"].neutral

    desk.post(address(stranger, "neutral-reply/"), {"reply": "call"}, headers=HTMX)

    assert ([code for code, _name in neutral.languages], neutral.language) == (["tr", "de", "en"], "tr")
    assert sent() == [("canned_reply", reply_text(Reply.CALL, "tr", practice))]


def test_all_that_would_be_sent_stands_on_its_button_in_each_language_and_what_it_means(
    desk: Client, stranger: Conversation, practice: Practice
) -> None:
    Contact.objects.update(language="tr")

    page = desk.get(address(stranger)).text

    words = re.findall(r'<span class="replies__words" lang="(\w+)" dir="auto"( data-understood)?>([^<]+)</span>', page)
    assert words == [
        (code, " data-understood" if code == "de" else "", escape(reply_text(reply, code, practice)))
        for reply in Reply
        for code in ("tr", "de", "en")
    ]
    style = (settings.BASE_DIR / "static/css/withdrawal.css").read_text()
    shown = re.findall(r'\.(\w+):has\(option\[value="(\w+)"\]:checked\) & \.replies__words:lang\((\w+)\)', style)
    assert (shown, page.count('<form class="replies__form"')) == ([("replies__form", one, one) for one in LANGUAGES], 1)


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_every_neutral_text_is_whole_in_every_language(practice: Practice, language: str) -> None:
    texts = [reply_text(reply, language, practice) for reply in Reply]

    assert [text for text in texts if "{" in text or not text] == []
    assert (len(set(texts)), languages_for(language)[0]) == (4, language)


def test_a_language_without_words_is_answered_in_german(practice: Practice) -> None:
    assert reply_text(Reply.CALL, "fr", practice) == reply_text(Reply.CALL, "de", practice)
    assert languages_for("fr") == ["de", "en"]


@pytest.mark.parametrize("reply", ["", "Ihr Befund ist da"])
def test_nothing_but_the_fixed_texts_goes_out(desk: Client, stranger: Conversation, reply: str) -> None:
    answer = desk.post(address(stranger, "neutral-reply/"), {"reply": reply}, headers=HTMX)

    assert (answer.status_code, sent()) == (422, [])
    assert "Bitte wählen Sie eine der Antworten." in answer.content.decode()


def test_c_10_a_person_may_ask_for_consent_once_in_thirty_days(desk: Client, stranger: Conversation) -> None:
    first = desk.post(address(stranger, "consent-question/"), headers=HTMX)
    again = desk.post(address(stranger, "consent-question/"), headers=HTMX)

    assert [first.status_code, again.status_code] == [204, 422]
    [(kind, words)] = sent()
    assert (kind, "Bevor wir hier weiterschreiben" in words) == ("opt_in_prompt", True)
    assert not desk.get(address(stranger)).context["composer"].neutral.may_ask
    stranger.refresh_from_db()
    assert stranger.waiting_since is not None  # a question is no answer


def test_who_declined_is_neither_answered_nor_asked(desk: Client, stranger: Conversation) -> None:
    grant(stranger.contact, Purpose.ORGANISATION, state=Consent.REJECTED)

    answers = [
        desk.post(address(stranger, deed), {"reply": "call"}) for deed in ("neutral-reply/", "consent-question/")
    ]

    assert ([answer.status_code for answer in answers], sent()) == ([422, 422], [])


def test_after_a_day_nothing_is_offered_any_more(desk: Client, stranger: Conversation) -> None:
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=25))

    neutral = desk.get(address(stranger)).context["composer"].neutral

    assert (neutral.replies, neutral.may_ask) == ([], False)


def test_l_09_a_practice_that_answers_no_stranger_is_offered_nothing(desk: Client, stranger: Conversation) -> None:
    Practice.objects.update(stranger_reply="nothing")

    answer = desk.post(address(stranger, "neutral-reply/"), {"reply": "call"}, headers=HTMX)

    assert (answer.status_code, sent()) == (422, [])
    assert desk.get(address(stranger)).context["composer"].neutral.replies == []


# ── doubts (2.3) ──


def test_the_banner_shows_the_words_and_three_answers(desk: Client, doubtful: Conversation) -> None:
    page = desk.get(address(doubtful))

    body = page.content.decode()
    labels = ["Alles abmelden", "Nur Erinnerungen und Werbung", "War kein Widerruf"]
    assert [label for label in labels if label in body] == labels
    assert (page.context["doubt"]["words"], "Möglicher Widerruf, bitte prüfen" in body) == (WORDS, True)


def test_it_comes_to_a_thread_that_is_open(desk: Client, doubtful: Conversation) -> None:
    body = desk.get(address(doubtful, "newer/"), headers=HTMX).content.decode()

    assert 'id="possible-withdrawal" hx-swap-oob="morph"' in body
    assert "Möglicher Widerruf" in body


def test_the_list_says_it_in_a_word(desk: Client, doubtful: Conversation) -> None:
    body = desk.get("/p/morgenthal/inbox/?tab=open").content.decode()

    assert "Widerruf?" in body


@pytest.mark.parametrize(
    ("decision", "left"),
    [("everything", set()), ("reminders", {"organisation", "behandlung"}), ("nothing", set(Purpose.values))],
)
def test_a_decision_takes_the_banner_away_and_does_what_it_says(
    desk: Client, doubtful: Conversation, decision: str, left: set[str]
) -> None:
    answer = desk.post(address(doubtful, "possible-withdrawal/"), {"decision": decision}, headers=HTMX)

    granted = ConsentState.objects.filter(state="granted").values_list("purpose", flat=True)
    doubtful.refresh_from_db()
    assert (answer.status_code, set(granted), doubtful.possible_withdrawal_at) == (200, left, None)
    assert (
        "Möglicher Widerruf" in answer.content.decode(),
        answer.headers["HX-Trigger"],
    ) == (False, f"roger:conversation-{doubtful.pk}")


def test_without_a_script_the_decision_leads_back_to_the_thread(desk: Client, doubtful: Conversation) -> None:
    answer = desk.post(address(doubtful, "possible-withdrawal/"), {"decision": "nothing"})

    assert (answer.status_code, answer.headers["Location"]) == (303, address(doubtful))


def test_what_is_no_decision_changes_nothing(desk: Client, doubtful: Conversation) -> None:
    answer = desk.post(address(doubtful, "possible-withdrawal/"), {"decision": "perhaps"})

    doubtful.refresh_from_db()
    assert (answer.status_code, doubtful.possible_withdrawal_at is None) == (400, False)


def test_a_trainee_sees_the_banner_without_its_buttons(bert: Client, doubtful: Conversation) -> None:
    body = bert.get(address(doubtful)).content.decode()
    answer = bert.post(address(doubtful, "possible-withdrawal/"), {"decision": "everything"})

    assert ("Möglicher Widerruf" in body, "War kein Widerruf" in body, answer.status_code) == (True, False, 403)


# ── the panel ──


def test_c_12_the_panel_leads_to_the_form_and_back(desk: Client, doubtful: Conversation) -> None:
    body = desk.get(address(doubtful)).content.decode()

    form = f"/p/morgenthal/consent/persons/{doubtful.contact_id}/withdrawal/?back={address(doubtful)}"
    assert [f'href="{form}"' in body, f'href="{form}#wrong-number"' in body] == [True, True]


def ask(conversation: Conversation, **columns: Any) -> RightsRequest:
    now = timezone.now()
    given = {"right": "erasure", "words": "Daten löschen", "received_at": now, "due_at": now + timedelta(days=30)}
    return RightsRequest.objects.create(contact=conversation.contact, **given | columns)


def test_c_29_open_requests_stand_in_the_panel_with_their_due_date(desk: Client, doubtful: Conversation) -> None:
    wish = ask(doubtful)
    ask(doubtful, settled_at=timezone.now())

    page = desk.get(address(doubtful))

    assert page.context["panel"].requests == [wish]
    body = page.content.decode()
    assert ("Löschung (Art. 17)" in body, timezone.localtime(wish.due_at).strftime("bis %d.%m.%Y") in body) == (
        True,
        True,
    )
    assert "requests/" not in body  # reception does not settle it


def test_a_leader_settles_a_request_once(practice: Practice, doubtful: Conversation) -> None:
    owner, wish = make_member(practice, Role.OWNER, name="Olga Owner"), ask(doubtful)
    browser = Client()
    login(browser, owner)

    answers = [browser.post(address(doubtful, f"requests/{wish.pk}/settlement/")) for _time in range(2)]

    wish.refresh_from_db()
    assert ([answer.status_code for answer in answers], wish.settled_by) == ([303, 303], owner)
    assert browser.get(address(doubtful)).context["panel"].requests == []


def test_a_request_of_somebody_else_is_not_found_here(
    practice: Practice, doubtful: Conversation, stranger: Conversation
) -> None:
    browser, wish = Client(), ask(stranger)
    login(browser, make_member(practice, Role.OWNER, name="Olga Owner"))

    answer = browser.post(address(doubtful, f"requests/{wish.pk}/settlement/"))

    wish.refresh_from_db()
    assert (answer.status_code, wish.settled_at) == (404, None)
