"""A new text of the house to be agreed to anew closes the gate where a practice has no words of its own (C-06)."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from consent import texts
from consent.gate import Consent
from consent.purposes import Purpose
from consent.renewals import languages_in_renewal, outdate
from practices.models import Practice
from tests.consent.editions import an_edition, ready
from tests.consent_factories import make_contact, opt_in, states_of

NEWER = "de-2027-01"


@pytest.fixture
def newer_house_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The house's folder as an upgrade would bring it, with a text that names a new recipient."""
    folder = tmp_path / "texts"
    shutil.copytree(str(texts.FOLDER), folder)
    old = (folder / "de-2026-05.toml").read_text("utf-8")
    new = old.replace('version = "de-2026-05"', f'version = "{NEWER}"\nrenews = ["organisation"]', 1)
    (folder / f"{NEWER}.toml").write_text(new, "utf-8")
    monkeypatch.setattr(texts, "FOLDER", folder)
    monkeypatch.setitem(texts.CURRENT, "de", NEWER)
    _read_anew()
    yield
    monkeypatch.undo()
    _read_anew()


def _read_anew() -> None:
    texts.published.cache_clear()
    texts.load.cache_clear()


def test_c_06_a_new_text_of_the_house_stops_who_agreed_to_the_older_one(
    practice: Practice, request: pytest.FixtureRequest
) -> None:
    jana = make_contact()
    opt_in(jana, [Purpose.ORGANISATION, Purpose.RECALL])
    request.getfixturevalue("newer_house_text")

    stopped = outdate()

    assert (stopped, languages_in_renewal()) == (1, ["de"])
    assert states_of(jana)[Purpose.ORGANISATION] == Consent.OUTDATED
    assert states_of(jana)[Purpose.RECALL] == Consent.GRANTED


@pytest.mark.usefixtures("newer_house_text")
def test_c_06_who_agrees_to_the_new_text_holds_it(practice: Practice) -> None:
    jana = make_contact()
    opt_in(jana)

    assert outdate() == 0
    assert states_of(jana)[Purpose.ORGANISATION] == Consent.GRANTED


def test_a_practice_with_words_of_its_own_is_not_concerned(practice: Practice, request: pytest.FixtureRequest) -> None:
    ready(practice)
    an_edition()
    jana = make_contact()
    opt_in(jana)
    request.getfixturevalue("newer_house_text")

    assert outdate() == 0
    assert states_of(jana)[Purpose.ORGANISATION] == Consent.GRANTED
