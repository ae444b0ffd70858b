"""The public pages: consent behind the QR code, and the privacy notice. No session, no cookie, no script."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from consent import form_ids, limits, texts
from consent.browsers import family_of
from consent.doors import link_origins, link_with
from consent.editions import current_set
from consent.form_ids import FormId, FormIdInvalid, Shown
from consent.forms import ConsentForm
from consent.languages import language_of
from consent.limits import LimitsUnavailable, network_of
from consent.models import ConsentText, QrCode
from consent.openings import note_opening
from consent.opt_ins import Form, FormOutdated, submit_form
from consent.purposes import Purpose
from consent.qr_codes import shown_by
from consent.rendering import digest
from consent.texts import TextSet
from consent.wording import consent_page, keep_text, practice_in_scope, prefilled, privacy_notice
from practices import doors
from practices.models import Door, Practice
from practices.scope import practice_scope


@csrf_exempt  # the signed form id stands in for the token (consent/form_ids.py); other sites are refused by middleware
@require_http_methods(["GET", "HEAD", "POST"])
def qr(request: HttpRequest, code: str) -> HttpResponseBase:
    """/q/<code>. Chromium holds form-action against the redirect to WhatsApp too, hence the wider policy here."""
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
    surroundings = _surroundings(language_of(request, qr_code.language))
    try:
        if not _may_submit(request, qr_code):
            return _limited(request, surroundings)
    except LimitsUnavailable:
        return render(request, "503.html", status=503)
    if request.POST.get("answer") == "no":
        return render(request, "consent/qr_declined.html", surroundings | {"again": request.get_full_path()})
    if link_with("") is None:
        return render(request, "consent/qr_unavailable.html", surroundings, status=503)
    return _agree(request, qr_code)


def _agree(request: HttpRequest, qr_code: QrCode) -> HttpResponse:
    """Write the consent down and lead to WhatsApp with one 303, the code in the prefilled text."""
    words = current_set(language_of(request, qr_code.language)).words
    try:
        signed = form_ids.read(request.POST.get("form_id", ""), qr_code.pk)
        form = ConsentForm(request.POST, purposes=signed.shown.purposes, words=words)
        if not form.is_valid():
            return _page(request, qr_code, errors=form.complaints, ticked=form.ticked)
        submitted = submit_form(form=_act(request, qr_code, signed, form.ticked))
    except (FormIdInvalid, FormOutdated):
        return _page(request, qr_code, errors=[words.open_too_long])
    link = link_with(prefilled(practice_in_scope(), signed.shown.language, submitted.code))
    return HttpResponse(status=303, headers={"Location": link})


def _text_of(shown: Shown, request: HttpRequest) -> str:
    """The text the page brings back, or the one it would show now if it brings none. Raises FormIdInvalid."""
    text = request.POST.get("text") or consent_page(practice_in_scope(), shown.language, shown.purposes).text
    if digest(text) != shown.text_sha256:
        raise FormIdInvalid
    return text


def _act(request: HttpRequest, qr_code: QrCode, signed: FormId, ticked: frozenset[Purpose]) -> Form:
    """What the person did, with the version it was shown, whatever is current by now. Raises FormIdInvalid."""
    shown = signed.shown
    return Form(
        id=signed.form,
        ticked=ticked,
        text=keep_text(ConsentText.Kind.QR_PAGE, shown.version, shown.language, _text_of(shown, request)),
        notice_version=shown.notice_version,
        occurred_at=timezone.now(),
        qr_code=qr_code,
        network=network_of(request),
        browser=family_of(request.headers.get("User-Agent", "")),
    )


def _page(
    request: HttpRequest,
    qr_code: QrCode,
    *,
    errors: Collection[str] = (),
    ticked: frozenset[Purpose] = frozenset(),
) -> HttpResponse:
    """Text A. Every box is empty unless an error brings back what the person had ticked (C-01)."""
    language, practice = language_of(request, qr_code.language), practice_in_scope()
    purposes, version = frozenset(shown_by(qr_code, practice)), current_set(language).version
    rendered = consent_page(practice, language, purposes)
    shown = Shown(qr_code.pk, rendered.sha256, version, language, version, purposes)
    context = _surroundings(language) | {
        "page": rendered.document,
        "page_text": rendered.text,
        "form_id": form_ids.issue(shown),
        "errors": errors,
        "ticked": ticked,
    }
    return render(request, "consent/qr_page.html", context, status=422 if errors else 200)


@require_safe
def privacy_notice_page(request: HttpRequest, practice: str) -> HttpResponse:
    """/datenschutz/<practice>/: text G, and the way to withdraw (C-12)."""
    found = Practice.objects.filter(slug=practice).first()
    if found is None:
        raise Http404
    with practice_scope(found.pk):
        language = language_of(request)
        notice = privacy_notice(found, language).document
        context = _surroundings(language) | {"notice": notice, "stop_link": link_with("STOP")}
        return render(request, "consent/privacy_notice.html", context)


# ── what both share ──


def _surroundings(language: str) -> dict[str, Any]:
    return _words_of(current_set(language)) | {"practice": practice_in_scope()}


def _words_of(spoken: TextSet) -> dict[str, Any]:
    """What every public page is laid out with, also one that knows no practice."""
    return {
        "words": spoken.words,
        "language": spoken.language,
        "direction": spoken.direction,
        "languages": [(code, name, f"?lang={code}") for code, name in texts.OWN_NAMES.items()],
    }


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
    return render(request, "consent/qr_invalid.html", _words_of(texts.current(language_of(request))), status=404)


def _limited(request: HttpRequest, surroundings: dict[str, Any] | None = None) -> HttpResponse:
    context = surroundings or _words_of(texts.current(language_of(request)))
    response = render(request, "consent/qr_limited.html", context, status=429)
    response["Retry-After"] = "60"
    return response
