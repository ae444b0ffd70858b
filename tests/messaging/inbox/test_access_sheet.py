"""The monthly sheet of who looked, and the list about one person."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from consent.models import ConsentDocument, ConsentEvent, PendingOptIn
from messaging import looks
from messaging.looks import KINDS, Month
from messaging.models import Channel, Conversation, ProtectedDocument
from patients.merging import merge
from practices.models import AccessLog, Member, Practice, Role
from practices.tenancy import uuid7
from tests.consent.intakes import paper
from tests.consent.test_intake_page import typed
from tests.consent_factories import tap
from tests.guards.rows import saved
from tests.messaging.documents.desk import BORN, WRONG, sent_document, sent_invitation
from tests.messaging.documents.desk import page as page_of
from tests.messaging.inbox.desk import make_contact, make_conversation, make_patient, receive
from tests.messaging.inbox.test_media import picture, stored
from tests.people import login, make_member

SHEET = "/p/morgenthal/access/"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
HOURS = {day: [["08:00", "12:00"], ["14:00", "18:00"]] for day in ("mon", "tue", "wed", "thu")}
QUERIES_OF_A_SHEET = 18  # one names the records that asked, seven of them find out who asks
Look = Callable[..., AccessLog]


@pytest.fixture(autouse=True)
def today() -> Any:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def owner(client: Client, practice: Practice) -> Client:
    login(client, make_member(practice, Role.OWNER, name="Olga Ohm"))
    return client


@pytest.fixture
def desk_of_anna(anna: Member) -> Client:
    """A browser of her own, beside the owner's."""
    browser = Client()
    login(browser, anna)
    return browser


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel, make_contact("+491713920010"))
    make_patient(conversation.contact)
    return conversation


@pytest.fixture
def look(anna: Member, channel: Channel) -> Look:
    """Somebody looks at something at some time."""

    def at(at: datetime = NOW, kind: str = "conversation", about: UUID | None = None, **columns: Any) -> AccessLog:
        with time_machine.travel(at, tick=False):
            given = {"member": anna} | columns
            return AccessLog.objects.create(kind=kind, about_id=about or uuid7(), **given)

    return at


def sums(page: Any) -> dict[str, Any]:
    return {one.name: one for one in page.context["sheet"].sums}


# ── the month ──


def test_each_person_stands_with_what_was_opened(owner: Client, look: Look, conversation: Conversation) -> None:
    for _ in range(3):
        look(about=conversation.pk)
    look()
    for kind in ("media", "media", "consent_document", "number", "consent", "search", "search", "search"):
        look(kind=kind)

    anna = sums(owner.get(SHEET))["Anna Arnold"]

    assert (anna.people, anna.files, anna.numbers, anna.consent, anna.searches, anna.asked) == (2, 3, 1, 1, 3, 0)


def test_pages_of_patients_that_were_opened_are_counted_once_each(
    owner: Client, desk_of_anna: Client, conversation: Conversation
) -> None:
    for patient in (conversation.contact.patient_links.get().patient, make_patient(make_contact())):
        for _again in range(2):
            desk_of_anna.get(f"/p/morgenthal/patients/{patient.pk}/")

    page = owner.get(SHEET)

    anna = sums(page)["Anna Arnold"]
    assert (anna.records, anna.people) == (2, 0)
    assert page.content.decode().count('<th scope="col">Patientenseiten</th>') == 1


def test_names_decide_the_order_and_nothing_else_does(
    owner: Client, practice: Practice, look: Look, conversation: Conversation
) -> None:
    busy = make_member(practice, name="Zoe Zander")
    for _ in range(9):
        look(member=busy)

    page = owner.get(SHEET)

    assert [one.name for one in page.context["sheet"].sums] == ["Anna Arnold", "Olga Ohm", "Zoe Zander"]
    assert "keine Arbeitsleistung" in page.content.decode()


