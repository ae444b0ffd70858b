"""What a person says about a list: where it comes from, and what its columns mean."""

from collections import Counter
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from consent import texts
from consent.documents import require_paper
from consent.imports.encodings import CHOICES, NAMES
from consent.imports.lists import OldForm
from consent.imports.mapping import PURPOSE_FIELDS, Field, Incomplete, missing
from consent.imports.statements import EARLIEST
from consent.purposes import Purpose
from consent.qr_codes import offered_by
from practices.models import Practice
from practices.refusal import Refusal

SHORTEST_WORDING = 40  # characters; less is no consent text
MISSING = {
    Incomplete.PHONE: _("Keine Spalte ist die Handynummer."),
    Incomplete.PERSON: _("Keine Spalte sagt, wer die Person ist: Name oder Patientennummer."),
    Incomplete.DATE: _("Keine Spalte ist das Datum der Einwilligung. Ohne Datum ist sie nicht belegt."),
    Incomplete.ANSWER: _("Keine Spalte sagt Ja oder Nein. Haben alle zugestimmt, kreuzen Sie das unten an."),
}


class UploadForm(forms.Form):
    """A list, and the old form behind it."""

    table = forms.FileField(
        max_length=200,
        label=_("Liste (CSV oder XLSX)"),
        help_text=_("Bis 20.000 Zeilen und 3 MB, mit Kopfzeile. Mehr teilen Sie in mehrere Dateien."),
        error_messages={
            "required": _("Bitte wählen Sie eine Datei."),
            "empty": _("Die Datei ist leer. Bitte wählen Sie die richtige Datei."),
        },
    )
    wording = forms.CharField(
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        label=_("Wortlaut des alten Formulars"),
        help_text=_("Der ganze Text, den die Patient:innen unterschrieben haben. Ohne ihn ist nichts belegt."),
        error_messages={"required": _("Bitte fügen Sie den Wortlaut des alten Formulars ein.")},
    )
    dated = forms.DateField(
        label=_("Stand des Formulars"),
        help_text=_("Seit wann die Praxis dieses Formular nutzt."),
        error_messages=dict.fromkeys(("required", "invalid"), _("Bitte geben Sie ein Datum an.")),
    )
    language = forms.ChoiceField(label=_("Sprache des Formulars"))
    purposes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label=_("Wofür gilt ein Ja auf diesem Formular?"),
        error_messages={"required": _("Bitte kreuzen Sie an, wofür das Formular galt.")},
    )
    scan = forms.FileField(
        required=False,
        max_length=200,
        label=_("Leeres Formular als Scan (freiwillig)"),
        help_text=_("PDF, JPEG, PNG oder HEIC, bis 10 MB."),
    )

    def __init__(self, *args: Any, practice: Practice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purposes"].choices = [(one.value, one.label) for one in offered_by(practice)]  # type: ignore[attr-defined]
        names = [(code, get_language_info(code)["name_local"]) for code in texts.CURRENT]
        self.fields["language"].choices = names  # type: ignore[attr-defined]
        for name in ("table", "wording", "dated", "language", "scan"):
            self.fields[name].widget.attrs |= {"class": "input", "autocomplete": "off"}
        self.fields["dated"].widget = forms.DateInput(attrs={"class": "input", "type": "date"}, format="%Y-%m-%d")

    def clean_wording(self) -> str:
        wording: str = self.cleaned_data["wording"].strip()
        if len(wording) < SHORTEST_WORDING:
            raise forms.ValidationError(
                _("Das ist kein ganzer Einwilligungstext. Bitte fügen Sie ihn vollständig ein.")
            )
        return wording

    def clean_dated(self) -> date:
        dated: date = self.cleaned_data["dated"]
        if not EARLIEST <= dated <= timezone.localdate():
            raise forms.ValidationError(_("Bitte prüfen Sie das Datum: ab 2009 und nicht in der Zukunft."))
        return dated

    def clean_purposes(self) -> list[str]:
        purposes: list[str] = self.cleaned_data["purposes"]
        if Purpose.ORGANISATION not in purposes:
            raise forms.ValidationError(_("Ohne „Termine und Organisation“ geht WhatsApp nicht."))
        return purposes

    def clean_scan(self) -> "UploadedFile[Any] | None":
        upload: UploadedFile[Any] | None = self.cleaned_data["scan"]
        if upload is None:
            return None
        try:
            require_paper(upload)
        except Refusal as refusal:
            raise forms.ValidationError(f"{refusal.for_person} {refusal.next_step}") from None
        return upload

    @property
    def old_form(self) -> OldForm:
        said = self.cleaned_data
        return OldForm(
            wording=said["wording"],
            dated=said["dated"],
            language=said["language"],
            purposes=frozenset(Purpose(name) for name in said["purposes"]),
            scan=said["scan"],
        )


class MappingForm(forms.Form):
    """What each column means. The first is `column_0`."""

    all_agreed = forms.BooleanField(required=False, label=_("Alle in dieser Liste haben zugestimmt"))

    def __init__(self, *args: Any, columns: list[str], practice: Practice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = offered_by(practice)
        hidden = {field for field, purpose in PURPOSE_FIELDS.items() if purpose not in offered}
        meanings = [("", _("nicht übernehmen")), *(one for one in Field.choices if one[0] not in hidden)]
        for place, column in enumerate(columns):
            field = forms.ChoiceField(required=False, choices=meanings, label=column)
            field.widget.attrs["class"] = "input"
            self.fields[f"column_{place}"] = field

    @property
    def columns(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("column_")]

    @property
    def mapped(self) -> dict[Field, int]:
        said = {place: self.cleaned_data.get(f"column_{place}") for place in range(len(self.fields) - 1)}
        return {Field(meaning): place for place, meaning in said.items() if meaning}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        meanings = Counter(said.get(name) for name in self.fields if name.startswith("column_") and said.get(name))
        for meaning, times in meanings.items():
            if times > 1:
                twice = _("„%(meaning)s“ ist zweimal gewählt. Jede Bedeutung hat höchstens eine Spalte.")
                self.add_error(None, forms.ValidationError(twice, params={"meaning": Field(str(meaning)).label}))
        if not self.errors:
            for name in missing(self.mapped, all_agreed=said["all_agreed"]):
                self.add_error(None, MISSING[name])
        return said


class EncodingForm(forms.Form):
    """Another way to read the same bytes."""

    encoding = forms.ChoiceField(
        choices=[(name, NAMES[name]) for name in CHOICES],
        label=_("Anders lesen"),
        widget=forms.Select(attrs={"class": "input"}),
    )
