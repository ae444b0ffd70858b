"""/widget/<token>: text D for visitors of the practice's website, and /widget/<token>.js, the button that leads there.

No session, no cookie; the page needs no script. The script runs on foreign pages and is given to listed ones alone.
"""

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from consent import form_ids
from consent.doors import link_origins, link_with
from consent.editions import current_set
from consent.form_ids import FormIdInvalid, Shown
from consent.languages import language_of
from consent.limits import LimitsUnavailable
from consent.models import Channel, ConsentText, Widget
from consent.opt_ins import Form, FormOutdated, submit_form
from consent.public_pages import has_room, limited, may_answer, missed_too_often, note_miss, surroundings, uncounted
from consent.rendering import digest
from consent.website import NOT_READ, greeting
from consent.widgets import SLIP, TICK, living_widgets, widget_url
from consent.wording import keep_text, practice_in_scope, widget_page
from practices import doors
from practices.models import Door
from practices.scope import practice_scope

SCRIPT_SECONDS = 300  # a revoked button is gone from websites after five minutes


@csrf_exempt  # the signed form id stands in for the token (consent/form_ids.py); other sites are refused below
@require_http_methods(["GET", "HEAD", "POST"])
def widget(request: HttpRequest, token: str) -> HttpResponseBase:
    """Chromium holds form-action against the redirect to WhatsApp too, hence the wider policy here."""
    answered = csp_update({"form-action": link_origins()})(lambda asked: _widget(asked, token))
    return answered(request)


def _widget(request: HttpRequest, token: str) -> HttpResponse:
    if missed_too_often(request):
        return limited(request)
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
        return _open_whatsapp(request, shown) if may_answer(request) else _limited(request)
    except LimitsUnavailable:
        return uncounted(request)


def _open_whatsapp(request: HttpRequest, shown: Widget) -> HttpResponse:
    """Text D was read: lead to WhatsApp with one 303. Nothing is agreed to, so nothing goes to the ledger. Raises
    LimitsUnavailable."""
    language = language_of(request)
    if "read" not in request.POST:
        return _page(request, shown, NOT_READ[language])
    if link_with("") is None:
        return render(request, "consent/qr_unavailable.html", surroundings(language), status=503)
    try:
        read = _read(request, shown)
        if not has_room(shown.pk):
            return _limited(request)
        submitted = submit_form(form=read)
    except (FormIdInvalid, FormOutdated):
        return _page(request, shown, current_set(language).words.open_too_long)
    return HttpResponse(status=303, headers={"Location": link_with(greeting(language, submitted.code))})


def _limited(request: HttpRequest) -> HttpResponse:
    """In the practice's own words, with the other ways to it."""
    return limited(request, surroundings(language_of(request)))


def _read(request: HttpRequest, shown: Widget) -> Form:
    """What the visitor did, with the version it was shown, whatever is current by now. Raises FormIdInvalid."""
    signed = form_ids.read(request.POST.get("form_id", ""), shown.pk)
    text, of_page = request.POST.get("text", ""), signed.shown
    if digest(text) != of_page.text_sha256:
        raise FormIdInvalid
    return Form(
        id=signed.form,
        ticked=frozenset(),
        text=keep_text(ConsentText.Kind.WIDGET, of_page.version, of_page.language, text),
        notice_version=of_page.notice_version,
        occurred_at=timezone.now(),
        widget=shown,
        channel=Channel.WIDGET,
    )


def _page(request: HttpRequest, shown: Widget, error: str = "") -> HttpResponse:
    language = language_of(request)
    rendered, version = widget_page(practice_in_scope(), language), current_set(language).version
    of_page = Shown(shown.pk, rendered.sha256, version, language, version, frozenset())
    context = surroundings(language) | {
        "page": rendered.document,
        "page_text": rendered.text,
        "form_id": form_ids.issue(of_page),
        "error": error,
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


# ── who asks ──


def _is_foreign(request: HttpRequest) -> bool:
    """Whether the form stood on another site. Browsers that say so by Sec-Fetch-Site are refused by middleware; "null"
    is what they send of our own page, whose links tell nobody where they stood."""
    origin = request.headers.get("Origin", "null")
    return origin not in {"null", f"{request.scheme}://{request.get_host()}"}


def _miss(request: HttpRequest) -> HttpResponse:
    """Unknown or revoked: the same page."""
    note_miss(request)
    return render(request, "consent/widget_invalid.html", {"language": get_language()}, status=404)