def test_a_month_is_a_month_where_the_practice_is(owner: Client, look: Look) -> None:
    for at in ("2026-10-31T22:59:00+00:00", "2026-10-31T23:00:00+00:00", "2026-11-25T11:00:00+00:00"):
        look(datetime.fromisoformat(at))

    november, october = owner.get(SHEET), owner.get(SHEET, {"month": "2026-10"})

    assert (sums(november)["Anna Arnold"].people, sums(october)["Anna Arnold"].people) == (2, 1)
    assert "Zugriffe im November 2026" in november.content.decode()
    assert "Zugriffe im Oktober 2026" in october.content.decode()
    assert ('href="?month=2026-10"' in november.content.decode(), "?month=2026-12" in november.content.decode()) == (
        True,
        False,
    )


@pytest.mark.parametrize("month", ["", "2026-13", "morgen", "2027-01", "9999-12", "٢٠٢٦-١٠", "2026-11-01", "\x00"])
def test_a_month_that_is_none_or_has_not_begun_is_the_current_one(owner: Client, look: Look, month: str) -> None:
    page = owner.get(SHEET, {"month": month})

    assert (page.status_code, str(page.context["month"])) == (200, "2026-11")


@pytest.mark.parametrize("month", ["0001-01", "1900-01", "2024-10"])
def test_a_month_before_all_that_is_kept_is_the_oldest_kept(owner: Client, month: str) -> None:
    page = owner.get(SHEET, {"month": month})

    assert (page.status_code, str(page.context["month"])) == (200, "2024-11")
    assert [f'href="?month=2024-1{one}"' in page.content.decode() for one in (0, 2)] == [False, True]


def test_months_follow_each_other_over_the_year() -> None:
    december = Month(datetime(2026, 12, 1, tzinfo=UTC).date())

    assert (str(december.before), str(december.after), str(december.after.before)) == ("2026-11", "2027-01", "2026-12")


@pytest.mark.parametrize(
    ("at", "is_outside"),
    [
        ("2026-11-25T07:00+01:00", False),  # an hour before opening
        ("2026-11-25T06:59+01:00", True),
        ("2026-11-25T13:00+01:00", False),
        ("2026-11-25T19:00+01:00", False),
        ("2026-11-24T19:01+01:00", True),
        ("2026-11-22T10:00+01:00", True),  # a Sunday
    ],
)
def test_what_was_opened_while_the_practice_was_closed_is_counted(
    owner: Client, practice: Practice, look: Look, at: str, is_outside: bool
) -> None:
    Practice.objects.filter(pk=practice.pk).update(opening_hours=HOURS)
    about = uuid7()
    for _ in range(2):
        look(datetime.fromisoformat(at), about=about)

    assert sums(owner.get(SHEET))["Anna Arnold"].out_of_hours == int(is_outside)


@pytest.mark.parametrize(("hours", "day", "is_outside"), [
    (HOURS, "2026-12-24T10:00+01:00", False),
    (HOURS | {"fri": [["08:00", "12:00"]]}, "2026-12-25T10:00+01:00", True),  # Christmas
    ({"thu": [["14:00", "24:00"]]}, "2026-12-24T23:30+01:00", False),
])  # fmt: skip
def test_hours_are_those_of_the_whole_product_with_holidays(
    owner: Client, practice: Practice, look: Look, hours: dict[str, list[list[str]]], day: str, is_outside: bool
) -> None:
    Practice.objects.filter(pk=practice.pk).update(opening_hours=hours)
    look(datetime.fromisoformat(day), member=owner_of(practice))

    with time_machine.travel(datetime(2026, 12, 28, 12, tzinfo=UTC)):
        login(owner, owner_of(practice))
        found = sums(owner.get(SHEET))["Olga Ohm"].out_of_hours

    assert found == int(is_outside)


def owner_of(practice: Practice) -> Member:
    return Member.objects.get(practice=practice, role=Role.OWNER)


def test_without_opening_hours_the_sheet_says_so(owner: Client, look: Look) -> None:
    look(datetime.fromisoformat("2026-11-22T03:00+01:00"))

    assert "Ohne hinterlegte Öffnungszeiten" in owner.get(SHEET).content.decode()


