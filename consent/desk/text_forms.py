"""What belongs to a draft besides its words."""

from django import forms
from django.utils.translation import gettext_lazy as _

from consent.purposes import Purpose


class SubmissionForm(forms.Form):
    """Handing a draft on: why, who must agree anew, and whether a translation was read."""

    reason = forms.CharField(
        max_length=300,
        label=_("Was ist neu und warum?"),
        error_messages={"required": _("Bitte schreiben Sie in einem Satz, was neu ist.")},
    )
    renews = forms.TypedMultipleChoiceField(choices=Purpose.choices, coerce=Purpose, required=False)
    is_checked = forms.BooleanField(required=False)


class ReturnForm(forms.Form):
    """Handing a draft back: why, if somebody wants to say so."""

    note = forms.CharField(
        max_length=300,
        required=False,
        label=_("Was fehlt noch?"),
        error_messages={"max_length": _("Bitte fassen Sie sich kürzer: höchstens 300 Zeichen.")},
    )
