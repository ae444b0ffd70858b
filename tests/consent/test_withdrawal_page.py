"""/w/<token>: in one click, without a login, in the person's language. Looking changes nothing."""

from collections.abc import Callable

import pytest
from django.test import Client

from consent.gate import Consent
from consent.ledger import evidence_of
from consent.models import ConsentEvent, ConsentState, ConsentTrace
from consent.purposes import Purpose
from consent.withdrawal_links import close_links, new_link
from consent.withdrawal_words import page_words
from patients.actions import link
from patients.models import Contact, Relation
from practices.doors import token_hash
from practices.models import Door, Practice
from tests.consent_factories import PHONE, make_contact, make_patient, opt_in, states_of, tap
from tests.whole import languages

EVERYTHING = {"answer": "everything"}
BOTH = (Purpose.ORGANISATION, Purpose.RECALL)


@pytest.fixture
def contact(practice: Practice) -> Contact:
    contact = make_contact(profile_name="Erika Beispiel")
    opt_in(contact, BOTH)
    return contact


@pytest.fixture
def page(contact: Contact) -> str:
    return "/w/" + new_link(contact).rpartition("/w/")[2]


def events() -> list[str]:
    return list(ConsentEvent.objects.order_by("seq").values_list("type", flat=True))


def test_c_12_one_click_without_a_login_withdraws_everything(client: Client, contact: Contact, page: str) -> None:
    shown = client.get(page)
    done = client.post(page, EVERYTHING)

    assert (shown.status_code, done.status_code) == (200, 200)
    assert states_of(contact) == dict.fromkeys(Purpose, Consent.WITHDRAWN)
    assert "Ihr Widerruf ist gespeichert" in done.content.decode()
    event = ConsentEvent.objects.get(type="withdrawn")
    evidence = evidence_of(event)
    assert (event.channel, evidence["act"], evidence["actor"]["kind"]) == (
        "withdrawal_page",
        {"button": "alles_abmelden"},
        "patient",
    )


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_messenger_that_fetches_the_link_withdraws_nothing(
    client: Client, contact: Contact, page: str, method: str
) -> None:
    before = states_of(contact)

    for _again in range(3):
        assert getattr(client, method)(page).status_code == 200

    assert (states_of(contact), events()) == (before, ["granted", "confirmed"])


def test_the_page_shows_what_is_active_and_nobodys_name(client: Client, contact: Contact, page: str) -> None:
    link(patient=make_patient("Jana", "Vogt"), contact=contact, by=None)

    shown = client.get(page)

    assert [choice.purpose for choice in shown.context["choices"]] == list(BOTH)
    body = shown.content.decode()
    assert [word for word in ("Erika", "Jana", "Vogt", PHONE, PHONE.removeprefix("+49")) if word in body] == []
    assert "0171 39•••10" in body


def test_the_page_needs_neither_cookie_nor_script_nor_anybody_else(client: Client, page: str) -> None:
    for answer in (client.get(page), client.post(page, EVERYTHING)):
        body = answer.content.decode()
        assert (answer.cookies.output(), "<script" in body, "//" in body.replace("http://www.w3.org", "")) == (
            "",
            False,
            False,
        )


@pytest.mark.parametrize("language", languages(["de", "en", "tr", "ar", "ru", "uk", "pl"]))
def test_every_language_one_can_agree_in_has_its_own_words(
    client: Client, contact: Contact, page: str, language: str
) -> None:
    Contact.objects.filter(pk=contact.pk).update(language=language)

    shown, done = client.get(page).content.decode(), client.post(page, EVERYTHING).content.decode()

    words = page_words(language)
    assert language == "de" or words.title != page_words("de").title
    assert (words.everything in shown, words.stays in done) == (True, True)


def test_arabic_runs_from_right_to_left(client: Client, contact: Contact, page: str) -> None:
    Contact.objects.filter(pk=contact.pk).update(language="ar")

    assert 'dir="rtl"' in client.get(page).content.decode()


def test_a_language_we_have_no_words_in_is_answered_in_german() -> None:
    assert page_words("pt-BR") == page_words("de")


def test_c_13_only_what_is_ticked_ends(client: Client, contact: Contact, page: str) -> None:
    done = client.post(page, {"answer": "part", "purposes": ["recall"]})

    states = states_of(contact)
    assert (states[Purpose.ORGANISATION], states[Purpose.RECALL]) == (Consent.GRANTED, Consent.WITHDRAWN)
    assert (done.context["off"], done.context["on"]) == (["Vorsorge-Erinnerung"], ["Termine und Organisation"])
    assert evidence_of(ConsentEvent.objects.get(type="withdrawn"))["act"] == {"boxes": ["recall"]}


@pytest.mark.parametrize(
    ("purposes", "sentence"),
    [([], "Bitte kreuzen Sie an, was enden soll."), (["newsletter"], "Diese Auswahl gibt es nicht.")],
)
def test_a_part_that_is_none_is_said_so_and_changes_nothing(
    client: Client, contact: Contact, page: str, purposes: list[str], sentence: str
) -> None:
    answer = client.post(page, {"answer": "part", "purposes": purposes})

    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert events() == ["granted", "confirmed"]


