"""manage.py seed_demo: two practices with a believable week, once; their addresses, every time."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from practices.models import Practice
from practices.scope import practice_scope
from roger.demo import material
from roger.demo.addresses import write_files
from roger.demo.desk import lay_out
from roger.demo.dialogues import tell_all
from roger.demo.documents import send_yesterday
from roger.demo.material import Json
from roger.demo.people import welcome_all
from roger.demo.practices import furnish, link_templates, link_website, open_practice, slug_of
from roger.demo.visits import note_the_others


class Command(BaseCommand):
    help = "Make the demo practices, unless they are there, and write demo.json and simulator.json into ROGER_HOME."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if settings.D360_BASE_URL.startswith("https://"):
            raise CommandError("The demo's passwords are public: it is never made where messages go to 360dialog.")
        for written in material.practices():
            known = Practice.objects.filter(slug=slug_of(written)).first()
            with transaction.atomic():
                if known:
                    readdress(known)
                else:
                    seed(written)
        write_files()


def readdress(practice: Practice) -> None:
    """What a practice holds of our own address follows a new one; all else stays as it is."""
    with practice_scope(practice.pk):
        link_templates()
        link_website()


def seed(written: Json) -> None:
    """One practice with all its data; the caller's transaction makes it all or nothing."""
    practice = open_practice(written)
    with practice_scope(practice.pk):
        demo = furnish(written, practice)
        everybody, now = welcome_all(demo), timezone.now()
        send_yesterday(demo, everybody, now)
        tell_all(demo, everybody, now)
        note_the_others(everybody.values())
        lay_out(demo, everybody, now)
