"""One person's page: where consent stands, how it came to that, for the team and for the person, and its proof."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.actions import withdraw
from consent.checkpoints import checkpoint
from consent.gate import Consent
from consent.history import history_of, spans_of
from consent.ledger import Actor, Type, evidence_of
from consent.models import Channel, ConsentEvent, ConsentText
from consent.proof.verify_proof import verify
from consent.purposes import Purpose
from consent.states import rebuild
from consent.timelines import timelines_of
from consent.wording import current_text
from patients.actions import link
from patients.models import Contact, Relation
from practices import keys
from practices.keystore import Subject
from practices.models import AccessLog, AuditEvent, Member, Practice, Role
from practices.scope import practice_scope
from tests.consent.ledgers import book
from tests.consent_factories import OTHER_PHONE, make_contact, make_patient, opt_in, states_of, tap
from tests.people import login, make_member, make_practice


@pytest.fixture
def practice(db: None) -> Practice:
    return make_practice()


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, name="Anna Arnold")


@pytest.fixture
def desk(client: Client, anna: Member) -> Client:
    login(client, anna)
    return client


@pytest.fixture
def jana(practice: Practice) -> Contact:
    """Agreed by code, withdrew recall and news at the desk with Anna."""
    with practice_scope(practice.pk):
        contact = make_contact(profile_name="Jana")
        opt_in(contact, [Purpose.ORGANISATION, Purpose.RECALL])
    return contact


def page_of(contact: Contact, query: str = "") -> str:
    return f"/p/morgenthal/consent/persons/{contact.pk}/{query}"


def words(html: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.decode())).split())


def content_of(html: bytes) -> str:
    """Without the desk around it, which names whoever reads."""
    return html.decode().partition("<main")[2].partition("</main>")[0]


def facts(html: bytes) -> list[tuple[str, str]]:
    pairs = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", content_of(html), re.DOTALL)
    return [(unescape(what), unescape(re.sub("<[^>]+>", "", how)).strip()) for what, how in pairs]


def withdrawn_at_the_desk(practice: Practice, contact: Contact, member: Member) -> None:
    with practice_scope(practice.pk):
        withdraw(
            contact=contact,
            purposes={Purpose.RECALL},
            channel=Channel.STAFF_DESK,
            act={"note": "möchte keine Erinnerungen"},
            occurred_at=timezone.now(),
            by=member,
        )


# ── what it says ──


def test_c_16_each_act_is_told_with_what_when_where_by_whom_and_which_text(
    desk: Client, practice: Practice, jana: Contact, anna: Member
) -> None:
    withdrawn_at_the_desk(practice, jana, anna)

    told = facts(desk.get(page_of(jana)).content)

    assert [pair for pair in told if pair[0] not in {"Im Register seit", "Prüfsumme", "Text, SHA-256"}] == [
        ("Zwecke", "Vorsorge-Erinnerung"),
        ("Was getan wurde", "möchte keine Erinnerungen"),
        ("Eingetragen von", "Anna Arnold"),
        ("Wo", "am Empfang"),
        ("Angehalten", "0 wartende Nachrichten nicht mehr gesendet, 0 waren schon übergeben"),
        ("Zwecke", "Termine und Organisation, Vorsorge-Erinnerung"),
        ("Was getan wurde", "Nachricht mit dem Code der Seite geschickt"),
        ("Von wem", "die Person selbst"),
        ("Wo", "Wort im Chat"),
        ("Zwecke", "Termine und Organisation, Vorsorge-Erinnerung"),
        ("Was getan wurde", "Kästchen angekreuzt und Taste gedrückt"),
        ("Von wem", "die Person selbst"),
        ("Wo", "QR-Code"),
    ]


def test_the_page_shows_number_and_hash_of_each_entry(desk: Client, practice: Practice, jana: Contact) -> None:
    shown = re.findall(r'<code class="hash">([0-9a-f]{64})', desk.get(page_of(jana)).content.decode())

    with practice_scope(practice.pk):
        events = ConsentEvent.objects.order_by("-seq").values_list("hash", "text__sha256")
        assert shown == [value for hash_, sha256 in events for value in (bytes(hash_).hex(), sha256)]


def test_the_person_reads_plain_sentences_and_no_name_of_the_team(
    desk: Client, practice: Practice, jana: Contact, anna: Member
) -> None:
    withdrawn_at_the_desk(practice, jana, anna)

    main = content_of(desk.get(page_of(jana, "?view=patient")).content)
    sentences = [unescape(one) for one in re.findall(r'class="act__sentence">(.*?)</p>', main)]

    both = "Termine und Organisation, Vorsorge-Erinnerung"
    assert sentences == [
        "Sie haben am Empfang Ihre Einwilligung widerrufen: Vorsorge-Erinnerung.",
        f"Sie haben mit einer Nachricht im Chat bestätigt, dass die Nummer Ihre ist. Es geht um: {both}.",
        f"Sie haben auf der Seite zum QR-Code zugestimmt: {both}.",
    ]
    assert "Arnold" not in main


@pytest.mark.parametrize("type_", list(Type))
def test_every_kind_of_act_can_be_told_to_team_and_person(
    desk: Client, practice: Practice, jana: Contact, type_: Type
) -> None:
    with practice_scope(practice.pk):
        text = current_text(ConsentText.Kind.QR_PAGE, "de")
        more = {"cancelled": 2, "already_handed_over": 1} if type_ == Type.WITHDRAWN else {}
        book(jana, type_, text=text, notice_version="de-2026-05", **more)

    team, person = desk.get(page_of(jana)), desk.get(page_of(jana, "?view=patient"))

    assert (team.status_code, person.status_code) == (200, 200)
    assert f"<strong>{Type(type_).label}</strong>" in team.content.decode()
    assert person.content.decode().count("act__sentence") == 3


def test_the_graphic_and_its_table_tell_the_same(desk: Client, practice: Practice, jana: Contact, anna: Member) -> None:
    withdrawn_at_the_desk(practice, jana, anna)

    html = desk.get(page_of(jana)).content.decode()

    bars = re.findall(r'<rect data-consent="(\w+)"', html)
    rows = re.findall(r"<th scope=\"row\">([^<]+)</th>\s*<td>([^<]+)</td>\s*<td>[\d., :]+</td>", html)
    assert bars == ["granted", "granted", "withdrawn"]
    assert rows == [
        ("Termine und Organisation", "erteilt"),
        ("Vorsorge-Erinnerung", "erteilt"),
        ("Vorsorge-Erinnerung", "widerrufen"),
    ]


def test_a_person_is_called_by_the_patients_it_writes_for(desk: Client, practice: Practice, jana: Contact) -> None:
    assert "<h1>Jana (Name in WhatsApp)</h1>" in desk.get(page_of(jana)).content.decode()

    with practice_scope(practice.pk):
        link(patient=make_patient("Ida", "Vogt"), contact=jana, relation=Relation.GUARDIAN, by=None)

    assert "<h1>Vogt, Ida</h1>" in desk.get(page_of(jana)).content.decode()


def test_what_holds_for_a_child_stands_under_the_childs_name(desk: Client, practice: Practice, jana: Contact) -> None:
    with practice_scope(practice.pk):
        child = make_patient("Ida", "Vogt")
        link(patient=child, contact=jana, relation=Relation.GUARDIAN, by=None)
        book(jana, Type.RENEWED, patient=child)

    html = desk.get(page_of(jana)).content.decode()

    assert re.findall(r"<h3>(.*?)</h3>", html) == ["Für Vogt, Ida"]


def test_whoever_never_agreed_has_a_page_that_says_so(desk: Client, practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact = make_contact()

    assert "Es gibt noch keine Einwilligung." in words(desk.get(page_of(contact)).content)


def test_after_the_evidence_was_shredded_the_entries_are_still_there(
    desk: Client, practice: Practice, jana: Contact
) -> None:
    with practice_scope(practice.pk):
        keys.destroy(Subject.EVIDENCE, jana.pk)

    told = facts(desk.get(page_of(jana)).content)

    assert [how for what, how in told if what == "Beleg"] == ["gelöscht; der Eintrag in der Kette besteht weiter"]


def test_entries_that_are_not_signed_yet_are_counted(desk: Client, practice: Practice, jana: Contact) -> None:
    assert "2 Einträge sind jünger als der letzte unterschriebene Stand." in words(desk.get(page_of(jana)).content)

    with practice_scope(practice.pk):
        checkpoint(practice)

    assert "jünger als" not in words(desk.get(page_of(jana)).content)


# ── who may, and what it costs ──


def test_opening_the_page_is_noted_and_no_one_elses(
    desk: Client, practice: Practice, jana: Contact, anna: Member
) -> None:
    desk.get(page_of(jana))

    with practice_scope(practice.pk):
        assert list(AccessLog.objects.values_list("kind", "about_id", "member")) == [("consent", jana.pk, anna.pk)]


def test_a_trainee_reads_and_makes_no_proof(client: Client, practice: Practice, jana: Contact) -> None:
    login(client, make_member(practice, Role.TRAINEE, name="Bert Blum"))

    assert "Nachweis herunterladen" not in client.get(page_of(jana)).content.decode()
    assert client.post(f"{page_of(jana)}proof/").status_code == 403


def test_strangers_and_unknown_people_get_404(client: Client, practice: Practice, jana: Contact) -> None:
    login(client, make_member(make_practice("zwei"), name="Clara Claus"))

    assert client.get(page_of(jana)).status_code == 404
    assert client.get(f"/p/zwei/consent/persons/{jana.pk}/").status_code == 404
    assert client.post(f"/p/zwei/consent/persons/{uuid4()}/proof/").status_code == 404


def test_the_page_takes_as_many_queries_for_many_acts_as_for_few(
    desk: Client, practice: Practice, jana: Contact, anna: Member
) -> None:
    with practice_scope(practice.pk):
        book(jana, Type.REJECTED, channel=Channel.STAFF_PHONE, actor=Actor.member(anna), act={"note": "am Telefon"})
    desk.get(page_of(jana))
    with CaptureQueriesContext(connection) as few:
        desk.get(page_of(jana))
    with practice_scope(practice.pk):
        for _ in range(3):
            opt_in(jana)
            book(jana, Type.REJECTED, channel=Channel.STAFF_PHONE, actor=Actor.member(anna), act={"note": "am Telefon"})

    with CaptureQueriesContext(connection) as many:
        desk.get(page_of(jana))

    assert len(many) == len(few)


# ── the proof, in one click ──


def test_c_18_one_click_gives_the_proof_and_it_is_noted(
    desk: Client, practice: Practice, jana: Contact, anna: Member
) -> None:
    answer = desk.post(f"{page_of(jana)}proof/")

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="nachweis.pdf"'
    assert verify(answer.content)[1] == []
    with practice_scope(practice.pk):
        [noted] = AuditEvent.objects.filter(kind="consent_proof_made")
        assert (noted.about_id, noted.by_id, noted.codes) == (jana.pk, anna.pk, {"entries": 2})


def test_the_proof_is_in_german_whatever_the_desk_speaks(desk: Client, jana: Contact) -> None:
    pdf = desk.post(f"{page_of(jana)}proof/", headers={"Accept-Language": "en"}).content

    assert "Nachweis über Einwilligungen".encode() in pdf  # the metadata, which is never packed


def test_c_05_the_link_leads_to_the_text_as_it_was_shown_also_after_the_practice_moved(
    desk: Client, practice: Practice, jana: Contact
) -> None:
    html = desk.get(page_of(jana)).content.decode()
    [address] = set(re.findall(r'href="(/p/morgenthal/consent/texts/shown/[^"]+/)"', html))
    Practice.objects.filter(pk=practice.pk).update(street="Neue Gasse 9")

    shown = words(desk.get(address).content)

    assert f"Zahnarztpraxis Morgenthal, {practice.address}" in shown
    assert "Neue Gasse 9" not in shown.partition("Text de-2026-05")[2]


# ── spans ──


def test_spans_end_where_the_next_begins_and_the_last_is_what_holds(practice: Practice) -> None:
    now = timezone.now()
    with practice_scope(practice.pk):
        contact = make_contact()
        tap(contact, at=now - timedelta(days=3))
        tap(contact, "nein_danke", at=now - timedelta(days=1))
        spans = [span for span in spans_of(history_of(contact)) if span.purpose == Purpose.ORGANISATION]

    assert [(span.state, span.until) for span in spans] == [
        (Consent.GRANTED, spans[1].since),
        (Consent.WITHDRAWN, None),
    ]


def test_what_the_spans_end_with_is_what_the_states_say(practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact = make_contact()
        opt_in(contact, [Purpose.ORGANISATION, Purpose.WERBUNG])
        tap(contact, "nur_erinnerungen")
        rebuild(contact)
        last = {span.purpose: span.state for span in spans_of(history_of(contact)) if span.until is None}

        assert {purpose: last.get(purpose, Consent.NONE) for purpose in Purpose} == states_of(contact)


def test_bars_fill_the_graphic_by_time_and_by_height(practice: Practice) -> None:
    now = timezone.now()
    with practice_scope(practice.pk):
        contact = make_contact()
        tap(contact, at=now - timedelta(days=4))
        tap(contact, "nein_danke", at=now - timedelta(days=1))
        lines = timelines_of(spans_of(history_of(contact)), now)[None]

    [organisation] = [line for line in lines if line.purpose == Purpose.ORGANISATION]
    assert [(bar.state, bar.x, bar.width, bar.height) for bar in organisation.bars] == [
        ("granted", 0, 750, 16),
        ("withdrawn", 750, 250, 3),
    ]


def test_a_form_of_somebody_else_is_no_part_of_the_history(practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact, other = make_contact(), make_contact(OTHER_PHONE)
        opt_in(contact)
        opt_in(other)
        acts = history_of(contact)

        assert [act.event.seq for act in acts] == [1, 2]
        assert evidence_of(acts[1].event)["refers_to"] == str(acts[0].event.pk)
