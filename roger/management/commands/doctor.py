"""`manage.py doctor [--json]`: what is embedded, what is external, what is wrong."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from roger.diagnosis import Diagnosis, Server, diagnose


class Command(BaseCommand):
    """Exits with 1 when something is wrong, so that a monitor can call it."""

    help = "Tells what is embedded, what is external and what is wrong, in sentences that say what to do."
    requires_system_checks: list[str] = []  # a broken setting is for us to tell

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object, with the processes of `make run`")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = diagnose()
        self.stdout.write(json.dumps(found.as_json(), indent=1) if options["json"] else in_words(found))
        if found.problems:
            raise SystemExit(1)


def in_words(found: Diagnosis) -> str:
    lines = [
        f"Python    {found.python}",
        f"Database  {server(found.database)}",
        f"Broker    {server(found.broker)}",
        f"Front     {found.front or 'none'}",
        *(f"{each['name']:<9} process {each['pid']}, {each['listening'] or 'no address'}" for each in found.processes),
        "",
        *(found.problems or ["All is well."]),
    ]
    return "\n".join(lines)


def server(found: Server) -> str:
    return f"{found.where}, {found.version or 'does not answer'}"
