"""/widget/<token>: text D for visitors of the practice's website, and /widget/<token>.js, the button that leads there.

No session, no cookie; the page needs no script. The script runs on foreign pages and is given to listed ones alone.
"""

from contextlib import suppress

from csp.decorators import csp_update
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from consent import form_ids, limits
from consent.doors import link_origins, link_with
from consent.form_ids import FormIdInvalid
from consent.limits import LimitsUnavailable, network_of
from consent.models import Channel, ConsentText, Widget
from consent.opt_ins import Form, FormOutdated, submit_form
from consent.views import RIGHT_TO_LEFT
from consent.website import NOT_READ, TOO_OLD, greeting
from consent.widgets import SLIP, TICK, living_widgets, widget_url
from consent.wording import current_text, practice_in_scope, widget_page
from practices import doors
from practices.models import Door
from practices.scope import practice_scope

SCRIPT_SECONDS = 300  # a revoked button is gone from websites after five minutes


class ReadForm(forms.Form):
    """Text D has been read."""

    form_id = forms.CharField(max_length=500, required=False)
    read = forms.BooleanField()


@csrf_exempt  # the signed form id stands in for the token (consent/form_ids.py); other sites are refused below
@require_http_methods(["GET", "HEAD", "POST"])
def widget(request: HttpRequest, token: str) -> HttpResponseBase:
    """Chromium holds form-action against the redirect to WhatsApp too, hence the wider policy here."""
    with override(_language(request)):
        answered = csp_update({"form-action": link_origins()})(lambda asked: _widget(asked, token))
        return answered(request)


def _widget(request: HttpRequest, token: str) -> HttpResponse:
    if _missed_too_often(request):
        return _limited(request)
    door = doors.resolve(Door.Kind.WIDGET, token)
    if door is None:
        return _miss(request)
    with practice_scope(door.leads_to_id):
        found = living_widgets().filter(pk=door.object_id).first()
        if found is None:
            return _miss(request)
        return _answer(request, found) if request.method == "POST" else _page(request, found)


def _answer(request: HttpRequest, shown: Widget) -> HttpResponse:
    if _is_foreign(request):
        return render(request, "403.html", status=403)
    try:
        may_submit = _may_submit(request, shown)
    except LimitsUnavailable:
        return render(request, "503.html", status=503)
    return _open_whatsapp(request, shown) if may_submit else _limited(request)


def _open_whatsapp(request: HttpRequest, shown: Widget) -> HttpResponse:
    """Text D was read: lead to WhatsApp with one 303. Nothing is agreed to, so nothing goes to the ledger."""
    form, language = ReadForm(request.POST), _language(request)
    if not form.is_valid():
        return _page(request, shown, NOT_READ)
    if link_with("") is None:
        return render(request, "consent/qr_unavailable.html", _surroundings(), status=503)
    try:
        submitted = submit_form(form=_read(request, form, shown))
    except (FormIdInvalid, FormOutdated):
        return _page(request, shown, TOO_OLD)
    return HttpResponse(status=303, headers={"Location": link_with(greeting(language, submitted.code))})


def _read(request: HttpRequest, form: ReadForm, shown: Widget) -> Form:
    """Raises FormIdInvalid, also if the text has changed since the page was shown."""
    language = _language(request)
    signed = form_ids.read(form.cleaned_data["form_id"], shown.pk)
    if signed.text_sha256 != widget_page(practice_in_scope(), language).sha256:
        raise FormIdInvalid
    return Form(
        id=signed.form,
        ticked=frozenset(),
        text=current_text(ConsentText.Kind.WIDGET, language),
        notice_version=current_text(ConsentText.Kind.PRIVACY_NOTICE, language).version,
        occurred_at=timezone.now(),
        widget=shown,
        channel=Channel.WIDGET,
    )


def _page(request: HttpRequest, shown: Widget, error: dict[str, str] | None = None) -> HttpResponse:
    language = _language(request)
    rendered = widget_page(practice_in_scope(), language)
    context = _surroundings() | {
        "languages": [(code, name, f"?lang={code}") for code, name in settings.LANGUAGES],
        "page": rendered.document,
        "form_id": form_ids.issue(shown.pk, rendered.sha256),
        "error": error.get(language, error["de"]) if error else "",
    }
    return render(request, "consent/widget_page.html", context, status=422 if error else 200)


# ── the script ──


@require_safe
def script(request: HttpRequest, token: str) -> HttpResponse:
    """For the websites on the list alone; everybody else gets an empty 404, whatever the reason."""
    door = doors.resolve(Door.Kind.WIDGET, token)
    answer = _script(request, door) if door else HttpResponse(status=404)
    patch_vary_headers(answer, ["Origin"])
    return answer


def _script(request: HttpRequest, door: Door) -> HttpResponse:
    origin = request.headers.get("Origin", "")
    with practice_scope(door.leads_to_id):
        shown = living_widgets().filter(pk=door.object_id).first()
        if shown is None or origin not in shown.origins:
            return HttpResponse(status=404)
        context = {"link": widget_url(shown), "slip": SLIP, "tick": TICK}
    answer = render(request, "consent/widget.js", context, content_type="text/javascript; charset=utf-8")
    answer["Access-Control-Allow-Origin"] = origin
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer["Cache-Control"] = f"public, max-age={SCRIPT_SECONDS}"
    return answer


# ── who asks, and how often ──


def _surroundings() -> dict[str, object]:
    language = get_language()
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    return {"practice": practice_in_scope(), "language": language, "direction": direction}


def _language(request: HttpRequest) -> str:
    """What the link asks for, else what the browser prefers, else German."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else str(getattr(request, "LANGUAGE_CODE", "de"))


def _is_foreign(request: HttpRequest) -> bool:
    """Whether the form stood on another site. Browsers that say so by Sec-Fetch-Site are refused by middleware; "null"
    is what they send of our own page, whose links tell nobody where they stood."""
    origin = request.headers.get("Origin", "null")
    return origin not in {"null", f"{request.scheme}://{request.get_host()}"}


def _may_submit(request: HttpRequest, shown: Widget) -> bool:
    """20 a minute from one address, 200 an hour through one button. Raises LimitsUnavailable."""
    return limits.SUBMITS_PER_ADDRESS.allows(network_of(request)) and limits.SUBMITS_PER_CODE.allows(str(shown.pk))


def _missed_too_often(request: HttpRequest) -> bool:
    try:
        return limits.MISSES_PER_ADDRESS.is_reached(network_of(request))
    except LimitsUnavailable:
        return False  # 128 random bits cannot be found by trying; a practice's button must open all the same


def _miss(request: HttpRequest) -> HttpResponse:
    """Unknown or revoked: the same page."""
    with suppress(LimitsUnavailable):  # as above
        limits.MISSES_PER_ADDRESS.allows(network_of(request))
    return render(request, "consent/widget_invalid.html", {"language": get_language()}, status=404)


def _limited(request: HttpRequest) -> HttpResponse:
    answer = render(request, "consent/qr_limited.html", {"language": get_language()}, status=429)
    answer["Retry-After"] = "60"
    return answer
