"""T-15 on its way: asked once, answered by a tap, or by somebody who writes first (C-07, C-08)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from consent.actions import confirm_code
from consent.gate import Consent
from consent.intake import TakenDown
from consent.ledger import evidence_of
from consent.models import ConsentEvent, ConsentState
from consent.purposes import Purpose
from messaging.models import Channel, Conversation, Message, Template
from messaging.number_checks import standing_of
from messaging.outbox import drain
from patients.models import Contact, Patient
from practices.models import Member
from practices.scope import practice_scope
from tests.consent.intakes import MOTHER, agree, born
from tests.consent_factories import make_contact, make_patient, opt_in, send_form
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import PATIENT, Line, message, now

pytestmark = pytest.mark.django_db

BUTTONS = ("Ja, bestätigen", "Nein, danke", "Falsche Nummer")
WORDS = "Guten Tag, für diese Nummer wurde am {{1}} angegeben, dass {{2}} Ihnen über WhatsApp schreiben darf."


def t15(channel: Channel, language: str = "de", **columns: Any) -> Template:
    """As the practice's account has it, approved."""
    components = [
        {"type": "BODY", "text": WORDS},
        {"type": "FOOTER", "text": "Abmelden: STOP schreiben"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": text} for text in BUTTONS]},
    ]
    told = {"status": "approved", "category": "UTILITY", "components": components} | columns
    return Template.objects.create(channel=channel, name="optin_bestaetigung", language=language, **told)


@pytest.fixture(autouse=True)
def scope(line: Line) -> Iterator[None]:
    with practice_scope(line.practice.pk):
        yield


@pytest.fixture
def template(line: Line) -> Template:
    return t15(line.channel)


def at_the_desk(line: Line, by: Member, *purposes: Purpose) -> TakenDown:
    """Jana agrees at the counter and gives her number."""
    wanted = frozenset(purposes or {Purpose.ORGANISATION})
    return agree(make_contact(PATIENT), make_patient(), by, purposes=wanted)


def queued(line: Line) -> list[Message]:
    return list(Message.objects.filter(direction="out").select_related("template").in_order())


def kinds(line: Line) -> list[str]:
    return [one.kind for one in queued(line)]


def states(line: Line) -> dict[str, str]:
    return dict(ConsentState.objects.filter(patient=None).values_list("purpose", "state"))


def tap(line: Line, payload: str, title: str = "") -> None:
    """As a template's quick reply comes in."""
    button = {"payload": payload, "text": title or payload}
    line.deliver(message("", type="button", button=button, timestamp=now()))


# ── asking ──


def test_c_07_the_number_is_asked_by_t15_and_by_nothing_else(line: Line, anna: Member, template: Template) -> None:
    told = at_the_desk(line, anna)

    [asked] = queued(line)
    assert (asked.kind, asked.template, asked.purpose, asked.origin) == ("number_check", template, "", "automatic")
    today = timezone.localtime().strftime("%d.%m.%Y")
    assert asked.body == (
        f"Guten Tag, für diese Nummer wurde am {today} angegeben, dass die Zahnarztpraxis Morgenthal Ihnen über "
        "WhatsApp schreiben darf."
    )
    assert told.check is not None
    assert (told.check.is_asked, told.check.conversation_id) == (True, asked.conversation_id)


def test_its_buttons_carry_our_payloads(line: Line, anna: Member, template: Template) -> None:
    at_the_desk(line, anna)

    [asked] = queued(line)
    assert asked.content is not None
    assert [one["parameters"][0]["payload"] for one in asked.content["components"] if one["type"] == "button"] == [
        "ja_bestaetigen",
        "nein_danke",
        "falsche_nummer",
    ]


def approve_at_360dialog(whatsapp: FakeWhatsApp, template: Template) -> None:
    example = [["11.05.2026", "die Zahnarztpraxis Morgenthal"]]
    body, *others = template.components
    definition = {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "components": [body | {"example": {"body_text": example}}, *others],
    }
    api_key = whatsapp.line.channel.api_key
    whatsapp.http.post("/v1/configs/templates", json=definition, headers={"D360-API-KEY": api_key}).raise_for_status()
    whatsapp.control(
        "POST", "templates", json={"number": whatsapp.line.channel.phone, "name": template.name, "event": "approved"}
    )


def test_c_07_the_worker_hands_it_over_and_the_stand_in_takes_it(
    line: Line, anna: Member, template: Template, whatsapp: FakeWhatsApp
) -> None:
    approve_at_360dialog(whatsapp, template)
    at_the_desk(line, anna)

    drain()

    sent = [body["template"] for body in whatsapp.sent() if body.get("type") == "template"]
    assert [one["name"] for one in sent] == ["optin_bestaetigung"]
    assert [message.state for message in queued(line)] == ["sent"]


def test_c_08_a_number_is_asked_once_however_often_somebody_agrees(
    line: Line, anna: Member, template: Template
) -> None:
    at_the_desk(line, anna)
    Message.objects.update(state=Message.State.DELIVERED)
    patient = Patient.objects.get()
    again = agree(Contact.objects.get(), patient, anna, purposes=frozenset({Purpose.ORGANISATION, Purpose.RECALL}))

    assert kinds(line) == ["number_check"]
    assert again.check is not None
    assert "Ein zweites Mal wird nicht gefragt." in again.check.for_person


def test_one_that_was_taken_back_before_it_left_may_be_asked_anew(line: Line, anna: Member, template: Template) -> None:
    at_the_desk(line, anna)
    Message.objects.update(state=Message.State.CANCELLED)
    agree(Contact.objects.get(), Patient.objects.get(), anna)

    assert kinds(line) == ["number_check", "number_check"]


def test_a_mother_of_two_is_asked_once(line: Line, anna: Member, template: Template) -> None:
    contact = make_contact(PATIENT)
    for name in ("Mia", "Ben"):
        agree(contact, make_patient(name, "Krüger", born(6)), anna, MOTHER)

    assert kinds(line) == ["number_check"]


def test_whoever_reads_english_is_asked_in_english_where_there_is_such_a_template(
    line: Line, anna: Member, template: Template
) -> None:
    english = t15(line.channel, "en_GB")
    agree(make_contact(PATIENT), make_patient(), anna, language="en")

    [asked] = queued(line)
    assert asked.template == english
    assert Contact.objects.get().language == "en"


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "rejected"},
        {"status": "paused"},
        {"components": [{"type": "BODY", "text": WORDS}]},
    ],
)
def test_without_a_template_that_asks_the_desk_is_told_what_else_works(
    line: Line, anna: Member, columns: dict[str, Any]
) -> None:
    t15(line.channel, **columns)

    told = at_the_desk(line, anna)

    assert told.check is not None
    assert not told.check.is_asked
    assert told.check.for_person == "Die Vorlage „optin_bestaetigung“ ist bei WhatsApp nicht freigegeben."
    assert told.check.next_step == (
        "Die Person schreibt der Praxis selbst eine WhatsApp-Nachricht und tippt dann auf „Ja, bestätigen“."
    )
    assert queued(line) == []


