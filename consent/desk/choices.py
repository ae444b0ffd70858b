"""The practice's decisions on one page: what the law leaves open, the go-live, and the switch for data transfers."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from consent.choices import (
    Confirmation,
    change_choices,
    decision_to_go_live,
    go_live,
    switch_data_transfer,
)
from consent.prints.colours import READABLE, contrast_on_white
from consent.purposes import Purpose
from practices.access import LEADERS, MemberRequest, role_required
from practices.models import Practice, Role, StrangerReply
from practices.refusal import Refusal

AGES = [(age, format_lazy(gettext_lazy("ab {age} Jahren"), age=age)) for age in (14, 16, 18)]
GUARDIANS = [(1, gettext_lazy("ein Elternteil, der sein Sorgerecht erklärt")), (2, gettext_lazy("beide Eltern"))]
CLOCK = forms.TimeInput(attrs={"type": "time", "class": "input"}, format="%H:%M")


def number(least: int, most: int) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "input", "min": least, "max": most})
    return forms.IntegerField(min_value=least, max_value=most, widget=widget)


def one_of(choices: list[Any]) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(choices=choices, coerce=int, widget=forms.RadioSelect)


class ChoicesForm(forms.Form):
    """All decisions; labels and explanations stand in the template."""

    offered_purposes = forms.MultipleChoiceField(
        choices=Purpose.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    consent_age = one_of(AGES)
    guardian_count = one_of(GUARDIANS)
    stranger_reply = forms.ChoiceField(choices=StrangerReply.choices, widget=forms.RadioSelect)
    reply_after_stop = forms.BooleanField(required=False)
    files_in_chat = forms.BooleanField(required=False)
    quiet_from = forms.TimeField(widget=CLOCK)
    quiet_until = forms.TimeField(widget=CLOCK)
    recall_pause_months = number(1, 24)
    recall_tries = number(1, 5)
    recall_as_service = forms.BooleanField(required=False)
    advertising_per_year = number(0, 12)
    proof_years = number(3, 10)
    colour = forms.RegexField("^#[0-9a-fA-F]{6}$", widget=forms.TextInput(attrs={"type": "color", "class": "input"}))

    def clean_colour(self) -> str:
        """The practice's name is printed in it, on white."""
        colour: str = self.cleaned_data["colour"].lower()
        if contrast_on_white(colour) < READABLE:
            raise forms.ValidationError(
                _("Diese Farbe ist auf Papier zu hell zum Lesen. Bitte wählen Sie eine dunklere.")
            )
        return colour

    def clean_offered_purposes(self) -> list[str]:
        """In the page's order; all of them is kept as "all", whatever purposes there will be."""
        chosen = set(self.cleaned_data["offered_purposes"])
        if Purpose.ORGANISATION not in chosen:
            raise forms.ValidationError(_("„Termine und Organisation“ gehört immer dazu."))
        return [] if chosen == set(Purpose.values) else [name for name in Purpose.values if name in chosen]


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*LEADERS)
def choices(request: MemberRequest) -> HttpResponse:
    """See and change the decisions."""
    if request.method != "POST":
        return _page(request, ChoicesForm(initial=_initial(request.practice)))
    form = ChoicesForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    change_choices(practice=request.practice, by=request.member, **form.cleaned_data)
    return redirect(f"{reverse('consent:choices', args=[request.practice.slug])}?saved=1")


@require_POST
@role_required(Role.OWNER)
def start(request: MemberRequest) -> HttpResponse:
    """The owner lets WhatsApp go live; 422 with the page while a confirmation is missing."""
    confirmed = [one for one in Confirmation if one.value in request.POST.getlist("confirmed")]
    try:
        go_live(practice=request.practice, by=request.member, confirmed=confirmed)
    except Refusal as refusal:
        form = ChoicesForm(initial=_initial(request.practice))
        return _page(request, form, status=422, confirmed=confirmed, refusal=refusal.for_person)
    return redirect("consent:choices", practice=request.practice.slug)


@require_POST
@role_required(*LEADERS)
def data_transfer(request: MemberRequest) -> HttpResponse:
    """Stop everything that leaves, or let it go on; only with the tick beside the button."""
    stopped = request.POST.get("stopped") == "1"
    if not request.POST.get("sure"):
        form = ChoicesForm(initial=_initial(request.practice))
        return _page(request, form, status=422, is_unsure=True)
    switch_data_transfer(practice=request.practice, by=request.member, stopped=stopped)
    return redirect("consent:choices", practice=request.practice.slug)


def _initial(practice: Practice) -> dict[str, Any]:
    held = {name: getattr(practice, name) for name in ChoicesForm.base_fields}
    return held | {"offered_purposes": practice.offered_purposes or Purpose.values}


def _page(request: MemberRequest, form: ChoicesForm, *, status: int = 200, **said: Any) -> HttpResponse:
    confirmed = said.pop("confirmed", [])
    context = {
        "tab": "",
        "area": "consent",
        "section": "choices",
        "form": form,
        "decision": decision_to_go_live(),
        "confirmations": [(one.value, one.label, one in confirmed) for one in Confirmation],
        "may_go_live": request.member.role == Role.OWNER,
        "is_saved": "saved" in request.GET,
        "is_stopped_for_all": settings.DPF_INVALID,
    }
    return render(request, "consent/desk/choices.html", context | said, status=status)