def test_a_second_post_says_that_it_was_done_and_writes_nothing(client: Client, page: str) -> None:
    client.post(page, EVERYTHING)

    again = client.post(page, EVERYTHING)

    assert (again.status_code, again.context["off"]) == (200, [])
    assert "Das war schon abgemeldet" in again.content.decode()
    assert events() == ["granted", "confirmed", "withdrawn"]


def test_a_post_that_names_nothing_means_everything(client: Client, contact: Contact, page: str) -> None:
    client.post(page)

    assert states_of(contact) == dict.fromkeys(Purpose, Consent.WITHDRAWN)


def test_the_link_works_again_after_the_person_agreed_anew(client: Client, contact: Contact, page: str) -> None:
    client.post(page, EVERYTHING)
    tap(contact)

    client.post(page, EVERYTHING)

    assert events() == ["granted", "confirmed", "withdrawn", "granted", "withdrawn"]


def test_whoever_writes_for_children_stops_the_number_for_all(client: Client, contact: Contact, page: str) -> None:
    child = make_patient("Mia", "Vogt", birth_date="2019-05-05")
    link(patient=child, contact=contact, relation=Relation.GUARDIAN, by=None)
    event = ConsentEvent.objects.get(type="confirmed")
    ConsentState.objects.create(
        contact=contact,
        patient=child,
        purpose=Purpose.BEHANDLUNG,
        state="granted",
        event=event,
        since=event.occurred_at,
    )

    shown = client.get(page)
    client.post(page, EVERYTHING)

    assert [choice.purpose for choice in shown.context["choices"]] == [*BOTH[:1], Purpose.BEHANDLUNG, *BOTH[1:]]
    assert states_of(contact, child.pk)[Purpose.BEHANDLUNG] == Consent.WITHDRAWN


def test_c_29_the_page_says_that_appointments_and_the_record_stay(client: Client, contact: Contact, page: str) -> None:
    patient = make_patient()
    link(patient=patient, contact=contact, by=None)

    body = client.post(page, EVERYTHING).content.decode()

    assert "Ihre Termine bleiben bestehen." in body
    assert "an Ihrer Patientenakte ändert sich nichts" in body
    patient.refresh_from_db()
    assert (patient.last_name, contact.patient_links.count()) == ("Vogt", 1)


def test_network_and_browser_lie_beside_the_ledger(client: Client, page: str) -> None:
    client.post(page, EVERYTHING, headers={"User-Agent": "Mozilla/5.0 Firefox/140.0"}, REMOTE_ADDR="203.0.113.77")

    [trace] = ConsentTrace.objects.filter(event__type="withdrawn")
    assert (trace.network, trace.browser) == ("203.0.113.0", "Firefox")


def unknown(_contact: Contact, _page: str) -> str:
    return "/w/AAAAAAAAAAAAAAAAAAAAAA"


def misspelt(_contact: Contact, page: str) -> str:
    return page[:-1]


def revoked(contact: Contact, page: str) -> str:
    close_links(contact)
    return page


def of_a_qr_code(_contact: Contact, page: str) -> str:
    Door.objects.filter(kind=Door.Kind.WITHDRAWAL).update(kind=Door.Kind.QR)
    return page


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("broken", [unknown, misspelt, revoked, of_a_qr_code])
def test_a_link_that_leads_nowhere_gets_the_same_page_whatever_the_reason(
    client: Client, contact: Contact, page: str, broken: Callable[[Contact, str], str], method: str
) -> None:
    reference = client.get("/w/" + "B" * 22)

    answer = getattr(client, method)(broken(contact, page))

    assert (answer.status_code, answer.content) == (404, reference.content)
    assert "Schreiben Sie STOP in den Chat" in answer.content.decode()
    assert events() == ["granted", "confirmed"]


@pytest.mark.usefixtures("standing_clock")
def test_thirty_misses_from_one_network_are_enough_for_a_minute(client: Client, page: str) -> None:
    for number in range(30):
        assert client.get(f"/w/{number:022}").status_code == 404

    guessed, genuine = client.get("/w/" + "C" * 22), client.get(page)

    assert [answer.status_code for answer in (guessed, genuine)] == [429, 429]
    assert client.get(page, REMOTE_ADDR="198.51.100.7").status_code == 200


def test_another_site_cannot_withdraw_for_somebody(client: Client, contact: Contact, page: str) -> None:
    answer = client.post(page, EVERYTHING, headers={"Sec-Fetch-Site": "cross-site"})

    assert (answer.status_code, states_of(contact)[Purpose.ORGANISATION]) == (403, Consent.GRANTED)


def test_only_the_hash_of_a_link_is_kept_and_each_time_a_new_one_is_made(contact: Contact) -> None:
    first, second = (new_link(contact).rpartition("/w/")[2] for _time in range(2))

    hashes = {bytes(one.token_hash) for one in Door.objects.filter(kind=Door.Kind.WITHDRAWAL)}
    assert hashes == {token_hash(first), token_hash(second)}
    assert (first != second, len(first)) == (True, 22)


def test_the_notice_names_every_way_to_stop(client: Client, practice: Practice) -> None:
    body = client.get(f"/datenschutz/{practice.slug}/").content.decode()
    ways = body.partition('id="widerruf"')[2]

    named = ["STOP", "persönlichen Link", "tel:+493023125100", "mailto:anmeldung@morgenthal.example", "Vor Ort"]
    assert [way for way in named if way in ways] == named
