"""Which page of a list is asked for; and lists that show their first rows, say how many there are, and lead on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

Found = TypeVar("Found", bound=Model)
Shown = TypeVar("Shown")

MOST_PAGES = 200


@dataclass(frozen=True)
class Beginning(Generic[Shown]):
    """The first rows of a list, and how many it has (templates/components/in_all.html)."""

    rows: list[Shown]
    total: int
    page: int

    @property
    def next_page(self) -> int | None:
        """What ?page= asks for to see more of it below; None where all stand here."""
        return self.page + 1 if len(self.rows) < self.total else None


def beginning_of(
    chosen: "QuerySet[Found]", shown: Callable[[list[Found]], list[Shown]], *, most: int, page: int = 1
) -> Beginning[Shown]:
    """Twice as many on the second page, and so on, so that nothing slips from one to the next. `shown` turns what was
    found into rows, one for each. One query, and one that counts where there are more."""
    found = list(chosen[: page * most + 1])
    total = len(found) if len(found) <= page * most else chosen.count()
    return Beginning(shown(found[: page * most]), total, page)


def page_number(request: HttpRequest) -> int:
    wanted = request.GET.get("page", "")
    return min(max(1, int(wanted)), MOST_PAGES) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 1
