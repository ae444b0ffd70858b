"""What people type to log in, and what each settles for themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from practices import pins
from practices.preferences import LONGEST_UNDO_SECONDS, LONGEST_UNSHIELDED_MINUTES

CLOCK = forms.TimeInput(attrs={"type": "time", "class": "input"}, format="%H:%M")
LONGEST_ESCALATION = 8 * 60  # minutes


class LoginForm(forms.Form):
    """The first step. Any 254 characters are taken as an e-mail: what exists is not told here."""

    username = forms.CharField(max_length=254)
    password = forms.CharField(max_length=1024, strip=False)

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class CodeForm(forms.Form):
    """The second step. Apps show the code in groups, so blanks are taken out."""

    otp_token = forms.CharField(max_length=20)

    def clean_otp_token(self) -> str:
        code = "".join(str(self.cleaned_data["otp_token"]).split())
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            raise forms.ValidationError(_("Der Code besteht aus sechs Ziffern."))
        return code


def _number(most: int, step: int = 1) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "input", "min": 0, "max": most, "step": step, "inputmode": "numeric"})
    return forms.IntegerField(min_value=0, max_value=most, widget=widget)


def _one_of(*choices: tuple[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect)


class PreferencesForm(forms.Form):
    """practices.preferences.Preferences, with the same names; labels and explanations stand in the template."""

    theme = _one_of(("system", _("wie das System")), ("light", _("hell")), ("dark", _("dunkel")))
    contrast = _one_of(("system", _("wie das System")), ("normal", _("normal")), ("more", _("hoch")))
    order = _one_of(("longest", _("am längsten wartend zuerst")), ("newest", _("neueste zuerst")))
    enter_sends = forms.BooleanField(required=False)
    undo_seconds = _number(LONGEST_UNDO_SECONDS)
    shortcuts_on = forms.BooleanField(required=False)
    shield_after_minutes = _number(LONGEST_UNSHIELDED_MINUTES)
    tone_volume = forms.IntegerField(
        min_value=0, max_value=100, widget=forms.NumberInput(attrs={"type": "range", "min": 0, "max": 100, "step": 10})
    )
    tones_from = forms.TimeField(widget=CLOCK)
    tones_until = forms.TimeField(widget=CLOCK)
    notify = forms.BooleanField(required=False)
    notify_content = forms.BooleanField(required=False)


class PinForm(forms.Form):
    """A PIN twice, and the password of whose it is. Nothing in both: no PIN any more."""

    password = forms.CharField(max_length=1024, strip=False)
    pin = forms.CharField(max_length=100, required=False)
    again = forms.CharField(max_length=100, required=False)

    def clean_pin(self) -> str:
        pin = str(self.cleaned_data["pin"])
        if pin and not (pin.isascii() and pin.isdigit() and pins.SHORTEST <= len(pin) <= pins.LONGEST):
            raise forms.ValidationError(_("Die PIN hat 4 bis 8 Ziffern."))
        return pin

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "pin" in cleaned and cleaned["pin"] != cleaned.get("again"):
            self.add_error("again", _("Das ist nicht dieselbe PIN."))
        return cleaned


class EscalationForm(forms.Form):
    """Practice.escalate_after."""

    escalate_after = _number(LONGEST_ESCALATION, step=5)