def test_without_a_number_of_the_practice_the_consent_is_taken_down_all_the_same(line: Line, anna: Member) -> None:
    Channel.objects.all().delete()

    told = at_the_desk(line, anna)

    assert told.check is not None
    assert told.check.for_person == "Ihre Praxis hat noch keine WhatsApp-Nummer."
    assert states(line) == {"organisation": "pending"}


def test_what_did_not_arrive_is_said(line: Line, anna: Member, template: Template) -> None:
    told = at_the_desk(line, anna)
    Message.objects.update(state=Message.State.FAILED)
    standing = standing_of(told.event.contact)  # type: ignore[arg-type]

    assert standing is not None
    assert (standing.is_asked, standing.for_person) == (False, "Die Frage, ob die Nummer stimmt, kam nicht an.")


def test_a_known_number_is_not_asked_at_all(line: Line, anna: Member, template: Template) -> None:
    contact, patient = make_contact(PATIENT), make_patient()
    agree(contact, patient, anna)
    Message.objects.all().delete()
    opt_in(contact)
    told = agree(contact, patient, anna, purposes=frozenset({Purpose.ORGANISATION, Purpose.RECALL}))

    assert told.is_granted
    assert queued(line) == []


# ── the answer ──


def test_c_07_the_tap_proves_the_number_and_is_thanked_with_what_holds(
    line: Line, anna: Member, template: Template
) -> None:
    at_the_desk(line, anna, Purpose.ORGANISATION, Purpose.RECALL)

    tap(line, "ja_bestaetigen")

    assert states(line) == {"organisation": "granted", "recall": "granted"}
    thanks = queued(line)[-1]
    assert (thanks.kind, (thanks.body or "").startswith("Vielen Dank.")) == ("confirmation", True)
    assert "Sie haben zugestimmt zu: Termine und Organisation, Vorsorge-Erinnerung." in (thanks.body or "")
    confirmed = ConsentEvent.objects.get(type="confirmed")
    assert (confirmed.channel, evidence_of(confirmed)["act"]["button"]) == ("whatsapp_button", "ja_bestaetigen")
    assert Conversation.objects.get().waiting_since is None


