"""What somebody of the team fills in to book a withdrawal or a wrong number. A withdrawal left as it comes up ends
everything now; how it was learned is always asked, since the entry is to be true."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent.models import Channel
from consent.purposes import Purpose
from patients.models import Patient

WAYS = (
    (Channel.STAFF_DESK, _("am Empfang")),
    (Channel.STAFF_PHONE, _("am Telefon")),
    (Channel.PAPER_SCAN, _("auf Papier oder per Brief")),
    (Channel.WHATSAPP_KEYWORD, _("im Chat, mit anderen Worten")),
)
EVERYBODY = "all"
WAY_MISSING = _("Bitte wählen Sie, wie Sie es erfahren haben.")
CLOCKS_DIFFER = timedelta(minutes=5)
LOCAL = "%Y-%m-%dT%H:%M"  # what <input type="datetime-local"> speaks


class WithdrawalForm(forms.Form):
    """One act. `others` are those the number writes for besides its own person."""

    purposes = forms.MultipleChoiceField(
        choices=Purpose.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=list(Purpose.values),
        error_messages={"required": _("Bitte lassen Sie angekreuzt, was enden soll.")},
    )
    whom = forms.ChoiceField(widget=forms.RadioSelect, initial=EVERYBODY, required=False)
    way = forms.ChoiceField(choices=WAYS, error_messages={"required": WAY_MISSING})  # the button that books it
    at = forms.DateTimeField(
        label=_("Wann"),
        input_formats=[LOCAL],
        widget=forms.DateTimeInput(format=LOCAL, attrs={"type": "datetime-local"}),
    )
    note = forms.CharField(
        label=_("Notiz"),
        required=False,
        max_length=500,
        help_text=_("Zum Beispiel die Worte der Person. Steht verschlüsselt beim Nachweis."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    back = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, zone: ZoneInfo, others: list[Patient], back: str) -> None:
        self.others = {str(patient.pk): patient for patient in others}
        now = timezone.now().astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
        super().__init__(data, initial={"at": now, "back": back})
        names = [(pk, _("nur für %(name)s") % {"name": one.first_name}) for pk, one in self.others.items()]
        self.fields["whom"].choices = [(EVERYBODY, _("für alle, die zu dieser Nummer gehören")), *names]  # type: ignore[attr-defined]
        for name in ("at", "note"):
            self.fields[name].widget.attrs["class"] = "input"

    def clean_at(self) -> datetime:
        at: datetime = self.cleaned_data["at"]
        if at > timezone.now() + CLOCKS_DIFFER:
            raise forms.ValidationError(_("Der Zeitpunkt liegt in der Zukunft."))
        return min(at, timezone.now())

    @property
    def withdrawal(self) -> dict[str, Any]:
        """The act, as withdraw_elsewhere takes it."""
        said = self.cleaned_data
        way = Channel(said["way"])
        purposes = frozenset(Purpose(name) for name in said["purposes"])
        return {
            "purposes": purposes,
            "channel": way,
            "act": {"boxes": sorted(purposes), "note": said["note"]},
            "occurred_at": said["at"],
            "patient": self.others.get(said["whom"]),
            "proof_ref": proof_of(way),
        }


class WrongNumberForm(forms.Form):
    """Somebody else has this number. Asked twice: what was agreed to does not come back, even where the block is lifted
    (consent/desk/releases.py)."""

    way = forms.ChoiceField(choices=WAYS, widget=forms.RadioSelect, error_messages={"required": WAY_MISSING})
    sure = forms.BooleanField(
        error_messages={"required": _("Bitte kreuzen Sie zuerst an, dass Sie sicher sind.")},
    )

    @property
    def entry(self) -> dict[str, Any]:
        """The act, as wrong_number takes it."""
        way = Channel(self.cleaned_data["way"])
        act = {"note": "wrong number, noticed by the practice"}
        return {"channel": way, "act": act, "proof_ref": proof_of(way)}


def proof_of(way: Channel) -> dict[str, str] | None:
    """The paper itself stays with the practice; a scan may be added where consent is taken down."""
    return {"original": "kept by the practice"} if way == Channel.PAPER_SCAN else None
