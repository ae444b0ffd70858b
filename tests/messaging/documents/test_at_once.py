"""Several tries at the same moment count one after the other, and neither waits for the other for ever."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from messaging.models import Conversation, Message, ProtectedDocument, UploadInvitation
from practices.models import Practice
from practices.scope import practice_scope
from tests.at_once import at_once
from tests.messaging.documents.desk import (
    BORN,
    WRONG,
    chosen_form,
    hand_in,
    invite,
    path_in,
    pdf,
    send,
    somebody_wrote,
)
from tests.messaging.inbox.desk import make_channel
from tests.people import login, make_member, make_practice

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def practice(db: None) -> Practice:
    return make_practice()


@pytest.fixture
def desk(practice: Practice) -> Client:
    browser = Client()
    login(browser, make_member(practice))
    return browser


@pytest.fixture
def thread(practice: Practice) -> Conversation:
    with practice_scope(practice.pk), transaction.atomic():
        return somebody_wrote(make_channel())


def path_of(deed: Callable[[Client, Conversation], Any], desk: Client, thread: Conversation) -> str:
    """The path of the page to which what was just sent leads."""
    assert deed(desk, thread).status_code == 303
    with practice_scope(Practice.objects.get().pk), transaction.atomic():
        return path_in(thread)


def test_guesses_at_once_count_one_after_the_other(desk: Client, thread: Conversation, practice: Practice) -> None:
    path, statuses = path_of(send, desk, thread), list[int]()

    errors = at_once(practice, [lambda: statuses.append(Client().post(path, WRONG).status_code)] * 8)

    with practice_scope(practice.pk), transaction.atomic():
        assert ProtectedDocument.objects.get().wrong_tries == 5
    assert (errors, sorted(statuses)) == ([], [422] * 4 + [429] * 4)


def test_one_form_sent_four_times_at_once_is_one_file(desk: Client, thread: Conversation, practice: Practice) -> None:
    path, statuses = path_of(invite, desk, thread), list[int]()
    form = chosen_form(Client(), path)

    errors = at_once(practice, [lambda: statuses.append(hand_in(Client(), path, pdf(), form=form).status_code)] * 4)

    with practice_scope(practice.pk), transaction.atomic():
        assert Message.objects.filter(direction="in", type="document").count() == 1
        assert UploadInvitation.objects.get().uploads == 1
    assert (errors, statuses) == ([], [200] * 4)


def test_opening_and_handing_in_at_once_wait_for_nobody_for_ever(
    desk: Client, thread: Conversation, practice: Practice
) -> None:
    """The contact first, then the rest (design: lock order)."""
    path, upload, statuses = path_of(send, desk, thread), path_of(invite, desk, thread), list[int]()
    form = chosen_form(Client(), upload)
    deeds: list[Callable[[], object]] = [
        lambda: statuses.append(Client().post(path, BORN).status_code),
        lambda: statuses.append(hand_in(Client(), upload, pdf(), form=form).status_code),
    ]

    errors = at_once(practice, deeds * 3)

    assert (errors, statuses) == ([], [200] * 6)
