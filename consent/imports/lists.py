"""What people do with a list: upload it, read it another way, say what its columns mean, start it, throw it away."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from consent.documents import discard_document, keep_document, keep_list, sealed_file
from consent.imports.checking import check
from consent.imports.mapping import Field, guess
from consent.imports.reading import Table, read
from consent.imports.verdicts import CARRIED_OUT
from consent.models import ConsentDocument, ConsentImport, ConsentImportRow, ConsentText
from consent.purposes import Purpose
from practices.audit import record
from practices.background import wake_on_commit
from practices.live import changed
from practices.models import Member, Practice
from practices.postgres.bulk import insert_many
from practices.refusal import Refusal
from practices.scope import current_practice_id

RUN = "consent.run_import"
ABANDONED = timedelta(days=14)  # a list nobody carries out is no reason to keep what it says about people
OPEN = (ConsentImport.State.UPLOADED, ConsentImport.State.CHECKED)
AT_ONCE = 2_000
TYPES = {False: "text/csv", True: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class NotPossibleNow(Refusal):
    """The list is not in the state for this, since somebody else was quicker."""

    reason = "import_state"


@dataclass(frozen=True, kw_only=True)
class OldForm:
    """What people signed back then: the wording, the day it is from, what a bare yes on it meant, perhaps a scan."""

    wording: str = field(repr=False)
    dated: date
    language: str
    purposes: frozenset[Purpose]
    scan: "UploadedFile[Any] | None" = None


@transaction.atomic
def upload(*, content: bytes, filename: str, form: OldForm, by: Member) -> ConsentImport:
    """Keep a list and its rows, sealed. Raises a Refusal for what cannot be read, and then nothing is stored."""
    table = read(content)
    kept = keep_list(content=content, filename=filename, mime_type=TYPES[bool(table.sheet)], by=by)
    scan = keep_document(upload=form.scan, by=by) if form.scan else None
    listing = ConsentImport(created_by=by, document=kept, text=_text_of(form))
    listing.source = {
        "filename": filename[:200],
        "purposes": sorted(form.purposes),
        "form_dated": form.dated.isoformat(),
        "form_document": str(scan.pk) if scan else None,
    }
    _take_in(listing, table)
    listing.save(force_insert=True)
    _keep_rows(listing, table)
    record("import_uploaded", about=listing, by=by, rows=listing.rows_in_all)
    return listing


def _text_of(form: OldForm) -> ConsentText:
    """The old wording as a text like all others: it never changes, and events point to it (C-05)."""
    body = form.wording.strip().replace("\r\n", "\n")
    digest, version = hashlib.sha256(body.encode()).hexdigest(), f"alt-{form.dated.isoformat()}"
    row = ConsentText(kind=ConsentText.Kind.IMPORTED, version=version, language=form.language, body=body, sha256=digest)
    ConsentText.objects.bulk_create([row], ignore_conflicts=True)
    kept: ConsentText = ConsentText.objects.get(kind=row.kind, version=version, sha256=digest)
    return kept


def _take_in(listing: ConsentImport, table: Table) -> None:
    listing.source = listing.source | {"columns": table.columns, "encoding": table.encoding, "sheet": table.sheet}
    listing.rows_in_all = len(table.lines)
    listing.mapping = dict(guess(table.columns, [line.cells for line in table.lines[:50]]))


def _keep_rows(listing: ConsentImport, table: Table) -> None:
    for start in range(0, len(table.lines), AT_ONCE):
        lines = table.lines[start : start + AT_ONCE]
        insert_many([ConsentImportRow(belongs_to=listing, number=line.number, cells=line.cells) for line in lines])


@transaction.atomic
def read_again(*, listing: ConsentImport, encoding: str, by: Member) -> None:
    """The umlauts were wrong: read the same file in another encoding. Raises a Refusal."""
    listing = _held(listing, *OPEN)
    content = b"".join(sealed_file(_document(listing)).read())
    table = read(content, encoding)
    listing.rows.all().delete()
    _take_in(listing, table)
    listing.state = ConsentImport.State.UPLOADED
    listing.save(update_fields=["source", "rows_in_all", "mapping", "state"])
    _keep_rows(listing, table)
    record("import_read_again", about=listing, by=by, encoding=encoding)


@transaction.atomic
def map_and_check(
    *, listing: ConsentImport, mapped: Mapping[Field, int], all_agreed: bool, practice: Practice, by: Member
) -> None:
    """Say what the columns mean and look through every row. Carries nothing out. Raises NotPossibleNow."""
    listing = _held(listing, *OPEN)
    listing.mapping = {str(name): place for name, place in mapped.items()}
    listing.source = listing.source | {"all_agreed": all_agreed}
    listing.state = ConsentImport.State.CHECKED
    listing.save(update_fields=["mapping", "source", "state"])
    check(listing, practice)
    record("import_checked", about=listing, by=by)


@transaction.atomic
def start(*, listing: ConsentImport, by: Member) -> None:
    """Have the worker carry it out. Raises NotPossibleNow, also if no row is to be carried out."""
    listing = _held(listing, ConsentImport.State.CHECKED)
    due = listing.rows.filter(verdict__in=CARRIED_OUT).count()
    if not due:
        raise NotPossibleNow(_("In dieser Liste gibt es nichts zu übernehmen."))
    listing.state = ConsentImport.State.RUNNING
    listing.save(update_fields=["state"])
    record("import_started", about=listing, by=by, rows=due)
    changed("import", listing.pk)
    wake_on_commit(RUN, practice_id=current_practice_id())


@transaction.atomic
def discard(*, listing: ConsentImport, by: Member | None) -> None:
    """Throw a list away that was not carried out: rows, file, scan and their keys. Raises NotPossibleNow."""
    listing = _held(listing, *OPEN)
    papers = [_document(listing), *ConsentDocument.objects.filter(pk=listing.source.get("form_document"))]
    listing.rows.all().delete()
    listing.state, listing.document, listing.source = ConsentImport.State.DISCARDED, None, _without_traces(listing)
    listing.save(update_fields=["state", "document", "source"])
    for paper in papers:
        discard_document(paper, by=by)
    record("import_discarded", about=listing, by=by)
    changed("import", listing.pk)


def _without_traces(listing: ConsentImport) -> dict[str, Any]:
    return {"filename": listing.source["filename"], "columns": [], "purposes": []}


@transaction.atomic
def discard_abandoned(*, now: datetime) -> int:
    """Throw lists away that were uploaded 14 days ago and never carried out; answers how many."""
    old = list(ConsentImport.objects.filter(state__in=OPEN, created_at__lt=now - ABANDONED).order_by("pk"))
    for listing in old:
        discard(listing=listing, by=None)
    return len(old)


def _held(listing: ConsentImport, *states: ConsentImport.State) -> ConsentImport:
    held = ConsentImport.objects.filter(pk=listing.pk, state__in=states).select_for_update(of=("self",), no_key=True)
    found: ConsentImport | None = held.first()
    if found is None:
        raise NotPossibleNow(
            _("Diese Liste wurde inzwischen übernommen oder verworfen."), next_step=_("Laden Sie die Seite neu.")
        )
    return found


def _document(listing: ConsentImport) -> ConsentDocument:
    if listing.document is None:
        raise ConsentDocument.DoesNotExist  # a list that was not thrown away has its file
    return listing.document
