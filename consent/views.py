"""The public pages: consent behind the QR code, and the privacy notice. No session, no cookie, no script."""

from collections.abc import Collection

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from consent import form_ids, texts
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
from consent.public_pages import (
    Surroundings,
    has_room,
    limited,
    may_answer,
    missed_too_often,
    note_miss,
    surroundings,
    uncounted,
    words_of,
)
from consent.purposes import Purpose
from consent.qr_codes import shown_by
from consent.rendering import digest
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
    if missed_too_often(request):
        return limited(request)
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
    around = surroundings(language_of(request, qr_code.language))
    try:
        if not may_answer(request):
            return limited(request, around)
        if request.POST.get("answer") == "no":
            return render(request, "consent/qr_declined.html", around | {"again": request.get_full_path()})
        if link_with("") is None:
            return render(request, "consent/qr_unavailable.html", around, status=503)
        return _agree(request, qr_code, around)
    except LimitsUnavailable:
        return uncounted(request)


def _agree(request: HttpRequest, qr_code: QrCode, around: Surroundings) -> HttpResponse:
    """Write the consent down and lead to WhatsApp with one 303, the code in the prefilled text. Raises
    LimitsUnavailable."""
    words = current_set(language_of(request, qr_code.language)).words
    try:
        signed = form_ids.read(request.POST.get("form_id", ""), qr_code.pk)
        form = ConsentForm(request.POST, purposes=signed.shown.purposes, words=words)
        if not form.is_valid():
            return _page(request, qr_code, errors=form.complaints, ticked=form.ticked)
        act = _act(request, qr_code, signed, form.ticked)
        if not has_room(qr_code.pk):
            return limited(request, around)
        submitted = submit_form(form=act)
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
    context = surroundings(language) | {
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
        context = surroundings(language) | {"notice": notice, "stop_link": link_with("STOP")}
        return render(request, "consent/privacy_notice.html", context)


def _miss(request: HttpRequest) -> HttpResponse:
    """Unknown, revoked or misspelt: the same page."""
    note_miss(request)
    return render(request, "consent/qr_invalid.html", words_of(texts.current(language_of(request))), status=404)
