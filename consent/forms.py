"""What a person ticks on the consent page, and what the front desk types."""

from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent.purposes import Purpose


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


class SearchForm(forms.Form):
    q = forms.CharField(max_length=100, required=False, label=_("Name"))
