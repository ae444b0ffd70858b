"""/p/<practice>/consent/imports/: lists of old consents, step by step, for those who lead the practice.

What stands in a list is never in an address or a title.
"""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.desk.import_forms import EncodingForm, MappingForm, UploadForm
from consent.imports import faults, lists
from consent.imports.encodings import NAMES
from consent.imports.limits import LARGEST_LIST, NotReadable, too_large
from consent.imports.mapping import Field
from consent.imports.overview import Count, counts_of, progress_of, rows_to_show, shown_fields
from consent.imports.verdicts import CARRIED_OUT, EXPLAINED, Verdict
from consent.models import ConsentImport
from practices.access import LEADERS, MemberRequest, role_required
from practices.audit import looked_at
from practices.refusal import Refusal

MOST_LISTED, PREVIEWED, A_PAGE = 50, 10, 50
State = ConsentImport.State
leader_required = role_required(*LEADERS)


@require_http_methods(["GET", "HEAD", "POST"])
@leader_required
def imports(request: MemberRequest) -> HttpResponse:
    """The lists so far, and a form for the next; a POST keeps it."""
    if request.method != "POST":
        return _overview(request, UploadForm(practice=request.practice, initial={"language": "de"}))
    form = UploadForm(request.POST, request.FILES, practice=request.practice)
    if not form.is_valid():
        return _overview(request, form, status=422)
    table = form.cleaned_data["table"]
    try:
        if table.size > LARGEST_LIST:
            raise too_large()
        listing = lists.upload(content=table.read(), filename=table.name, form=form.old_form, by=request.member)
    except Refusal as refusal:
        form.add_error("table" if isinstance(refusal, NotReadable) else None, _sentence(refusal))
        return _overview(request, form, status=422)
    return _to(request, "import_mapping", listing)


@require_safe
@leader_required
def listing(request: MemberRequest, import_id: UUID) -> HttpResponse:
    """Where a list stands: the dry run row by row, its progress, or its result."""
    one = _list(import_id)
    if one.state == State.UPLOADED:
        return _to(request, "import_mapping", one)
    if one.state != State.CHECKED:
        return _page(request, "import_result", one, _progress(one))
    looked_at("consent_import", about=one, by=request.member)
    return _page(request, "import_check", one, _checked(request, one))


@require_http_methods(["GET", "HEAD", "POST"])
@leader_required
def mapping(request: MemberRequest, import_id: UUID) -> HttpResponse:
    """What the columns mean; a POST looks through every row."""
    one = _list(import_id)
    if one.state not in lists.OPEN:
        return _to(request, "import", one)
    looked_at("consent_import", about=one, by=request.member)
    if request.method != "POST":
        return _mapping_page(request, one, _guessed(request, one))
    form = MappingForm(request.POST, columns=one.source["columns"], practice=request.practice)
    if not form.is_valid():
        return _mapping_page(request, one, form, status=422)
    meaning = {"mapped": form.mapped, "all_agreed": form.cleaned_data["all_agreed"]}
    with suppress(Refusal):  # somebody was quicker: the list's own page says how it stands
        lists.map_and_check(listing=one, practice=request.practice, by=request.member, **meaning)
    return _to(request, "import", one)


@require_POST
@leader_required
def reading(request: MemberRequest, import_id: UUID) -> HttpResponse:
    """The same file in another encoding."""
    one, form = _list(import_id), EncodingForm(request.POST)
    if not form.is_valid():
        return _to(request, "import_mapping", one)
    try:
        lists.read_again(listing=one, encoding=form.cleaned_data["encoding"], by=request.member)
    except NotReadable as refusal:
        return _mapping_page(request, one, _guessed(request, one), error=_sentence(refusal), status=422)
    except Refusal:
        return _to(request, "import", one)
    return _to(request, "import_mapping", one)


