"""From the thread: whose number it is in one press, what it is no longer, who else it may be, and a block."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent import ledger
from consent.models import Channel as ConsentChannel
from consent.purposes import Purpose
from messaging.models import Channel, Conversation
from patients.actions import register_patient
from patients.appointments import note_appointment
from patients.identities import change_identity, find_or_create_contact
from patients.merging import merge
from patients.models import Contact, Patient, PatientContact, Relation
from practices.models import AccessLog, AuditEvent, Member, Role
from tests.consent.intakes import born
from tests.messaging.inbox.desk import grant, make_contact, make_conversation, make_patient, receive
from tests.messaging.teamwork.press import toast, told
from tests.people import login, make_member

HTMX = {"HX-Request": "true"}
NEW = {"first_name": "Jana", "last_name": "Vogt", "birth_date": "1998-12-02", "language": "de", "relation": "self"}


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    """Somebody nobody knows has written."""
    conversation = make_conversation(channel, make_contact(profile_name="Jana Vogt"))
    receive(conversation)
    return conversation


def at(conversation: Conversation, path: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def text_of(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\u202f", " ").split())


def register(first: str = "Jana", last: str = "Vogt", born_on: str = "1998-12-02") -> Patient:
    return register_patient(first_name=first, last_name=last, birth_date=born_on, by=None)


def links() -> list[tuple[Any, ...]]:
    return list(PatientContact.objects.values_list("patient__pk", "contact", "relation"))


# ── linking ──


def test_whoever_writes_under_a_patients_name_is_linked_by_one_press(desk: Client, conversation: Conversation) -> None:
    vogt = register()
    register("Ole", "Özkan")
    shown = desk.get(at(conversation))
    assert [one.name for one in shown.context["panel"].suggestions] == ["Vogt, Jana"]
    assert ("Wem gehört diese Nummer?" in text_of(shown), "Noch keiner Person zugeordnet" in text_of(shown)) == (
        True,
        True,
    )

    linked = desk.post(at(conversation, "patient/"), {"patient": str(vogt.pk)}, headers=HTMX)

    assert (linked.status_code, toast(linked)) == (204, "Nummer zugeordnet")
    assert f"roger:conversation-{conversation.pk}" in told(linked)
    assert links() == [(vogt.pk, conversation.contact_id, "self")]
    assert desk.get(at(conversation)).context["panel"].suggestions == []


def test_somebody_else_is_searched_while_one_types_without_a_name_in_the_address(
    desk: Client, conversation: Conversation
) -> None:
    register("Ole", "Özkan", "1970-01-01")

    typed = desk.post(at(conversation, "patient/candidates/"), {"q": "özk", "only": "1"}, headers=HTMX)
    page = desk.post(at(conversation, "patient/candidates/"), {"q": "01.01.1970"})

    assert "Özkan, Ole" in text_of(typed)
    assert ('name="first_name"' in typed.content.decode(), "<html" in page.content.decode()) == (False, True)
    assert "Özkan, Ole" in text_of(page)
    assert AccessLog.objects.filter(kind="search").count() == 2


def test_the_form_for_somebody_new_begins_with_the_name_from_whatsapp(desk: Client, conversation: Conversation) -> None:
    beside = desk.get(at(conversation, "patient/"), headers=HTMX)

    html = beside.content.decode()
    assert ('value="Jana"' in html, 'value="Vogt"' in html, "<html" in html) == (True, True, False)


def test_somebody_new_is_registered_and_linked(desk: Client, conversation: Conversation, anna: Member) -> None:
    answer = desk.post(at(conversation, "patient/"), NEW)

    vogt = Patient.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, at(conversation))
    assert (vogt.birth_date, links()) == ("1998-12-02", [(vogt.pk, conversation.contact_id, "self")])
    assert AuditEvent.objects.filter(kind="patient_linked", by=anna).count() == 1
    assert "Angelegt und zugeordnet" in text_of(desk.get(at(conversation)))


def test_whoever_may_be_a_patient_already_is_offered_instead(desk: Client, conversation: Conversation) -> None:
    register("Jana", "Voogt")

    hint = desk.post(at(conversation, "patient/"), NEW, headers=HTMX)
    assert (hint.status_code, Patient.objects.count(), links()) == (422, 1, [])
    assert ("Voogt, Jana" in text_of(hint), "Ist diese Person" in text_of(hint)) == (True, True)
    desk.post(at(conversation, "patient/"), NEW | {"sure": "1"}, headers=HTMX)

    assert (Patient.objects.count(), len(links())) == (2, 1)


def test_a_mother_is_linked_to_her_child_with_the_custody_she_states(desk: Client, conversation: Conversation) -> None:
    mia = register("Mia", "Vogt", born(8))
    address = at(conversation, "patient/")

    silent = desk.post(address, {"patient": str(mia.pk), "relation": "guardian"}, headers=HTMX)
    desk.post(address, {"patient": str(mia.pk), "relation": "guardian", "custody": "joint"}, headers=HTMX)

    assert (silent.status_code, "nach der Sorge" in text_of(silent)) == (422, True)
    assert list(PatientContact.objects.values_list("relation", "custody")) == [("guardian", "joint")]


def test_what_may_not_be_says_why_and_registers_nobody(desk: Client, conversation: Conversation) -> None:
    answer = desk.post(at(conversation, "patient/"), NEW | {"birth_date": born(8)}, headers=HTMX)

    assert (answer.status_code, Patient.objects.count(), links()) == (422, 0, [])
    assert "WhatsApp ist erst ab 13 Jahren erlaubt" in text_of(answer)


@pytest.mark.parametrize("patient", ["", "nonsense", "01a20000-0000-7000-8000-000000000000"])
def test_a_patient_that_is_none_is_not_found(desk: Client, conversation: Conversation, patient: str) -> None:
    assert desk.post(at(conversation, "patient/"), {"patient": patient}).status_code == 404


def test_a_number_that_belongs_to_nobody_after_all_is_unlinked(desk: Client, conversation: Conversation) -> None:
    address = at(conversation, f"patients/{make_patient(conversation.contact).pk}/unlinking/")

    parted, again = desk.post(address, headers=HTMX), desk.post(address, headers=HTMX)

    assert (toast(parted), links(), again.status_code) == ("Verknüpfung gelöst", [], 404)


# ── not whose it is ──


def entered_as_wrong(desk: Client, conversation: Conversation) -> None:
    desk.post(
        f"/p/morgenthal/consent/persons/{conversation.contact_id}/wrong-number/", {"sure": "1", "way": "staff_phone"}
    )


def offered(desk: Client, conversation: Conversation) -> list[list[str]]:
    """Whom the panel offers at one press, and whom its search begins with."""
    panel = desk.get(at(conversation)).context["panel"].suggestions
    return [[one.name for one in found] for found in (panel, desk.get(at(conversation, "patient/")).context["found"])]


def test_whoever_a_number_was_taken_from_as_wrong_is_not_offered_it_again(
    desk: Client, conversation: Conversation
) -> None:
    vogt, _namesake = register(), register(born_on="1955-05-05")
    desk.post(at(conversation, "patient/"), {"patient": str(vogt.pk)})

    entered_as_wrong(desk, conversation)

    assert offered(desk, conversation) == [["Vogt, Jana"]] * 2
    [left] = desk.get(at(conversation)).context["panel"].suggestions
    assert left.birth_date.year == 1955


def test_it_is_given_back_by_a_second_press_with_the_day_of_the_entry_before_one(
    desk: Client, conversation: Conversation
) -> None:
    mia = register("Mia", "Vogt", born(8))
    mothers = {"relation": "guardian", "custody": "joint"}
    desk.post(at(conversation, "patient/"), {"patient": str(mia.pk)} | mothers)
    entered_as_wrong(desk, conversation)

    asked = desk.post(at(conversation, "patient/"), {"patient": str(mia.pk)} | mothers, headers=HTMX)
    assert (asked.status_code, links()) == (422, [])
    assert f"Am {timezone.localdate():%d.%m.%Y} wurde eingetragen" in text_of(asked)
    html = asked.content.decode()
    assert [f'value="{said}"' in html for said in ("guardian", "joint", mia.pk)] == [True] * 3
    desk.post(at(conversation, "patient/"), {"after_all": str(mia.pk)} | mothers, headers=HTMX)

    assert links() == [(mia.pk, conversation.contact_id, "guardian")]


def test_a_record_that_was_joined_with_another_since_is_not_offered_either(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    double = register(born_on="1998-12-20")
    desk.post(at(conversation, "patient/"), {"patient": str(double.pk)})
    entered_as_wrong(desk, conversation)
    merge(kept=register(), merged=double, by=anna)

    assert offered(desk, conversation) == [[], []]


def test_an_entry_that_does_not_say_from_whom_leaves_nobody_to_one_press(
    desk: Client, conversation: Conversation
) -> None:
    vogt = register()
    ledger.append(
        type=ledger.Type.WRONG_NUMBER,
        channel=ConsentChannel.WHATSAPP_BUTTON,
        contact=conversation.contact,
        purposes=dict.fromkeys(Purpose, True),
        actor=ledger.PATIENT,
        act={"button": "falsche_nummer"},
        occurred_at=timezone.now(),
    )

    assert offered(desk, conversation) == [[], []]
    assert desk.post(at(conversation, "patient/"), {"patient": str(vogt.pk)}).status_code == 422


# ── what the panel tells ──


def test_the_panel_tells_of_visits_birthday_and_who_else_writes(desk: Client, channel: Channel) -> None:
    today = timezone.localdate()
    mother, father = make_contact(profile_name="Daniela"), make_contact(profile_name="Jens")
    in_three_days = (today + timedelta(days=3)).replace(year=2016)
    mia = make_patient(mother, first_name="Mia", birth_date=in_three_days.isoformat(), relation=Relation.GUARDIAN)
    PatientContact.objects.create(patient=mia, contact=father, relation=Relation.GUARDIAN)
    theirs = make_conversation(channel, father)
    mia.appointments.create(starts_at=timezone.now() + timedelta(days=2), words="Kontrolle")
    mia.appointments.create(starts_at=timezone.now() - timedelta(days=5))

    page = desk.get(at(make_conversation(channel, mother)))

    [shown] = page.context["panel"].patients
    assert (shown.birthday, shown.visits.last_on) == ("in 3 Tagen", today - timedelta(days=5))
    assert [(one.name, one.relation, one.thread) for one in shown.writers] == [
        ("Jens (laut WhatsApp) für Vogt, Mia", "Sorgeberechtigte:r", theirs.pk)
    ]
    assert ("Kontrolle" in text_of(page), "Diese Nummer gehört Daniela (laut WhatsApp)." in text_of(page)) == (
        True,
        True,
    )


@pytest.mark.parametrize(("days", "words"), [(0, "heute"), (1, "morgen"), (14, "in 14 Tagen"), (15, "")])
def test_a_birthday_is_told_two_weeks_before(desk: Client, channel: Channel, days: int, words: str) -> None:
    birth_date = (timezone.localdate() + timedelta(days=days)).replace(year=1988)
    conversation = make_conversation(channel, contact := make_contact())
    make_patient(contact, birth_date=birth_date.isoformat())

    [shown] = desk.get(at(conversation)).context["panel"].patients

    assert shown.birthday == words


def test_the_head_tells_the_last_and_the_next_visit_of_whoever_writes(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel, contact := make_contact())
    vogt = make_patient(contact)
    before, _ = note_appointment(patient=vogt, starts_at=timezone.now() - timedelta(days=400), by=None)
    note_appointment(patient=vogt, starts_at=timezone.now() + timedelta(days=2), by=None)
    last = timezone.localdate(before.starts_at)

    page = text_of(desk.get(at(conversation)))

    assert (f"zuletzt {last:%d.%m.%Y}" in page, "nächster Termin" in page) == (True, True)


def test_the_panel_says_who_looked_to_whoever_leads_and_else_of_oneself(
    desk: Client, conversation: Conversation, channel: Channel
) -> None:
    lea = Client()
    login(lea, make_member(channel.practice, Role.OWNER, name="Lea Lang"))
    desk.get(at(conversation))

    of_leader = lea.get(at(conversation))
    of_anna = desk.get(at(conversation))

    names = [[look.name for look in page.context["panel"].looks] for page in (of_leader, of_anna)]
    assert names == [["Lea Lang", "Anna Arnold"], ["Anna Arnold"]]
    assert headings_of_looks(of_leader) == (True, False)
    assert headings_of_looks(of_anna) == (False, True)


def headings_of_looks(page: Any) -> tuple[bool, bool]:
    """Whether the panel claims to show everybody's looks, and whether it says that they are one's own."""
    panel = page.content.decode().partition('id="panel"')[2]
    return "Wer hat hineingesehen</h3>" in panel, "Ihre Zugriffe</h3>" in panel


def test_somebody_without_a_number_is_named_by_the_user_name(desk: Client, channel: Channel) -> None:
    contact, _ = find_or_create_contact(bsuid="DE.123456", username="jana.v")

    page = desk.get(at(make_conversation(channel, contact)))

    assert page.context["conversation"].name == "@jana.v"
    assert "WhatsApp nennt uns hier keine Nummer" in text_of(page)
    assert "Nummer zeigen" not in text_of(page)


# ── another number, another person ──


def test_a_changed_number_is_told_masked_with_both_ways_on(desk: Client, channel: Channel) -> None:
    contact = make_contact("+491713920011")
    conversation = make_conversation(channel, contact)
    grant(contact, Purpose.ORGANISATION)
    change_identity(contact, phone="+491713920090")

    page = desk.get(at(conversation))
    changed = page.context["conversation"].identity
    assert (changed.former_phone, changed.phone) == ("+491713920011", "+491713920090")
    assert "Gehört diese Nummer noch derselben Person?" in text_of(page)
    assert "3920011" not in page.content.decode().replace(" ", "")
    assert f"/consent/persons/{contact.pk}/withdrawal/?back={at(conversation)}#wrong-number" in page.content.decode()
    confirmed = desk.post(at(conversation, "person/"), headers=HTMX)

    assert (toast(confirmed), 'id="composer"' in confirmed.content.decode()) == ("Bestätigt: dieselbe Person", True)
    assert "identity-changed" not in desk.get(at(conversation)).content.decode()


def test_from_the_banner_both_numbers_are_shown_to_be_rung_and_that_is_noted(
    desk: Client, channel: Channel, anna: Member
) -> None:
    contact = make_contact("+491713920011")
    conversation = make_conversation(channel, contact)
    change_identity(contact, phone="+491713920090")
    banner = desk.get(at(conversation)).content.decode().partition('id="identity-changed"')[2].partition("gate")[0]
    asked = [re.findall(r'type="hidden" name="(call|former)"', form) for form in banner.split("<form")[1:3]]
    before = AccessLog.objects.filter(kind="number").count()

    answers = [desk.post(at(conversation, "number/"), dict.fromkeys(names, "1"), headers=HTMX) for names in asked]

    assert asked == [["call"], ["call", "former"]]
    rung = [re.findall(r'href="tel:([^"]+)"', answer.content.decode()) for answer in answers]
    assert rung == [["+491713920090"], ["+491713920011"]]
    assert AccessLog.objects.filter(kind="number", member=anna, about_id=contact.pk).count() == before + 2


def test_a_new_device_says_so(desk: Client, channel: Channel) -> None:
    contact = make_contact()
    change_identity(contact)

    page = desk.get(at(make_conversation(channel, contact)))

    assert "ein anderes Telefon oder eine neue Installation" in text_of(page)
    assert 'id="dial-former"' not in page.content.decode()


def test_the_thread_fetches_the_banner_with_what_is_new(desk: Client, conversation: Conversation) -> None:
    change_identity(conversation.contact)

    newer = desk.get(at(conversation, "newer/"), headers=HTMX).content.decode()

    banners = re.search(r'<div[^>]+id="thread-banners"[^>]+hx-swap-oob="morph"', newer)
    assert (banners is not None, 'id="identity-changed"' in newer) == (True, True)


# ── blocking ──


def test_a_number_is_blocked_with_a_reason_and_the_composer_says_so(desk: Client, conversation: Conversation) -> None:
    grant(conversation.contact, Purpose.ORGANISATION)

    blocked = desk.post(at(conversation, "block/"), {"reason": "abuse"}, headers=HTMX)

    stored = Contact.objects.get()
    page = desk.get(at(conversation))
    assert (blocked.status_code, toast(blocked), stored.blocked_reason) == (204, "Nummer gesperrt", "abuse")
    assert (page.context["composer"].gate, "Alle gesperrten Nummern" in text_of(page)) == ("blocked", True)


def test_no_reason_stands_there_chosen_and_without_one_nobody_is_blocked(
    desk: Client, conversation: Conversation
) -> None:
    reasons = desk.get(at(conversation)).content.decode().partition('id="block-reason"')[2].partition("</select>")[0]

    beside = desk.post(at(conversation, "block/"), {"reason": ""}, headers=HTMX)
    page = desk.post(at(conversation, "block/"), {"reason": ""})

    assert (re.findall(r'value="(\w*)"', reasons)[0], "selected" in reasons) == ("", False)
    assert [answer.status_code for answer in (beside, page)] == [422, 422]
    sentence = "Noch nicht gesperrt: Bitte wählen Sie den Grund."
    assert [sentence in text_of(answer) for answer in (beside, page)] == [True, True]
    assert Contact.objects.get().blocked_at is None


@pytest.mark.parametrize("reason", ["because", "wrong_number"])
def test_without_a_reason_of_the_list_nobody_is_blocked(desk: Client, conversation: Conversation, reason: str) -> None:
    answer = desk.post(at(conversation, "block/"), {"reason": reason}, headers=HTMX)

    assert (answer.status_code, Contact.objects.get().blocked_at) == (422, None)


def test_what_a_blocked_person_writes_still_comes_in(desk: Client, conversation: Conversation) -> None:
    desk.post(at(conversation, "block/"), {"reason": "spam"})

    receive(conversation, "Hören Sie!")

    assert "Hören Sie!" in text_of(desk.get(at(conversation)))


# ── who may ──


def test_a_trainee_sees_no_tool_and_may_use_none(bert: Client, conversation: Conversation) -> None:
    vogt = make_patient(conversation.contact)

    html = bert.get(at(conversation)).content.decode()

    assert [
        word for word in ("Nummer sperren", "zuordnen", "Termin notieren", "Verknüpfung lösen") if word in html
    ] == []
    for path in ("patient/", "patient/candidates/", f"patients/{vogt.pk}/unlinking/", "block/"):
        assert bert.post(at(conversation, path), {"reason": "spam"}).status_code == 403
