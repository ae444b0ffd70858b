"""What counts is the text that was shown, however long the page was open and whatever was published meanwhile."""

import time_machine
from django.test import Client
from django.utils import timezone

from consent import texts
from consent.ledger import evidence_of
from consent.models import ConsentEvent, ConsentText, TextEdition
from consent.rendering import digest
from practices.models import Practice
from practices.scope import practice_scope
from tests.consent.qr.pages import agree, hidden, open_page, rows

DAY = 86400


def publish(practice: Practice, version: str, agree_label: str) -> None:
    """The practice's own edition: the house's texts with another button."""
    content = texts.tables("de-2026-05")
    content |= {"version": version, "as_of": "2026-05"}
    content["page"]["agree_label"] = agree_label
    with practice_scope(practice.pk):
        TextEdition.objects.create(language="de", version=version, content=content, sha256=digest(version))


def test_c_05_a_form_open_for_a_week_over_a_new_text_keeps_the_text_that_was_shown(
    phone: Client, address: str, practice: Practice
) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        form = hidden(open_page(phone, address))
        clock.shift(7 * DAY)
        publish(practice, "de-2026-05.m1", "Ja, gern")

        answer = agree(phone, address, form=form)

    assert answer.status_code == 303
    [event] = rows(ConsentEvent, practice)
    with practice_scope(practice.pk):
        evidence = evidence_of(event)
        kept = ConsentText.objects.get(pk=event.text_id)
    assert (kept.version, kept.language, kept.body) == ("de-2026-05", "de", form["text"].replace("\r\n", "\n"))
    assert evidence["text"]["sha256"] == kept.sha256 == digest(form["text"])
    assert evidence["privacy_notice_version"] == "de-2026-05"


def test_c_05_whoever_opens_the_page_afterwards_agrees_to_the_new_text_and_both_stay(
    phone: Client, address: str, practice: Practice
) -> None:
    agree(phone, address)
    publish(practice, "de-2026-05.m1", "Ja, gern")

    agree(phone, address)

    kept = [(text.version, "[ Ja, gern ]" in text.body) for text in rows(ConsentText, practice)]
    assert kept == [("de-2026-05", False), ("de-2026-05.m1", True)]


def test_a_practice_that_changed_its_name_does_not_lose_who_still_reads(
    phone: Client, address: str, practice: Practice
) -> None:
    form = hidden(open_page(phone, address))
    Practice.objects.filter(pk=practice.pk).update(name="Anders")

    answer = agree(phone, address, form=form)

    assert answer.status_code == 303
    assert ["Anders" in text.body for text in rows(ConsentText, practice)] == [False]


def test_a_page_stays_valid_for_fourteen_days_and_no_longer(phone: Client, address: str, practice: Practice) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        in_time, too_late = (hidden(open_page(phone, address)) for _ in range(2))
        clock.shift(14 * DAY - 60)
        first = agree(phone, address, form=in_time)
        clock.shift(120)
        second = agree(phone, address, "organisation", "werbung", form=too_late)

    assert (first.status_code, second.status_code) == (303, 422)
    assert "Diese Seite war zu lange offen." in second.content.decode()
    assert "checked" not in second.content.decode()  # nobody has read the text that stands there now
    assert len(rows(ConsentEvent, practice)) == 1


def test_a_text_that_was_not_shown_is_never_written_down(phone: Client, address: str, practice: Practice) -> None:
    form = hidden(open_page(phone, address))
    shortened = form | {"text": form["text"].replace("Meta", "niemand")}

    answer = agree(phone, address, form=shortened)

    assert answer.status_code == 422
    assert rows(ConsentEvent, practice) == rows(ConsentText, practice) == []


def test_line_ends_as_browsers_send_them_are_the_same_text(phone: Client, address: str, practice: Practice) -> None:
    form = hidden(open_page(phone, address))

    answer = agree(phone, address, form=form | {"text": form["text"].replace("\n", "\r\n")})

    assert answer.status_code == 303
    assert [text.body for text in rows(ConsentText, practice)] == [form["text"]]


def test_a_client_that_brings_no_text_back_stands_by_the_one_that_is_still_shown(
    phone: Client, address: str, practice: Practice
) -> None:
    form = hidden(open_page(phone, address))

    current = agree(phone, address, form={"form_id": form["form_id"]})
    publish(practice, "de-2026-05.m1", "Ja, gern")
    replaced = agree(phone, address, form={"form_id": hidden(open_page(phone, address))["form_id"]})

    assert (current.status_code, replaced.status_code) == (303, 303)
    with practice_scope(practice.pk):
        granted = ConsentEvent.objects.order_by("seq").values_list("text__version", flat=True)
        assert list(granted) == ["de-2026-05", "de-2026-05.m1"]


def test_the_shown_language_counts_though_the_form_is_sent_to_another(
    phone: Client, address: str, practice: Practice
) -> None:
    form = hidden(open_page(phone, f"{address}?lang=pl"))

    agree(phone, f"{address}?lang=ru", form=form)

    assert [text.language for text in rows(ConsentText, practice)] == ["pl"]