@require_safe
@leader_required
def fault_list(request: MemberRequest, import_id: UUID) -> HttpResponse:
    """The rows that need a hand, to put right in Excel and upload again."""
    one = _list(import_id)
    looked_at("consent_import", about=one, by=request.member)
    response = HttpResponse(faults.as_csv(one), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="zu-klaeren.csv"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@leader_required
def carrying_out(request: MemberRequest, import_id: UUID) -> HttpResponse:
    """Once more in numbers; a POST has the worker begin."""
    one = _list(import_id)
    if one.state != State.CHECKED:
        return _to(request, "import", one)
    error, counts = "", counts_of(one)
    if request.method == "POST":
        try:
            lists.start(listing=one, by=request.member)
        except Refusal as refusal:
            error = _sentence(refusal)
        else:
            return _to(request, "import", one)
    due = {count.verdict: count.rows for count in counts}
    context = {
        "grants": due.get(Verdict.GRANT, 0),
        "outdated": due.get(Verdict.GRANT_OUTDATED, 0),
        "withdrawals": due.get(Verdict.WITHDRAW, 0),
        "left_out": one.rows_in_all - sum(due.get(verdict, 0) for verdict in CARRIED_OUT),
        "error": error,
    }
    return _page(request, "import_carrying_out", one, context, status=422 if error else 200)


@require_safe
@leader_required
def progress(request: MemberRequest, import_id: UUID) -> HttpResponse:
    """The part of the page that changes while the worker is at it."""
    one = _list(import_id)
    return render(request, "consent/desk/_import_progress.html", {"import": one} | _progress(one))


@require_POST
@leader_required
def discard(request: MemberRequest, import_id: UUID) -> HttpResponse:
    one = _list(import_id)
    try:
        lists.discard(listing=one, by=request.member)
    except Refusal:
        return _to(request, "import", one)
    return redirect("consent:imports", practice=request.practice.slug)


# ── the pages ──


def _list(import_id: UUID) -> ConsentImport:
    one: ConsentImport = get_object_or_404(
        ConsentImport.objects.select_related("text", "created_by__user"), pk=import_id
    )
    return one


def _to(request: MemberRequest, name: str, one: ConsentImport) -> HttpResponse:
    return redirect(f"consent:{name}", practice=request.practice.slug, import_id=one.pk)


def _overview(request: MemberRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    newest = ConsentImport.objects.select_related("created_by__user").order_by("-created_at", "-pk")[:MOST_LISTED]
    context = _surroundings() | {"form": form, "imports": newest}
    return render(request, "consent/desk/imports.html", context, status=status)


def _guessed(request: MemberRequest, one: ConsentImport) -> MappingForm:
    initial = {f"column_{place}": name for name, place in one.mapping.items()}
    initial["all_agreed"] = one.source.get("all_agreed", False)
    return MappingForm(initial=initial, columns=one.source["columns"], practice=request.practice)


def _mapping_page(
    request: MemberRequest, one: ConsentImport, form: MappingForm, *, error: str = "", status: int = 200
) -> HttpResponse:
    rows = list(one.rows.order_by("number")[:PREVIEWED])
    cells = [row.cells or [] for row in rows]
    columns = [
        (field, [row[place] for row in cells[:3] if place < len(row)]) for place, field in enumerate(form.columns)
    ]
    encoding = one.source["encoding"]
    context = {
        "form": form,
        "columns": columns,
        "rows": rows,
        "heads": one.source["columns"],
        "encoding_name": NAMES.get(encoding, ""),
        "encoding_form": EncodingForm(initial={"encoding": encoding}) if encoding else None,
        "error": error,
    }
    return _page(request, "import_mapping", one, context, status=status)


def _checked(request: MemberRequest, one: ConsentImport) -> dict[str, Any]:
    chosen = request.GET.get("verdict", "")
    chosen = chosen if chosen in EXPLAINED else ""
    page = Paginator(rows_to_show(one, chosen), A_PAGE).get_page(request.GET.get("page"))
    fields = shown_fields(one)
    counts = counts_of(one)
    return {
        "counts": counts,
        "chosen": chosen,
        "heads": [Field(name).label for name, _place in fields],
        "rows": [_shown(row.number, row.cells or [], fields, row.verdict) for row in page],
        "page": page,
        "has_faults": any(count.group == "fault" for count in counts),
        "is_any_due": any(count.group == "due" for count in counts),
    }


def _shown(number: int, cells: list[str], fields: list[tuple[str, int]], verdict: str) -> dict[str, Any]:
    explained = EXPLAINED[Verdict(verdict)]
    said = [cells[place] if place < len(cells) else "" for _name, place in fields]
    return {"number": number, "cells": said, "explained": explained}


def _progress(one: ConsentImport) -> dict[str, Any]:
    counts: list[Count] = counts_of(one)
    return {"counts": counts, "progress": progress_of(one)}


def _page(
    request: MemberRequest, template: str, one: ConsentImport, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return render(request, f"consent/desk/{template}.html", _surroundings() | {"import": one} | context, status=status)


def _surroundings() -> dict[str, Any]:
    return {"tab": "", "area": "consent", "section": "imports"}


def _sentence(refusal: Refusal) -> str:
    return f"{refusal.for_person} {refusal.next_step}".strip()
