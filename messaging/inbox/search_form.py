"""What is asked of the search: words, and where to look. Posted, since what somebody looks for may be a name."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.inbox.directory import find_contacts
from messaging.inbox.forms import IS_ID
from messaging.models import Label, Message
from messaging.search_within import Within
from practices.sealed import warm

LONGEST_QUERY = 200  # characters
MOST_PEOPLE = 10_000  # further on nobody scrolls
LAST_DAY = date(9999, 12, 30)
DIRECTIONS = [
    ("", gettext_lazy("alle")),
    (Message.Direction.INBOUND, gettext_lazy("von der Person")),
    (Message.Direction.OUTBOUND, gettext_lazy("von uns")),
]


class Cut(forms.CharField):
    """A text that is cut and cleaned where another would be refused: one may look for anything."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(str(value or "").replace("\0", "")))[:LONGEST_QUERY]


class Ids(forms.Field):
    """Ids with commas between them; what is none is left out."""

    def to_python(self, value: Any) -> list[UUID]:
        return [UUID(one) for one in str(value or "").split(",", MOST_PEOPLE)[:MOST_PEOPLE] if IS_ID.fullmatch(one)]


class SearchForm(forms.Form):
    """The words (`q`) and the filters; `parts` looks inside words, `before` is where the next page of messages starts,
    `people_before` are the conversations of people that stand there already."""

    q = Cut(required=False)
    person = Cut(required=False)
    label = forms.UUIDField(required=False)
    since = forms.DateField(required=False, error_messages={"invalid": gettext_lazy("Bitte ein Datum: TT.MM.JJJJ")})
    until = forms.DateField(required=False, error_messages={"invalid": gettext_lazy("Bitte ein Datum: TT.MM.JJJJ")})
    has_file = forms.BooleanField(required=False)
    direction = forms.ChoiceField(choices=DIRECTIONS, required=False)
    parts = forms.BooleanField(required=False)
    before = forms.UUIDField(required=False)
    people_before = Ids(required=False)


@dataclass(frozen=True)
class Asked:
    """A search. Its repr tells nothing but where the next page starts."""

    query: str = field(default="", repr=False)
    person: str = field(default="", repr=False)
    label: UUID | None = None
    since: date | None = None
    until: date | None = None
    has_file: bool = False
    direction: str = ""
    parts: bool = False
    before: UUID | None = None
    people_before: list[UUID] = field(default_factory=list, repr=False)
    errors: list[str] = field(default_factory=list, repr=False)

    @property
    def filters(self) -> int:
        """How many filters are set."""
        return sum(map(bool, (self.person, self.label, self.since, self.until, self.has_file, self.direction)))

    @property
    def is_empty(self) -> bool:
        return not self.query and not self.filters

    @property
    def goes_on(self) -> bool:
        """Whether it is a further page of a search that was made already."""
        return self.before is not None or bool(self.people_before)

    def within(self) -> Within:
        """Where to look; whole days where the practice is."""
        return Within(
            contacts=frozenset(find_contacts(self.person)) if self.person else None,
            label=self.label,
            since=_start_of(self.since) if self.since else None,
            until=_start_of(min(self.until, LAST_DAY) + timedelta(days=1)) if self.until else None,
            has_file=self.has_file,
            direction=self.direction,
        )

    def in_words(self, labels: list[Label]) -> list[str]:
        """The filters as a sentence's parts, for whoever found nothing."""
        label = next((str(one.name) for one in labels if one.pk == self.label), "")
        direction = str(dict(DIRECTIONS).get(self.direction, ""))
        said = [
            (self.person, _("Person „%(value)s“") % {"value": self.person}),
            (label, _("Label „%(value)s“") % {"value": label}),
            (self.since, _("ab %(day)s") % {"day": f"{self.since:%d.%m.%Y}" if self.since else ""}),
            (self.until, _("bis %(day)s") % {"day": f"{self.until:%d.%m.%Y}" if self.until else ""}),
            (self.has_file, _("mit Datei")),
            (self.direction, direction),
        ]
        return [words for value, words in said if value]


def asked_in(posted: QueryDict, *, parts: bool = False) -> Asked:
    """What was posted; what cannot be read is left out and named in `errors`. `parts`: the address says so already."""
    form = SearchForm(posted)
    form.is_valid()
    said = form.cleaned_data
    return Asked(
        query=said.get("q", ""),
        person=said.get("person", ""),
        label=said.get("label"),
        since=said.get("since"),
        until=said.get("until"),
        has_file=bool(said.get("has_file")),
        direction=said.get("direction", ""),
        parts=parts or bool(said.get("parts")),
        before=said.get("before"),
        people_before=said.get("people_before", []),
        errors=[str(error) for name in ("since", "until") for error in form.errors.get(name, [])],
    )


def labels() -> list[Label]:
    """The practice's labels, in its order."""
    found = list(Label.objects.filter(archived_at=None).order_by("position", "pk"))
    warm(found)
    return found


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
