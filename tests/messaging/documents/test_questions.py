"""What is asked before a document or an invitation goes out, as before a text: whether it is this person, and whether
that is still wanted after what a colleague has done meanwhile."""

import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from messaging.actions import close_conversation
from messaging.models import Channel, Conversation, ProtectedDocument, UploadInvitation
from patients.models import Relation
from practices.models import Member, Role
from tests.messaging.documents.desk import invite, page, pdf, press, send, somebody_wrote
from tests.messaging.files import PDF
from tests.messaging.inbox.desk import answer, grant, make_patient
from tests.people import make_member

HTMX = {"HX-Request": "true"}


@pytest.fixture
def jonas(channel: Channel) -> Member:
    return make_member(channel.practice, Role.RECEPTION, name="Jonas Fechner")


@pytest.fixture
def namesake(desk: Client, channel: Channel, thread: Conversation) -> Conversation:
    """Jana Voigt, whose thread was open just before Jana Vogt's."""
    other = somebody_wrote(channel, last_name="Voigt", birth_date="1961-03-04")
    for one in (other, thread):
        desk.get(f"/p/morgenthal/inbox/{one.pk}/")
    return other


class Form(HTMLParser):
    """The fields of the form that sends, as a browser would send them again; a file input is empty there."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(body.partition('class="stack stack--wide document-form"')[2].partition("</form>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        is_chosen = has.get("type") != "radio" or "checked" in has
        if tag == "input" and is_chosen and has.get("type") != "file" and has["name"] != "csrfmiddlewaretoken":
            self.fields[str(has["name"])] = has.get("value") or ""


def fields_of(shown: Any) -> dict[str, str]:
    return Form(shown.content.decode()).fields


def text_of(shown: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", shown.content.decode())).split())


def sent(thread: Conversation) -> int:
    return sum(
        model.objects.filter(message__conversation=thread).count() for model in (ProtectedDocument, UploadInvitation)
    )


def again(desk: Client, thread: Conversation, what: str, shown: Any, **more: Any) -> Any:
    """Press the button of the form that came back; the browser still has the file."""
    return desk.post(page(thread, what), fields_of(shown) | more)


def opened(desk: Client, thread: Conversation, what: str) -> Any:
    """A form that was opened; to be filled in and sent."""
    shown = desk.get(page(thread, what))
    typed = {"title": "Kostenplan", "text": "Alles gut."} if what == "documents" else {"what": "das Bonusheft"}
    return lambda: desk.post(page(thread, what), fields_of(shown) | typed)


BOTH = pytest.mark.parametrize("what", ["documents", "upload-invitations"])


@BOTH
@pytest.mark.usefixtures("namesake")
def test_whoever_had_a_namesake_open_is_asked_once_whom_they_mean(
    desk: Client, thread: Conversation, what: str
) -> None:
    send_it = opened(desk, thread, what)

    asked = send_it()
    before = sent(thread)
    done = again(desk, thread, what, asked, text="Alles gut.")

    assert (asked.status_code, before, done.status_code, sent(thread)) == (422, 0, 303, 1)
    assert "Noch nicht gesendet: Ist es Vogt, Jana, * 02.12.1998?" in text_of(asked)
    assert "Eben war auch Voigt, Jana, 1961, offen" in text_of(asked)
    assert "Ja, senden" in text_of(asked)


@BOTH
def test_nobody_with_another_name_is_asked_about(desk: Client, thread: Conversation, what: str) -> None:
    send_it = opened(desk, thread, what)

    assert (send_it().status_code, sent(thread)) == (303, 1)


@BOTH
def test_a_colleagues_answer_since_the_form_was_opened_is_told_before_it_goes(
    desk: Client, thread: Conversation, jonas: Member, what: str
) -> None:
    send_it = opened(desk, thread, what)
    answer(thread, "Die Unterlagen sind schon da.", by=jonas)

    asked = send_it()
    done = again(desk, thread, what, asked, text="Alles gut.")

    assert (asked.status_code, done.status_code, sent(thread)) == (422, 303, 1)
    assert "Jonas Fechner hat um" in text_of(asked)
    assert "„Die Unterlagen sind schon da.“ Trotzdem senden?" in text_of(asked)


@BOTH
def test_a_colleagues_closing_since_the_form_was_opened_is_told_before_it_goes(
    desk: Client, thread: Conversation, jonas: Member, what: str
) -> None:
    send_it = opened(desk, thread, what)
    close_conversation(conversation=thread, by=jonas)

    asked = send_it()
    done = again(desk, thread, what, asked, text="Alles gut.")

    assert (asked.status_code, done.status_code, sent(thread)) == (422, 303, 1)
    assert "Jonas Fechner hat die Unterhaltung erledigt" in text_of(asked)


def test_a_file_is_asked_about_each_time_and_another_one_anew(desk: Client, thread: Conversation) -> None:
    asked = press(desk, thread)
    confirmed = fields_of(asked)
    other = desk.post(page(thread), confirmed | {"file": pdf("Befund.pdf", PDF + b"%")})
    done = desk.post(page(thread), confirmed | {"file": pdf()})

    assert [one.status_code for one in (asked, other, done)] == [422, 422, 303]
    assert "Noch nicht gesendet: Geht die Datei an Vogt, Jana" in text_of(asked)
    assert sent(thread) == 1


def test_c_25_whoever_chooses_somebody_else_of_a_family_after_the_question_is_asked_again(
    desk: Client, thread: Conversation
) -> None:
    mia, ben = (
        make_patient(thread.contact, first_name=name, last_name="Hoffmann", birth_date=born, relation=Relation.GUARDIAN)
        for name, born in (("Mia", "2019-05-05"), ("Ben", "2021-08-09"))
    )
    for child in (mia, ben):
        grant(thread.contact, patient=child)

    asked = press(desk, thread, patient=str(mia.pk))
    of_other = desk.post(page(thread), fields_of(asked) | {"patient": str(ben.pk), "file": pdf()})
    before = sent(thread)
    done = desk.post(page(thread), fields_of(of_other) | {"patient": str(ben.pk), "file": pdf()})

    assert [one.status_code for one in (asked, of_other, done)] == [422, 422, 303]
    assert "Es geht um Hoffmann, Mia, * 05.05.2019." in text_of(asked)
    assert "Es geht um Hoffmann, Ben, * 09.08.2021." in text_of(of_other)
    assert (before, ProtectedDocument.objects.get().patient) == (0, ben)


def test_what_was_typed_and_answered_is_there_after_each_question(
    desk: Client, thread: Conversation, jonas: Member
) -> None:
    shown = desk.get(page(thread))
    answer(thread, "Gern.", by=jonas)
    typed = {"title": "Kostenplan Brücke", "factor": "pin", "days": "30"}

    first = desk.post(page(thread), fields_of(shown) | typed | {"file": pdf()})
    second = desk.post(page(thread), fields_of(first) | {"file": pdf()})
    third = desk.post(page(thread), fields_of(second) | {"file": pdf()})

    assert [one.status_code for one in (first, second, third)] == [422, 422, 200]
    assert [fields_of(second)[name] for name in typed] == list(typed.values())
    assert ("Trotzdem senden?" in text_of(first), "Geht die Datei an" in text_of(second)) == (True, True)
    assert "pin" in third.context


def test_an_answer_stays_answered_while_something_else_is_mended(desk: Client, thread: Conversation) -> None:
    asked = press(desk, thread)

    refused = desk.post(page(thread), fields_of(asked) | {"title": "", "file": pdf()})
    done = desk.post(page(thread), fields_of(refused) | {"title": "Kostenplan", "file": pdf()})

    assert ("Geht die Datei an" in text_of(refused), refused.status_code, done.status_code) == (False, 422, 303)


@pytest.mark.parametrize("deed", [send, invite])
def test_a_press_that_is_repeated_is_not_asked_again(
    desk: Client, thread: Conversation, jonas: Member, deed: Callable[..., Any]
) -> None:
    newest = thread.messages.order_by("-pk")[0].pk
    client_id = "01900000-0000-7000-8000-0000000000ab"
    deed(desk, thread, client_id=client_id, after=newest)
    answer(thread, "Gern.", by=jonas)

    assert deed(desk, thread, client_id=client_id, after=newest).status_code == 303
    assert sent(thread) == 1


def test_an_open_page_gets_the_question_into_its_form_and_is_led_on_when_it_is_sent(
    desk: Client, thread: Conversation
) -> None:
    """Only so the browser keeps the file that was chosen."""
    form = desk.get(page(thread)).content.decode().partition("document-form")[2].partition(">")[0]

    asked = press(desk, thread, headers=HTMX)
    done = desk.post(page(thread), fields_of(asked) | {"file": pdf()}, headers=HTMX)

    assert [one in form for one in ('hx-target="#main"', 'hx-select="#main"', 'hx-swap="morph ')] == [True] * 3
    assert (asked.status_code, '<main class="page" id="main"' in asked.content.decode()) == (422, True)
    assert (done.status_code, done["HX-Redirect"]) == (204, f"/p/morgenthal/inbox/{thread.pk}/")
    assert [str(one) for one in desk.get(done["HX-Redirect"]).context["told"]] == ["Dokument gesendet"]


def test_without_a_script_the_page_says_that_the_file_has_to_be_chosen_again(
    desk: Client, thread: Conversation
) -> None:
    fresh, asked = desk.get(page(thread)), press(desk, thread)
    hint = re.compile(r"<noscript>\s*<p[^>]*>Bitte wählen Sie die Datei noch einmal\.</p>\s*</noscript>")

    assert [bool(hint.search(one.content.decode())) for one in (fresh, asked)] == [False, True]


def test_an_unfit_file_is_refused_before_anything_is_asked(desk: Client, thread: Conversation) -> None:
    refused = press(desk, thread, file=SimpleUploadedFile("a.pdf", b"<html>"))

    assert (refused.status_code, "Geht die Datei an" in text_of(refused)) == (422, False)
