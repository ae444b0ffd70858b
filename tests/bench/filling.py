"""Fills one practice after another: `python -m tests.bench.filling <which>`, called by million.py.

Rows are built by the product's models and written by its own bulk insert, so that they are what it would have stored.
"""

import random
import sys
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from typing import Any

import django

django.setup()

from django.db import connection, models, transaction  # noqa: E402

from consent.models import ConsentEvent, ConsentState  # noqa: E402
from consent.purposes import Purpose  # noqa: E402
from messaging import search  # noqa: E402
from messaging.models import Conversation, Message  # noqa: E402
from messaging.wamids import wamid_hash  # noqa: E402
from patients.identities import identity_hash  # noqa: E402
from patients.models import Contact, ContactIdentity, Patient, PatientContact  # noqa: E402
from practices import keys  # noqa: E402
from practices.keystore import Subject  # noqa: E402
from practices.postgres.bulk import insert_columns, insert_many  # noqa: E402
from practices.scope import current_practice_id, practice_scope  # noqa: E402
from tests.bench.crowd import phone  # noqa: E402
from tests.bench.german import text  # noqa: E402
from tests.bench.million import PLAINTEXT, PRACTICES, PROCESSES, size_of, slug_of  # noqa: E402
from tests.bench.progress import say  # noqa: E402
from tests.factories import make_practice  # noqa: E402
from tests.messaging.factories import Line, make_line, wamid  # noqa: E402

BATCH = 2_000
DAYS = 730
MESSAGES_PER_PERSON = 20
MOST_PEOPLE = 5_000
CLOSED, WAITING = 0.9, 0.5  # of all conversations; of those still open
FIRST_NAMES = ("Jana", "Emre", "Lena", "Paul", "Mia", "Ali", "Greta", "Jonas", "Ida", "Yusuf", "Klara", "Timo", "Nele")
FRONTS = ("Berg", "Hof", "Feld", "Stein", "Wald", "Lind", "Acker", "Brunn", "Eich", "Neu", "Ober", "Sand", "Winkel")
BACKS = ("mann", "meier", "huber", "bauer", "ner", "hausen", "kamp", "müller", "schmidt", "bach", "dorf", "inger")


def main(which: int) -> None:
    """Fill this process's share of the practices."""
    keys.cache.size, keys.cache.seconds = 1_000_000, 1e9
    for rank in range(PRACTICES):
        if min(rank, PROCESSES - 1) == which:
            fill(rank)
            say(f"million: practice {rank} has its {size_of(rank)} messages")
            keys.cache.clear()


