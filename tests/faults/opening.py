"""Two practices that could open tomorrow: numbers at the stand-in, patients who agreed, staff who are logged in."""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django_otp import DEVICE_ID_SESSION_KEY

from consent.choices import Confirmation, go_live
from messaging.channels import connect_channel, webhook_url
from messaging.models import Channel
from practices import sessions
from practices.actions import add_member, add_totp_device, create_practice, create_user
from practices.models import Member, Practice, Role, TotpDevice
from practices.scope import practice_scope
from practices.sessions import SessionStore
from tests.bench.crowd import phone
from tests.consent_factories import make_contact, opt_in
from tests.messaging.factories import Line

PATIENTS = 40
STRANGERS = 5
FACTS = {
    "street": "Am Beispielpark 3",
    "postal_code": "10115",
    "city": "Berlin",
    "state": "Berlin",
    "phone": "+493023125900",
    "emergency_phone": "+493023125999",
}


@dataclass(frozen=True)
class Opened:
    """A practice at work: its line, who answers, and the session of an open browser."""

    line: Line
    member: Member
    session: str
    agreed: list[UUID] = field(default_factory=list)

    @property
    def practice_id(self) -> int:
        return int(self.line.practice.pk)

    @property
    def people(self) -> list[str]:
        """The numbers of everybody who writes; the last few have never agreed to anything."""
        return [phone(number) for number in range(PATIENTS + STRANGERS)]


def open_practices(home: Path, simulator: str) -> list[Opened]:
    """Make both, tell the stand-in of them, and have it accept whoever Roger writes to, as fast as it may."""
    opened = [_open(slug, number) for number, slug in enumerate(("morgenthal", "sommer"), start=1)]
    numbers = [_at_the_stand_in(one.line) for one in opened]
    people = [{"phone": number, "name": "Erika"} for number in opened[0].people]
    (home / "simulator.json").write_text(json.dumps({"numbers": numbers, "people": people}))
    plan = {
        "window": {"unseen": "open"},
        "limits": {"pair_burst": None, "pair_seconds": None, "throughput_per_second": None},
    }
    httpx.put(f"{simulator}/control/faults", json=plan).raise_for_status()
    for one in opened:
        one.agreed.extend(_welcome(one))
    return opened


def _welcome(opened: Opened) -> list[UUID]:
    """Form and prefilled message of everybody but the strangers; answers their contacts."""
    agreed = []
    for number in opened.people[:PATIENTS]:
        with practice_scope(opened.practice_id), transaction.atomic():
            contact = make_contact(number)
            opt_in(contact)
            agreed.append(contact.pk)
    return agreed


@transaction.atomic
def _open(slug: str, number: int) -> Opened:
    practice = create_practice(slug=slug, name=f"Praxis {slug.capitalize()}", email=f"praxis@{slug}.example", **FACTS)
    password = secrets.token_urlsafe(16)
    user = create_user(email=f"anna@{slug}.example", name="Anna Arnold", password=password)
    add_totp_device(user=user)
    member = add_member(practice=practice, user=user, role=Role.OWNER)
    with practice_scope(practice.pk):
        go_live(practice=practice, by=member, confirmed=frozenset(Confirmation))
        channel = connect_channel(
            practice=practice,
            name="WhatsApp",
            phone=f"+4930231259{number:02d}",
            phone_number_id=f"100000000{number}",
            waba_id=f"200000000{number}",
            api_key=secrets.token_urlsafe(24),
            by=None,
        )
        return Opened(_line(practice, channel), member, _session(member))


def _line(practice: Practice, channel: Channel) -> Line:
    return Line(practice, channel, str(channel.webhook_token), str(channel.webhook_secret))


def _session(member: Member) -> str:
    """A browser after both steps of the login."""
    session = SessionStore()
    session[SESSION_KEY] = str(member.user_id)
    session[DEVICE_ID_SESSION_KEY] = TotpDevice.objects.get(user=member.user).persistent_id
    sessions.start(session)
    session.save()
    return str(session.session_key)


def _at_the_stand_in(line: Line) -> dict[str, object]:
    return {
        "phone": line.channel.phone,
        "name": line.practice.name,
        "phone_number_id": line.channel.phone_number_id,
        "waba_id": line.channel.waba_id,
        "api_key": line.channel.api_key,
        "webhook_url": webhook_url(line.channel),
        "webhook_headers": {"X-Roger-Webhook-Secret": line.secret},
        "templates": [],
    }
