"""What people type to set up the list."""

from django import forms
from django.utils.translation import gettext_lazy as _

from messaging.saved_views import LONGEST_NAME
from messaging.urgency import LONGEST_WORD, MOST_WORDS


class ViewForm(forms.Form):
    """A saved view's name, and whether the whole team is to see it."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        label=_("Name der Ansicht"),
        error_messages={"required": _("Bitte geben Sie der Ansicht einen Namen.")},
    )
    shared = forms.BooleanField(required=False, label=_("Für das ganze Team"))


class UrgentWordsForm(forms.Form):
    """The list, one word or short phrase a line. An empty list is allowed: then nothing is lifted."""

    words = forms.CharField(max_length=MOST_WORDS * (LONGEST_WORD + 2), required=False, label=_("Wörter"))

    def clean_words(self) -> list[str]:
        lines = [" ".join(line.split()) for line in self.cleaned_data["words"].splitlines()]
        words = [line for line in lines if line]
        if len(words) > MOST_WORDS:
            raise forms.ValidationError(_("Höchstens %(most)s Wörter."), params={"most": MOST_WORDS})
        long = [word for word in words if len(word) > LONGEST_WORD]
        if long:
            raise forms.ValidationError(_("Ein Eintrag ist zu lang: „%(word)s…“"), params={"word": long[0][:20]})
        return words
