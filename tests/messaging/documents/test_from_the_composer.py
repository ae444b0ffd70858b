"""A text that does not belong in WhatsApp goes on from the reply box as a protected document (C-24)."""

from django.template.loader import render_to_string
from django.test import Client

from messaging.drafts import draft_of
from messaging.models import Conversation, ProtectedDocument
from practices.models import Member, Practice
from tests.messaging.documents.desk import (
    last_message,
    page,
    sent_document,
)


def test_c_24_a_text_is_handed_over_from_the_composer_and_travels_protected(
    desk: Client, thread: Conversation, phone: Client
) -> None:
    words = "Der Befund ist da: <b>keine</b> Karies."

    shown = desk.post(page(thread), {"draft": "1", "body": words})
    assert (shown.status_code, shown.context["form"]["text"].value()) == (200, words)
    assert ProtectedDocument.objects.count() == 0
    _document, path = sent_document(desk, thread, file=None, text=words, title="Nachricht Ihrer Praxis")

    assert "Befund" not in (last_message(thread).body or "")
    opened = phone.post(path, {"day": "2", "month": "12", "year": "1998"})
    assert "Der Befund ist da: &lt;b&gt;keine&lt;/b&gt; Karies." in opened.content.decode()
    assert "/d/" not in opened.content.decode().replace(path, "")


def begin_reply(desk: Client, thread: Conversation, words: str, mark: str = "") -> str:
    """What stands in the reply box is kept; the mark of the draft."""
    kept = desk.post(f"/p/morgenthal/inbox/{thread.pk}/draft/", {"body": words, "mark": mark})
    return str(kept.json()["mark"])


def test_c_24_what_went_protected_does_not_stay_in_the_reply_box(
    desk: Client, anna: Member, thread: Conversation
) -> None:
    words = "Der Befund ist da:\nkeine Karies."
    begin_reply(desk, thread, words)
    shown = desk.post(page(thread), {"draft": "1", "body": words})
    before = draft_of(thread, anna)

    taken_over = shown.context["form"]["taken_over"].value()
    sent_document(desk, thread, file=None, text=f"{words} Alles gut.", taken_over=taken_over)

    assert (before is not None, draft_of(thread, anna)) == (True, None)


def test_c_24_what_was_written_on_in_the_box_meanwhile_stays_there(
    desk: Client, anna: Member, thread: Conversation
) -> None:
    words = "Der Befund ist da."
    mark = begin_reply(desk, thread, words)
    begin_reply(desk, thread, f"{words} Bis morgen!", mark)

    sent_document(desk, thread, file=None, text=words, taken_over=words)

    kept = draft_of(thread, anna)
    assert kept is not None
    assert kept.body == f"{words} Bis morgen!"


def test_the_composers_offer_hands_the_text_over_and_keeps_it_out_of_the_address(
    desk: Client, thread: Conversation, practice: Practice
) -> None:
    """The fragment stands where the hint about findings stands, and where a file was refused."""
    words = 'Karies an "46"'
    context = {"practice": practice, "conversation": thread, "csrf_token": "x"}

    offer = render_to_string("messaging/documents/_offer.html", context | {"text": words})
    link = render_to_string("messaging/documents/_offer.html", context)

    assert f'action="{page(thread)}"' in offer
    assert 'value="Karies an &quot;46&quot;"' in offer
    assert (f'href="{page(thread)}"' in link, "<form" in link) == (True, False)
