"""What somebody of the practice should look at: consents nobody uses, numbers nobody confirmed, unclear words.

Derived each time from what stands, so nothing can be forgotten or go stale. Each list says what to do about its rows.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from consent.correspondence import correspondence
from consent.gate import Consent
from consent.models import ConsentState, PendingOptIn
from consent.naming import name_of, with_names
from consent.opt_ins import ticked_in
from consent.purposes import ADVERTISING, Purpose
from patients.models import Contact
from practices.sealed import warm

UNUSED_AFTER = timedelta(days=730)  # C-30: 24 months
MOST_SHOWN = 100  # of each list; who has dealt with those sees the next


@dataclass(frozen=True)
class Row:
    """Somebody to look at: since when, and what it is about. `contact_id` leads to their page."""

    contact_id: UUID | None
    name: str
    at: datetime
    about: str = ""


@dataclass(frozen=True)
class Review:
    """One list with what to do about it."""

    name: str  # for the address on the page
    title: str
    what_to_do: str
    rows: list[Row] = field(default_factory=list)
    are_more: bool = False


def reviews_of(now: datetime) -> list[Review]:
    """Every list of the practice in scope, also the empty ones; a fixed number of queries."""
    return [review(now) for review in REVIEWS]


def possible_withdrawals(now: datetime) -> Review:  # noqa: ARG001
    """Words that may be a withdrawal (2.3); sends that nobody asked for pause after 24 hours."""
    found = correspondence().possible_withdrawals()
    return _review(
        "withdrawals",
        _("Möglicher Widerruf"),
        _("Lesen Sie nach, was die Person geschrieben hat, und tragen Sie den Widerruf ein oder geben Sie Entwarnung."),
        [(contact_id, at, "") for contact_id, at in found.items()],
    )


def unconfirmed(now: datetime) -> Review:
    """Consents whose number is not proven (C-07); they expire by themselves after 14 days (C-08)."""
    states = ConsentState.objects.filter(state=Consent.PENDING).order_by("since", "pk")
    rows: dict[UUID, tuple[datetime, list[str]]] = {}
    for contact_id, purpose, since in states.values_list("contact_id", "purpose", "since"):
        rows.setdefault(contact_id, (since, []))[1].append(str(Purpose(purpose).label))
    found = [(contact_id, at, ", ".join(dict.fromkeys(about))) for contact_id, (at, about) in rows.items()]
    return _review(
        "unconfirmed",
        _("Nummer noch nicht bestätigt"),
        _("Bitten Sie beim nächsten Besuch um eine Nachricht. Nach 14 Tagen verfällt die Zustimmung von selbst."),
        found,
    )


def unconfirmed_forms(now: datetime) -> Review:
    """Forms from the web whose message never came: nobody knows whose they are."""
    forms = PendingOptIn.objects.filter(used_at=None, widget=None).order_by("created_at", "pk")
    shown = list(forms[: MOST_SHOWN + 1])
    warm(shown)
    rows = [Row(None, _("Formular vom QR-Code"), form.created_at, _purposes(form)) for form in shown[:MOST_SHOWN]]
    return Review(
        "forms",
        _("Formulare ohne Nachricht"),
        _("Hier ist nichts zu tun: Von wem sie sind, weiß nur, wer sie ausgefüllt hat. Sie verfallen nach 14 Tagen."),
        rows,
        len(shown) > MOST_SHOWN,
    )


def _purposes(form: PendingOptIn) -> str:
    return ", ".join(str(purpose.label) for purpose, said in ticked_in(form).items() if said)


def unused(now: datetime) -> Review:
    """Recall and news nobody used for 24 months (C-30); the consent does not lapse by itself."""
    old = ConsentState.objects.filter(state=Consent.GRANTED, purpose__in=ADVERTISING, since__lt=now - UNUSED_AFTER)
    granted = [
        (contact, Purpose(purpose), since)
        for contact, purpose, since in old.values_list("contact_id", "purpose", "since")
    ]
    last = correspondence().last_sent({contact for contact, _purpose, _since in granted}, ADVERTISING)
    found: dict[UUID, tuple[datetime, list[str]]] = {}
    for contact, purpose, since in sorted(granted, key=lambda one: one[2]):
        used = max(since, last.get((contact, purpose), since))
        if used < now - UNUSED_AFTER:
            found.setdefault(contact, (used, []))[1].append(str(purpose.label))
    return _review(
        "unused",
        _("Seit 24 Monaten nicht genutzt"),
        _("Fragen Sie beim nächsten Besuch, ob die Person das noch möchte, und tragen Sie sonst den Widerruf ein."),
        [(contact, at, ", ".join(dict.fromkeys(about))) for contact, (at, about) in found.items()],
    )


def _review(name: str, title: str, what_to_do: str, found: list[tuple[UUID, datetime, str]]) -> Review:
    shown = found[:MOST_SHOWN]
    people: dict[UUID, Contact] = with_names(contact_id for contact_id, _at, _about in shown)
    rows = [Row(contact_id, name_of(people[contact_id]), at, about) for contact_id, at, about in shown]
    return Review(name, title, what_to_do, rows, len(found) > MOST_SHOWN)


# In the order of their urgency. Whoever has another list adds a function of this kind.
REVIEWS: tuple[Callable[[datetime], Review], ...] = (possible_withdrawals, unconfirmed, unconfirmed_forms, unused)
