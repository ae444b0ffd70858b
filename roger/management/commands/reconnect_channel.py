"""manage.py reconnect_channel: a new API key for a number that 360dialog does not let send any more."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from messaging.channels import reconnect_channel, require_key
from messaging.models import Channel
from practices.models import Practice
from practices.refusal import Refusal
from practices.scope import practice_scope


class Command(BaseCommand):
    help = "Give a number a new API key and let it send again. The key is asked for, or read from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="of the practice")
        parser.add_argument("--phone", help="which of its numbers, as E.164; needed if there are several")

    def handle(self, *_: Any, slug: str, phone: str | None, **__: Any) -> None:
        practice = Practice.objects.filter(slug=slug).first()
        if practice is None:
            raise CommandError(f"There is no practice {slug}.")
        with practice_scope(practice.pk):
            channel = self._channel(phone)
            api_key = getpass("API key: ") if sys.stdin.isatty() else sys.stdin.readline()
            try:
                require_key(channel=channel, api_key=api_key)
            except Refusal as refusal:
                raise CommandError(f"{refusal.for_person} {refusal.next_step}".strip()) from None
            reconnect_channel(channel=channel, api_key=api_key, by=None)
        self.stdout.write(f"{channel.phone} is connected; what was queued goes out now.")

    @transaction.atomic
    def _channel(self, phone: str | None) -> Channel:
        channels = list(Channel.objects.filter(phone=phone) if phone else Channel.objects.order_by("phone"))
        if len(channels) != 1:
            found = ", ".join(channel.phone for channel in channels) or "none"
            raise CommandError(f"Say which number with --phone. Found: {found}.")
        return channels[0]
