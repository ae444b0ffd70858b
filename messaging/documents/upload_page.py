"""/u/<token>: the page on which a patient hands in papers. What has arrived stays, whatever becomes of the page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from messaging.documents import pages, receiving
from messaging.documents.factors import Outcome, asks_for_birth_date, locked_until
from messaging.documents.files import FROM_PATIENTS
from messaging.documents.receiving import LARGEST_FILE, MEGABYTE, MOST_FILES, TOGETHER, Handed
from messaging.documents.words import Words, words_in
from messaging.models import UploadInvitation
from practices import doors
from practices.models import Door
from practices.scope import practice_scope
from practices.uploads import InMemory

KIND = Door.Kind.UPLOAD
LIMITS = {"each": LARGEST_FILE // MEGABYTE, "together": TOGETHER // MEGABYTE, "most": MOST_FILES}


class FromPatients(InMemory):
    """A patient's photos and scans, held in memory as those of staff are."""

    largest = LARGEST_FILE


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def upload_page(request: HttpRequest, token: str) -> HttpResponse:
    """The date of birth where it is known, then the files."""
    if pages.missed_too_often(request):
        return pages.limited(request)
    door = doors.resolve(KIND, token)
    if door is None:
        return pages.nowhere(request, KIND, token)
    with practice_scope(door.leads_to_id):
        invitation = receiving.open_invitation(door.object_id)
        if invitation is None:
            return pages.nowhere(request, KIND, token)
        with override(invitation.contact.language):
            return _answer(request, invitation) if request.method == "POST" else _begin(request, invitation)


def _begin(request: HttpRequest, invitation: UploadInvitation) -> HttpResponse:
    return _ask(request, invitation) if asks_for_birth_date(invitation) else _choose(request, invitation)


def _answer(request: HttpRequest, invitation: UploadInvitation) -> HttpResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > TOGETHER:  # nothing of it is read
        return _begin_again(request, invitation, "too_much", status=413)
    request.upload_handlers = [FromPatients(request)]
    if "form" in request.POST:
        return _receive(request, invitation)
    return _prove(request, invitation) if asks_for_birth_date(invitation) else _choose(request, invitation)


def _begin_again(request: HttpRequest, invitation: UploadInvitation, sentence: str, *, status: int) -> HttpResponse:
    """With the first step, and why."""
    error = _words(invitation)[sentence].format(**LIMITS)
    if asks_for_birth_date(invitation):
        return _ask(request, invitation, error, status=status)
    return _choose(request, invitation, error=error, status=status)


# ── whose papers ──


def _ask(request: HttpRequest, invitation: UploadInvitation, error: str = "", *, status: int = 200) -> HttpResponse:
    language = invitation.contact.language
    if locked_until(invitation):
        return pages.locked(request, invitation, language)
    context = pages.surroundings(language) | pages.factor_context(invitation) | {"error": error}
    return render(request, "messaging/documents/upload_question.html", context, status=status)


def _prove(request: HttpRequest, invitation: UploadInvitation) -> HttpResponse:
    language = invitation.contact.language
    answer = pages.answer_in(request.POST, invitation)
    if answer is None:
        return _ask(request, invitation, pages.incomplete_sentence(invitation, language), status=422)
    outcome = receiving.prove(invitation=invitation, answer=answer)
    if outcome == Outcome.RIGHT:
        return _choose(request, invitation)
    pages.note_miss(request)
    if outcome == Outcome.LOCKED:
        return pages.locked(request, invitation, language)
    return _ask(request, invitation, pages.wrong_sentence(invitation, language), status=422)


# ── the files ──


def _choose(
    request: HttpRequest,
    invitation: UploadInvitation,
    handed: tuple[Handed, ...] = (),
    *,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    words, left = _words(invitation), MOST_FILES - invitation.uploads
    context = pages.surroundings(invitation.contact.language) | {
        "form": receiving.new_form(invitation),
        "accept": ",".join(FROM_PATIENTS),
        "hint": words["files_hint"].format(left=left, **LIMITS),
        "full": words["full"].format(**LIMITS) if left <= 0 else "",
        "received": [one.name for one in handed if not one.fault],
        "refused": [(one.name, words[one.fault].format(**LIMITS)) for one in handed if one.fault],
        "error": error,
    }
    return render(request, "messaging/documents/upload_page.html", context, status=status)


def _receive(request: HttpRequest, invitation: UploadInvitation) -> HttpResponse:
    form, uploads = receiving.read_form(request.POST["form"], invitation), request.FILES.getlist("files")
    if form is None:
        return _begin_again(request, invitation, "expired_form", status=422)
    if not uploads:
        return _choose(request, invitation, error=_words(invitation)["nothing_chosen"], status=422)
    handed = tuple(receiving.receive(invitation=invitation, uploads=uploads, form=form))
    return _choose(request, invitation, handed, status=422 if any(one.fault for one in handed) else 200)


def _words(invitation: UploadInvitation) -> Words:
    return words_in(invitation.contact.language)
