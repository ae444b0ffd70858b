"""Ledgers for tests: entries with complete evidence, and a superuser who alters them behind every trigger."""

import os

import psycopg
from django.db import connections, transaction
from django.utils import timezone

from consent import checkpoints, ledger
from consent.ledger import PATIENT, Type
from consent.models import Channel, ConsentEvent
from consent.purposes import Purpose
from consent.verification import Verification
from patients.models import Contact
from practices import keys
from practices.models import Practice
from practices.scope import practice_scope
from tests.consent_factories import make_contact

ONE = {purpose: purpose == Purpose.ORGANISATION for purpose in Purpose}


def book(contact: Contact | None, type_: Type = Type.REJECTED, **other: object) -> ConsentEvent:
    """One event with evidence that is complete unless `other` says otherwise."""
    evidence = {
        "channel": Channel.WHATSAPP_BUTTON,
        "purposes": ONE,
        "actor": PATIENT,
        "act": {"button": "nein_danke"},
        "occurred_at": timezone.now(),
    }
    return ledger.append(type=type_, contact=contact, **(evidence | other))  # type: ignore[arg-type]


def chain(count: int) -> list[ConsentEvent]:
    contact = make_contact()
    return [book(contact) for _ in range(count)]


def superuser() -> psycopg.Connection:
    name = connections["default"].settings_dict["NAME"]
    return psycopg.connect(os.environ["ROGER_TEST_SUPERUSER_URL"], dbname=name, autocommit=True)


def tamper(statement: str, table: str = "consent_consentevent") -> None:
    """Run a statement as the superuser, with the table's triggers off and foreign keys looking away."""
    with superuser() as connection:
        connection.execute(f"alter table {table} disable trigger user")
        connection.execute("set session_replication_role = replica")
        connection.execute(statement)


def verification_of(practice: Practice) -> Verification:
    """What a process finds that has not seen this ledger before."""
    with practice_scope(practice.pk), transaction.atomic():
        keys.forget()
        return checkpoints.verify_with_checkpoints()
