"""Which boxes a code's page shows, and what happens to those it does not show."""

import re

import pytest
from django.test import Client

from consent.doors import create_qr_code
from consent.models import ConsentEvent, ConsentText, PendingOptIn, QrCode
from consent.purposes import Purpose
from practices.models import Practice
from practices.scope import practice_scope
from tests.consent.qr.pages import agree, hidden, open_page, rows


def boxes(html: str) -> list[str]:
    return re.findall(r'<input type="checkbox"\s+name="(\w+)"', html)


def purposes_kept(practice: Practice) -> list[dict[str, bool]]:
    with practice_scope(practice.pk):
        return [opt_in.purposes for opt_in in PendingOptIn.objects.all()]


def address_of(practice: Practice, *purposes: Purpose) -> str:
    with practice_scope(practice.pk):
        return f"/q/{create_qr_code(practice=practice, name='Zimmer', by=None, purposes=purposes).token}"


@pytest.mark.parametrize(
    ("wanted", "offered", "shown"),
    [
        ([], [], ["organisation", "behandlung", "recall", "werbung"]),
        ([], ["organisation", "recall"], ["organisation", "recall"]),
        ([Purpose.RECALL], [], ["organisation", "recall"]),
        ([Purpose.RECALL, Purpose.WERBUNG], ["organisation", "recall"], ["organisation", "recall"]),
        ([Purpose.ORGANISATION], [], ["organisation"]),
        ([Purpose.WERBUNG], ["behandlung"], ["organisation"]),
    ],
)
def test_a_page_asks_for_what_the_code_wants_and_the_practice_offers_and_always_for_the_first(
    phone: Client, practice: Practice, wanted: list[Purpose], offered: list[str], shown: list[str]
) -> None:
    Practice.objects.filter(pk=practice.pk).update(offered_purposes=offered)

    assert boxes(open_page(phone, address_of(practice, *wanted))) == shown


def test_the_text_that_is_kept_names_only_the_boxes_that_were_shown(phone: Client, practice: Practice) -> None:
    agree(phone, address_of(practice, Purpose.RECALL), "organisation", "recall")

    [text] = rows(ConsentText, practice)
    assert re.findall(r"^☐ ([\w -]+?)[,.]", text.body, re.MULTILINE) == [
        "Termine und Organisation",
        "Vorsorge-Erinnerung",
    ]


def test_c_01_what_was_not_ticked_is_written_down_as_no(phone: Client, practice: Practice) -> None:
    agree(phone, address_of(practice, Purpose.RECALL), "organisation")

    assert purposes_kept(practice) == [{"organisation": True, "behandlung": False, "recall": False, "werbung": False}]


@pytest.mark.parametrize("unknown", ["forschung", "ORGANISATION", "organisation2", "werbung"])
def test_a_purpose_that_the_page_does_not_have_is_refused_with_a_sentence_and_nothing_is_kept(
    phone: Client, practice: Practice, unknown: str
) -> None:
    answer = agree(phone, address_of(practice, Purpose.RECALL), "organisation", "recall", unknown)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Diese Auswahl gibt es auf dieser Seite nicht. Es wurde nichts gespeichert." in html
    assert re.findall(r'name="(\w+)"\s+value="1"\s+autocomplete="off"\s+checked', html) == ["organisation", "recall"]
    assert rows(ConsentEvent, practice) == rows(PendingOptIn, practice) == rows(ConsentText, practice) == []


def test_boxes_that_were_shown_count_though_the_code_asks_for_less_by_now(phone: Client, practice: Practice) -> None:
    address = address_of(practice)
    form = hidden(open_page(phone, address))
    with practice_scope(practice.pk):
        QrCode.objects.update(purposes=["organisation"])

    answer = agree(phone, address, "organisation", "recall", form=form)

    assert answer.status_code == 303
    assert [kept["recall"] for kept in purposes_kept(practice)] == [True]
