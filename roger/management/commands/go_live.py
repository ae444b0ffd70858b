"""manage.py go_live: the owner's decision to write over WhatsApp, entered by the operator on the owner's behalf."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from consent.choices import Confirmation, go_live
from practices.models import Member, Practice, Role
from practices.refusal import Refusal
from practices.scope import practice_scope

FLAGS = {
    Confirmation.RISK_NOTE: ("--risk-note", "the owner has weighed the risk note"),
    Confirmation.DPIA: ("--dsfa", "the data protection impact assessment (DSFA) is there and approved"),
    Confirmation.DPA: ("--avv", "the contract under Art. 28(3) DSGVO (AVV) is signed"),
    Confirmation.C5: ("--c5", "the C5 proof of Roger and its host is there (§ 393 SGB V)"),
}


class Command(BaseCommand):
    help = "Let a practice go live (M-0). Before that no message leaves it. All four confirmations are needed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--practice", required=True, help="its slug")
        parser.add_argument("--owner-email", required=True, help="the owner who decided; stands on the trail")
        for confirmation, (flag, meaning) in FLAGS.items():
            parser.add_argument(flag, dest=confirmation.value, action="store_true", help=meaning)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        practice = Practice.objects.filter(slug=options["practice"]).first()
        if practice is None:
            raise CommandError("There is no practice with this slug.")
        confirmed = [one for one in Confirmation if options[one.value]]
        missing = [flag for one, (flag, _meaning) in FLAGS.items() if one not in confirmed]
        if missing:
            raise CommandError(f"Not confirmed: {' '.join(missing)}. Nothing was changed.")
        with practice_scope(practice.pk), transaction.atomic():
            try:
                go_live(practice=practice, by=_owner(practice, options["owner_email"]), confirmed=confirmed)
            except Refusal as refusal:
                raise CommandError(str(refusal.for_person)) from None
        self.stdout.write(f"{practice.slug} is live since {practice.live_since:%Y-%m-%d %H:%M} UTC.")


def _owner(practice: Practice, email: str) -> Member:
    owners = Member.objects.filter(practice=practice, role=Role.OWNER, left_at=None, user__email=email.lower())
    owner = owners.first()
    if owner is None:
        raise CommandError("Nobody with this e-mail is an owner of this practice.")
    return owner
