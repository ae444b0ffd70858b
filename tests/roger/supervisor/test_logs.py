from pathlib import Path

from roger.supervisor.logs import LONGEST_BYTES, shorten


def test_a_long_log_is_moved_away_and_its_writer_goes_on(tmp_path: Path) -> None:
    with (tmp_path / "web.log").open("ab") as writer:
        writer.write(b"x" * (LONGEST_BYTES + 1))
        writer.flush()

        shorten(tmp_path)
        writer.write(b"next")

    assert (tmp_path / "web.log").read_bytes() == b"next"
    assert (tmp_path / "web.log.1").stat().st_size == LONGEST_BYTES + 1


def test_a_short_log_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_bytes(b"x" * LONGEST_BYTES)

    shorten(tmp_path)

    assert [file.name for file in tmp_path.iterdir()] == ["web.log"]


def test_at_most_one_old_log_is_kept(tmp_path: Path) -> None:
    for letter in (b"a", b"b"):
        (tmp_path / "web.log").write_bytes(letter * (LONGEST_BYTES + 1))
        shorten(tmp_path)

    assert sorted(file.name for file in tmp_path.iterdir()) == ["web.log", "web.log.1"]
    assert (tmp_path / "web.log.1").read_bytes()[:1] == b"b"
