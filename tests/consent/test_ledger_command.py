"""manage.py ledger: what it prints, how it ends, and what only a checkpoint shows."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction

from consent.models import LedgerCheckpoint
from practices.models import Practice
from practices.scope import practice_scope
from tests.consent.ledgers import superuser, tamper
from tests.consent_factories import make_contact, send_form, tap
from tests.factories import make_practice


def signed(practice: Practice) -> str:
    out = StringIO()
    call_command("ledger", "checkpoint", practice=practice.slug, stdout=out)
    return out.getvalue()


def command(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("ledger", "verify", *arguments, stdout=out)
    except SystemExit as exit_:
        return int(str(exit_.code)), out.getvalue()
    return 0, out.getvalue()


def test_a_cut_end_is_seen_with_the_checkpoint_we_keep(kept: Practice) -> None:
    signed(kept)
    tamper("delete from consent_consentevent where seq > 3")

    code, out = command("--json")

    assert code == 2
    assert json.loads(out) == {"practice": "morgenthal", "entries": 3, "ok": False, "broken_at": 4}


def test_a_cut_end_is_seen_with_a_file_when_our_own_checkpoints_are_gone_too(kept: Practice, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint"
    file.write_text(signed(kept))
    tamper("delete from consent_consentevent where seq > 3")
    tamper("delete from consent_ledgercheckpoint", "consent_ledgercheckpoint")

    assert command()[0] == 0
    assert command("--checkpoint", str(file)) == (2, "morgenthal: 3 entries, broken at 4 (checkpoint)\n")


def test_a_rewritten_history_is_seen_with_the_checkpoint(kept: Practice) -> None:
    signed(kept)
    tamper("delete from consent_consentevent")
    with superuser() as connection:
        connection.execute("alter table consent_consentevent enable trigger user")
    with practice_scope(kept.pk), transaction.atomic():
        contact = make_contact()
        for _ in range(5):
            tap(contact, "nein_danke")

    code, out = command("--json")

    assert code == 2
    assert json.loads(out)["broken_at"] == 5


def test_a_ledger_that_has_grown_still_contains_its_checkpoint(kept: Practice, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint"
    file.write_text(signed(kept))
    with practice_scope(kept.pk), transaction.atomic():
        send_form()

    assert command("--checkpoint", str(file)) == (0, "morgenthal: 6 entries, whole\n")


def test_verify_prints_one_object_per_practice(kept: Practice) -> None:
    make_practice("zwei")

    code, out = command("--json")

    assert code == 0
    assert [json.loads(line) for line in out.splitlines()] == [
        {"practice": "morgenthal", "entries": 5, "ok": True, "broken_at": None},
        {"practice": "zwei", "entries": 0, "ok": True, "broken_at": None},
    ]


def test_verify_of_one_practice_looks_at_no_other(kept: Practice) -> None:
    make_practice("zwei")

    assert command("--practice", "zwei", "--json")[1].count("\n") == 1


def test_a_broken_ledger_ends_the_command_with_1_and_names_the_entry(kept: Practice) -> None:
    tamper("update consent_consentevent set type = 'granted' where seq = 3")

    code, out = command("--json")

    assert code == 1
    assert json.loads(out) == {"practice": "morgenthal", "entries": 5, "ok": False, "broken_at": 3}


def test_a_broken_ledger_is_not_signed(kept: Practice) -> None:
    tamper("update consent_consentevent set type = 'granted' where seq = 3")

    with pytest.raises(SystemExit) as end:
        call_command("ledger", "checkpoint", stderr=StringIO())

    assert end.value.code == 1
    with practice_scope(kept.pk), transaction.atomic():
        assert LedgerCheckpoint.objects.count() == 0


@pytest.mark.parametrize(
    "spoil", [lambda text: text.replace("\n5\n", "\n4\n"), lambda text: text[:9], lambda text: text[:0]]
)
def test_a_checkpoint_that_is_not_signed_by_us_is_refused(
    kept: Practice, tmp_path: Path, spoil: Callable[[str], str]
) -> None:
    file = tmp_path / "checkpoint"
    file.write_text(spoil(signed(kept)))

    with pytest.raises(CommandError, match="not a checkpoint signed with this key"):
        command("--checkpoint", str(file))


def test_a_checkpoint_of_another_practice_is_refused(kept: Practice, tmp_path: Path) -> None:
    make_practice("zwei")
    file = tmp_path / "checkpoint"
    file.write_text(signed(kept))

    with pytest.raises(CommandError, match="the checkpoint is about roger/morgenthal/consent"):
        command("--practice", "zwei", "--checkpoint", str(file))


def test_without_the_signing_key_nothing_is_signed_and_the_reason_is_told(
    kept: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LEDGER_SIGNING_KEY", b"")

    with pytest.raises(CommandError, match="LEDGER_SIGNING_KEY is not set here") as refused:
        signed(kept)
    assert refused.value.returncode == 3


def test_an_unknown_practice_is_named(kept: Practice) -> None:
    with pytest.raises(CommandError, match="no practice 'nirgends'"):
        command("--practice", "nirgends")


def test_what_is_sealed_is_opened_unless_the_chain_alone_is_asked_for(kept: Practice) -> None:
    last = "length(payload) - 1"
    tamper(f"update consent_consentevent set payload = set_byte(payload, {last}, 255 - get_byte(payload, {last}))")  # noqa: S608

    assert command("--json", "--chain") == (
        0,
        '{"practice": "morgenthal", "entries": 5, "ok": true, "broken_at": null}\n',
    )
    assert command() == (1, "morgenthal: 5 entries, broken at 1 (evidence)\n")
