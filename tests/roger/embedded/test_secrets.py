import base64
import json
from pathlib import Path

import pytest

from roger.embedded.cannot_start import CannotStart
from roger.embedded.secrets import Secrets, load_or_make


def test_secrets_are_made_once_and_found_again(tmp_path: Path) -> None:
    first = load_or_make(tmp_path / "secrets.json", sealed_data=tmp_path / "data")
    (tmp_path / "data").mkdir()

    second = load_or_make(tmp_path / "secrets.json", sealed_data=tmp_path / "data")

    assert second == first


def test_only_the_owner_can_read_the_secrets(tmp_path: Path) -> None:
    load_or_make(tmp_path / "secrets.json", sealed_data=tmp_path / "data")

    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_two_installations_share_no_secret() -> None:
    first, second = vars(Secrets()), vars(Secrets())

    assert set(first.values()).isdisjoint(second.values())
    assert len(set(first.values())) == len(first)


def test_keys_are_32_bytes_in_base64() -> None:
    made = Secrets()

    keys = [base64.b64decode(key, validate=True) for key in (made.master_key, made.ledger_signing_key)]

    assert [len(key) for key in keys] == [32, 32]


def test_lost_secrets_of_existing_data_are_not_replaced_by_new_ones(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()

    with pytest.raises(CannotStart) as problem:
        load_or_make(tmp_path / "secrets.json", sealed_data=tmp_path / "data")

    assert str(problem.value) == (
        f"{tmp_path}/secrets.json is missing, but {tmp_path}/data holds data that only its keys can open: "
        "put the file back from your backup, or remove the data to start afresh."
    )
    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"master_key": "x"}', "\x00"])
def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)

    with pytest.raises(CannotStart) as problem:
        load_or_make(tmp_path / "secrets.json", sealed_data=tmp_path / "data")

    assert str(problem.value) == f"{tmp_path}/secrets.json is damaged: put it back from your backup."
    assert (tmp_path / "secrets.json").read_text() == content


def test_secrets_show_themselves_in_no_traceback() -> None:
    made = Secrets()

    shown = repr(made)

    assert [value for value in vars(made).values() if value in shown] == []


def test_every_secret_is_in_the_file(tmp_path: Path) -> None:
    made = load_or_make(tmp_path / "secrets.json", sealed_data=tmp_path / "data")

    assert json.loads((tmp_path / "secrets.json").read_text()) == vars(made)
