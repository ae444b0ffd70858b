"""Around the person of a thread: visits, birthdays, who else writes for the same patients, whose number it may be."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from consent.not_whose import not_whose
from messaging.inbox.persons import names_of
from messaging.inbox.records.listing import Row, rows_of
from messaging.models import Conversation, Message
from messaging.number_requests import asked_in
from patients import directory
from patients.identities import owner_of, username_of
from patients.models import Contact, ContactIdentity, PatientContact, Relation

KIND = ContactIdentity.Kind
SOON = 14  # days before a birthday on which it is worth a word


@dataclass(frozen=True)
class Writer:
    """Somebody else who writes for a patient; `thread` is None where nobody has written yet."""

    name: str
    relation: str
    thread: UUID | None


def birthday_words(days: int | None) -> str:
    """ "heute", "morgen", "in 3 Tagen"; empty where it is not soon."""
    if days is None or days > SOON:
        return ""
    return {0: _("heute"), 1: _("morgen")}.get(days) or _("in %(days)s Tagen") % {"days": days}


def others_writing(conversation: Conversation, patient_ids: list[UUID]) -> dict[UUID, list[Writer]]:
    """Who else writes for these patients; a fixed number of queries, none where there is no patient."""
    if not patient_ids:
        return {}
    links = PatientContact.objects.filter(patient__in=patient_ids).exclude(contact=conversation.contact_id)
    rows = list(links.select_related("contact").order_by("pk"))
    if not rows:
        return {}
    names = names_of([link.contact for link in rows])
    threads = dict(
        Conversation.objects.filter(contact__in=[link.contact_id for link in rows]).values_list("contact_id", "pk")
    )
    found: dict[UUID, list[Writer]] = defaultdict(list)
    for link in rows:
        relation = str(Relation(link.relation).label)
        found[link.patient_id].append(Writer(names[link.contact_id].name, relation, threads.get(link.contact_id)))
    return found


def may_be(contact: Contact) -> list[Row]:
    """The patients a number nobody is linked to may belong to, by the name WhatsApp shows."""
    if contact.patient_links.all() or not contact.profile_name:
        return []
    return named_like(contact)


def named_like(contact: Contact) -> list[Row]:
    """The patients called as WhatsApp names a contact, without those from whom its number was taken as wrong."""
    found = directory.who_may_be(contact.profile_name or "")
    told = not_whose([contact.pk]).get(contact.pk) if found else None
    return rows_of([pk for pk in found if told is None or not told.concerns(pk)])


def other_threads(conversation: Conversation) -> list[tuple[UUID, datetime | None, str]]:
    """Threads with the same person on other numbers of the practice."""
    others = Conversation.objects.filter(contact=conversation.contact_id).exclude(pk=conversation.pk)
    return list(others.order_by("-last_message_at").values_list("pk", "last_message_at", "channel__name"))


# ── another number or device ──


@dataclass(frozen=True)
class IdentityChange:
    """What WhatsApp told us of a person whose number may be somebody else's now. `kinds` in words; numbers are E.164
    and always shown masked."""

    at: datetime
    kinds: list[str]
    former_phone: str
    phone: str
    is_stated: bool = False  # WhatsApp told nothing: the person gave a number as its own


def changed_identity(contact: Contact) -> IdentityChange | None:
    """None unless somebody has to look; reads the identities that were prefetched."""
    at = contact.identity_changed_at
    if at is None:
        return None
    rows = sorted(contact.identities.all(), key=lambda one: one.pk)
    recent = [one for one in rows if one.ended_at and one.ended_at >= at]
    former = [one for one in recent if one.kind == KIND.PHONE]
    living = [one for one in rows if one.kind == KIND.PHONE and one.ended_at is None]
    return IdentityChange(
        at=at,
        kinds=[str(KIND(kind).label) for kind in dict.fromkeys(one.kind for one in recent)],
        former_phone=former[-1].value if former else "",
        phone=living[-1].value if living else "",
        is_stated=any(one.is_only_stated and one.stated_at == at for one in living),
    )


# ── what is known of the number ──


@dataclass(frozen=True)
class NumberShown:
    """Where the number comes from, or how far asking for it has come; nothing of it where WhatsApp names it.

    `asked_at`: since when a request waits for its answer; `is_anothers`: the number that was given has somebody else,
    in `thread`, if there is one.
    """

    stated_at: datetime | None = None
    confirmed_at: datetime | None = None
    can_be_asked: bool = False
    asked_at: datetime | None = None
    is_anothers: bool = False
    thread: UUID | None = None


def number_shown(conversation: Conversation) -> NumberShown:
    """No query where there is a number; else one for the request, three more where one was answered."""
    identities = conversation.contact.identities.all()
    living = next((one for one in identities if one.kind == KIND.PHONE and one.ended_at is None), None)
    if living is not None:
        return NumberShown(stated_at=living.stated_at, confirmed_at=living.confirmed_at)
    asked = asked_in(conversation)
    if asked.request is not None and asked.is_open:
        return NumberShown(asked_at=asked.request.at)
    owner = _who_has(asked.answer)
    if owner is None or owner == conversation.contact_id:
        return NumberShown(can_be_asked=True)
    threads = Conversation.objects.filter(contact=owner, channel=conversation.channel_id)
    return NumberShown(is_anothers=True, thread=threads.values_list("pk", flat=True).first())


def _who_has(answer: Message | None) -> UUID | None:
    """The contact to whom the number on a card belongs."""
    cards = (answer.content or {}).get("contacts") or [] if answer else []
    phones = [phone.get("phone") for card in cards for phone in card.get("phones") or []]
    return next((owner_of(phone) for phone in phones if phone), None)


def username(contact: Contact) -> str:
    return username_of(contact) or ""
