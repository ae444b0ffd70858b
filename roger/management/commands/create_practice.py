"""manage.py create_practice: the first practice and its owner, for an installation without demo data."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from practices import totp
from practices.actions import add_member, add_totp_device, create_practice, create_user
from practices.models import Role, User
from practices.opening_hours import LANDS

FACTS = {
    "slug": "short name in every address, e.g. morgenthal: letters, digits, hyphens",
    "name": "as patients read it, e.g. Zahnarztpraxis Dr. Morgenthal",
    "street": "with the number of the house",
    "postal_code": "five digits",
    "city": "of that street",
    "state": "Bundesland, for public holidays",
    "phone": "number patients are asked to call, with country code: +49…",
    "emergency_phone": "dental emergency service, with country code",
    "email": "address of the practice",
}
PASSWORD_BYTES = 15  # 20 characters


class Command(BaseCommand):
    help = (
        "Create a practice and its owner. Prints the owner's password and second factor once. "
        "Nothing leaves it over WhatsApp until its owner lets it go live (on the page, or manage.py go_live)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for fact, words in FACTS.items():
            choices = sorted(LANDS) if fact == "state" else None
            parser.add_argument(f"--{fact.replace('_', '-')}", required=True, help=words, choices=choices)
        parser.add_argument("--name-nominative", default="", help="with article, default: die <name>")
        parser.add_argument("--name-dative", default="", help="with article, default: der <name>")
        parser.add_argument("--short-name", default="", help="where there is little room, default: the name")
        parser.add_argument("--owner-email", required=True, help="the owner logs in with it")
        parser.add_argument("--owner-name", required=True, help="first and last name")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        names = (*FACTS, "name_nominative", "name_dative", "short_name")
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        try:
            with transaction.atomic():
                practice = create_practice(**{name: options[name] for name in names})
                user = create_user(email=options["owner_email"], name=options["owner_name"], password=password)
                add_member(practice=practice, user=user, role=Role.OWNER)
                secret = add_totp_device(user=user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self._print_once(user, password, secret)

    def _print_once(self, user: User, password: str, secret: bytes) -> None:
        self.stdout.write("Shown once, stored nowhere in clear:")
        self.stdout.write(f"  login     {user.email}")
        self.stdout.write(f"  password  {password}")
        self.stdout.write(f"  secret    {totp.as_base32(secret)}")
        self.stdout.write(f"  app       {totp.otpauth_uri(secret, account=user.email)}")
