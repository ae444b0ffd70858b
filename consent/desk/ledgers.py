"""What somebody outside needs to check a proof or the register: the signed head, the key, the verifier."""

from importlib import resources

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from consent.checkpoints import as_file, key_file, newest_checkpoint
from consent.models import LedgerCheckpoint
from practices.access import LEADERS, MemberRequest, member_required, role_required
from practices.background import wake_on_commit


@require_safe
@member_required
def newest(request: MemberRequest) -> HttpResponse:  # noqa: ARG001
    """The newest signed head as a file, as the owners get it by mail."""
    signed = _newest_or_404()
    return _file(f"stand-{signed.entries}.txt", as_file(signed))


@require_safe
@member_required
def public_key(request: MemberRequest) -> HttpResponse:  # noqa: ARG001
    """The key the newest head was signed with."""
    signed = _newest_or_404()
    if signed.public_key is None:
        raise Http404
    return _file("schluessel.pem", key_file(bytes(signed.public_key)))


@require_safe
@member_required
def verifier(request: MemberRequest) -> HttpResponse:  # noqa: ARG001
    """The stand-alone verifier, which says itself how it is used."""
    source = resources.files("consent.proof").joinpath("verify_proof.py").read_text("utf-8")
    return _file("verify_proof.py", source)


@require_POST
@role_required(*LEADERS)
def look(request: MemberRequest) -> HttpResponse:
    """Verify and sign now instead of tonight; the worker does it, which alone has the key."""
    wake_on_commit("consent.verify_ledger", practice_id=request.practice.pk)
    return redirect("consent:overview", practice=request.practice.slug)


def _newest_or_404() -> LedgerCheckpoint:
    signed = newest_checkpoint()
    if signed is None:
        raise Http404
    return signed


def _file(name: str, text: str) -> HttpResponse:
    # As a file in any case: a browser that showed it might guess at its kind.
    return HttpResponse(
        text.encode(),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
