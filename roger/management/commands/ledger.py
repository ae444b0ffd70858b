"""manage.py ledger verify | checkpoint: is the consent ledger whole, and a signed head of it.

Exit code: 0 whole, 1 broken, 2 an earlier checkpoint is no part of it (cut or forked), 3 could not be checked.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from consent import checkpoints
from consent.verification import Verification
from practices.models import Practice
from practices.scope import practice_scope

BROKEN, NOT_A_PREFIX, NOT_CHECKED = 1, 2, 3


class Command(BaseCommand):
    help = "Verify the consent ledger of every practice, or sign its head."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deed", choices=["verify", "checkpoint"])
        parser.add_argument("--practice", metavar="SLUG", help="only this practice")
        parser.add_argument("--json", action="store_true", help="verify: one JSON object per practice and line")
        parser.add_argument("--chain", action="store_true", help="verify: leave what is sealed unopened, ten times faster")
        parser.add_argument("--checkpoint", metavar="FILE", type=Path, help="verify: also against this checkpoint")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        practices = self._practices(options["practice"])
        if options["deed"] == "checkpoint":
            codes = [self._sign(practice) for practice in practices]
        else:
            note = self._read(options["checkpoint"], practices) if options["checkpoint"] else None
            codes = [self._verify(practice, note, options) for practice in practices]
        if code := max(codes, default=0):
            sys.exit(code)

    def _practices(self, slug: str | None) -> list[Practice]:
        found = Practice.objects.order_by("slug")
        chosen = list(found.filter(slug=slug) if slug else found)
        if slug and not chosen:
            raise CommandError(f"no practice {slug!r}", returncode=NOT_CHECKED)
        return chosen

    def _read(self, file: Path, practices: list[Practice]) -> checkpoints.Note:
        try:
            note = checkpoints.read(file.read_text("utf-8"))
        except (checkpoints.CheckpointInvalid, checkpoints.SigningKeyMissing, OSError, UnicodeDecodeError) as error:
            raise CommandError(_why(error), returncode=NOT_CHECKED) from None
        if note.origin not in map(checkpoints.origin, practices):
            raise CommandError(f"the checkpoint is about {note.origin}", returncode=NOT_CHECKED)
        return note

    def _verify(self, practice: Practice, note: checkpoints.Note | None, options: dict[str, Any]) -> int:
        notes = [note] if note and note.origin == checkpoints.origin(practice) else []
        with practice_scope(practice.pk), transaction.atomic():
            verification = checkpoints.verify_with_checkpoints(notes, evidence=not options["chain"])
        self.stdout.write(_json(practice, verification) if options["json"] else _sentence(practice, verification))
        return exit_code(verification)

    def _sign(self, practice: Practice) -> int:
        try:
            with practice_scope(practice.pk), transaction.atomic():
                self.stdout.write(checkpoints.as_file(checkpoints.checkpoint(practice)))
        except checkpoints.LedgerBroken as error:
            self.stderr.write(_sentence(practice, error.verification))
            return exit_code(error.verification)
        except checkpoints.SigningKeyMissing as error:
            raise CommandError(_why(error), returncode=NOT_CHECKED) from None
        return 0


def exit_code(verification: Verification) -> int:
    if verification.ok:
        return 0
    return NOT_A_PREFIX if verification.reason == "checkpoint" else BROKEN


def _json(practice: Practice, verification: Verification) -> str:
    found = {"entries": verification.entries, "ok": verification.ok, "broken_at": verification.broken_at}
    return json.dumps({"practice": practice.slug} | found)


def _sentence(practice: Practice, verification: Verification) -> str:
    if verification.ok:
        return f"{practice.slug}: {verification.entries} entries, whole"
    return (
        f"{practice.slug}: {verification.entries} entries, broken at {verification.broken_at} ({verification.reason})"
    )


def _why(error: Exception) -> str:
    if isinstance(error, checkpoints.SigningKeyMissing):
        return "LEDGER_SIGNING_KEY is not set here; the worker's environment has it"
    return str(error)
