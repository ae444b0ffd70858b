"""The practice's codes: everybody sees and prints them, who leads the practice changes them."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.doors import create_qr_code, newest_qr_code
from consent.models import QrCode, QrDay
from consent.openings import date_of_today, note_opening
from consent.purposes import Purpose
from practices.models import AuditEvent, Practice, Role
from practices.scope import practice_scope
from tests.factories import make_practice
from tests.people import login, make_member

CODES = "/p/morgenthal/consent/codes/"


@pytest.fixture
def practice(db: None) -> Practice:
    return make_practice()


@pytest.fixture
def code(practice: Practice) -> QrCode:
    with practice_scope(practice.pk):
        return create_qr_code(practice=practice, name="Tresen", by=None)


@pytest.fixture
def owner(client: Client, practice: Practice) -> Client:
    login(client, make_member(practice, Role.OWNER, name="Olga Owner"))
    return client


def reception(practice: Practice) -> Client:
    client = Client()
    login(client, make_member(practice, name="Anna Arnold"))
    return client


def text_of(html: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.decode())).split())


def kept(practice: Practice) -> list[tuple[str, list[str], str]]:
    with practice_scope(practice.pk):
        return [(code.name, code.purposes, code.language) for code in QrCode.objects.order_by("created_at")]


def token_of(practice: Practice, code: QrCode) -> str:
    with practice_scope(practice.pk):
        return str(QrCode.objects.get(pk=code.pk).token)


def deeds(practice: Practice) -> list[str]:
    with practice_scope(practice.pk):
        return list(AuditEvent.objects.filter(about_kind="qrcode").order_by("at").values_list("kind", flat=True))


# ── the list ──


def test_the_list_tells_what_came_of_each_code_lately_and_in_all(
    owner: Client, practice: Practice, code: QrCode
) -> None:
    with practice_scope(practice.pk):
        today = date_of_today(practice)
        for days_ago, figures in {0: (5, 3, 2), 29: (4, 2, 1), 30: (100, 50, 40)}.items():
            opened, agreed, confirmed = figures
            QrDay.objects.create(
                qr_code=code,
                day=today - timedelta(days=days_ago),
                opened=opened,
                agreed=agreed,
                confirmed=confirmed,
            )

    html = owner.get(CODES).content.decode()

    assert re.findall(r'<td class="codes__figure">\s*(\d+) <small>(\d+)</small>', html) == [
        ("9", "109"),
        ("5", "55"),
        ("3", "43"),
    ]


def test_a_code_nobody_opened_counts_nothing(owner: Client, code: QrCode) -> None:
    html = owner.get(CODES).content.decode()

    assert re.findall(r'<td class="codes__figure">\s*(\d+) <small>(\d+)</small>', html) == [("0", "0")] * 3


def test_the_list_takes_as_many_queries_for_three_codes_as_for_one(
    owner: Client, practice: Practice, code: QrCode
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert owner.get(CODES).status_code == 200
        return len(captured)

    queries()  # the first one also warms what a process keeps
    with_one = queries()
    with practice_scope(practice.pk):
        for name in ("Zimmer 1", "Zimmer 2"):
            note_opening(create_qr_code(practice=practice, name=name, by=None), practice)

    assert queries() == with_one


def test_the_owner_reads_which_translations_nobody_has_checked_and_reception_does_not(
    owner: Client, practice: Practice, code: QrCode
) -> None:
    sentence = "Die Texte auf English, Türkçe, العربية, Русский, Українська, Polski sind Arbeitsübersetzungen."

    seen = [sentence in text_of(person.get(CODES).content) for person in (owner, reception(practice))]

    assert seen == [True, False]


def test_codes_of_another_practice_are_not_in_the_list(owner: Client, practice: Practice, code: QrCode) -> None:
    other = make_practice("ostufer")
    with practice_scope(other.pk):
        create_qr_code(practice=other, name="Fremd", by=None)

    assert re.findall(r'codes/[0-9a-f-]{36}/">([^<]+)</a>', owner.get(CODES).content.decode()) == ["Tresen"]


# ── making and changing ──


@pytest.mark.parametrize(
    ("ticked", "language", "stored"),
    [
        (["behandlung", "recall", "werbung"], "", []),
        (["recall"], "ar", ["organisation", "recall"]),
        ([], "tr", ["organisation"]),
    ],
)
def test_a_new_code_asks_for_what_was_ticked_in_the_language_that_was_chosen(
    owner: Client, practice: Practice, ticked: list[str], language: str, stored: list[str]
) -> None:
    answer = owner.post(f"{CODES}new/", {"name": "Zimmer 2", "purposes": ticked, "language": language})

    assert answer.status_code == 302
    assert kept(practice) == [("Zimmer 2", stored, language)]
    assert deeds(practice) == ["qr_code_created"]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": " "}, "Bitte füllen Sie dieses Feld aus."),
        ({"name": "Zimmer", "purposes": ["forschung"]}, "forschung steht nicht darin."),
        ({"name": "Zimmer", "language": "xx"}, "xx steht nicht darin."),
    ],
)
def test_what_is_no_code_is_not_made(owner: Client, practice: Practice, fields: dict[str, str], complaint: str) -> None:
    answer = owner.post(f"{CODES}new/", fields)

    assert (answer.status_code, complaint in text_of(answer.content)) == (422, True)
    assert kept(practice) == []


def test_a_form_offers_only_what_the_practice_offers(owner: Client, practice: Practice) -> None:
    Practice.objects.filter(pk=practice.pk).update(offered_purposes=[Purpose.ORGANISATION, Purpose.RECALL])

    html = owner.get(f"{CODES}new/").content.decode()

    assert re.findall(r'name="purposes"\s+value="(\w+)"', html) == ["recall"]


def test_a_code_is_renamed_without_a_new_address(owner: Client, practice: Practice, code: QrCode) -> None:
    before = token_of(practice, code)

    owner.post(f"{CODES}{code.pk}/details/", {"name": "Empfang links", "purposes": ["recall"], "language": "pl"})

    assert kept(practice) == [("Empfang links", ["organisation", "recall"], "pl")]
    assert token_of(practice, code) == before
    assert deeds(practice) == ["qr_code_created", "qr_code_changed"]


def test_a_change_that_is_no_code_brings_the_form_back(owner: Client, practice: Practice, code: QrCode) -> None:
    answer = owner.post(f"{CODES}{code.pk}/details/", {"name": "", "purposes": ["recall"]})

    html = answer.content.decode()
    assert answer.status_code == 422
    assert re.findall(r'value="(\w+)"\s+checked', html) == ["recall"]
    assert kept(practice) == [("Tresen", [], "")]


# ── a new address, and the end of a code ──


@pytest.mark.parametrize(("fields", "old_answers"), [({}, 404), ({"keep_printed": "1"}, 200)])
def test_a_rotated_code_opens_at_its_new_address_and_the_old_one_as_was_chosen(
    owner: Client, practice: Practice, code: QrCode, fields: dict[str, str], old_answers: int
) -> None:
    old = token_of(practice, code)

    owner.post(f"{CODES}{code.pk}/rotation/", fields)

    new, phone = token_of(practice, code), Client()
    assert new != old
    assert [phone.get(f"/q/{token}").status_code for token in (new, old)] == [200, old_answers]
    assert deeds(practice) == ["qr_code_created", "qr_code_rotated"]


def test_a_revoked_code_opens_at_none_of_its_addresses(owner: Client, practice: Practice, code: QrCode) -> None:
    tokens = [token_of(practice, code)]
    owner.post(f"{CODES}{code.pk}/rotation/", {"keep_printed": "1"})
    tokens.append(token_of(practice, code))

    owner.post(f"{CODES}{code.pk}/revocation/")

    assert [Client().get(f"/q/{token}").status_code for token in tokens] == [404, 404]
    assert "zurückgezogen am" in text_of(owner.get(CODES).content)


@pytest.mark.parametrize("deed", ["details", "rotation", "revocation"])
def test_a_revoked_code_is_not_changed_any_more(owner: Client, code: QrCode, deed: str) -> None:
    owner.post(f"{CODES}{code.pk}/revocation/")

    answer = owner.post(f"{CODES}{code.pk}/{deed}/", {"name": "Tresen"})

    page = text_of(owner.get(f"{CODES}{code.pk}/").content)
    assert answer.status_code == 404
    assert ("Dieser Code gilt nicht mehr." in page, "Drucken" in page) == (True, False)


def test_the_code_on_screen_is_the_newest_that_is_made_for_everybody(practice: Practice, code: QrCode) -> None:
    with practice_scope(practice.pk):
        create_qr_code(practice=practice, name="Zimmer 3", by=None, language="ar")
        create_qr_code(practice=practice, name="Prophylaxe", by=None, purposes=[Purpose.ORGANISATION, Purpose.RECALL])

        assert newest_qr_code() == code


def test_where_every_code_is_a_special_one_the_newest_is_on_screen(practice: Practice) -> None:
    with practice_scope(practice.pk):
        create_qr_code(practice=practice, name="Zimmer 3", by=None, language="ar")
        newest = create_qr_code(practice=practice, name="Zimmer 4", by=None, language="tr")

        assert newest_qr_code() == newest


# ── who may, and printing ──


def test_reception_sees_and_prints_a_code_and_finds_nothing_to_change_it_with(practice: Practice, code: QrCode) -> None:
    desk = reception(practice)

    html = desk.get(f"{CODES}{code.pk}/").content.decode()

    assert html.count('<form class="code-form') == 0
    assert re.findall(r"/print/(\w+)/", html) == ["stand", "poster", "stickers"]
    assert desk.post(f"{CODES}{code.pk}/rotation/").status_code == 403


@pytest.mark.parametrize("format", ["stand", "poster", "stickers"])
def test_a_print_comes_as_a_pdf_that_the_browser_shows(owner: Client, code: QrCode, format: str) -> None:  # noqa: A002
    answer = owner.get(f"{CODES}{code.pk}/print/{format}/")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == f'inline; filename="qr-code-{format}.pdf"'
    assert answer.content.startswith(b"%PDF-")


def test_neither_an_unknown_format_nor_a_revoked_code_is_printed(
    owner: Client, practice: Practice, code: QrCode
) -> None:
    unknown = owner.get(f"{CODES}{code.pk}/print/letters/")
    with practice_scope(practice.pk):
        QrCode.objects.update(revoked_at=timezone.now())

    assert [unknown.status_code, owner.get(f"{CODES}{code.pk}/print/stand/").status_code] == [404, 404]