def test_the_sheet_says_how_long_a_reason_holds_and_that_it_is_asked_at_any_time(owner: Client) -> None:
    page = owner.get(SHEET).content.decode()

    assert "bei vielen Unterhaltungen gilt er für alle, bis eine Stunde vorbei ist" in page
    assert ("Roger fragt zu jeder Tageszeit." in page, "fragt Roger nicht" in page) == (True, False)


def test_an_unusual_look_stands_with_its_reason(owner: Client, look: Look, conversation: Conversation) -> None:
    look(kind="unusual_long_done", about=conversation.pk, reason="billing")

    page = owner.get(SHEET)

    [one] = page.context["sheet"].unusual
    assert (one.who, one.whose, one.rule, one.reason) == (
        "Anna Arnold",
        "Vogt, Jana",
        "seit über 90 Tagen erledigt",
        "Abrechnung",
    )
    assert sums(page)["Anna Arnold"].asked == 1
    assert f"{SHEET}contacts/{conversation.contact_id}/" in page.content.decode()


def test_more_unusual_looks_than_a_page_holds_are_counted_all_the_same(
    owner: Client, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "MOST_UNUSUAL", 2)
    for kind in ("unusual_many", "unusual_many", "unusual_long_done"):
        look(kind=kind, reason="other")

    page = owner.get(SHEET)

    assert (len(page.context["sheet"].unusual), page.content.decode().count("Hier stehen die ersten 2 von 3.")) == (
        2,
        1,
    )


def test_an_unusual_look_at_somebody_who_was_erased_keeps_its_line(owner: Client, look: Look) -> None:
    look(kind="unusual_many", reason="other")

    [one] = owner.get(SHEET).context["sheet"].unusual

    assert (one.whose, one.contact_id, one.rule) == ("gelöschte Person", None, "viele Unterhaltungen in kurzer Zeit")


def test_who_left_stands_there_for_the_months_of_their_looks(owner: Client, practice: Practice, look: Look) -> None:
    gone, idle = make_member(practice, name="Gerd Gehr"), make_member(practice, name="Ilse Ick")
    look(kind="patient", member=gone)
    Member.objects.filter(pk__in=[gone.pk, idle.pk]).update(left_at=NOW)

    assert list(sums(owner.get(SHEET))) == ["Anna Arnold", "Gerd Gehr", "Olga Ohm"]