def test_the_same_tap_delivered_twice_is_thanked_once(line: Line, anna: Member, template: Template) -> None:
    at_the_desk(line, anna)
    tapped = message("", type="button", button={"payload": "ja_bestaetigen", "text": "Ja"}, timestamp=now())

    line.deliver(tapped)
    tapped["entry"][0]["redelivered"] = True
    line.deliver(tapped)

    assert kinds(line) == ["number_check", "confirmation"]


def test_no_thanks_is_accepted_with_one_word_and_ends_it(line: Line, anna: Member, template: Template) -> None:
    at_the_desk(line, anna)

    tap(line, "nein_danke")

    assert states(line)["organisation"] == "rejected"
    assert (queued(line)[-1].body or "").startswith("In Ordnung.")


def test_a_wrong_number_is_written_to_never_again(line: Line, anna: Member, template: Template) -> None:
    at_the_desk(line, anna)

    tap(line, "falsche_nummer")
    line.deliver(message("Start", timestamp=now()))
    line.deliver(message("Hallo?", timestamp=now()))

    assert Contact.objects.get().blocked_at is not None
    assert Message.objects.filter(direction="out", kind="opt_in_prompt").count() == 0
    assert set(ConsentState.objects.values_list("state", flat=True)) <= {Consent.WITHDRAWN, Consent.PENDING}


# ── somebody who writes first ──


def test_c_07_whoever_agreed_at_the_desk_and_writes_first_is_asked_in_the_open_chat(line: Line, anna: Member) -> None:
    at_the_desk(line, anna, Purpose.ORGANISATION, Purpose.RECALL)

    line.deliver(message("Hallo, hier ist Jana", timestamp=now()))

    [question] = queued(line)
    assert (question.kind, question.type) == ("opt_in_prompt", "interactive")
    assert (question.body or "").startswith("Guten Tag, für diese Nummer wurde am ")
    assert [one["id"] for one in (question.content or {})["buttons"]] == [
        "ja_bestaetigen",
        "nein_danke",
        "falsche_nummer",
    ]
    assert states(line) == {"organisation": "pending", "recall": "pending"}
    assert Conversation.objects.get().waiting_since is not None


def test_c_07_and_the_tap_there_confirms_all_that_was_agreed_to(line: Line, anna: Member) -> None:
    at_the_desk(line, anna, Purpose.ORGANISATION, Purpose.RECALL)
    line.deliver(message("Hallo", timestamp=now()))

    tapped = {"type": "button_reply", "button_reply": {"id": "ja_bestaetigen", "title": "Ja, bestätigen"}}
    line.deliver(message("", type="interactive", interactive=tapped, timestamp=now()))

    assert states(line) == {"organisation": "granted", "recall": "granted"}


def test_that_question_comes_once_in_thirty_days(line: Line, anna: Member) -> None:
    at_the_desk(line, anna)

    for words in ("Hallo", "Hallo?", "Sind Sie da?"):
        line.deliver(message(words, timestamp=now()))

    assert kinds(line) == ["opt_in_prompt"]


def test_c_04_writing_first_alone_confirms_nothing(line: Line, anna: Member) -> None:
    at_the_desk(line, anna)

    line.deliver(message("Ja gern, wie am Empfang besprochen", timestamp=now()))

    assert states(line) == {"organisation": "pending"}


def test_start_shows_the_whole_text_and_not_the_question(line: Line, anna: Member) -> None:
    at_the_desk(line, anna)

    line.deliver(message("START", timestamp=now()))

    assert ["Bevor wir hier weiterschreiben" in (one.body or "") for one in queued(line)] == [True]


def test_the_code_of_a_form_that_another_phone_used_already_grants_nothing_to_a_linked_number(
    line: Line, anna: Member
) -> None:
    """A code sent by a number that is already somebody else's: that number's own consents stay as they are."""
    at_the_desk(line, anna)
    code = send_form(Purpose.ORGANISATION, Purpose.WERBUNG).code
    confirm_code(contact=make_contact("+4917139200" + "14"), code=code, message_id="wamid.other", at=timezone.now())

    line.deliver(message(f"Code: {code}", timestamp=now()))

    mine = Contact.objects.get(patient_links__isnull=False)
    states_of_mine = ConsentState.objects.filter(contact=mine).values_list("purpose", "state")
    assert dict(states_of_mine) == {"organisation": "pending"}