@transaction.atomic
def fill(rank: int) -> None:
    chance = random.Random(rank)
    line = make_line(make_practice(slug_of(rank)), number=f"10000{rank:05d}", waba=f"20000{rank:05d}")
    with practice_scope(line.practice.pk):
        contacts = make_people(chance, min(MOST_PEOPLE, max(50, size_of(rank) // MESSAGES_PER_PERSON)))
        agree(contacts)
        conversations = [Conversation(channel=line.channel, contact=contact) for contact in contacts]
        written = messages(chance, line, conversations, size_of(rank))
        while batch := list(islice(written, BATCH)):
            insert_many(batch)
            search.index(batch)
            keep_plaintext(batch)
        for conversation in conversations:
            settle(chance, conversation)
        insert_many(conversations)


def keep_plaintext(batch: Sequence[Message]) -> None:
    """What the search over ciphertext is compared with."""
    columns: dict[str, tuple[str, Iterable[Any]]] = {
        "practice_id": ("int", [current_practice_id()] * len(batch)),
        "message_id": ("uuid", [message.pk for message in batch]),
        "body": ("text", [message.body for message in batch]),
    }
    insert_columns(PLAINTEXT, columns)


def make_people(chance: random.Random, count: int) -> list[Contact]:
    """Contacts with number and name; two of three belong to a patient."""
    contacts = [
        Contact(profile_name=chance.choice(FIRST_NAMES), number_proven_at=datetime.now(UTC)) for _ in range(count)
    ]
    make_keys(Subject.CONTACT, contacts)
    insert_many(contacts)
    insert_many([phone_identity(contact, phone(number)) for number, contact in enumerate(contacts)])
    patients = [a_patient(chance) for _ in range(count * 2 // 3)]
    make_keys(Subject.PATIENT, patients)
    insert_many(patients)
    insert_many(
        [PatientContact(patient=patient, contact=contact) for patient, contact in zip(patients, contacts, strict=False)]
    )
    return contacts


def phone_identity(contact: Contact, number: str) -> ContactIdentity:
    kind = ContactIdentity.Kind.PHONE
    return ContactIdentity(contact=contact, kind=kind, value=number, value_hash=identity_hash(kind, number))


def a_patient(chance: random.Random) -> Patient:
    born = datetime(1940, 1, 1, tzinfo=UTC) + timedelta(days=chance.randrange(30_000))
    return Patient(
        first_name=chance.choice(FIRST_NAMES),
        last_name=chance.choice(FRONTS) + chance.choice(BACKS),
        birth_date=born.date().isoformat(),
    )


def make_keys(subject: Subject, owners: Sequence[models.Model]) -> None:
    """A key for each of them, at hand without a query each."""
    rows = [keys.new_data_key(subject, owner.pk, version=1) for owner in owners]
    insert_many(rows)
    for row in rows:
        key = keys.unwrap(row)
        for name in ((subject, row.subject_id), row.number):
            keys.cache.put((current_practice_id(), name), key)
    connection.keys_made_here.clear()  # type: ignore[attr-defined]  # nobody else reads before the commit


def agree(contacts: Sequence[Contact]) -> None:
    """Each contact's consent to the two everyday purposes, with its event on the ledger, chained by the trigger."""
    now = datetime.now(UTC)
    facts = {"type": "granted", "channel": "qr_web", "payload": {"salt": "", "evidence": {}}, "commitment": bytes(32)}
    events = [ConsentEvent(contact=contact, occurred_at=now, evidence_id=contact.pk, **facts) for contact in contacts]
    make_keys(Subject.EVIDENCE, contacts)
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = origin")
        insert_many(events)
        cursor.execute("set session_replication_role = replica")
    insert_many(
        [
            ConsentState(contact=event.contact, purpose=purpose, state="granted", event=event, since=now)
            for event in events
            for purpose in (Purpose.ORGANISATION, Purpose.BEHANDLUNG)
        ]
    )


def messages(chance: random.Random, line: Line, conversations: Sequence[Conversation], count: int) -> Iterator[Message]:
    """So many messages over two years, oldest first; some people write a lot, most little."""
    weights = list(accumulate((place + 5) ** -0.7 for place in range(len(conversations))))
    step = timedelta(days=DAYS) / count
    begun = datetime.now(UTC) - timedelta(days=DAYS)
    for number in range(count):
        [conversation] = chance.choices(conversations, cum_weights=weights)
        at = begun + step * number
        conversation.last_message = message = a_message(chance, line, conversation, at)
        conversation.last_message_at = at
        if message.direction == Message.Direction.INBOUND:
            conversation.last_inbound_at = at
        yield message


def a_message(chance: random.Random, line: Line, conversation: Conversation, at: datetime) -> Message:
    is_inbound = chance.random() < 0.6
    named = wamid(phone="+491713920000")
    return Message(
        id=id_of(at, chance),
        conversation=conversation,
        contact_id=conversation.contact_id,
        channel=line.channel,
        direction="in" if is_inbound else "out",
        origin="patient" if is_inbound else "staff",
        state="received" if is_inbound else "read",
        type="text",
        kind="" if is_inbound else "free_text",
        purpose="" if is_inbound else "organisation",
        body=text(chance),
        wamid=named,
        wamid_hash=wamid_hash(named),
        at=at,
        provider_at=at,
        received_at=at,
    )


def id_of(at: datetime, chance: random.Random) -> uuid.UUID:
    """The UUIDv7 that a message of that moment would have got."""
    milliseconds = int(at.timestamp() * 1000)
    return uuid.UUID(
        int=milliseconds << 80 | 0x7 << 76 | chance.getrandbits(12) << 64 | 0b10 << 62 | chance.getrandbits(62)
    )


def settle(chance: random.Random, conversation: Conversation) -> None:
    """Where it stands: most are done, of the rest every other one waits for an answer."""
    if chance.random() < CLOSED:
        conversation.closed_at = conversation.last_message_at or datetime.now(UTC)
    elif chance.random() < WAITING:
        conversation.waiting_since = conversation.last_inbound_at


if __name__ == "__main__":
    main(int(sys.argv[1]))
