"""The owner's page: consent in figures, and the register with what others need to check it."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent import tasks
from consent.checkpoints import as_file, checkpoint, key_file, newest_checkpoint
from consent.ledger import Type
from consent.ledger_status import note_broken
from consent.models import Channel, ConsentState
from consent.overview import Months, overview_of
from consent.proof import verify_proof
from consent.purposes import Purpose
from consent.verification import Verification
from messaging.models import Message
from practices.models import Practice, Role
from practices.scope import practice_scope
from tests.consent.correspondences import sent
from tests.consent.ledgers import book
from tests.consent_factories import OTHER_PHONE, make_contact, opt_in, send_form, tap
from tests.people import login, make_member, make_practice

PAGE = "/p/morgenthal/consent/"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def practice(db: None) -> Practice:
    return make_practice()


@pytest.fixture
def desk(client: Client, practice: Practice) -> Client:
    login(client, make_member(practice, Role.OWNER, name="Olga Ohm"))
    return client


def words(html: bytes) -> str:
    main = html.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def counts(months: Months) -> list[tuple[str, list[int]]]:
    return [(f"{month:%Y-%m}", [cell.count for cell in cells]) for month, cells in months.rows]


# ── figures ──


def test_people_are_counted_by_purpose_and_where_they_stand(practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact, other = make_contact(), make_contact(OTHER_PHONE)
        opt_in(contact, [Purpose.ORGANISATION, Purpose.RECALL])
        opt_in(other)
        tap(contact, "nur_erinnerungen")

        figures = {one.purpose: one for one in overview_of(timezone.now()).standings}

    assert (figures[Purpose.ORGANISATION].granted, figures[Purpose.ORGANISATION].withdrawn) == (2, 0)
    assert (figures[Purpose.RECALL].granted, figures[Purpose.RECALL].withdrawn) == (0, 1)
    assert (figures[Purpose.BEHANDLUNG].granted, figures[Purpose.WERBUNG].withdrawn) == (0, 1)


def test_whoever_waits_for_a_proven_number_is_counted_and_who_expires_soon(practice: Practice) -> None:
    with practice_scope(practice.pk), time_machine.travel(NOON, tick=False) as clock:
        send_form()
        clock.shift(timedelta(days=12))
        send_form()

        waiting = overview_of(timezone.now()).waiting

    assert (waiting.count, waiting.soon) == (2, 1)


def test_acts_are_counted_by_the_way_they_came_and_by_month(practice: Practice) -> None:
    with practice_scope(practice.pk), time_machine.travel(NOON, tick=False):
        contact = make_contact()
        for days in (0, 1, 25):
            send_form(at=NOON - timedelta(days=days))
        tap(contact, at=NOON - timedelta(days=70))
        tap(contact, "alles_abmelden", at=NOON)

        figures = overview_of(NOON)

    assert figures.agreed.columns == ["QR-Code", "Taste im Chat"]
    assert counts(figures.agreed) == [("2026-11", [2, 0]), ("2026-10", [1, 0]), ("2026-09", [0, 1])]
    assert counts(figures.ended) == [("2026-11", [1])]


def test_what_holds_is_counted_by_purpose_and_by_month(practice: Practice) -> None:
    with practice_scope(practice.pk):
        with time_machine.travel(NOON - timedelta(days=70), tick=False):
            opt_in(make_contact(), (Purpose.ORGANISATION, Purpose.RECALL))
        with time_machine.travel(NOON, tick=False):
            opt_in(make_contact(OTHER_PHONE))

        figures = overview_of(NOON)

    assert figures.wanted.columns == [str(purpose.label) for purpose in Purpose]
    assert counts(figures.wanted) == [("2026-11", [1, 0, 0, 0]), ("2026-10", [0, 0, 0, 0]), ("2026-09", [1, 0, 1, 0])]


def test_a_month_begins_at_midnight_of_the_practice(practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact = make_contact()
        sent(contact, Purpose.ORGANISATION, datetime(2026, 10, 31, 22, 59, tzinfo=UTC))
        sent(contact, Purpose.ORGANISATION, datetime(2026, 10, 31, 23, 1, tzinfo=UTC))

        months = counts(overview_of(NOON).sent)

    assert months == [("2026-11", [1, 0, 0, 0]), ("2026-10", [1, 0, 0, 0])]


def test_what_is_older_than_twelve_months_is_not_shown(practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact = make_contact()
        sent(contact, Purpose.RECALL, datetime(2025, 11, 30, 12, tzinfo=UTC))
        sent(contact, Purpose.RECALL, datetime(2025, 12, 1, 12, tzinfo=UTC))

        months = overview_of(NOON).sent

    assert (len(months.rows), counts(months)[-1]) == (12, ("2025-12", [0, 0, 1, 0]))


def test_proportionality_counts_what_left_and_how_much_each_person_got(practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact, other = make_contact(), make_contact(OTHER_PHONE)
        for person in (contact, contact, other):
            sent(person, Purpose.ORGANISATION, NOON)
        sent(contact, Purpose.WERBUNG, NOON)
        sent(contact, Purpose.WERBUNG, NOON, state=Message.State.CANCELLED)
        sent(contact, Purpose.WERBUNG, NOON, state=Message.State.QUEUED)
        sent(contact, Purpose.WERBUNG, NOON, direction=Message.Direction.INBOUND)

        [(_month, cells)] = overview_of(NOON).sent.rows

    assert [(cell.count, cell.people, cell.each, cell.share) for cell in cells] == [
        (3, 2, 1.5, 100),
        (0, 0, 0, 0),
        (0, 0, 0, 0),
        (1, 1, 1, 33),
    ]


def test_who_agreed_to_an_older_text_is_counted(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with practice_scope(practice.pk):
        opt_in(make_contact(), [Purpose.ORGANISATION, Purpose.RECALL])
        assert overview_of(timezone.now()).on_older_text == 0

        monkeypatch.setitem(__import__("consent.texts").texts.CURRENT, "de", "en-2026-05")

        assert overview_of(timezone.now()).on_older_text == 1


# ── the page ──


def test_the_page_shows_figures_with_bars_and_says_what_waits(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact = make_contact()
        opt_in(contact)
        send_form()
        sent(contact, Purpose.ORGANISATION)
        sent(contact, Purpose.ORGANISATION)

    answer = desk.get(PAGE)

    said = words(answer.content)
    assert "Eine Zustimmung wartet auf die Nachricht, die die Nummer bestätigt." in said
    assert "2 2,0 je Person" in said
    assert re.findall(r'<rect width="(\d+)"', answer.content.decode()) == [
        *("100", "100", "0", "0", "0"),
        *("100", "0", "0", "0"),
    ]


def test_c_32_no_page_of_figures_names_anybody_of_the_team(desk: Client, practice: Practice) -> None:
    member = make_member(practice, Role.RECEPTION, name="Rita Roth")
    with practice_scope(practice.pk):
        contact = make_contact()
        opt_in(contact)
        message = sent(contact, Purpose.ORGANISATION)
        message.sent_by = member
        message.save(update_fields=["sent_by"])

    for page in (PAGE, f"{PAGE}reviews/"):
        assert re.findall("Roth|Rita", words(desk.get(page).content)) == []


def test_an_empty_practice_has_a_page(desk: Client) -> None:
    said = words(desk.get(PAGE).content)

    assert said.count("In den letzten zwölf Monaten nichts.") == 4
    assert "Zuletzt geprüft und unterschrieben noch nie" in said


def test_the_page_takes_as_many_queries_for_many_as_for_one(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact = make_contact()
        opt_in(contact)
        sent(contact, Purpose.ORGANISATION)
    desk.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        desk.get(PAGE)
    with practice_scope(practice.pk):
        for number in range(3):
            other = make_contact(f"+49171392002{number}")
            opt_in(other, list(Purpose))
            sent(other, Purpose.RECALL)

    with CaptureQueriesContext(connection) as many:
        desk.get(PAGE)

    assert len(many) == len(one)


# ── the register ──


def test_a_broken_register_is_the_first_thing_the_page_says(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        note_broken(practice, Verification(entries=5, head=b"", broken_at=3, reason="hash"))

    html = desk.get(PAGE).content

    assert b'data-tone="failed" role="alert"' in html
    assert "Eintrag 3 verändert oder entfernt wurde." in words(html)


def test_the_newest_signed_head_its_key_and_the_verifier_can_be_downloaded(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        opt_in(make_contact())
        checkpoint(practice)
        signed = newest_checkpoint()
        assert signed is not None
    html = desk.get(PAGE).content.decode()

    downloads = {path: desk.get(PAGE + path) for path in ("ledger/checkpoint/", "ledger/key/", "ledger/verifier/")}

    assert all(f'href="{PAGE}{path}"' in html for path in downloads)
    assert downloads["ledger/checkpoint/"].content.decode() == as_file(signed)
    assert downloads["ledger/key/"].content.decode() == key_file(bytes(signed.public_key or b""))
    assert downloads["ledger/verifier/"].content == Path(verify_proof.__file__).read_bytes()
    assert {answer["Content-Disposition"].partition(";")[0] for answer in downloads.values()} == {"attachment"}


def test_a_leader_has_the_register_checked_and_signed_now(
    client: Client, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = make_practice()
    login(client, make_member(practice, Role.OWNER))
    with practice_scope(practice.pk), transaction.atomic():
        opt_in(make_contact())
    rung: list[tuple[str, int]] = []
    monkeypatch.setattr("practices.background.wake", lambda name, *, practice_id: rung.append((name, practice_id)))

    answer = client.post(f"{PAGE}ledger/look/")
    [(name, practice_id)] = rung
    assert name == tasks.verify_ledger.name
    tasks.verify_ledger(practice_id=practice_id)

    assert answer["Location"] == f"{PAGE}?looking#ledger"
    assert "Die Prüfung läuft." in words(client.get(answer["Location"]).content)
    assert "2" in words(client.get(PAGE).content).partition("Einträge")[2][:3]
    with practice_scope(practice.pk), transaction.atomic():
        signed = newest_checkpoint()
    assert signed is not None
    assert signed.entries == 2


def test_reception_reads_the_page_and_has_nothing_to_sign(client: Client, practice: Practice) -> None:
    login(client, make_member(practice, Role.RECEPTION))

    assert "Jetzt prüfen und unterschreiben" not in words(client.get(PAGE).content)
    assert client.post(f"{PAGE}ledger/look/").status_code == 403


def test_a_stranger_sees_nothing(client: Client, practice: Practice) -> None:
    login(client, make_member(make_practice("zwei"), name="Clara Claus"))

    assert [client.get(PAGE + path).status_code for path in ("", "ledger/checkpoint/", "reviews/")] == [404, 404, 404]


def test_what_is_imported_counts_as_agreed(practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact = make_contact()
        opt_in(contact)
        text = ConsentState.objects.select_related("event__text").first()
        assert text is not None
        book(
            contact,
            Type.IMPORTED,
            channel=Channel.IMPORT,
            text=text.event.text,
            notice_version="de-2026-05",
            proof_ref={"document": "x"},
        )

        assert overview_of(timezone.now()).agreed.columns == ["QR-Code", "Import"]
