"""How it stands with documents and invitations, beside the thread and on the slips of their messages."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.gate import Consent
from consent.models import ConsentState
from messaging.inbox import document_panel
from messaging.inbox.document_panel import MOST, led, led_to
from messaging.models import Conversation, ProtectedDocument, UploadInvitation
from patients.models import Patient
from practices.models import Member
from tests.messaging.documents.desk import page, sent_document, sent_invitation
from tests.messaging.inbox.desk import answer, receive

NOW = timezone.now()
HOUR = timedelta(hours=1)


def shown(desk: Client, thread: Conversation) -> Any:
    return desk.get(f"/p/morgenthal/inbox/{thread.pk}/")


def a_document(**columns: Any) -> ProtectedDocument:
    given = {"details": {"title": "Kostenplan"}, "factor": "pin", "expires_at": NOW + timedelta(days=14)}
    return ProtectedDocument(**given | columns)


def an_invitation(**columns: Any) -> UploadInvitation:
    return UploadInvitation(**{"expires_at": NOW + timedelta(days=7)} | columns)


@pytest.mark.parametrize(
    ("columns", "state", "words"),
    [
        ({}, "open", "noch nicht geöffnet, gilt bis"),
        ({"opened_at": NOW}, "used", "geöffnet am"),
        ({"opened_at": NOW, "expires_at": NOW - HOUR}, "used", "geöffnet am"),
        ({"opened_at": NOW, "revoked_at": NOW}, "over", "geöffnet und zurückgezogen"),
        ({"revoked_at": NOW}, "over", "zurückgezogen, nicht geöffnet"),
        ({"expires_at": NOW - HOUR}, "over", "abgelaufen, nicht geöffnet"),
        ({"wrong_tries": 5, "locked_until": NOW + HOUR}, "stuck", "gesperrt bis"),
        ({"wrong_tries": 5, "locked_until": NOW - HOUR}, "open", "noch nicht geöffnet"),
        ({"wrong_tries": 20, "locked_until": NOW + HOUR}, "stuck", "gesperrt nach zu vielen falschen Eingaben"),
    ],
)
@pytest.mark.usefixtures("channel")
def test_each_state_of_a_document_has_its_words(columns: dict[str, Any], state: str, words: str) -> None:
    found = led(a_document(**columns))

    assert (found.kind, found.title, found.state, found.words.startswith(words)) == ("d", "Kostenplan", state, True)


@pytest.mark.parametrize(
    ("columns", "state", "words"),
    [
        ({}, "open", "noch nichts angekommen, gilt bis"),
        ({"uploads": 1}, "used", "1 Datei angekommen"),
        ({"uploads": 3, "revoked_at": NOW}, "used", "3 Dateien angekommen"),
        ({"revoked_at": NOW}, "over", "zurückgezogen"),
        ({"expires_at": NOW - HOUR}, "over", "abgelaufen, nichts angekommen"),
        ({"wrong_tries": 5, "locked_until": NOW + HOUR}, "stuck", "gesperrt bis"),
    ],
)
@pytest.mark.usefixtures("channel")
def test_each_state_of_an_invitation_has_its_words(columns: dict[str, Any], state: str, words: str) -> None:
    found = led(an_invitation(**columns))

    assert (found.kind, found.state, found.words.startswith(words)) == ("u", state, True)


def test_the_newest_stand_on_top_and_only_a_handful(desk: Client, thread: Conversation) -> None:
    for number in range(MOST):
        sent_document(desk, thread, title=f"Plan {number}")
    sent_invitation(desk, thread)

    sections = {title: context for title, _name, context in shown(desk, thread).context["panel"].sections}
    titles = [row.led.title for row in sections["Dokumente"]["rows"]]

    assert titles == ["Unterlagen angefordert", *(f"Plan {n}" for n in range(5, 0, -1))]


def test_the_panel_leads_to_both_forms_and_says_when_there_is_nothing(desk: Client, thread: Conversation) -> None:
    body = shown(desk, thread).content.decode()

    assert f'href="{page(thread)}"' in body
    assert f'href="{page(thread, "upload-invitations")}"' in body
    assert "Noch keine." in body


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (Consent.WITHDRAWN, "Die Einwilligung für „Termine und Organisation“ wurde widerrufen."),
        (None, "Für „Termine und Organisation“ liegt keine Einwilligung vor."),
    ],
)
def test_where_nothing_may_be_sent_the_section_says_why_in_place_of_both_forms(
    desk: Client, thread: Conversation, state: Consent | None, why: str
) -> None:
    states = ConsentState.objects.filter(contact=thread.contact_id)
    states.update(state=state) if state else states.delete()

    for body in (shown(desk, thread).text, desk.get(f"{page(thread).removesuffix('documents/')}beside/").text):
        section = body.partition(">Dokumente</h3>")[2].partition("</section>")[0]
        assert f'<p class="quiet">Senden und Anfordern gehen gerade nicht. {why}' in section
        assert [one in body for one in (page(thread), page(thread, "upload-invitations"))] == [False, False]
    refused = desk.get(page(thread)).content.decode()
    assert why in refused.partition('<div class="banner document-form"')[2]


def test_where_a_template_may_go_both_forms_are_offered(desk: Client, thread: Conversation) -> None:
    Conversation.objects.update(last_inbound_at=NOW - 30 * HOUR)

    answer = shown(desk, thread)

    assert (answer.context["composer"].gate, f'href="{page(thread)}"' in answer.content.decode()) == ("window", True)


def test_the_section_takes_two_queries_and_four_however_much_there_is(
    desk: Client, thread: Conversation, anna: Member
) -> None:
    counts = [queries_of_the_section(thread, anna)]
    for _more in range(3):
        sent_document(desk, thread)
        sent_invitation(desk, thread)
        counts.append(queries_of_the_section(thread, anna))

    assert counts == [2, 4, 4, 4]


def queries_of_the_section(thread: Conversation, anna: Member) -> int:
    with CaptureQueriesContext(connection) as captured:
        document_panel.section(thread, anna)
    return len(captured)


def test_a_thread_that_led_nowhere_asks_nothing_more(thread: Conversation, anna: Member) -> None:
    answer(thread, by=anna)
    items = list(thread.messages.order_by("pk"))
    assert [item.content for item in items] == [None, None]

    with CaptureQueriesContext(connection) as captured:
        found = led_to(items)

    assert (found, len(captured)) == ({}, 0)


def test_the_slip_of_one_message_says_it_too_when_the_stream_names_it(desk: Client, thread: Conversation) -> None:
    document, _path = sent_document(desk, thread)

    body = desk.get(f"/p/morgenthal/inbox/{thread.pk}/messages/{document.message_id}/").content.decode()

    assert ('data-led="open"' in body, "Kostenplan" in body, "noch nicht geöffnet" in body) == (True, True, True)


def test_a_title_with_markup_is_only_a_title(desk: Client, thread: Conversation) -> None:
    sent_document(desk, thread, title="<script>alert(1)</script>")

    body = shown(desk, thread).content.decode()

    assert ("<script>alert" in body, "&lt;script&gt;alert" in body) == (False, True)


def test_what_the_patient_writes_while_the_form_is_open_still_waits(desk: Client, thread: Conversation) -> None:
    newest = desk.get(page(thread)).context["form"]["after"].value()
    later = receive(thread, "Und noch eine Frage")

    sent_document(desk, thread, after=str(newest))

    thread.refresh_from_db()
    assert thread.waiting_since == later.at


@pytest.mark.parametrize("what", ["documents", "upload-invitations"])
def test_both_forms_show_who_gets_it_and_their_title_does_not(desk: Client, thread: Conversation, what: str) -> None:
    Patient.objects.update(last_visit_on="2026-03-12")

    body = desk.get(page(thread, what)).content.decode()

    title = body.partition("<title>")[2].partition("</title>")[0]
    addressee = body.partition('class="document-to"')[2].partition("</p>")[0]
    shown = [one in addressee for one in ("Vogt, Jana", "02.12.1998", "zuletzt da 12.03.2026")]
    assert (shown, "Vogt" in title) == ([True, True, True], False)


def test_more_than_a_form_can_hold_is_refused_before_it_is_read(desk: Client, thread: Conversation) -> None:
    """A file that is only too large for us is named by the form (test_sending.py)."""
    answered = desk.post(page(thread), {}, headers={"Content-Length": str(26 * 1024 * 1024)})

    assert (answered.status_code, ProtectedDocument.objects.count()) == (413, 0)
