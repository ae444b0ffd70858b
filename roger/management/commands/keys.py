"""`manage.py keys`: new keys for old ones. Nothing becomes unreadable, and running it twice does no harm."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from practices import key_rotation
from practices.models import Practice
from practices.scope import practice_scope


class Command(BaseCommand):
    help = "rotate-master wraps everything with ROGER_MASTER_KEY; rotate-practice gives one practice a new root key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        deeds.add_parser(
            "rotate-master",
            help="after every process was started with ROGER_MASTER_KEY (new) and ROGER_MASTER_KEY_PREVIOUS (old); "
            "when it finds nothing more, the old one may go",
        )
        practice = deeds.add_parser("rotate-practice", help="a new root key for one practice; search goes on working")
        practice.add_argument("slug")

    def handle(self, *_: Any, deed: str, **options: Any) -> None:
        if deed == "rotate-master":
            self.rotate_master()
        else:
            self.rotate_practice(options["slug"])

    def rotate_master(self) -> None:
        roots = 0
        for practice in Practice.objects.order_by("pk"):
            with practice_scope(practice.pk):
                roots += key_rotation.rotate_master()
        columns = key_rotation.seal_system_rows_anew()
        self.stdout.write(f"{roots} practices and {columns} second factors now hang on ROGER_MASTER_KEY.")

    def rotate_practice(self, slug: str) -> None:
        practice = Practice.objects.filter(slug=slug).first()
        if practice is None:
            raise CommandError(f"There is no practice {slug}.")
        with practice_scope(practice.pk):
            wrapped = key_rotation.rotate_root()
        self.stdout.write(f"{slug} has a new root key; {wrapped} keys were wrapped anew.")
