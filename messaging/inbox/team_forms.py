"""What people type to share the work."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from messaging.inbox.forms import MARK
from messaging.models import Label, Task
from messaging.teamwork import notes, snoozing

LABEL_CHARACTERS = 24
WORDS = 500


class AssignmentForm(forms.Form):
    """To whom (messaging/teamwork/colleagues.py), with a word about it if one likes."""

    to = forms.CharField(max_length=40, required=False)
    note = forms.CharField(max_length=notes.MOST_CHARACTERS, required=False, strip=True)


class NoteForm(forms.Form):
    body = forms.CharField(
        max_length=notes.MOST_CHARACTERS,
        strip=True,
        error_messages={"required": _("Bitte schreiben Sie etwas."), "max_length": _("Bitte kürzen Sie die Notiz.")},
    )
    mark = forms.RegexField(MARK, required=False)


class SnoozeForm(forms.Form):
    """A choice, with a day for DATE; no choice brings the conversation back."""

    choice = forms.ChoiceField(choices=snoozing.Choice.choices, required=False)
    day = forms.DateField(required=False)


class LabelForm(forms.Form):
    """A label of the practice; `taken` are the names of the others."""

    name = forms.CharField(max_length=LABEL_CHARACTERS, strip=True)
    colour = forms.ChoiceField(choices=Label.Colour.choices)
    shape = forms.ChoiceField(choices=Label.Shape.choices)

    def __init__(self, *args: Any, taken: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken = taken

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if name.casefold() in self.taken:
            raise forms.ValidationError(_("Ein Label mit diesem Namen gibt es schon."))
        return name


class TaskForm(forms.Form):
    """`due` without a choice is as soon as possible, and a `day` is the choice of that day; `message` is the one that
    did not arrive."""

    kind = forms.ChoiceField(choices=Task.Kind.choices, required=False)
    words = forms.CharField(max_length=WORDS, required=False, strip=True)
    due = forms.ChoiceField(choices=snoozing.Choice.choices, required=False)
    day = forms.DateField(required=False)
    to = forms.CharField(max_length=40, required=False)
    message = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("day"):
            cleaned["due"] = snoozing.Choice.DATE
        cleaned["kind"] = Task.Kind(cleaned.get("kind") or Task.Kind.CALL)
        if cleaned["kind"] == Task.Kind.OTHER and not cleaned.get("words"):
            self.add_error("words", _("Bitte schreiben Sie, was zu tun ist."))
        return cleaned
