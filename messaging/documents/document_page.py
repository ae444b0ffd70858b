"""/d/<token>: the page on which a patient opens a document, and the file behind it (C-25)."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from messaging.documents import files, opening, pages
from messaging.documents.factors import Outcome, locked_until
from messaging.models import ProtectedDocument
from practices import doors
from practices.models import Door
from practices.scope import practice_scope
from practices.sealed_files import SealedFile

KIND = Door.Kind.DOCUMENT
# Nothing in it may run or load anything, however a browser reads it.
HARMLESS = "default-src 'none'; sandbox"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def document_page(request: HttpRequest, token: str) -> HttpResponse:
    """Asks for the factor; a POST with the right one shows the document."""
    if pages.missed_too_often(request):
        return pages.limited(request)
    door = doors.resolve(KIND, token)
    if door is None:
        return pages.nowhere(request, KIND, token)
    with practice_scope(door.leads_to_id):
        document = opening.lying_at(door.object_id)
        if document is None:
            return pages.nowhere(request, KIND, token)
        with override(document.contact.language):
            return _answer(request, document, token) if request.method == "POST" else _ask(request, document)


def _ask(request: HttpRequest, document: ProtectedDocument, error: str = "") -> HttpResponse:
    language = document.contact.language
    if locked_until(document):
        return pages.locked(request, document, language)
    context = pages.surroundings(language) | pages.factor_context(document)
    context |= {"error": error, "until": context["words"]["until"].format(date=pages.day_of(document.expires_at))}
    return render(request, "messaging/documents/document_page.html", context, status=422 if error else 200)


def _answer(request: HttpRequest, document: ProtectedDocument, token: str) -> HttpResponse:
    language = document.contact.language
    answer = pages.answer_in(request.POST, document)
    if answer is None:
        return _ask(request, document, pages.incomplete_sentence(document, language))
    outcome = opening.open_document(document=document, answer=answer)
    if outcome == Outcome.RIGHT:
        return _show(request, document, token)
    pages.note_miss(request)
    if outcome == Outcome.LOCKED:
        return pages.locked(request, document, language)
    return _ask(request, document, pages.wrong_sentence(document, language))


def _show(request: HttpRequest, document: ProtectedDocument, token: str) -> HttpResponse:
    context, details = pages.surroundings(document.contact.language), document.details
    is_text = details["mime_type"] == files.TEXT
    ticket = opening.ticket_for(document)
    context |= {
        "title": details["title"],
        "text": b"".join(files.sealed_file(document).read()).decode() if is_text else "",
        "is_picture": details["mime_type"].startswith("image/"),
        "filename": details["filename"],
        "size": document.size,
        "file_url": reverse("documents:document_file", kwargs={"token": token, "ticket": ticket}),
        "until": context["words"]["until"].format(date=pages.day_of(document.expires_at)),
    }
    return render(request, "messaging/documents/document_opened.html", context)


@require_safe
def document_file(request: HttpRequest, token: str, ticket: str) -> HttpResponseBase:
    """The file itself, for a quarter of an hour after the factor was given; then the page asks anew."""
    if pages.missed_too_often(request):
        return pages.limited(request)
    door = doors.resolve(KIND, token)
    if door is None:
        return pages.nowhere(request, KIND, token)
    with practice_scope(door.leads_to_id):
        document = opening.lying_at(door.object_id)
        if document is None or not opening.admits(ticket, document) or document.details["mime_type"] == files.TEXT:
            return pages.nowhere(request, KIND, token)
        return file_response(document)


def file_response(document: ProtectedDocument) -> HttpResponseBase:
    """To be saved; inside our page a picture shows all the same. Opened chunk by chunk while it is sent."""
    details = document.details
    response = StreamingHttpResponse(_pieces(files.sealed_file(document)), content_type=details["mime_type"])
    response.headers["Content-Length"] = str(document.size)
    response.headers["Content-Security-Policy"] = HARMLESS
    response.headers["Content-Disposition"] = content_disposition_header(True, details["filename"]) or "attachment"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _pieces(file: SealedFile) -> Iterator[bytes]:
    yield from file.read()
