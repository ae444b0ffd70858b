"""Templates a person may choose where only a template may go, filled in with what is known.

A template says nothing about its placeholders but the words around them and one example each, so these decide: who is
greeted, whose example is a fact of the practice, which date is that of the patient's last message or next visit. The
rest is asked.

Greeted is whoever reads; the visit is that of the patient the message is for. Where several are possible and none is
chosen (C-22) there is no visit.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consent import number_checks
from consent.purposes import Purpose
from messaging import renewals
from messaging.inbox.kinds import parts_of
from messaging.inbox.template_names import called
from messaging.inbox.template_states import GONE, component, why_barred
from messaging.models import Conversation, Template
from messaging.whom import links_of
from patients.appointments import Visits
from patients.models import PatientContact, Relation
from practices.models import Practice

PLACEHOLDER = re.compile(r"{{\s*(\w+)\s*}}")
LONGEST_VALUE = 200
ANY = r"{{\w+}}"
AGREED_VISIT = rf"Ihr(?:en|em)? Termin (?:in {ANY} ist eingetragen: |am )"
ByHand = Mapping[UUID, Mapping[str, str]]  # template → placeholder → what was typed over what is known
BY_RULES = (number_checks.TEMPLATE, renewals.TEMPLATE)


@dataclass(frozen=True)
class Value:
    """One placeholder: its name, what to ask for, what is known (`given`) or was typed over it."""

    name: str
    label: str
    value: str
    given: str = ""


@dataclass(frozen=True)
class Choice:
    """One template as the picker shows it; `body` is what the patient reads with the values as they are."""

    pk: UUID
    name: str
    purpose_label: str
    body: str
    footer: str
    buttons: tuple[str, ...]
    values: list[Value] = field(default_factory=list)
    is_chosen: bool = False


@dataclass(frozen=True)
class Barred:
    """A template that may not go; `state` says why, in words."""

    name: str
    purpose_label: str
    state: str


@dataclass(frozen=True)
class Offer:
    """What the picker shows: what may be chosen, what may not, and when the list was last read from WhatsApp; `channel`
    is the number whose list it is."""

    choices: list[Choice] = field(default_factory=list)
    barred: list[Barred] = field(default_factory=list)
    read_at: datetime | None = None
    channel: UUID | None = None


class ValuesMissing(ValueError):
    """Placeholders are empty or too long; `labels` says which."""

    def __init__(self, labels: list[str]) -> None:
        self.labels = labels
        super().__init__()


def offer_for(
    conversation: Conversation,
    granted: Iterable[Purpose],
    *,
    chosen: UUID | None,
    by_hand: ByHand,
    known: "Known",
) -> Offer:
    """The templates of this number: those that may be chosen for these purposes, with what the person has typed so
    far, and the others with the reason; one query."""
    found, practice = _of_number(conversation), known.practice
    reasons = {template.pk: why_barred(template, frozenset(granted), practice) for template in found}
    return Offer(
        choices=[
            _choice(template, known, by_hand.get(template.pk, {}), is_chosen=template.pk == chosen)
            for template in found
            if not reasons[template.pk]
        ],
        barred=[_barred(template, reason) for template in found if (reason := reasons[template.pk])],
        # What WhatsApp tells of a single template moves that one on: the oldest is of the last whole reading.
        read_at=min((template.synced_at for template in found), default=None),
        channel=conversation.channel_id,
    )


def _of_number(conversation: Conversation) -> list[Template]:
    """Without those that rules send and never a hand: T-15 (C-08), and the question under a new text (C-06)."""
    found = Template.objects.filter(channel_id=conversation.channel_id).exclude(name__in=BY_RULES)
    return list(found.exclude(status__in=GONE).order_by("name", "language"))


def _barred(template: Template, reason: str) -> Barred:
    return Barred(called(template.name), str(Purpose(template.purpose).label), reason)


def filled(template: Template, values: dict[str, str]) -> tuple[str, list[dict[str, Any]]]:
    """What the patient will read, and the components of the request. Raises ValuesMissing."""
    text = _text(template)
    names = placeholders(text)
    wrong = [name for name in names if not 0 < len(values.get(name, "").strip()) <= LONGEST_VALUE]
    if wrong:
        raise ValuesMissing(wrong)
    parameters = [_parameter(name, _one_line(values[name])) for name in names]
    rendered = _with_header(template, PLACEHOLDER.sub(lambda found: _one_line(values[found[1]]), text))
    return rendered, [{"type": "body", "parameters": parameters}] if parameters else []


def _parameter(name: str, value: str) -> dict[str, Any]:
    """A template counts its placeholders or names them, and WhatsApp wants them told the same way."""
    return {"type": "text", "text": value} | ({} if name.isdigit() else {"parameter_name": name})


def placeholders(text: str) -> list[str]:
    """The names of the placeholders in the order WhatsApp wants their values."""
    return sorted(dict.fromkeys(PLACEHOLDER.findall(text)), key=lambda name: (not name.isdigit(), name.zfill(4)))


def previewed(template: Template, values: dict[str, str]) -> Choice:
    """A template as the patient would read it with these values, an ellipsis where one is missing."""
    said, parts = {name: _one_line(value) for name, value in values.items()}, parts_of(template.components)
    body = PLACEHOLDER.sub(lambda found: said.get(found[1]) or "…", _text(template))
    return Choice(
        pk=template.pk,
        name=called(template.name),
        purpose_label=str(Purpose(template.purpose).label),
        body=_with_header(template, body),
        footer=parts.footer,
        buttons=parts.buttons,
    )


def values_of(template: Template, known: "Known", by_hand: Mapping[str, str]) -> list[Value]:
    """What stands in the fields of a template: what was typed by hand, else what is known."""
    return [_value(template, name, known, by_hand) for name in placeholders(_text(template))]


def _choice(template: Template, known: "Known", by_hand: Mapping[str, str], *, is_chosen: bool) -> Choice:
    values = values_of(template, known, by_hand)
    shown = previewed(template, {value.name: value.value for value in values})
    return replace(shown, values=values, is_chosen=is_chosen)


def _value(template: Template, name: str, known: "Known", by_hand: Mapping[str, str]) -> Value:
    example = _examples(template).get(name, "")
    label = _("Angabe %(name)s, zum Beispiel „%(example)s“") if example else _("Angabe %(name)s")
    given = known.value(_text(template), name, example)
    return Value(name, label % {"name": name, "example": example}, by_hand.get(name, given), given)


class Known:
    """What we know about whoever reads, about the patient it is for and about the practice, as templates say it."""

    def __init__(
        self, conversation: Conversation, practice: Practice, visits: Mapping[UUID, Visits], patient: UUID | None
    ) -> None:
        """`visits` of everybody the contact writes for; `patient` is who was chosen among them."""
        self.practice = practice
        self.facts = {practice.name, practice.name_nominative, practice.name_dative, practice.short_name}
        links = links_of(conversation.contact)
        about = _concerned(links, patient)
        self.greeted = _greeted(links, about)
        ahead = visits[about.patient_id].next if about else None
        self.visit = timezone.localtime(ahead.starts_at) if ahead else None
        last = conversation.last_inbound_at
        self.last_wrote = date_format(timezone.localtime(last), "d.m.Y") if last else ""

    def value(self, text: str, name: str, example: str) -> str:
        around = re.escape("{{" + name + "}}")
        if example in self.facts:
            return example
        if re.search(rf"(Guten Tag|Hallo|Guten Morgen) {around}", text):
            return self.greeted
        if re.search(rf"uns am {around} geschrieben|Anfrage vom {around}", text):
            return self.last_wrote
        return self._of_visit(text, around, example)

    def _of_visit(self, text: str, around: str, example: str) -> str:
        """Day and time of the next visit, where the words speak of the one that is agreed, not of a new one."""
        if self.visit is None:
            return ""
        if re.search(rf"{AGREED_VISIT}{around}", text):
            weekday = f"{WEEKDAYS[self.visit.weekday()]}, " if "," in example else ""
            return f"{weekday}{self.visit:%d.%m.%Y}"
        return f"{self.visit:%H:%M}" if re.search(rf"{AGREED_VISIT}{ANY} um {around} Uhr", text) else ""


def _concerned(links: list[PatientContact], patient: UUID | None) -> PatientContact | None:
    """Whom it is for: who was chosen, or the only one behind this number; None while several are possible."""
    possible = links if patient is None else [link for link in links if link.patient_id == patient]
    return possible[0] if len(possible) == 1 else None


def _greeted(links: list[PatientContact], about: PatientContact | None) -> str:
    """Whoever reads is greeted, never the child: by name as a patient of ours, else as the family of the child it is
    for. Who else writes for others (C-21) is not known by name."""
    own = next((link.patient for link in links if link.relation == Relation.SELF), None)
    if own:
        return f"{own.salutation} {own.last_name}" if own.salutation else ""
    return f"Familie {about.patient.last_name}" if about and about.relation == Relation.GUARDIAN else ""


def _examples(template: Template) -> dict[str, str]:
    example = component(template.components, "BODY").get("example") or {}
    rows, named = example.get("body_text") or [[]], example.get("body_text_named_params") or []
    counted = {str(number): str(value) for number, value in enumerate(rows[0], start=1)}
    return counted | {str(one.get("param_name")): str(one.get("example", "")) for one in named}


def _text(template: Template) -> str:
    return str(component(template.components, "BODY").get("text") or "")


def _with_header(template: Template, body: str) -> str:
    header = component(template.components, "HEADER")
    return f"{header['text']}\n\n{body}" if header.get("text") and "{{" not in header["text"] else body


def _one_line(value: str) -> str:
    """WhatsApp takes no line breaks or tabs in a value, and no more than four spaces in a row."""
    return " ".join(value.split())
