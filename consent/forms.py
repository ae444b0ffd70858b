"""What a person ticks on the consent page, and what the front desk types."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent.guardians import Speaker
from consent.purposes import Purpose
from patients.models import Custody, Relation


class ConsentForm(forms.Form):
    """The four boxes. Opening WhatsApp needs `organisation`; the other three are free (C-01)."""

    form_id = forms.CharField(max_length=500, required=False)
    organisation = forms.BooleanField(
        error_messages={
            "required": _("Bitte kreuzen Sie „Termine und Organisation“ an. Ohne diesen Zweck geht WhatsApp nicht.")
        }
    )
    behandlung = forms.BooleanField(required=False)
    recall = forms.BooleanField(required=False)
    werbung = forms.BooleanField(required=False)

    @property
    def ticked(self) -> frozenset[Purpose]:
        """What was ticked, also when the form is not valid."""
        return frozenset(purpose for purpose in Purpose if self[purpose].value())


class PatientForm(forms.Form):
    """A patient in three fields, for the desk."""

    first_name = forms.CharField(max_length=100, label=_("Vorname"))
    last_name = forms.CharField(max_length=100, label=_("Nachname"))
    birth_date = forms.DateField(label=_("Geburtsdatum"))

    def clean_birth_date(self) -> date:
        born: date = self.cleaned_data["birth_date"]
        if not date(1900, 1, 1) <= born <= timezone.localdate():
            raise forms.ValidationError(_("Bitte prüfen Sie das Geburtsdatum."))
        return born


class RelationForm(forms.Form):
    """How whoever writes stands to the patient; a guardian states the custody (C-20)."""

    relation = forms.ChoiceField(choices=Relation.choices, required=False)
    custody = forms.ChoiceField(choices=Custody.choices, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("relation") == Relation.GUARDIAN and not said.get("custody"):
            self.add_error("custody", _("Bitte fragen Sie nach der Sorge und wählen Sie die Antwort."))
        return said

    @property
    def speaker(self) -> Speaker:
        """Whoever says nothing writes for itself."""
        relation = Relation(self.cleaned_data["relation"] or Relation.SELF)
        return Speaker(relation=relation, custody=self.cleaned_data["custody"] if relation == Relation.GUARDIAN else "")


class SearchForm(forms.Form):
    q = forms.CharField(max_length=100, required=False, label=_("Name"))
