"""What a crash or a rollback leaves on disk goes after a day; what a row names stays, and so does everybody else's."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from messaging import media, tasks
from messaging.models import MediaFile
from practices.models import Practice
from practices.scope import practice_scope
from tests.factories import make_practice
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import Line
from tests.messaging.files import PDF, on_disk, picture, received

pytestmark = pytest.mark.django_db


class Crash(Exception):
    """The process dies between the file and its row."""


def crash_while_storing(line: Line) -> Path:
    """What lies on disk when a file was sealed and its row was rolled back."""
    with practice_scope(line.practice.pk), pytest.raises(Crash), transaction.atomic():
        row = MediaFile.objects.create(
            contact=MediaFile.objects.get().contact, channel=line.channel, details={}, file_key=media.new_file_key()
        )
        file = media.sealed_file(row)
        file.write([PDF])
        raise Crash
    return file.path


def make_old(*paths: Path, hours: float = 25) -> None:
    then = (timezone.now() - timedelta(hours=hours)).timestamp()
    for path in paths:
        os.utime(path, (then, then))


def night(practice: Practice) -> None:
    tasks.tidy(practice_id=practice.pk)


def path_of(row: MediaFile, line: Line) -> Path:
    with practice_scope(line.practice.pk):
        return media.sealed_file(row).path


def test_a_file_whose_row_was_rolled_back_goes_after_a_day(line: Line, whatsapp: FakeWhatsApp) -> None:
    kept = path_of(received(whatsapp, "image", picture()), line)
    left = crash_while_storing(line)
    make_old(kept, left)

    night(line.practice)

    assert on_disk() == [kept]


def test_what_is_younger_than_a_day_may_still_get_its_row(line: Line, whatsapp: FakeWhatsApp) -> None:
    kept = path_of(received(whatsapp, "image", picture()), line)
    left = crash_while_storing(line)
    make_old(left, hours=23)

    night(line.practice)

    assert set(on_disk()) == {kept, left}


def test_a_draft_goes_after_a_day_whether_or_not_its_row_is_there(line: Line, whatsapp: FakeWhatsApp) -> None:
    kept = path_of(received(whatsapp, "image", picture()), line)
    old, fresh = kept.with_suffix(".part"), kept.with_name(f"{'0' * 30}{kept.name[-2:]}.part")
    old.write_bytes(b"half")
    fresh.write_bytes(b"half")
    make_old(old)

    night(line.practice)

    assert set(on_disk()) == {kept, fresh}


def test_the_files_of_another_practice_are_not_looked_at(line: Line, whatsapp: FakeWhatsApp) -> None:
    theirs = path_of(received(whatsapp, "image", picture()), line)
    left = crash_while_storing(line)
    make_old(theirs, left)

    night(make_practice("ostufer"))

    assert set(on_disk()) == {theirs, left}


def test_a_file_we_did_not_name_is_not_touched(line: Line, whatsapp: FakeWhatsApp) -> None:
    kept = path_of(received(whatsapp, "image", picture()), line)
    foreign = kept.with_name("README.txt")
    foreign.write_text("operator's own")
    make_old(kept, foreign)

    night(line.practice)

    assert set(on_disk()) == {kept, foreign}
