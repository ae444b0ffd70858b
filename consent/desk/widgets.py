"""/p/<practice>/consent/widgets/: the button on the practice's website, for those who lead the practice."""

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from consent.models import Widget
from consent.widgets import (
    MOST_ORIGINS,
    NotAnOrigin,
    add_widget,
    agreed_through_website,
    change_widget,
    link_snippet,
    living_widgets,
    origin_of,
    revoke_widget,
    script_snippet,
)
from practices.access import LEADERS, MemberRequest, role_required


class WidgetForm(forms.Form):
    """A button and the websites it stands on, one address a line."""

    name = forms.CharField(max_length=100, label=_("Name"))
    origins = forms.CharField(
        max_length=5000,
        label=_("Adressen der Website"),
        error_messages={"required": _("Bitte geben Sie mindestens eine Adresse an.")},
    )

    def clean_origins(self) -> list[str]:
        lines = [line for line in self.cleaned_data["origins"].splitlines() if line.strip()]
        if len(lines) > MOST_ORIGINS:
            raise forms.ValidationError(_("Höchstens %(most)s Adressen."), params={"most": MOST_ORIGINS})
        try:
            return list(dict.fromkeys(origin_of(line) for line in lines))
        except NotAnOrigin as refused:
            raise forms.ValidationError(refused.for_person) from None


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*LEADERS)
def widgets(request: MemberRequest) -> HttpResponse:
    """The list; a POST adds a button."""
    if request.method != "POST":
        return _page(request, WidgetForm())
    form = WidgetForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    add_widget(practice=request.practice, by=request.member, **form.cleaned_data)
    return redirect("consent:widgets", practice=request.practice.slug)


@require_POST
@role_required(*LEADERS)
def change(request: MemberRequest, widget_id: UUID) -> HttpResponse:
    widget, form = _widget(widget_id), WidgetForm(request.POST, prefix=str(widget_id))
    if not form.is_valid():
        return _page(request, WidgetForm(), changing=form, status=422)
    change_widget(widget=widget, by=request.member, **form.cleaned_data)
    return redirect("consent:widgets", practice=request.practice.slug)


@require_POST
@role_required(*LEADERS)
def revoke(request: MemberRequest, widget_id: UUID) -> HttpResponse:
    revoke_widget(widget=_widget(widget_id), by=request.member)
    return redirect("consent:widgets", practice=request.practice.slug)


def _widget(widget_id: UUID) -> Widget:
    widget: Widget = get_object_or_404(living_widgets(), pk=widget_id)
    return widget


def _page(
    request: MemberRequest, form: WidgetForm, *, changing: WidgetForm | None = None, status: int = 200
) -> HttpResponse:
    """With `changing` the form of that one button comes back open, with its errors."""
    context = {
        "tab": "",
        "area": "consent",
        "section": "widgets",
        "widgets": [_shown(widget, changing) for widget in living_widgets()],
        "form": form,
        "agreed": agreed_through_website(),
    }
    return render(request, "consent/desk/widgets.html", context, status=status)


def _shown(widget: Widget, changing: WidgetForm | None) -> dict[str, object]:
    as_it_is = {"name": widget.name, "origins": "\n".join(widget.origins)}
    is_open = changing is not None and changing.prefix == str(widget.pk)
    return {
        "widget": widget,
        "link": link_snippet(widget),
        "script": script_snippet(widget),
        "form": changing if is_open else WidgetForm(initial=as_it_is, prefix=str(widget.pk)),
        "is_open": is_open,
    }
