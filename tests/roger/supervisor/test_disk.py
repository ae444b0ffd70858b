from pathlib import Path

from roger.supervisor.disk import BALLAST_BYTES, MEBIBYTE, keep_ballast

PLENTY, SOME, NONE = 10_000 * MEBIBYTE, 100 * MEBIBYTE, 1 * MEBIBYTE


def test_a_reserve_is_laid_in_while_there_is_room(tmp_path: Path) -> None:
    told = keep_ballast(tmp_path / "ballast", PLENTY)

    assert told is None
    assert (tmp_path / "ballast").stat().st_blocks * 512 >= BALLAST_BYTES


def test_no_reserve_is_laid_in_when_room_is_scarce(tmp_path: Path) -> None:
    assert keep_ballast(tmp_path / "ballast", SOME) is None
    assert not (tmp_path / "ballast").exists()


def test_a_full_disk_gets_its_reserve_back_and_the_operator_is_told(tmp_path: Path) -> None:
    keep_ballast(tmp_path / "ballast", PLENTY)

    told = keep_ballast(tmp_path / "ballast", NONE)

    assert not (tmp_path / "ballast").exists()
    assert told == f"The disk of {tmp_path} is full: 64 MB of reserve freed. Make room now."


def test_a_full_disk_without_a_reserve_is_told_once_only(tmp_path: Path) -> None:
    assert keep_ballast(tmp_path / "ballast", NONE) is None


def test_the_reserve_stays_while_room_is_scarce(tmp_path: Path) -> None:
    keep_ballast(tmp_path / "ballast", PLENTY)

    keep_ballast(tmp_path / "ballast", SOME)

    assert (tmp_path / "ballast").exists()
