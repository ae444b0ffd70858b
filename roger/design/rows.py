"""Rows of the list in each state, and labels in each shape and colour."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from messaging.inbox.listing import Row
from messaging.inbox.row_marks import TEAMS, Owner, Seen
from messaging.models import Label
from practices.models import Role
from roger.design.exhibits import Exhibit
from roger.design.people import ID, JONAS, MELEK, PRACTICE, ago, ahead

TEMPLATE = "messaging/_conversation_row.html"
MINE = Owner(MELEK.user.name, MELEK.user.initials, is_me=True, is_team=False)
COLLEAGUES = Owner(JONAS.user.name, JONAS.user.initials, is_me=False, is_team=False)
SEEN = Seen(JONAS.user.name, ago(20))
TEAMS_OWN = Owner(str(Role.RECEPTION.label), TEAMS[Role.RECEPTION], is_me=False, is_team=True)


def labels() -> list[Label]:
    """Every colour in every shape, named by both."""
    return [
        label(f"{colour.label}, {shape.label}", colour, shape) for colour, shape in product(Label.Colour, Label.Shape)
    ]


def label(name: str, colour: str, shape: str = Label.Shape.DOT) -> Label:
    return Label(practice=PRACTICE, name=name, colour=colour, shape=shape)


def rows() -> list[Exhibit]:
    return [*_owed(), *_settled(), *_odd()]


def _owed() -> Iterator[Exhibit]:
    """Where we owe an answer."""
    yield _row("new", "Neu, die Uhr läuft", _waiting(24))
    yield _row("seen", "Gesehen, bei mir, geöffnet", _waiting(84, state="seen", owner=MINE, seen=SEEN), opened=True)
    yield _row(
        "urgent",
        "Dringend, das Versprechen ist gebrochen",
        _waiting(190, urgent="Schwellung, Fieber", name="Wolf, Martin", birth_year=1977, owner=COLLEAGUES),
    )
    yield _row(
        "draft",
        "Mit angefangener Antwort",
        _waiting(12, state="seen", draft="Guten Tag, Frau Vogt, wir haben morgen um", owner=MINE),
    )
    yield _row("doubt", "Vielleicht ein Widerruf", _waiting(40, state="doubt", last_line="Bitte keine Werbung mehr"))
    yield _row(
        "channel",
        "Die Nummer der Praxis ist gestört",
        _waiting(55, channel_fails=True, last_line="Foto", last_icon="image"),
    )


def _settled() -> Iterator[Exhibit]:
    """Where nobody waits."""
    hung = [
        label("Termin", Label.Colour.TEAL),
        label("Kostenplan", Label.Colour.AMBER, Label.Shape.SQUARE),
        label("Unterlagen", Label.Colour.VIOLET, Label.Shape.DIAMOND),
        label("Rückruf", Label.Colour.RED, Label.Shape.TRIANGLE),
    ]
    yield _row(
        "answered",
        "Beantwortet, mit Labels, beim ganzen Empfang",
        _plain(labels=hung, owner=TEAMS_OWN, last_from_us=True, last_line="Gern, dann bis Donnerstag um 9:30 Uhr."),
    )
    yield _row("snoozed", "Zurückgestellt", _plain(state="seen", snoozed_until=ahead(24 * 60), owner=COLLEAGUES))
    yield _row("done", "Erledigt", _plain(state="done", last_at=ago(24 * 60)))
    yield _row(
        "asks", "Fragt beim Öffnen nach einem Grund", _plain(state="done", asks=True, last_at=ago(120 * 24 * 60))
    )


def _odd() -> Iterator[Exhibit]:
    """Where something is not as it should be, and names that are none."""
    ours: dict[str, Any] = {
        "last_from_us": True,
        "last_line": "Ihre Unterlagen liegen bereit.",
        "name": "Nowak, Katarina",
    }
    yield _row("failed", "Unsere letzte Nachricht kam nicht an", _plain(state="failed", birth_year=1971, **ours))
    yield _row("unclear", "Ob sie ankam, weiß niemand", _plain(state="unclear", birth_year=1971, **ours))
    yield _row("blocked", "Gesperrte Nummer", _plain(state="blocked", name="0152 54•••71", birth_year=None))
    yield _row(
        "arabic",
        "Auf Arabisch, der Name bleibt vor dem Jahr",
        _waiting(5, name="حداد, سمير", birth_year=1982, last_line="هل يمكنني تغيير موعدي إلى يوم الخميس؟"),
    )


def _row(name: str, title: str, row: Row, *, opened: bool = False) -> Exhibit:
    context = {"row": row, "opened": ID if opened else None, "answer_minutes": 120}
    return Exhibit(f"row-{name}", title, TEMPLATE, context)


def _waiting(minutes: int, **said: Any) -> Row:
    since = ago(minutes)
    plain: dict[str, Any] = {"state": "new", "owed": True, "waiting_since": since, "last_at": since}
    return _plain(**plain | said)


def _plain(**said: Any) -> Row:
    row = Row(
        pk=ID,
        name="Vogt, Jana",
        birth_year=1998,
        owed=False,
        waiting_since=None,
        last_at=ago(30),
        last_line="Könnte ich morgen etwas später kommen? Der Bus fällt aus.",
        last_from_us=False,
        last_icon="",
        state="answered",
        urgent="",
        snoozed_until=None,
        labels=[],
        owner=None,
        seen=None,
        draft="",
        channel_fails=False,
        asks=False,
    )
    return replace(row, **said)
