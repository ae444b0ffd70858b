"""The public pages: consent behind the QR code, and the privacy notice. No session, no cookie, no script."""

from contextlib import suppress
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from consent import form_ids, limits
from consent.browsers import family_of
from consent.doors import link_origins, link_with
from consent.form_ids import FormIdInvalid
from consent.forms import ConsentForm
from consent.limits import LimitsUnavailable, network_of
from consent.models import ConsentText, QrCode
from consent.openings import note_opening
from consent.opt_ins import Form, FormOutdated, submit_form
from consent.wording import consent_page, current_text, practice_in_scope, prefilled, privacy_notice
from practices import doors
from practices.models import Door, Practice
from practices.scope import practice_scope

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he"})


@csrf_exempt  # the signed form id stands in for the token (consent/form_ids.py); other sites are refused by middleware
@require_http_methods(["GET", "HEAD", "POST"])
def qr(request: HttpRequest, code: str) -> HttpResponseBase:
    """/q/<code>. Chromium holds form-action against the redirect to WhatsApp too, hence the wider policy here."""
    with override(_language(request)):
        answered = csp_update({"form-action": link_origins()})(lambda asked: _qr(asked, code))
        return answered(request)


def _qr(request: HttpRequest, code: str) -> HttpResponse:
    if _missed_too_often(request):
        return _limited(request)
    door = doors.resolve(Door.Kind.QR, code)
    if door is None:
        return _miss(request)
    with practice_scope(door.leads_to_id):
        qr_code = QrCode.objects.filter(pk=door.object_id, revoked_at=None).first()
        if qr_code is None:
            return _miss(request)
        return _answer(request, qr_code) if request.method == "POST" else _open(request, qr_code)


def _open(request: HttpRequest, qr_code: QrCode) -> HttpResponse:
    page = _page(request, qr_code)
    if request.method == "GET":
        note_opening(qr_code, practice_in_scope())
    return page


def _answer(request: HttpRequest, qr_code: QrCode) -> HttpResponse:
    try:
        if not _may_submit(request, qr_code):
            return _limited(request, practice_in_scope())
    except LimitsUnavailable:
        return render(request, "503.html", status=503)
    if request.POST.get("answer") == "no":
        return render(request, "consent/qr_declined.html", _surroundings() | {"again": request.get_full_path()})
    return _agree(request, qr_code)


def _agree(request: HttpRequest, qr_code: QrCode) -> HttpResponse:
    """Write the consent down and lead to WhatsApp with one 303, the code in the prefilled text."""
    form, practice, language = ConsentForm(request.POST), practice_in_scope(), _language(request)
    if not form.is_valid():
        return _page(request, qr_code, form, [str(error) for errors in form.errors.values() for error in errors])
    if link_with("") is None:
        return render(request, "consent/qr_unavailable.html", _surroundings(), status=503)
    try:
        submitted = submit_form(form=_read(request, form, qr_code))
    except (FormIdInvalid, FormOutdated):
        return _page(request, qr_code, form, [_("Diese Seite war zu lange offen. Bitte stimmen Sie noch einmal zu.")])
    link = link_with(prefilled(practice, language, submitted.code))
    return HttpResponse(status=303, headers={"Location": link})


def _read(request: HttpRequest, form: ConsentForm, qr_code: QrCode) -> Form:
    """The person's act. Raises FormIdInvalid, also if the text has changed since the page was shown."""
    language = _language(request)
    signed = form_ids.read(form.cleaned_data["form_id"], qr_code.pk)
    if signed.text_sha256 != consent_page(practice_in_scope(), language).sha256:
        raise FormIdInvalid
    return Form(
        id=signed.form,
        ticked=form.ticked,
        text=current_text(ConsentText.Kind.QR_PAGE, language),
        notice_version=current_text(ConsentText.Kind.PRIVACY_NOTICE, language).version,
        occurred_at=timezone.now(),
        qr_code=qr_code,
        network=network_of(request),
        browser=family_of(request.headers.get("User-Agent", "")),
    )


def _page(
    request: HttpRequest, qr_code: QrCode, form: ConsentForm | None = None, errors: list[str] | None = None
) -> HttpResponse:
    """Text A. Every box is empty unless an error brings back what the person had ticked (C-01)."""
    practice = practice_in_scope()
    rendered = consent_page(practice, _language(request))
    context = _surroundings() | {
        "languages": [(code, name, f"?lang={code}") for code, name in settings.LANGUAGES],
        "page": rendered.document,
        "form_id": form_ids.issue(qr_code.pk, rendered.sha256),
        "errors": errors or [],
        "errors_title": _("Das hat noch nicht geklappt"),
        "ticked": form.ticked if form else frozenset(),
    }
    return render(request, "consent/qr_page.html", context, status=422 if errors else 200)


@require_safe
def privacy_notice_page(request: HttpRequest, practice: str) -> HttpResponse:
    """/datenschutz/<practice>/: text G, and the way to withdraw (C-12)."""
    found = Practice.objects.filter(slug=practice).first()
    if found is None:
        raise Http404
    with override(_language(request)), practice_scope(found.pk):
        notice = privacy_notice(found, _language(request)).document
        context = _surroundings() | {"notice": notice, "stop_link": link_with("STOP")}
        return render(request, "consent/privacy_notice.html", context)


# ── what both share ──


def _surroundings() -> dict[str, Any]:
    language = get_language()
    return {
        "practice": practice_in_scope(),
        "language": language,
        "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
    }


def _language(request: HttpRequest) -> str:
    """What the link asks for, else what the browser prefers, else German."""
    offered = dict(settings.LANGUAGES)
    asked = request.GET.get("lang", "")
    return asked if asked in offered else str(getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE))


# ── limits ──


def _may_submit(request: HttpRequest, qr_code: QrCode) -> bool:
    """20 answers a minute from one address, 200 an hour through one code. Raises LimitsUnavailable."""
    return limits.SUBMITS_PER_ADDRESS.allows(network_of(request)) and limits.SUBMITS_PER_CODE.allows(str(qr_code.pk))


def _missed_too_often(request: HttpRequest) -> bool:
    try:
        return limits.MISSES_PER_ADDRESS.is_reached(network_of(request))
    except LimitsUnavailable:
        return False  # 128 random bits cannot be found by trying; a practice's code must open all the same


def _miss(request: HttpRequest) -> HttpResponse:
    """Unknown, revoked or misspelt: the same page."""
    with suppress(LimitsUnavailable):  # as above
        limits.MISSES_PER_ADDRESS.allows(network_of(request))
    return render(request, "consent/qr_invalid.html", {"language": get_language()}, status=404)


def _limited(request: HttpRequest, practice: Practice | None = None) -> HttpResponse:
    context = {"practice": practice, "language": get_language()}
    response = render(request, "consent/qr_limited.html", context, status=429)
    response["Retry-After"] = "60"
    return response
