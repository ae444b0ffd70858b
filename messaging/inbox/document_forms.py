"""What staff fill in to send a protected document, or to ask for papers."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.treatment_words import treatment_words_in
from messaging.documents import files
from messaging.documents.actions import Content, Factor
from messaging.documents.files import FROM_US, TEXT, Fault, FileUnfit
from messaging.inbox.composer import name_of
from messaging.inbox.forms import SendingForm
from patients.models import Patient, PatientContact
from practices.uploads import LARGEST_FILE

DAYS = [(7, gettext_lazy("7 Tage")), (14, gettext_lazy("14 Tage")), (30, gettext_lazy("30 Tage"))]
FAULTS = {
    Fault.EMPTY: gettext_lazy("Die Datei ist leer."),
    Fault.TOO_LARGE: gettext_lazy("Die Datei ist zu groß. Bis 10 MB sind möglich."),
    Fault.WRONG_TYPE: gettext_lazy("Das ist kein PDF und kein Bild (JPEG, PNG), auch wenn der Name so endet."),
    Fault.TOO_MANY_PIXELS: gettext_lazy("Das Bild hat zu viele Bildpunkte. Bitte verkleinern Sie es."),
}


class LinkForm(SendingForm):
    """What both forms share: for whom, and what the template asks for where the window is closed.

    `asks_whom`: the contact writes for others too, so somebody has to be chosen, even from one (C-22).
    """

    patient = forms.ChoiceField(label=gettext_lazy("Für wen?"), required=False)
    greeting = forms.CharField(label=gettext_lazy("Anrede und Name"), max_length=60, required=False)
    visit = forms.DateField(
        label=gettext_lazy("Zum Termin am"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input"}),
    )
    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    after = forms.UUIDField(widget=forms.HiddenInput, required=False)
    standing = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, people: Sequence[PatientContact], asks_whom: bool, by_template: bool, **kwargs: Any
    ) -> None:
        self.people = {str(link.patient_id): link.patient for link in people}
        self.asks_whom, self.by_template = asks_whom, by_template
        super().__init__(*args, **kwargs)
        names = [(str(link.patient_id), name_of(link)) for link in people]
        self.fields["patient"].choices = [("", _("Bitte wählen")), *names]  # type: ignore[attr-defined]
        self.fields["patient"].required = self.asks_whom
        for name in ("greeting", "visit"):
            self.fields[name].required = by_template
        for name in ("patient", "greeting"):
            self.fields[name].widget.attrs["class"] = "input"

    def begin_anew(self) -> None:
        """What is in the form is a sending of its own from now on."""
        self.data = data = cast(QueryDict, self.data).copy()
        data["client_id"] = str(uuid4())

    @property
    def chosen(self) -> Patient | None:
        """Whom it concerns: who was chosen, or whoever writes (None for somebody nobody has linked)."""
        if self.asks_whom:
            return self.people.get(self.cleaned_data["patient"])
        return next(iter(self.people.values()), None)

    @property
    def words(self) -> dict[str, str]:
        """What the template says beside the link."""
        said = self.cleaned_data
        return {"greeting": said["greeting"], "visit": f"{said['visit']:%d.%m.%Y}" if said["visit"] else ""}


class DocumentForm(LinkForm):
    """A file, or a text instead of one (C-24). `taken_over` is that text as it stood in the reply box.

    Whether it goes to this person is asked of the very file, which is told by its digest: of another one it is asked
    anew. `largest` (bytes) and `too_large` are for the page, which refuses a file before it is sent.
    """

    largest, too_large = LARGEST_FILE, FAULTS[Fault.TOO_LARGE]
    taken_over = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    title = forms.CharField(
        label=gettext_lazy("Titel"),
        max_length=80,
        help_text=gettext_lazy("Sieht die Person erst nach dem Öffnen, nicht in WhatsApp."),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Bitte geben Sie dem Dokument einen Titel.")},
    )
    file = forms.FileField(
        label=gettext_lazy("Datei"),
        required=False,
        allow_empty_file=True,  # told in our own words
        help_text=gettext_lazy("PDF, JPEG oder PNG, bis 10 MB."),
        widget=forms.FileInput(attrs={"class": "input", "accept": ",".join(FROM_US)}),
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"class": "input", "rows": 6, "lang": "de"}),
    )
    factor = forms.ChoiceField(
        label=gettext_lazy("Womit öffnet die Person das Dokument?"), choices=Factor.choices, widget=forms.RadioSelect
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Wie lange?"), choices=DAYS, coerce=int, initial=14, widget=forms.RadioSelect
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors.get("file"):
            self._check_content(cleaned)
        upload = cleaned.get("file")
        cleaned["files"] = [files.digest(upload.chunks())] if upload else []
        cleaned["asked_files"] = cast(QueryDict, self.data).getlist("asked_file")
        return cleaned

    def _check_content(self, cleaned: dict[str, Any]) -> None:
        upload: UploadedFile[bytes] | None = cleaned.get("file")
        if upload is None and not cleaned.get("text"):
            self.add_error("file", _("Bitte wählen Sie eine Datei."))
        if upload is None:
            return
        try:
            cleaned["mime_type"] = files.require_fit(upload, FROM_US, largest=LARGEST_FILE)
        except FileUnfit as unfit:
            self.add_error("file", str(FAULTS[unfit.fault]))

    @property
    def content(self) -> Content:
        said = self.cleaned_data
        upload: UploadedFile[bytes] | None = said["file"]
        if upload is None:
            return Content(said["title"], said["title"], TEXT, [said["text"].encode()])
        return Content(said["title"], upload.name or said["title"], said["mime_type"], upload.chunks())

    @property
    def kept_for(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])


class InvitationForm(LinkForm):
    """What the practice misses; it stands in WhatsApp, so no treatment is named (C-23)."""

    what = forms.CharField(
        label=gettext_lazy("Was fehlt noch?"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Steht in WhatsApp, zum Beispiel „das Bonusheft“. Bitte keine Behandlung nennen."),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, by_template: bool, **kwargs: Any) -> None:
        super().__init__(*args, by_template=by_template, **kwargs)
        self.fields["what"].required = by_template

    def clean_what(self) -> str:
        what: str = " ".join(self.cleaned_data["what"].split())
        if named := treatment_words_in(what):
            sentence = _("„%(words)s“ nennt eine Behandlung. In WhatsApp gehört das nicht.")
            raise forms.ValidationError(sentence % {"words": "“, „".join(named)})
        return what


def beginning(newest: UUID | None, standing: str, greeting: str, last_visit: Any) -> dict[str, Any]:
    """What a fresh form is filled in with."""
    return {
        "client_id": uuid4(),
        "after": newest,
        "standing": standing,
        "greeting": greeting,
        "visit": last_visit or timezone.localdate(),
    }
