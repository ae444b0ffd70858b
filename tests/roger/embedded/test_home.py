import os
import shutil
from pathlib import Path

import pytest

from roger.embedded.account import Account, unprivileged_account
from roger.embedded.cannot_start import CannotStart
from roger.embedded.home import LONGEST_SOCKET_NAME, only_launcher, prepare

AS_ROOT = os.geteuid() == 0


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_nobody_else_can_list_the_home_or_read_its_folders(open_folder: Path) -> None:
    home = prepare(open_folder / "home")

    assert mode(home.path) & 0o047 == 0
    assert [mode(folder) for folder in (home.logs, home.run, home.servers, home.sockets)] == [0o700] * 4


def test_the_servers_folder_belongs_to_the_account_they_run_as(open_folder: Path) -> None:
    home = prepare(open_folder / "home")

    account = unprivileged_account()
    assert home.account == account
    assert home.servers.stat().st_uid == (account.uid if account else os.geteuid())


def test_a_home_behind_a_closed_folder_keeps_its_servers_where_their_account_gets(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)

    home = prepare(closed / "home", system_folder=open_folder / "system")

    assert mode(closed) == 0o700
    assert (home.path / "servers").resolve() == home.servers.resolve()
    assert home.account is None or home.account.can_enter(home.servers)


def test_a_home_behind_a_closed_folder_finds_its_servers_again(open_folder: Path) -> None:
    (open_folder / "closed").mkdir(mode=0o700)
    first = prepare(open_folder / "closed" / "home", system_folder=open_folder / "system")
    first.data.mkdir()

    second = prepare(open_folder / "closed" / "home", system_folder=open_folder / "system")

    assert second == first
    assert second.data.is_dir()


def test_a_home_that_was_removed_starts_afresh(open_folder: Path) -> None:
    (open_folder / "closed").mkdir(mode=0o700)
    first = prepare(open_folder / "closed" / "home", system_folder=open_folder / "system")
    first.data.mkdir()
    shutil.rmtree(first.path)

    second = prepare(open_folder / "closed" / "home", system_folder=open_folder / "system")

    assert not second.data.exists()


def test_sockets_move_to_a_short_folder_when_their_path_would_be_too_long(open_folder: Path) -> None:
    home = prepare(open_folder / ("x" * 90))

    assert len(os.fsencode(home.sockets / LONGEST_SOCKET_NAME)) <= 107
    assert home.sockets.parent != home.servers
    assert mode(home.sockets) == 0o700
    home.sockets.rmdir()


def test_a_short_folder_that_somebody_else_has_laid_out_is_refused(open_folder: Path) -> None:
    sockets = prepare(open_folder / ("x" * 90)).sockets
    sockets.rmdir()
    sockets.symlink_to(open_folder)

    with pytest.raises(CannotStart) as problem:
        prepare(open_folder / ("x" * 90))

    sockets.unlink()
    assert str(problem.value) == (
        f"{sockets} belongs to somebody else: remove it, or set ROGER_HOME to a shorter path."
    )


def test_a_home_that_cannot_be_written_says_what_to_do(open_folder: Path) -> None:
    (open_folder / "file").write_text("")

    with pytest.raises(CannotStart) as problem:
        prepare(open_folder / "file" / "home")

    assert str(problem.value) == (
        f"ROGER_HOME {open_folder}/file/home cannot be written (Not a directory): "
        "make it writable, or set ROGER_HOME to a folder that is."
    )


def test_a_second_launcher_is_refused_and_told_which_process_is_in_the_way(open_folder: Path) -> None:
    home = prepare(open_folder / "home")

    with only_launcher(home), pytest.raises(CannotStart) as problem, only_launcher(home):
        pass

    assert str(problem.value) == (
        f"Roger already runs from {home.path} (process {os.getpid()}): "
        "stop it first, or set ROGER_HOME to another folder."
    )


def test_the_next_launcher_may_start_when_the_first_has_ended(open_folder: Path) -> None:
    home = prepare(open_folder / "home")
    with only_launcher(home):
        pass

    with only_launcher(home):
        assert (home.run / "lock").read_text() == str(os.getpid())


@pytest.mark.parametrize(
    ("folder_mode", "uid_offset", "gid_offset", "may_enter"),
    [
        (0o700, 0, 0, True),
        (0o077, 0, 0, False),
        (0o710, 1, 0, True),
        (0o701, 1, 0, False),
        (0o701, 1, 1, True),
        (0o770, 1, 1, False),
    ],
)
def test_who_may_enter_a_folder_is_decided_by_the_first_class_that_fits(
    open_folder: Path, folder_mode: int, uid_offset: int, gid_offset: int, may_enter: bool
) -> None:
    folder = open_folder / "folder"
    folder.mkdir()
    folder.chmod(folder_mode)
    owner = folder.stat()

    account = Account("somebody", owner.st_uid + uid_offset, owner.st_gid + gid_offset)

    assert account.can_enter(folder) is may_enter
    folder.chmod(0o700)


def test_one_closed_folder_on_the_way_closes_all_below(open_folder: Path) -> None:
    (open_folder / "closed" / "open").mkdir(parents=True)
    (open_folder / "closed").chmod(0o700)
    stranger = Account("somebody", os.geteuid() + 1, os.getegid() + 1)

    assert stranger.can_enter(open_folder)
    assert not stranger.can_enter(open_folder / "closed" / "open")


def test_only_root_drops_to_another_account() -> None:
    account = unprivileged_account()

    assert (account is not None) is AS_ROOT
    assert account is None or account.uid != 0
