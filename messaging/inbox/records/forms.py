"""What people type about a patient."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from consent import texts
from consent.forms import PatientForm
from patients.models import BlockReason, Patient

FIELDS = ("salutation", "first_name", "last_name", "birth_date", "record_number", "language")
MEANWHILE = _("Inzwischen steht hier: %(now)s. Ihre Angabe gilt, wenn Sie noch einmal speichern.")

FARTHEST_VISIT = timedelta(days=20 * 366)  # in the past or to come; a slip of the hand is centuries away


def language_choices() -> list[tuple[str, str]]:
    """The languages in which patients get texts."""
    return [(code, get_language_info(code)["name_local"]) for code in texts.CURRENT]


class DetailsForm(PatientForm):
    """Master data of a patient, new or to be corrected; `sure`: the hint about similar patients was read."""

    salutation = forms.ChoiceField(
        label=_("Anrede"), choices=[("", _("keine Angabe")), ("Frau", _("Frau")), ("Herr", _("Herr"))], required=False
    )
    record_number = forms.CharField(label=_("Nr. in der Praxissoftware"), max_length=40, required=False)
    language = forms.ChoiceField(label=_("Sprache"), choices=language_choices, initial="de")
    sure = forms.BooleanField(required=False)
    field_order = FIELDS

    def __init__(self, *args: Any, of: Patient | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = of
        # Whoever was registered without a date of birth must not need one to get a number.
        self.fields["birth_date"].required = of is None or bool(of.birth_date)

    def clean_birth_date(self) -> date:
        born: date | None = self.cleaned_data["birth_date"]
        return super().clean_birth_date() if born else born  # type: ignore[return-value]

    @property
    def values(self) -> dict[str, str | None]:
        """As the actions take them."""
        said = self.cleaned_data
        born = said["birth_date"]
        return {
            "first_name": said["first_name"],
            "last_name": said["last_name"],
            "birth_date": born.isoformat() if born else None,
            "salutation": said["salutation"] or None,
            "record_number": said["record_number"] or None,
            "language": said["language"],
        }

    @property
    def shown(self) -> dict[str, str | None]:
        """What stood before whoever corrects a record, as the page brings it back; nothing for somebody new."""
        if not self.is_bound:
            return {} if self.of is None else standing(self.of)
        return {name: self.data[was(name)] or None for name in FIELDS if was(name) in self.data}

    @property
    def shown_inputs(self) -> list[tuple[str, str]]:
        """The same, to go along hidden with the form."""
        return [(was(name), value or "") for name, value in self.shown.items()]

    @classmethod
    def showing(cls, patient: Patient) -> "DetailsForm":
        return cls(of=patient, initial={name: value or "" for name, value in standing(patient).items()})

    @classmethod
    def after_another(cls, form: "DetailsForm", patient: Patient, fields: Iterable[str]) -> "DetailsForm":
        """A form whose record somebody else changed meanwhile: with what was typed into it, for the rest what stands
        there now, and at each of `fields` both."""
        now, typed, shown = standing(patient), form.values, form.shown
        kept = {name: typed[name] if typed[name] != shown.get(name, now[name]) else now[name] for name in FIELDS}
        anew = cls(kept | {was(name): value or "" for name, value in now.items()}, of=patient)
        for name in fields:
            anew.add_error(name, MEANWHILE % {"now": _spoken(name, now[name])})
        return anew


def was(name: str) -> str:
    return f"was_{name}"


def standing(patient: Patient) -> dict[str, str | None]:
    """The master data of a record, as the actions take them."""
    return {name: getattr(patient, name) or None for name in FIELDS}


def _spoken(name: str, value: str | None) -> str:
    if not value:
        return gettext("keine Angabe")
    if name == "birth_date":
        return date_format(date.fromisoformat(value), "d.m.Y")
    return dict(language_choices()).get(value, value) if name == "language" else value


class AppointmentForm(forms.Form):
    """A visit: day, time, a few words."""

    day = forms.DateField(label=_("Tag"))
    time = forms.TimeField(label=_("Uhrzeit"))
    words = forms.CharField(label=_("Was"), max_length=120, required=False)
    back = forms.CharField(required=False, max_length=300)

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if abs(day - timezone.localdate()) > FARTHEST_VISIT:
            raise forms.ValidationError(_("Bitte prüfen Sie den Tag."))
        return day

    @property
    def starts_at(self) -> datetime:
        """In the practice's time."""
        said = self.cleaned_data
        return timezone.make_aware(datetime.combine(said["day"], said["time"]))


class BlockForm(forms.Form):
    """Why a number is blocked, which somebody has to say. A wrong number has a page of its own, since it ends consent
    too."""

    reason = forms.ChoiceField(
        label=_("Grund"),
        choices=[one for one in BlockReason.choices if one[0] != BlockReason.WRONG_NUMBER],
        error_messages={"required": _("Noch nicht gesperrt: Bitte wählen Sie den Grund.")},
    )


class ListForm(forms.Form):
    """What the list is narrowed to."""

    q = forms.CharField(max_length=100, required=False)
    start = forms.IntegerField(min_value=0, max_value=100_000, required=False)
