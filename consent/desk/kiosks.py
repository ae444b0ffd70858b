"""/p/<practice>/consent/kiosks/: the tablets at the desk, for those who lead the practice."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from consent.kiosks import (
    Pairing,
    add_kiosk,
    codes_to_show,
    living_kiosks,
    offer_pairing,
    revoke_kiosk,
    show_code,
    standing_of,
)
from consent.models import Kiosk
from practices.access import LEADERS, MemberRequest, role_required


class CodeForm(forms.Form):
    """Which code a tablet shows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Here and not above: which codes there are is known inside a practice's scope only.
        self.fields["qr_code"] = forms.ModelChoiceField(codes_to_show(), label=_("QR-Code"))


class KioskForm(CodeForm):
    """A new tablet."""

    name = forms.CharField(max_length=100, label=_("Name"))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*LEADERS)
def kiosks(request: MemberRequest) -> HttpResponse:
    """The list; a POST adds a tablet and shows the code that pairs it."""
    if request.method != "POST":
        return _page(request, KioskForm())
    form = KioskForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    pairing = add_kiosk(name=form.cleaned_data["name"], qr_code=form.cleaned_data["qr_code"], by=request.member)
    return _page(request, KioskForm(), pairing)


@require_POST
@role_required(*LEADERS)
def new_pairing(request: MemberRequest, kiosk_id: UUID) -> HttpResponse:
    """Not redirected: the code is shown by this answer alone."""
    return _page(request, KioskForm(), offer_pairing(kiosk=_kiosk(kiosk_id), by=request.member))


@require_POST
@role_required(*LEADERS)
def change_code(request: MemberRequest, kiosk_id: UUID) -> HttpResponse:
    kiosk, form = _kiosk(kiosk_id), CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, KioskForm(), status=422)
    show_code(kiosk=kiosk, qr_code=form.cleaned_data["qr_code"], by=request.member)
    return redirect("consent:kiosks", practice=request.practice.slug)


@require_POST
@role_required(*LEADERS)
def revoke(request: MemberRequest, kiosk_id: UUID) -> HttpResponse:
    revoke_kiosk(kiosk=_kiosk(kiosk_id), by=request.member)
    return redirect("consent:kiosks", practice=request.practice.slug)


def _kiosk(kiosk_id: UUID) -> Kiosk:
    kiosk: Kiosk = get_object_or_404(living_kiosks(), pk=kiosk_id)
    return kiosk


def _page(request: MemberRequest, form: KioskForm, pairing: Pairing | None = None, status: int = 200) -> HttpResponse:
    context = {
        "tab": "",
        "area": "consent",
        "section": "kiosks",
        "kiosks": [(kiosk, standing_of(kiosk)) for kiosk in living_kiosks()],
        "codes": list(codes_to_show()),
        "form": form,
        "pairing": pairing,
        "kiosk_url": request.build_absolute_uri(reverse("consent:kiosk", args=[request.practice.slug])),
    }
    return render(request, "consent/desk/kiosks.html", context, status=status)
