"""/p/<practice>/consent/codes/: everybody sees the codes and prints them, who leads the practice changes them."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent import texts
from consent.doors import create_qr_code, qr_url
from consent.editions import current_set
from consent.models import QrCode
from consent.prints import Print, print_of
from consent.purposes import Purpose
from consent.qr_codes import change_qr_code, counted_codes, offered_by, revoke_qr_code, rotate_qr_code, shown_by
from consent.qr_images import qr_svg
from practices.access import LEADERS, MemberRequest, member_required, role_required
from practices.models import Practice

ANY_LANGUAGE = ("", _("Sprache des Telefons"))


class CodeForm(forms.Form):
    """A code's name, the boxes of its page besides the first one, and its language."""

    name = forms.CharField(max_length=100, label=_("Name"))
    purposes = forms.MultipleChoiceField(required=False)
    language = forms.ChoiceField(required=False, label=_("Sprache"), choices=[ANY_LANGUAGE, *texts.OWN_NAMES.items()])

    def __init__(self, *args: Any, practice: Practice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered_by(practice)
        self.fields["purposes"].choices = [  # type: ignore[attr-defined]
            (purpose.value, purpose.label) for purpose in self.offered if purpose != Purpose.ORGANISATION
        ]

    def clean_purposes(self) -> list[Purpose]:
        """Empty when all are wanted, so that what the practice offers later is asked for too."""
        wanted = {Purpose.ORGANISATION, *map(Purpose, self.cleaned_data["purposes"])}
        return [] if wanted >= set(self.offered) else sorted(wanted)


@require_safe
@member_required
def codes(request: MemberRequest) -> HttpResponse:
    found = [(one, _purposes_of(one.code, request.practice)) for one in counted_codes(request.practice)]
    drafts = [name for language, name in texts.OWN_NAMES.items() if current_set(language).draft_translation]
    context = _context(request) | {"codes": found, "drafts": ", ".join(drafts), "own_names": texts.OWN_NAMES}
    return render(request, "consent/desk/codes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*LEADERS)
def new_code(request: MemberRequest) -> HttpResponse:
    form = CodeForm(request.POST if request.method == "POST" else None, practice=request.practice)
    if form.is_valid():
        code = create_qr_code(practice=request.practice, by=request.member, **form.cleaned_data)
        return redirect("consent:code", practice=request.practice.slug, code_id=code.pk)
    ticked = request.POST.getlist("purposes") if form.is_bound else list(Purpose)
    context = _context(request) | {"form": form, "ticked": ticked}
    return render(request, "consent/desk/code_new.html", context, status=422 if form.is_bound else 200)


@require_safe
@member_required
def code(request: MemberRequest, code_id: UUID) -> HttpResponse:
    return _page(request, get_object_or_404(QrCode, pk=code_id))


@require_POST
@role_required(*LEADERS)
def details(request: MemberRequest, code_id: UUID) -> HttpResponse:
    changed, form = _living(code_id), CodeForm(request.POST, practice=request.practice)
    if not form.is_valid():
        return _page(request, changed, form, status=422)
    change_qr_code(code=changed, by=request.member, **form.cleaned_data)
    return redirect("consent:code", practice=request.practice.slug, code_id=code_id)


@require_POST
@role_required(*LEADERS)
def rotation(request: MemberRequest, code_id: UUID) -> HttpResponse:
    """`keep_printed`: what hangs on a wall goes on until the code is revoked."""
    rotate_qr_code(code=_living(code_id), keep_printed="keep_printed" in request.POST, by=request.member)
    return redirect("consent:code", practice=request.practice.slug, code_id=code_id)


@require_POST
@role_required(*LEADERS)
def revocation(request: MemberRequest, code_id: UUID) -> HttpResponse:
    revoke_qr_code(code=_living(code_id), by=request.member)
    return redirect("consent:codes", practice=request.practice.slug)


@require_safe
@member_required
def print_code(request: MemberRequest, code_id: UUID, format: str) -> HttpResponse:  # noqa: A002
    if format not in set(Print):
        raise Http404
    pdf = print_of(_living(code_id), Print(format), request.practice)
    named = {"Content-Disposition": f'inline; filename="qr-code-{format}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=named)


def _living(code_id: UUID) -> QrCode:
    found: QrCode = get_object_or_404(QrCode, pk=code_id, revoked_at=None)
    return found


def _page(request: MemberRequest, shown: QrCode, form: CodeForm | None = None, status: int = 200) -> HttpResponse:
    practice, address = request.practice, qr_url(shown)
    kept = {"name": shown.name, "language": shown.language}
    context = _context(request) | {
        "code": shown,
        "purposes": _purposes_of(shown, practice),
        "language_name": texts.OWN_NAMES.get(shown.language, ""),
        "qr_svg": qr_svg(address),
        "qr_url": address,
        "form": form or CodeForm(initial=kept, practice=practice),
        "ticked": request.POST.getlist("purposes") if form else shown_by(shown, practice),
    }
    return render(request, "consent/desk/code.html", context, status=status)


def _purposes_of(code: QrCode, practice: Practice) -> str:
    return ", ".join(str(purpose.label) for purpose in shown_by(code, practice))


def _context(request: MemberRequest) -> dict[str, Any]:
    return {"tab": "", "area": "consent", "section": "codes", "may_change": request.member.role in LEADERS}
