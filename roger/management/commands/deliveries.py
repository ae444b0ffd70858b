"""manage.py deliveries: what became of the webhooks of each practice."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from messaging import deliveries
from practices.models import Practice
from practices.scope import practice_scope


class Command(BaseCommand):
    help = "Counts the webhook deliveries of each practice; --replay gives the unreadable ones another try."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object per practice and line")
        parser.add_argument("--replay", action="store_true", help="try everything again that could not be read")
        parser.add_argument("--unreadable", action="store_true", help="also which were set aside, and why")
        parser.add_argument("--practice", help="only the practice with this slug")

    def handle(self, *_: Any, **options: Any) -> None:
        practices = Practice.objects.order_by("slug")
        if options["practice"]:
            practices = practices.filter(slug=options["practice"])
        for practice in practices:
            with practice_scope(practice.pk):
                if options["replay"]:
                    deliveries.replay()
                self._show({"practice": practice.slug} | deliveries.counts(), as_json=options["json"])
                for one in deliveries.set_aside() if options["unreadable"] else ():
                    self._show({"practice": practice.slug} | _as_json(one), as_json=options["json"])

    def _show(self, numbers: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(numbers))
        else:
            self.stdout.write("  ".join(f"{name} {value}" for name, value in numbers.items()))


def _as_json(one: deliveries.SetAside) -> dict[str, Any]:
    facts = asdict(one)
    return facts | {"delivery": str(one.delivery), "received_at": one.received_at.isoformat(timespec="seconds")}
