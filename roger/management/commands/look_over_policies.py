"""`manage.py look_over_policies`: do the walls between practices stand in this database?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from practices.postgres.look_over import findings


class Command(BaseCommand):
    help = "Reads the catalog and names every table, key, function or privilege that opens a wall; exit code 1 if any."

    def handle(self, *_: Any, **__: Any) -> None:
        with connection.cursor() as cursor:
            found = findings(cursor)
        for finding in found:
            self.stdout.write(finding)
        if found:
            raise CommandError(f"{len(found)} findings: practices are not walled off from each other.")
        self.stdout.write("The walls between practices stand.")
