from pathlib import Path

from roger.embedded.production_secrets import write_missing

NAMES = {
    *("superuser_password", "migrate_password", "app_password", "backup_password"),
    *("database_url", "database_migrate_url"),
    *("secret_key", "master_key", "master_key_previous", "ledger_signing_key", "partner_key", "signature_secret"),
}


def test_every_secret_gets_a_file_in_a_closed_folder(tmp_path: Path) -> None:
    written = write_missing(tmp_path / "secrets")

    assert set(written) == NAMES
    assert {file.name for file in (tmp_path / "secrets").iterdir()} == NAMES
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_no_file_ends_with_a_line_end(tmp_path: Path) -> None:
    write_missing(tmp_path)

    contents = [file.read_text() for file in tmp_path.iterdir()]

    assert [content for content in contents if content != content.strip()] == []


def test_addresses_hold_the_password_of_their_role(tmp_path: Path) -> None:
    write_missing(tmp_path)

    password = (tmp_path / "app_password").read_text()
    assert (tmp_path / "database_url").read_text() == f"postgres://roger_app:{password}@postgres:5432/roger"


def test_a_second_run_adds_what_is_missing_and_changes_nothing(tmp_path: Path) -> None:
    write_missing(tmp_path)
    before = {file.name: file.read_text() for file in tmp_path.iterdir()}
    (tmp_path / "database_url").unlink()

    written = write_missing(tmp_path)

    assert written == ["database_url"]
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == before
