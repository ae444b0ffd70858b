"""The way through a list by the actions behind the pages."""

from datetime import date
from typing import Any

from consent.imports import lists, running
from consent.imports.mapping import Field
from consent.models import ConsentImport, ConsentImportRow
from consent.purposes import Purpose
from practices.models import Member, Practice
from tests.consent.imports.rows import WORDING


def old_form(*purposes: Purpose, **changes: Any) -> lists.OldForm:
    agreed = frozenset(purposes or {Purpose.ORGANISATION})
    said: dict[str, Any] = {"wording": WORDING, "dated": date(2021, 3, 1), "language": "de", "purposes": agreed}
    return lists.OldForm(**(said | changes))


def uploaded(content: bytes, by: Member, form: lists.OldForm | None = None) -> ConsentImport:
    return lists.upload(content=content, filename="alt.csv", form=form or old_form(), by=by)


def checked(
    content: bytes, practice: Practice, by: Member, *, form: lists.OldForm | None = None, all_agreed: bool = False
) -> ConsentImport:
    """Uploaded and looked through, with the columns as Roger guesses them."""
    listing = uploaded(content, by, form)
    mapped = {Field(name): place for name, place in listing.mapping.items()}
    lists.map_and_check(listing=listing, mapped=mapped, all_agreed=all_agreed, practice=practice, by=by)
    return listing


def carried_out(content: bytes, practice: Practice, by: Member, form: lists.OldForm | None = None) -> ConsentImport:
    """The whole way, the worker's part included."""
    listing = checked(content, practice, by, form=form)
    lists.start(listing=listing, by=by)
    while running.run(seconds=5):
        pass
    listing.refresh_from_db()
    return listing


def verdicts(listing: ConsentImport) -> dict[int, str]:
    """By the number of the row."""
    return dict(ConsentImportRow.objects.filter(belongs_to=listing).values_list("number", "verdict"))
