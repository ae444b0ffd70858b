"""A list in numbers, and its rows in the order in which somebody looks at them."""

from dataclasses import dataclass

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.db.models import Count as CountRows

from consent.imports.mapping import Field
from consent.imports.verdicts import CARRIED_OUT, EXPLAINED, Group, Verdict, Words
from consent.models import ConsentImport, ConsentImportRow

ORDER = list(EXPLAINED)  # faults first
STATES = {Group.FAULT: "failed", Group.IDLE: "off", Group.DUE: "ok"}


@dataclass(frozen=True)
class Count:
    """How many rows have a verdict, and how many of them are carried out."""

    verdict: Verdict
    rows: int
    done: int

    @property
    def group(self) -> Group:
        return EXPLAINED[self.verdict].group

    @property
    def label(self) -> Words:
        return EXPLAINED[self.verdict].label

    @property
    def sentence(self) -> Words:
        return EXPLAINED[self.verdict].sentence

    @property
    def state(self) -> str:
        """The shape beside it (templates/components/state.html)."""
        return STATES[self.group]


@dataclass(frozen=True)
class Progress:
    done: int
    due: int


def counts_of(listing: ConsentImport) -> list[Count]:
    """By verdict, what has to be settled first. One query."""
    found = listing.rows.exclude(verdict="").values_list("verdict")
    counted = found.annotate(rows=CountRows("pk"), done=CountRows("event")).order_by()
    return sorted(
        (Count(Verdict(verdict), rows, done) for verdict, rows, done in counted),
        key=lambda count: ORDER.index(count.verdict),
    )


def progress_of(listing: ConsentImport) -> Progress:
    """How far the worker is."""
    done = listing.rows.exclude(event=None).count()
    return Progress(done, done + listing.rows.filter(verdict__in=CARRIED_OUT, event=None).count())


def rows_to_show(listing: ConsentImport, verdict: str = "") -> QuerySet[ConsentImportRow]:
    """Rows with one verdict, or all of them with the faults first."""
    if verdict:
        return listing.rows.filter(verdict=verdict).order_by("number")
    places = [
        When(verdict__in=[one for one, explained in EXPLAINED.items() if explained.group == group], then=Value(place))
        for place, group in enumerate(Group)
    ]
    return listing.rows.annotate(place=Case(*places, output_field=IntegerField())).order_by("place", "number")


def shown_fields(listing: ConsentImport) -> list[tuple[str, int]]:
    """The columns that mean something, in the order of Field."""
    return [(field.value, listing.mapping[field.value]) for field in Field if field.value in listing.mapping]
