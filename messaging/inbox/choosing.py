"""Which conversations somebody chose to see, as an address says it: tab, order, labels, or a saved view.

Addresses carry ids and codes alone. What an address cannot mean is the ordinary list, without a word.
"""

from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet, TextChoices
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from messaging.models import SavedView
from practices.access import MemberRequest
from practices.models import Member
from practices.preferences import preferences_of

MOST_LABELS = 20  # in one choice


class Tab(TextChoices):
    WAITING = "waiting", gettext_lazy("Wartet auf uns")
    MINE = "mine", gettext_lazy("Mir zugewiesen")
    UNASSIGNED = "unassigned", gettext_lazy("Nicht zugewiesen")
    SNOOZED = "snoozed", gettext_lazy("Zurückgestellt")
    DONE = "done", gettext_lazy("Erledigt")
    OPEN = "open", gettext_lazy("Alle offenen")


class Order(TextChoices):
    LONGEST = "longest", gettext_lazy("Längste zuerst")
    NEWEST = "newest", gettext_lazy("Neueste zuerst")


@dataclass(frozen=True)
class Choice:
    """What the list shows. With a `view` the rest is what that view says; `title` is its name then."""

    tab: Tab
    order: Order
    labels: tuple[UUID, ...] = ()
    view: SavedView | None = None

    @property
    def title(self) -> str:
        return self.view.name if self.view else str(self.tab.label)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Name and value of each part, for an address or a form."""
        if self.view:
            return [("view", str(self.view.pk)), ("order", self.order.value)]
        labels = [("label", str(label)) for label in self.labels]
        return [("tab", self.tab.value), ("order", self.order.value), *labels]

    @property
    def query(self) -> str:
        return urlencode(self.fields)

    @property
    def filters(self) -> dict[str, object]:
        """What a saved view keeps of it."""
        return {"tab": self.tab.value, "order": self.order.value, "labels": [str(label) for label in self.labels]}

    def with_label(self, label: UUID) -> "Choice":
        """The same with this label, or without it if it is chosen."""
        others = tuple(one for one in self.labels if one != label)
        return replace(self, view=None, labels=others if label in self.labels else (*self.labels, label))


def chosen(request: MemberRequest, said: QueryDict | None = None) -> Choice:
    """What the address (or a form's fields) asks for; one query where it names a saved view. The order is the one this
    person chose last, unless the address names one."""
    said = request.GET if said is None else said
    view = _view(said.get("view", ""), request.member)
    order = _order(said.get("order", "")) or Order(preferences_of(request.member).order)
    if view is not None:
        return kept_in(view, _order(said.get("order", "")) or _order(str(view.filters.get("order", ""))) or order)
    return Choice(tab_called(said.get("tab", "")), order, _ids(said.getlist("label")))


def kept_in(view: SavedView, order: Order = Order.LONGEST) -> Choice:
    """What a saved view shows."""
    return Choice(tab_called(str(view.filters.get("tab", ""))), order, _ids(view.filters.get("labels", [])), view)


def views_of(member: Member) -> list[SavedView]:
    """The team's views and this person's own, in their order; one query."""
    return list(visible_views(member).order_by("position", "created_at", "pk"))


def visible_views(member: Member) -> "QuerySet[SavedView]":
    return SavedView.objects.filter(Q(owner=None) | Q(owner=member))


def tab_called(name: str) -> Tab:
    return Tab(name) if name in Tab.values else Tab.WAITING


def _order(name: str) -> Order | None:
    return Order(name) if name in Order.values else None


def _view(written: str, member: Member) -> SavedView | None:
    pk = _ids([written])
    return visible_views(member).filter(pk=pk[0]).first() if pk else None


def _ids(written: object) -> tuple[UUID, ...]:
    """The ids among these words, each once."""
    found: dict[UUID, None] = {}
    for word in written if isinstance(written, list) else []:
        try:
            found[UUID(str(word))] = None
        except ValueError:
            continue
    return tuple(found)[:MOST_LABELS]
