"""Who looked at what, told to those who lead the practice: per month and person of the team, and per patient.

About access, never about work: nobody is ranked, nothing is compared with another month (C-32).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from consent.models import ConsentDocument, ConsentEvent
from consent.naming import name_of, with_names
from messaging.models import Conversation, MediaFile, ProtectedDocument, UploadInvitation
from messaging.reading import ASKED, OPENED, RECORD, Rule
from patients.models import Contact, Patient
from practices.access_log import entries_between
from practices.models import AccessLog, Member, Practice
from practices.opening_hours import hours_of
from practices.sealed import warm

MARGIN = timedelta(hours=1)  # before opening and after closing: who prepares the day or tidies up
MOST_UNUSUAL = 300
PAGE = 100
FILES = ("media", "consent_document", "document")
CONSENT = ("consent", "consent_proof", "withdrawal_form", "number_release")

# What an entry about one person says. Entries are kept for two years: a kind that is written no more keeps its words.
KINDS = {
    OPENED: _("Unterhaltung geöffnet"),
    "media": _("Datei geöffnet"),
    "document": _("gesendetes geschütztes Dokument angesehen"),
    "document_form": _("Formular geöffnet, um ein Dokument zu senden oder Unterlagen zu erbitten"),
    "document_opened": _("geschütztes Dokument geöffnet"),
    "document_wrong_try": _("geschütztes Dokument nicht geöffnet: Geburtsdatum oder PIN war falsch"),
    "upload_opened": _("Seite zum Hochladen geöffnet"),
    "upload_wrong_try": _("Seite zum Hochladen nicht geöffnet: Geburtsdatum war falsch"),
    "number": _("ganze Nummer angezeigt"),
    RECORD: _("Patientenseite geöffnet"),
    "consent": _("Einwilligung angesehen"),
    "consent_document": _("Beleg der Einwilligung geöffnet"),
    "consent_proof": _("Nachweis der Einwilligung erstellt"),
    "withdrawal_form": _("Formular für den Widerruf geöffnet"),
    "number_release": _("Freigabe der Nummer geöffnet"),
    "who_looked": _("nachgesehen, wer hingesehen hat"),
}
# Lists of many people and searches: such an entry is about whoever looked, or about a file, and stands at no person.
OF_MANY = ("search", "access_sheet", "consent_import", "consent_renewal", "consent_reviews")
BELONGINGS = (Conversation, MediaFile, ProtectedDocument, UploadInvitation, ConsentEvent, ConsentDocument)
RULES = {
    Rule.LONG_DONE: _("seit über 90 Tagen erledigt"),
    Rule.COLLEAGUE: _("heißt wie jemand aus dem Team"),
    Rule.MANY: _("viele Unterhaltungen in kurzer Zeit"),
}


@dataclass
class Sum:
    """What one person of the team opened in a month."""

    name: str
    role: str
    people: int = 0  # different conversations
    records: int = 0  # different patients' pages
    files: int = 0
    numbers: int = 0
    consent: int = 0
    searches: int = 0
    out_of_hours: int = 0  # different conversations opened while the practice was closed
    asked: int = 0  # looks for which a reason was given

    @property
    def opened_anything(self) -> bool:
        return any((self.people, self.records, self.files, self.numbers, self.consent, self.searches))


@dataclass(frozen=True)
class Unusual:
    """A look that asked for a reason."""

    at: datetime
    who: str
    whose: str
    contact_id: UUID | None
    rule: str
    reason: str


@dataclass(frozen=True)
class Look:
    """One entry about one person."""

    at: datetime
    who: str
    what: str
    reason: str


@dataclass(frozen=True)
class Month:
    """A calendar month where the practice is."""

    first: date

    @property
    def before(self) -> "Month":
        return Month((self.first - timedelta(days=1)).replace(day=1))

    @property
    def after(self) -> "Month":
        return Month((self.first + timedelta(days=32)).replace(day=1))

    def entries(self, practice: Practice) -> "QuerySet[AccessLog]":
        return entries_between(self.start(practice), self.after.start(practice))

    def start(self, practice: Practice) -> datetime:
        return datetime.combine(self.first, time.min, ZoneInfo(practice.timezone))

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True)
class Sheet:
    """A month: by person of the team in the order of their names, and every unusual look."""

    sums: list[Sum]
    unusual: list[Unusual]  # the newest
    unusual_in_all: int
    has_hours: bool = field(default=False)  # without opening hours nothing is outside of them

    @property
    def is_cut(self) -> bool:
        return len(self.unusual) < self.unusual_in_all


def sheet_of(practice: Practice, month: Month) -> Sheet:
    """A fixed number of queries, whatever the team did."""
    entries = month.entries(practice)
    members = _members(practice)
    sums = {pk: Sum(one.user.name, str(one.get_role_display())) for pk, one in members.items()}
    counted = entries.values("member_id", "kind").annotate(times=Count("pk"), about=Count("about_id", distinct=True))
    for row in counted:
        if row["member_id"] in sums:
            _add(sums[row["member_id"]], row["kind"], row["times"], row["about"])
    for member_id, conversations in _out_of_hours(practice, month).items():
        if member_id in sums:
            sums[member_id].out_of_hours = len(conversations)
    shown = [one for pk, one in sums.items() if members[pk].left_at is None or one.opened_anything]
    by_name = sorted(shown, key=lambda one: one.name.casefold())
    asked = sum(row["times"] for row in counted if row["kind"].startswith(ASKED))
    return Sheet(by_name, _unusual(entries, members), asked, not hours_of(practice).is_always_open)


def looks_at(contact: Contact, practice: Practice, *, page: int) -> tuple[list[Look], bool]:
    """Who looked at anything of this person, the newest first, a page at a time; and whether there are more."""
    entries = AccessLog.objects.filter(about_id__in=_belonging_to(contact)).order_by("-at", "-pk")
    found = list(entries[(page - 1) * PAGE : page * PAGE + 1])
    members = _members(practice)
    return [_look(entry, members) for entry in found[:PAGE]], len(found) > PAGE


def _belonging_to(contact: Contact) -> list[UUID]:
    """Every id under which somebody may have looked at this person; the patients must be at hand."""
    patients = [link.patient_id for link in contact.patient_links.all()]
    joined = Patient.objects.filter(merged_into__in=patients).values_list("pk", flat=True)
    ids = [contact.pk, *patients, *joined]
    for model in BELONGINGS:
        ids += model.objects.filter(contact=contact).values_list("pk", flat=True)
    return ids


def _look(entry: AccessLog, members: dict[UUID, Member]) -> Look:
    return Look(entry.at, _who(entry, members), _what(entry), entry.get_reason_display() if entry.reason else "")


def _what(entry: AccessLog) -> str:
    if entry.kind.startswith(ASKED):
        return str(RULES[Rule(entry.kind.removeprefix(ASKED))])
    return str(KINDS.get(entry.kind, _("angesehen")))


def _who(entry: AccessLog, members: dict[UUID, Member]) -> str:
    """Behind a link nobody is logged in: whoever has it may try, and the right answer proves no person."""
    member = members.get(entry.member_id) if entry.member_id else None
    return member.user.name if member else str(_("jemand mit dem Link"))


def _add(one: Sum, kind: str, times: int, about: int) -> None:
    if kind == OPENED:
        one.people += about
    elif kind == RECORD:
        one.records += about
    elif kind in FILES:
        one.files += times
    elif kind == "number":
        one.numbers += times
    elif kind in CONSENT:
        one.consent += times
    elif kind == "search":
        one.searches += times
    elif kind.startswith(ASKED):
        one.asked += times


def _unusual(entries: "QuerySet[AccessLog]", members: dict[UUID, Member]) -> list[Unusual]:
    rows = list(entries.filter(kind__startswith=ASKED).order_by("-pk")[:MOST_UNUSUAL])
    chosen = Conversation.objects.filter(pk__in={row.about_id for row in rows})
    contact_of = dict(chosen.values_list("pk", "contact_id"))
    people = with_names(set(contact_of.values()))
    records = {one.pk: one for one in Patient.objects.filter(pk__in={row.about_id for row in rows})}
    warm(records.values())
    return [
        _unusual_of(row, members, people.get(contact_of.get(row.about_id, row.pk)), records.get(row.about_id))
        for row in rows
    ]


def _unusual_of(
    entry: AccessLog, members: dict[UUID, Member], contact: Contact | None, record: Patient | None
) -> Unusual:
    named = name_of(contact) if contact else record.sorting_name if record else str(_("gelöschte Person"))
    return Unusual(
        at=entry.at,
        who=_who(entry, members),
        whose=named,
        contact_id=contact.pk if contact else None,
        rule=_what(entry),
        reason=str(entry.get_reason_display()),
    )


def _members(practice: Practice) -> dict[UUID, Member]:
    """Everybody who works or worked here."""
    found = Member.objects.filter(practice_id=practice.pk).select_related("user")
    return {member.pk: member for member in found}


def _out_of_hours(practice: Practice, month: Month) -> dict[UUID, set[UUID]]:
    """Which conversations each member opened while the practice was closed."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    hours = hours_of(practice)
    if hours.is_always_open:
        return found
    openings = hours.openings(month.start(practice) - MARGIN, month.after.start(practice) + MARGIN)
    spans = [(start - MARGIN, end + MARGIN) for start, end in openings]
    opened = month.entries(practice).filter(kind=OPENED, member__isnull=False)
    for member_id, about_id, at in opened.values_list("member_id", "about_id", "at").iterator():
        if not any(start <= at <= end for start, end in spans):
            found[member_id].add(about_id)
    return found
