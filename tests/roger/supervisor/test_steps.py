import os
from pathlib import Path

import pytest
from django.conf import settings

from roger.embedded.cannot_start import CannotStart
from roger.supervisor import steps
from roger.supervisor.programs import PROJECT
from tests.whole import of_whole


@pytest.fixture
def everything(tmp_path: Path) -> dict[str, str]:
    """Variables of an installation whose database nobody can reach."""
    return {
        **os.environ,
        "ROGER_HOME": str(tmp_path),
        "DATABASE_URL": f"postgres://roger_app:guess@/roger?host={tmp_path}",
        "DATABASE_MIGRATE_URL": f"postgres://roger_migrate:guess@/roger?host={tmp_path}",
        "BASE_URL": "http://127.0.0.1:8000",
        "D360_BASE_URL": "http://127.0.0.1:8360",
        "WHATSAPP_LINK_BASE": "http://127.0.0.1:8360/wa",
    }


def test_static_files_are_collected_with_hashed_names_and_only_once(everything: dict[str, str], tmp_path: Path) -> None:
    steps.collect_static(everything, tmp_path / "log", tmp_path)
    hashed = next((tmp_path / "static" / "css").glob("tokens.????????????.css"))
    hashed.unlink()

    steps.collect_static(everything, tmp_path / "log", tmp_path)

    assert not hashed.exists()  # nothing has changed, so nothing was collected a second time


def test_static_files_are_collected_again_when_one_has_changed(everything: dict[str, str], tmp_path: Path) -> None:
    steps.collect_static(everything, tmp_path / "log", tmp_path)
    hashed = next((tmp_path / "static" / "css").glob("tokens.????????????.css"))
    hashed.unlink()
    (tmp_path / "collected").write_text("of another state of the files")

    steps.collect_static(everything, tmp_path / "log", tmp_path)

    assert hashed.exists()


def test_a_step_that_fails_shows_the_end_of_its_log(everything: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as problem:
        steps.migrate(everything, tmp_path / "log", tmp_path)

    sentence, _, shown = str(problem.value).partition("\n")
    assert sentence == f"`manage.py migrate` failed; the end of {tmp_path}/log:"
    assert shown == "\n".join((tmp_path / "log").read_text().splitlines()[-5:])
    assert "connection" in shown
    assert not (tmp_path / "migrated").exists()


def test_a_finished_step_is_not_asked_of_the_database_again(everything: dict[str, str], tmp_path: Path) -> None:
    addresses = " ".join(everything[name] for name in ("BASE_URL", "D360_BASE_URL", "WHATSAPP_LINK_BASE"))
    (tmp_path / "seeded").write_text(f"{addresses} {steps.database(everything)}")

    steps.seed_demo(everything, tmp_path / "log", tmp_path)

    assert not (tmp_path / "log").exists()


ADDRESSES = ("BASE_URL", "D360_BASE_URL", "WHATSAPP_LINK_BASE")


@pytest.mark.parametrize("changed", [*map(of_whole, ADDRESSES), "DATABASE_URL"])
def test_the_demo_is_seeded_again_when_what_it_wrote_down_has_changed(
    everything: dict[str, str], tmp_path: Path, changed: str
) -> None:
    addresses = " ".join(everything[name] for name in ("BASE_URL", "D360_BASE_URL", "WHATSAPP_LINK_BASE"))
    (tmp_path / "seeded").write_text(f"{addresses} {steps.database(everything)}")

    with pytest.raises(CannotStart, match=r"^`manage.py seed_demo` failed"):
        steps.seed_demo(everything | {changed: everything[changed] + "1"}, tmp_path / "log", tmp_path)


def test_a_fingerprint_follows_names_and_contents() -> None:
    first, second = PROJECT / "Makefile", PROJECT / "pyproject.toml"

    prints = [steps.fingerprint(files) for files in ([first], [second], [first, second], [second, first], [first])]

    assert prints[0] == prints[4]
    assert len(set(prints)) == 4


def test_no_database_address_stands_in_a_mark(everything: dict[str, str]) -> None:
    mark = steps.database(everything)

    assert "guess" not in mark
    assert mark != steps.database(everything | {"DATABASE_URL": settings.DATABASES["default"]["NAME"]})
