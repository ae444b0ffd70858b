"""manage.py consent_texts list | export | import | review | publish: a practice's own texts, for the operator.

Exit code: 0 done, 1 the text is not ready or somebody else was faster; what is wrong stands on standard error.
"""

import tomllib
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from consent import drafting, renewals, texts
from consent.desk import text_words
from consent.differences import Change
from consent.editions import content_of, current_set
from consent.models import TextDraft
from consent.proofreading import mistakes_in
from consent.purposes import Purpose
from consent.texts.writing import as_toml
from practices.models import Practice
from practices.refusal import Refusal
from practices.scope import practice_scope


class Command(BaseCommand):
    help = "List, export, import, review or publish a practice's own consent texts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deed", choices=["list", "export", "import", "review", "publish"])
        parser.add_argument("file", nargs="?", type=Path, help="import: the TOML file")
        parser.add_argument("--practice", metavar="SLUG", required=True)
        parser.add_argument("--language", default="de", choices=sorted(texts.CURRENT))
        parser.add_argument("--reason", default="", help="import: what is new and why, in a sentence")
        parser.add_argument("--renews", default="", help="import: purposes to be agreed to anew, with commas between")
        parser.add_argument(
            "--by-operator", action="store_true", help="publish: on the practice's order; the trail says so"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        practice = Practice.objects.filter(slug=options["practice"]).first()
        if practice is None:
            raise CommandError(f"no practice {options['practice']!r}")
        deeds: dict[str, Callable[[dict[str, Any]], str]] = {
            "list": self._list,
            "export": self._export,
            "import": self._import,
            "review": self._review,
            "publish": self._publish,
        }
        try:
            with practice_scope(practice.pk), transaction.atomic():
                self.stdout.write(deeds[options["deed"]](options).rstrip("\n"))
        except Refusal as refusal:
            raise CommandError(f"{refusal.for_person} {refusal.next_step}".strip()) from None

    def _list(self, _options: dict[str, Any]) -> str:
        return "\n".join(map(_line, texts.CURRENT))

    def _export(self, options: dict[str, Any]) -> str:
        draft = drafting.open_draft(options["language"])
        return as_toml(draft.content if draft else content_of(current_set(options["language"]).version) or {})

    def _import(self, options: dict[str, Any]) -> str:
        """The file takes the place of the draft at work, which goes back to writing if it was handed on."""
        content, renews = _read(options["file"]), _purposes(options["renews"])
        if not options["reason"]:
            raise CommandError("say with --reason what is new")
        draft = drafting.begin(language=options["language"], by=None)
        if draft.state == TextDraft.State.SUBMITTED:
            drafting.hand_back(draft=draft, by=None)
        draft = drafting.replace_content(draft=draft, content=content, by=None)
        draft = drafting.change(draft=draft, by=None, renews=renews, reason=options["reason"])
        drafting.submit(draft=draft, by=None)
        return f"handed on, would become {drafting.next_version(draft)}"

    def _review(self, options: dict[str, Any]) -> str:
        """What whoever publishes decides on: each change, how hard it is to read, and whom it concerns."""
        draft = _draft(options["language"])
        changed = text_words.differences_to_current(draft, draft.content)
        reading = text_words.reading_of(text_words.in_order(draft.content, draft.language), draft.language)
        affected = renewals.preview(draft.language, map(Purpose, draft.renews))
        return "\n".join(
            [
                f"{draft.state} on {draft.based_on}, would become {drafting.next_version(draft)}: {draft.reason}",
                *(f"{one.where}: {_marked(one)}" for one in changed),
                f"readability: {reading.verdict}, LIX {reading.lix or '-'}" if reading else "no words",
                f"{affected.people} people to agree anew, {affected.at_the_desk} of them at the desk",
                *(str(mistake.sentence) for mistake in mistakes_in(draft.content)),
            ]
        )

    def _publish(self, options: dict[str, Any]) -> str:
        if not options["by_operator"]:
            raise CommandError("say --by-operator if the practice has told you to publish")
        draft = _draft(options["language"])
        if others := drafting.others_who_may_publish(draft):
            raise CommandError(f"{others} of the practice can read and publish this: four eyes need no operator")
        edition = drafting.publish(draft=draft, by=None, by_operator=True)
        return f"published {edition.version}"


def _draft(language: str) -> TextDraft:
    draft = drafting.open_draft(language)
    if draft is None:
        raise CommandError(f"no draft in {language}")
    return draft


def _marked(difference: text_words.Difference) -> str:
    """What was removed in [- -], what was added in {+ +}."""
    marks = {Change.REMOVED: "[-{}-]", Change.ADDED: "{{+{}+}}", Change.SAME: "{}"}
    return "".join(marks[piece.change].format(piece.text) for piece in difference.pieces)


def _line(language: str) -> str:
    draft, holds = drafting.open_draft(language), current_set(language)
    parts = [language, holds.version, f"draft {draft.state} on {draft.based_on}" if draft else "no draft"]
    return "\t".join([*parts, "translation not checked"] if holds.draft_translation else parts)


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        raise CommandError("name the file to import")
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{file.name} cannot be read: {error}") from None


def _purposes(names: str) -> list[Purpose]:
    try:
        return [Purpose(name.strip()) for name in names.split(",") if name.strip()]
    except ValueError:
        raise CommandError(f"--renews knows {', '.join(Purpose)}") from None
