"""What the desk types when somebody agrees there, on the phone or on paper."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent import texts
from consent.documents import require_paper
from consent.guardians import Speaker
from consent.models import Channel
from consent.purposes import Purpose
from consent.qr_codes import offered_by
from patients.models import Custody, Relation
from patients.phone import normalise
from practices.models import Practice
from practices.refusal import Refusal

RELATIONS = (
    (Relation.SELF, _("die Patientin oder der Patient selbst")),
    (Relation.GUARDIAN, _("eine sorgeberechtigte Person, für ein Kind")),
    (Relation.LEGAL_REPRESENTATIVE, _("Betreuer:in oder bevollmächtigte Person")),
    (Relation.FAMILY, _("die Patientin oder der Patient selbst, über ein gemeinsam genutztes Telefon")),
)
WAYS = (
    (Channel.STAFF_DESK, _("am Empfang")),
    (Channel.STAFF_PHONE, _("am Telefon")),
    (Channel.PAPER_SCAN, _("auf Papier, unterschrieben")),
)
MIDDAY = time(12)
EARLIEST = date(2000, 1, 1)  # whatever is dated before was mistyped
NOT_EMPTY = _("Bitte füllen Sie dieses Feld aus.")
CHOOSE = dict.fromkeys(("required", "invalid_choice"), _("Bitte wählen Sie eine der Möglichkeiten."))


class IntakeForm(forms.Form):
    """One act. Which fields must be filled depends on who agrees and how; the rest is left alone."""

    form_id = forms.UUIDField(widget=forms.HiddenInput)
    contact = forms.UUIDField(required=False, widget=forms.HiddenInput)
    patient = forms.UUIDField(required=False)
    q = forms.CharField(required=False, max_length=100, label=_("Patient:in suchen"))
    first_name = forms.CharField(required=False, max_length=100, label=_("Vorname"))
    last_name = forms.CharField(required=False, max_length=100, label=_("Nachname"))
    birth_date = forms.DateField(required=False, label=_("Geburtsdatum"))
    relation = forms.ChoiceField(
        choices=RELATIONS, widget=forms.RadioSelect, label=_("Wer stimmt zu?"), error_messages=CHOOSE
    )
    speaker_name = forms.CharField(required=False, max_length=200, label=_("Name der Person, die zustimmt"))
    custody = forms.ChoiceField(required=False, choices=Custody.choices, widget=forms.RadioSelect, label=_("Sorge"))
    other_guardian = forms.CharField(
        required=False, max_length=200, label=_("Name des anderen Elternteils, der auch selbst zugestimmt hat")
    )
    child_agrees = forms.BooleanField(required=False, label=_("Die oder der Jugendliche ist selbst einverstanden"))
    phone = forms.CharField(
        required=False,
        max_length=60,
        label=_("Handynummer mit WhatsApp"),
        help_text=_("Die Nummer der Person, die zustimmt."),
    )
    way = forms.ChoiceField(
        choices=WAYS, widget=forms.RadioSelect, label=_("Wie wurde zugestimmt?"), error_messages=CHOOSE
    )
    day = forms.DateField(label=_("Datum"), help_text=_("Auf Papier: das Datum neben der Unterschrift."))
    hour = forms.TimeField(required=False, label=_("Uhrzeit"))
    paper = forms.FileField(
        required=False,
        allow_empty_file=True,  # what is empty is said like everything else that is wrong with a file
        max_length=200,
        label=_("Scan oder Foto des Papiers"),
        help_text=_("PDF, JPEG, PNG oder HEIC, bis 10 MB. Wird verschlüsselt abgelegt und von Roger nicht geöffnet."),
    )
    language = forms.ChoiceField(label=_("Sprache des Textes"))
    version = forms.CharField(required=False, max_length=20)  # of the text on a paper from an earlier day
    note = forms.CharField(required=False, max_length=500, label=_("Notiz"), widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, practice: Practice, **kwargs: Any) -> None:
        self.practice = practice
        super().__init__(*args, **kwargs)
        self.offered = offered_by(practice)
        for purpose in self.offered:
            self.fields[purpose.value] = forms.BooleanField(required=False, label=purpose.label)
        self.fields["language"].choices = list(texts.OWN_NAMES.items())  # type: ignore[attr-defined]
        self.fields["language"].widget.attrs["form"] = "intake-form"  # it stands beside the form, above the text
        for field in self.fields.values():
            _dress(field.widget)

    @property
    def purposes(self) -> frozenset[Purpose]:
        return frozenset(purpose for purpose in self.offered if self[purpose.value].value())

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        if not typed and self.data.get("contact"):
            return ""
        number = normalise(typed)
        if number is None:
            raise forms.ValidationError(
                _("Das ist keine Telefonnummer. Bitte mit Vorwahl, zum Beispiel 0171 3920010 oder +48 …")
            )
        return number

    def clean_birth_date(self) -> date | None:
        born: date | None = self.cleaned_data["birth_date"]
        if born and not date(1900, 1, 1) <= born <= timezone.localdate():
            raise forms.ValidationError(_("Bitte prüfen Sie das Geburtsdatum."))
        return born

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Das Datum liegt in der Zukunft."))
        if day < EARLIEST:
            raise forms.ValidationError(_("Bitte prüfen Sie das Datum."))
        return day

    def clean_paper(self) -> "UploadedFile[bytes] | None":
        upload: UploadedFile[bytes] | None = self.cleaned_data["paper"]
        if upload is None:
            return None
        try:
            require_paper(upload)
        except Refusal as refusal:
            raise forms.ValidationError(f"{refusal.for_person} {refusal.next_step}") from None
        return upload

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not said.get("patient"):
            for name in ("first_name", "last_name", "birth_date"):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, NOT_EMPTY)
        if said.get("way") == Channel.PAPER_SCAN and not said.get("paper") and "paper" not in self.errors:
            self.add_error("paper", _("Bitte hängen Sie das unterschriebene Papier an."))
        if {"day", "hour", "way"} <= said.keys() and self.agreed_at > timezone.now():
            self.add_error("hour", _("Der Zeitpunkt liegt in der Zukunft."))
        if Purpose.ORGANISATION not in self.purposes:
            self.add_error(Purpose.ORGANISATION.value, _("Ohne „Termine und Organisation“ geht WhatsApp nicht."))
        return said

    @property
    def is_old_paper(self) -> bool:
        """A paper from an earlier day, whose words are those of that day; also before everything is filled in."""
        day = self._day()
        return self["way"].value() == Channel.PAPER_SCAN and day is not None and EARLIEST <= day < timezone.localdate()

    def _day(self) -> date | None:
        try:
            day: date | None = self.fields["day"].to_python(self["day"].value())
        except forms.ValidationError:
            return None
        return day

    @property
    def signed_at(self) -> datetime:
        """Midday of the day on an old paper."""
        return datetime.combine(self._day() or timezone.localdate(), MIDDAY, tzinfo=ZoneInfo(self.practice.timezone))

    @property
    def agreed_at(self) -> datetime:
        """When the person agreed; the same for the same form however often it is sent. A paper bears a day, no hour."""
        said = self.cleaned_data
        if said["way"] != Channel.PAPER_SCAN:
            return self._at(said["hour"] or MIDDAY)
        midday = self._at(MIDDAY)
        return midday if midday <= timezone.now() else self._at(time(0))

    def _at(self, hour: time) -> datetime:
        return datetime.combine(self.cleaned_data["day"], hour, tzinfo=ZoneInfo(self.practice.timezone))

    @property
    def speaker(self) -> Speaker:
        said = self.cleaned_data
        relation = Relation(said["relation"])
        is_guardian = relation == Relation.GUARDIAN
        return Speaker(
            relation=relation,
            name=said["speaker_name"].strip(),
            custody=said["custody"] if is_guardian else "",
            other_guardian=said["other_guardian"].strip() if is_guardian else "",
            child_agrees=said["child_agrees"] if is_guardian else False,
        )


def _dress(widget: forms.Widget) -> None:
    """Our own look for what one types in; days and hours get the browser's own calendar and clock."""
    if isinstance(widget, forms.RadioSelect | forms.CheckboxInput | forms.HiddenInput):
        return
    widget.attrs["class"] = "input"
    widget.attrs["autocomplete"] = "off"
    kinds = {forms.DateInput: "date", forms.TimeInput: "time"}
    for kind, name in kinds.items():
        if isinstance(widget, kind):
            widget.input_type, widget.format = name, {"date": "%Y-%m-%d", "time": "%H:%M"}[name]
