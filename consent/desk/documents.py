"""A scanned paper, to download. Each opening is noted."""

from uuid import UUID

from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from consent.documents import sealed_file
from consent.models import ConsentDocument
from practices.access import SENDERS, MemberRequest, role_required
from practices.audit import looked_at

# Nothing in it may run or load anything, however a browser reads it.
HARMLESS = "default-src 'none'; sandbox"


@require_safe
@role_required(*SENDERS)
def document(request: MemberRequest, document_id: UUID) -> HttpResponseBase:
    """The paper as it came in, opened chunk by chunk while it is sent; never shown inside a page."""
    row = get_object_or_404(ConsentDocument, pk=document_id)
    file, details = sealed_file(row), row.details
    if not file.path.exists():
        raise Http404
    looked_at("consent_document", about=row, by=request.member)
    response = StreamingHttpResponse(file.read(), content_type=details.get("mime_type", "application/octet-stream"))
    response.headers["Content-Length"] = str(row.size)
    response.headers["Content-Security-Policy"] = HARMLESS
    filename = str(details.get("filename") or "")
    response.headers["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    return response
