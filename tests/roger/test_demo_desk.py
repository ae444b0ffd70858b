"""The demo's desk: each thing the team can do with a conversation can be seen at once, on a fresh start."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from messaging.models import Conversation, Label, Mention, Note, ProtectedDocument, SavedReply, SavedView, Task
from patients.models import Appointment
from practices.models import AuditEvent, Door, Member, Practice, Role
from roger.demo import material
from roger.demo.practices import PASSWORD
from tests.people import code_for
from tests.roger.test_seed_demo import conversation_of, demo, morgenthal, seeded

__all__ = ["demo", "morgenthal", "seeded"]
BERGER, BOETTCHER, ARSLAN, JANSEN = "+491713920001", "+491713920014", "+491713920013", "+491713920016"
INBOX = "/p/morgenthal/inbox/"


@pytest.fixture
def melek(morgenthal: Practice) -> Client:
    browser, user = Client(), person("Melek Yıldız").user
    browser.post("/login/", {"username": user.email, "password": PASSWORD})
    assert browser.post("/login/code/", {"otp_token": code_for(user)}).status_code == 302
    return browser


def person(name: str) -> Member:
    return Member.objects.get(user__name=name)


def test_labels_differ_by_name_colour_and_shape_and_hang_on_conversations(morgenthal: Practice) -> None:
    labels = list(Label.objects.order_by("position"))

    assert len({(label.colour, label.shape) for label in labels}) == len({one.name for one in labels}) == 4
    assert {label.links.count() for label in labels} == {1, 2}


def test_some_conversations_are_a_persons_and_some_a_teams(melek: Client) -> None:
    owned = Conversation.objects.awaiting_reply()

    assert owned.exclude(assigned_to=None).count() == 2
    assert owned.filter(assigned_role=Role.DENTIST).get() == conversation_of(BOETTCHER)
    mine = melek.get(INBOX, {"tab": "mine"}).context["rows"]
    assert [(row.name, row.owner.is_me) for row in mine] == [("Sommerfeld, Ulrike", True)]


def test_one_is_put_off_and_comes_back_when_the_practice_opens(melek: Client) -> None:
    put_off = conversation_of(JANSEN)
    assert put_off.snoozed_until is not None
    [row] = melek.get(INBOX, {"tab": "snoozed"}).context["rows"]

    assert (row.pk, put_off.snoozed_until > timezone.now(), put_off.waiting_since) == (put_off.pk, True, None)


def test_a_note_names_whoever_works_at_the_front_desk(melek: Client) -> None:
    named = Mention.objects.filter(member=person("Melek Yıldız"), seen_at=None)

    assert [one.note.conversation for one in named] == [conversation_of(BOETTCHER)]
    assert "Bitte anrufen, nicht schreiben" in melek.get(f"{INBOX}mentions/").content.decode()
    assert Note.objects.filter(kind=Note.Kind.HANDOVER).count() == 1


def test_there_is_somebody_to_call_and_something_done(melek: Client) -> None:
    page = melek.get(f"{INBOX}tasks/").content.decode()

    assert "Patient anrufen: Druckstelle" in page
    assert [(task.kind, task.done_at is None) for task in Task.objects.order_by("pk")] == [
        ("call", True), ("call", True), ("other", False),
    ]  # fmt: skip


def test_views_saved_replies_and_visits_are_there(melek: Client) -> None:
    views = {view.name: view.owner for view in SavedView.objects.all()}
    shared = SavedView.objects.get(owner=None)

    assert views == {"Terminwünsche": None, "Meine Rückrufe": person("Melek Yıldız")}
    rows = melek.get(INBOX, {"view": str(shared.pk)}).context["rows"]
    assert [row.name for row in rows] == ["Sommerfeld, Ulrike"]  # Jansen's is put off
    assert SavedReply.objects.count() == len(material.saved_replies())
    now = timezone.now()
    assert Appointment.objects.filter(starts_at__lt=now).exists()
    assert Appointment.objects.filter(starts_at__gt=now).exists()


def test_the_next_visit_is_the_one_that_was_agreed_on_in_the_thread(melek: Client) -> None:
    conversation = conversation_of(BERGER)

    [patient] = melek.get(f"{INBOX}{conversation.pk}/").context["panel"].patients

    said = conversation.messages.filter(direction="out").latest("at").body
    assert f"{timezone.localtime(patient.visits.next.starts_at):%d.%m.%Y um %H:%M} Uhr" in said


def test_nobody_who_agreed_on_a_visit_has_another(melek: Client) -> None:
    agreed = [one for one in material.dialogues(material.practices()[0]) if "agreed" in one]
    numbers = {one["id"]: one["phone"] for one in material.patients(material.practices()[0])}

    for one in agreed:
        conversation = conversation_of(numbers[one["patient_id"]])
        [link] = conversation.contact.patient_links.filter(relation="self")
        newest = link.patient.appointments.latest("starts_at")
        assert f"{timezone.localtime(newest.starts_at):%H:%M}" == one["agreed"]["time"], one["id"]
    assert len(agreed) > 10


def test_something_is_urgent_and_somebody_waits_long(melek: Client) -> None:
    rows = melek.get(INBOX).context["rows"]

    assert rows[0].urgent
    waits_since = conversation_of(BOETTCHER).waiting_since
    assert waits_since is not None
    assert waits_since < timezone.now() - timedelta(hours=24)


def test_a_protected_document_was_sent_and_opened_and_its_door_is_open(demo: Path, melek: Client) -> None:
    document = ProtectedDocument.objects.get()

    assert document.opened_at is not None
    assert document.message is not None
    assert document.created_at < document.opened_at < timezone.now() < document.expires_at
    assert Door.objects.filter(kind=Door.Kind.DOCUMENT, object_id=document.pk, revoked_at=None).exists()
    assert len(list((demo / "media").rglob(document.pk.hex))) == 1
    page = melek.get(f"{INBOX}{document.message.conversation_id}/").content.decode()
    assert document.message.conversation == conversation_of(ARSLAN)
    assert "Überweisung zum Röntgen“ wurde geöffnet" in page


def test_nothing_of_it_waits_to_be_sent_and_the_trail_says_who_did_it(morgenthal: Practice) -> None:
    done = AuditEvent.objects.filter(kind__in=("label_hung", "conversation_assigned", "task_created", "note_written"))

    assert not Conversation.objects.filter(messages__state="queued").exists()
    assert done.filter(by=None).count() == 0
    assert set(done.values_list("kind", flat=True)) == {
        "label_hung", "conversation_assigned", "task_created", "note_written",
    }  # fmt: skip