def test_another_practices_looks_are_not_counted(clara: Client, look: Look) -> None:
    look()

    assert [one.people for one in clara.get("/p/ostufer/access/").context["sheet"].sums] == [0]


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_the_number_of_queries_does_not_depend_on_what_was_done(
    owner: Client,
    channel: Channel,
    look: Look,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for _ in range(rows):
        conversation = make_conversation(channel)
        make_patient(conversation.contact)
        look(kind="unusual_many", about=conversation.pk, reason="call")

    with django_assert_num_queries(QUERIES_OF_A_SHEET):
        page = owner.get(SHEET)

    assert len(page.context["sheet"].unusual) == rows


def test_only_those_who_lead_see_it(desk: Client, bert: Client, conversation: Conversation) -> None:
    for browser in (desk, bert):
        assert browser.get(SHEET).status_code == 403
        assert browser.get(f"{SHEET}contacts/{conversation.contact_id}/").status_code == 403


# ── one person ──


def test_everything_about_a_person_stands_in_one_list_in_its_own_words(
    owner: Client, desk_of_anna: Client, channel: Channel
) -> None:
    thread = somebody_signed_and_wrote(desk_of_anna, channel)
    for page in pages_about(thread):
        assert desk_of_anna.get(page).status_code == 200, page
    desk_of_anna.post(f"/p/morgenthal/inbox/{thread.pk}/number/")
    desk_of_anna.post(f"/p/morgenthal/consent/persons/{thread.contact_id}/proof/")
    answer_at_the_link(sent_document(desk_of_anna, thread)[1])
    answer_at_the_link(sent_invitation(desk_of_anna, thread)[1])
    desk_of_anna.get(f"{page_of(thread, 'documents')}{ProtectedDocument.objects.get().pk}/media/")
    owner.get(f"/p/morgenthal/consent/persons/{thread.contact_id}/release/")
    owner.get(f"{SHEET}contacts/{thread.contact_id}/")

    told = owner.get(f"{SHEET}contacts/{thread.contact_id}/").context["looks"]

    assert [(one.who, one.what) for one in reversed(told)] == [
        ("Anna Arnold", "Unterhaltung geöffnet"),
        ("Anna Arnold", "Formular geöffnet, um ein Dokument zu senden oder Unterlagen zu erbitten"),
        ("Anna Arnold", "Formular geöffnet, um ein Dokument zu senden oder Unterlagen zu erbitten"),
        ("Anna Arnold", "Datei geöffnet"),
        ("Anna Arnold", "Patientenseite geöffnet"),
        ("Anna Arnold", "Einwilligung angesehen"),
        ("Anna Arnold", "Einwilligung angesehen"),
        ("Anna Arnold", "Beleg der Einwilligung geöffnet"),
        ("Anna Arnold", "Formular für den Widerruf geöffnet"),
        ("Anna Arnold", "ganze Nummer angezeigt"),
        ("Anna Arnold", "Nachweis der Einwilligung erstellt"),
        ("jemand mit dem Link", "geschütztes Dokument nicht geöffnet: Geburtsdatum oder PIN war falsch"),
        ("jemand mit dem Link", "geschütztes Dokument geöffnet"),
        ("jemand mit dem Link", "Seite zum Hochladen nicht geöffnet: Geburtsdatum war falsch"),
        ("jemand mit dem Link", "Seite zum Hochladen geöffnet"),
        ("Anna Arnold", "gesendetes geschütztes Dokument angesehen"),
        ("Olga Ohm", "Freigabe der Nummer geöffnet"),
        ("Olga Ohm", "nachgesehen, wer hingesehen hat"),
    ]
    assert set(AccessLog.objects.values_list("kind", flat=True)) <= set(KINDS)


def somebody_signed_and_wrote(desk: Client, channel: Channel) -> Conversation:
    """Jana Vogt has agreed on paper and with a tap; the window is open."""
    thread = make_conversation(channel, make_contact("+491713920010"))  # the number that is typed
    desk.post("/p/morgenthal/consent/intake/", typed(birth_date="1998-12-02", way="paper_scan", hour="", paper=paper()))
    tap(thread.contact)
    receive(thread)
    return thread


def pages_about(thread: Conversation) -> list[str]:
    """Whatever somebody of the team can open of this person."""
    contact, house = thread.contact, "/p/morgenthal"
    image = stored(thread, picture(), "image/png", "wange.png", "image")
    patient, act = contact.patient_links.get().patient, ConsentEvent.objects.order_by("seq")[0]
    return [
        f"{house}/inbox/{thread.pk}/",
        page_of(thread, "documents"),
        page_of(thread, "upload-invitations"),
        f"{house}/media/{image.pk}/",
        f"{house}/patients/{patient.pk}/",
        f"{house}/consent/persons/{contact.pk}/",
        f"{house}/consent/intake/{act.pk}/",
        f"{house}/consent/documents/{ConsentDocument.objects.get().pk}/",
        f"{house}/consent/persons/{contact.pk}/withdrawal/",
    ]


def answer_at_the_link(path: str) -> None:
    phone = Client()
    for answer in (WRONG, BORN):
        phone.post(path, answer)


def test_a_reason_that_was_given_stands_beside_the_look(owner: Client, look: Look, conversation: Conversation) -> None:
    look(kind="unusual_colleague", about=conversation.pk, reason="visit")

    [told] = owner.get(f"{SHEET}contacts/{conversation.contact_id}/").context["looks"]

    assert (told.what, told.reason) == ("heißt wie jemand aus dem Team", "Die Person ist in der Praxis")


def test_whoever_looked_at_a_record_before_it_was_joined_with_this_one_stands_there_too(
    owner: Client, anna: Member, look: Look, conversation: Conversation
) -> None:
    second = make_patient(make_contact())
    look(kind="patient", about=second.pk)
    merge(kept=conversation.contact.patient_links.get().patient, merged=second, by=anna)

    [told] = owner.get(f"{SHEET}contacts/{conversation.contact_id}/").context["looks"]

    assert (told.who, told.what) == ("Anna Arnold", "Patientenseite geöffnet")


def test_of_a_kind_that_is_written_no_more_and_has_no_words_it_is_told_that_somebody_looked(
    owner: Client, look: Look, conversation: Conversation
) -> None:
    look(kind="no_kind_of_today", about=conversation.pk)

    [told] = owner.get(f"{SHEET}contacts/{conversation.contact_id}/").context["looks"]

    assert (told.who, told.what) == ("Anna Arnold", "angesehen")


def test_looks_at_somebody_else_do_not_stand_there(owner: Client, look: Look, conversation: Conversation) -> None:
    look(about=uuid7())

    assert owner.get(f"{SHEET}contacts/{conversation.contact_id}/").context["looks"] == []


def test_that_somebody_asked_who_looked_is_a_look(owner: Client, conversation: Conversation) -> None:
    address = f"{SHEET}contacts/{conversation.contact_id}/"
    owner.get(address)

    [look] = owner.get(address).context["looks"]

    assert (look.who, look.what) == ("Olga Ohm", "nachgesehen, wer hingesehen hat")


def test_older_looks_stand_on_the_next_page(owner: Client, look: Look, conversation: Conversation) -> None:
    for _ in range(102):
        look(about=conversation.pk)
    address = f"{SHEET}contacts/{conversation.contact_id}/"

    first, second = owner.get(address), owner.get(address, {"page": "2"})

    assert (len(first.context["looks"]), len(second.context["looks"])) == (100, 3)  # with the look at the first page
    assert ('href="?page=2"' in first.content.decode(), "?page=3" in second.content.decode()) == (True, False)


def test_the_title_names_nobody(owner: Client, conversation: Conversation) -> None:
    page = owner.get(f"{SHEET}contacts/{conversation.contact_id}/").content.decode()

    assert "Vogt" not in page.partition("<title>")[2].partition("</title>")[0]


def test_a_stranger_finds_no_such_person(clara: Client, conversation: Conversation) -> None:
    assert clara.get(f"{SHEET}contacts/{conversation.contact_id}/").status_code == 404
    assert clara.get(f"/p/ostufer/access/contacts/{conversation.contact_id}/").status_code == 404


# ── the ways there, and what is noted elsewhere ──


def test_the_panel_leads_those_who_lead_to_who_looked(
    owner: Client, bert: Client, desk_of_anna: Client, conversation: Conversation
) -> None:
    way = f"{SHEET}contacts/{conversation.contact_id}/"
    thread = f"/p/morgenthal/inbox/{conversation.pk}/"

    assert [way in browser.get(thread).content.decode() for browser in (owner, bert, desk_of_anna)] == [
        True,
        False,
        False,
    ]


def test_a_proof_that_was_made_and_a_search_at_the_front_desk_are_looks(
    desk_of_anna: Client, anna: Member, conversation: Conversation
) -> None:
    opt_in = saved(PendingOptIn)

    desk_of_anna.post(f"/p/morgenthal/front-desk/opt-ins/{opt_in.pk}/candidates/", {"q": "Vogt"})
    desk_of_anna.post(f"/p/morgenthal/front-desk/opt-ins/{opt_in.pk}/candidates/", {"q": ""})
    desk_of_anna.post(f"/p/morgenthal/consent/persons/{conversation.contact_id}/proof/")

    assert list(AccessLog.objects.order_by("pk").values_list("kind", "about_id")) == [
        ("search", anna.pk),
        ("consent_proof", conversation.contact_id),
    ]
