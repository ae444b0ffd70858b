"""A practice's own wording on its way to its patients: begun, written, handed on, and published by somebody else.

WRITING ⇄ SUBMITTED → PUBLISHED, and DISCARDED from either. A language has one draft at a time. Whoever changed it last
may not publish it (four eyes); where only one person may decide, the operator publishes on their order.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consent import texts
from consent.editions import content_of, current_edition, current_set, digest_of
from consent.models import TextDraft, TextEdition
from consent.proofreading import require_ready
from consent.purposes import Purpose
from consent.texts.leaves import reworded
from practices.access import LEADERS
from practices.audit import record
from practices.background import wake_on_commit
from practices.models import Member, Practice
from practices.refusal import Refusal
from practices.scope import current_practice_id

State = TextDraft.State
OPEN = (State.WRITING, State.SUBMITTED)
OUTDATE = "consent.outdate"
OWN = ".m"  # between the house's version and the practice's own number


class DraftElsewhere(Refusal):
    """The draft is in another state than whoever acts believed."""

    reason = "draft_elsewhere"


class FourEyes(Refusal):
    """Whoever wrote it wants to publish it."""

    reason = "four_eyes"


def open_draft(language: str) -> TextDraft | None:
    """The draft at work in a language."""
    found: TextDraft | None = TextDraft.objects.filter(language=language, state__in=OPEN).order_by("-pk").first()
    return found


@transaction.atomic
def begin(*, language: str, by: Member | None, from_house: bool = False) -> TextDraft:
    """A draft that says what holds now, or what the house's newest text says; the one at work if there is one."""
    _one_at_a_time()
    if at_work := open_draft(language):
        return at_work
    base = texts.current(language).version if from_house else current_set(language).version
    draft = TextDraft.objects.create(
        language=texts.current(language).language, based_on=base, content=content_of(base) or {}, written_by=by
    )
    record("text_draft_begun", about=draft, by=by, based_on=base)
    return draft


@transaction.atomic
def change(
    *,
    draft: TextDraft,
    by: Member | None,
    words: Mapping[str, str] | None = None,
    renews: Collection[Purpose] | None = None,
    reason: str | None = None,
    is_checked: bool | None = None,
) -> TextDraft:
    """Other words, by their path (consent/texts/leaves.py), and what belongs to the draft besides; what is not given
    stays. `is_checked`: the translation was read by somebody who speaks the language.

    Raises DraftElsewhere unless it is being written. Whoever really changes something counts as its author.
    """
    held = _held(draft, State.WRITING)
    before = (held.content, held.renews, held.reason)
    held.content = reworded(held.content, words or {})
    if is_checked is not None:
        held.content["draft_translation"] = not is_checked
    held.renews = held.renews if renews is None else [str(purpose) for purpose in Purpose if purpose in renews]
    held.reason = held.reason if reason is None else reason
    return _written(held, by) if (held.content, held.renews, held.reason) != before else held


@transaction.atomic
def replace_content(*, draft: TextDraft, content: Mapping[str, Any], by: Member | None) -> TextDraft:
    """A whole file instead, as the operator imports it. Raises DraftElsewhere."""
    held = _held(draft, State.WRITING)
    held.content = {**content, "language": held.language}
    held.based_on = str(content.get("version", held.based_on)).partition(OWN)[0][:20]
    return _written(held, by)


def _written(draft: TextDraft, by: Member | None) -> TextDraft:
    draft.written_by = by
    draft.save()
    record("text_draft_changed", about=draft, by=by)
    return draft


@transaction.atomic
def submit(*, draft: TextDraft, by: Member | None) -> TextDraft:
    """Hand the draft to somebody else. Raises NotReady, which names each mistake, or DraftElsewhere."""
    held = _held(draft, State.WRITING)
    require_ready(held.content)
    return _moved(held, State.SUBMITTED, "text_draft_submitted", by)


@transaction.atomic
def hand_back(*, draft: TextDraft, by: Member | None, note: str = "") -> TextDraft:
    """It must be written on; `note` says why. Raises DraftElsewhere.

    The words stay with the draft for good. The trail, which holds no words, names which of its notes they are.
    """
    held = _held(draft, State.SUBMITTED)
    held.return_notes = [*held.return_notes, note.strip()]
    held.save(update_fields=["return_notes"])
    return _moved(held, State.WRITING, "text_draft_handed_back", by, note=len(held.return_notes))


@transaction.atomic
def discard(*, draft: TextDraft, by: Member | None) -> TextDraft:
    """Nothing comes of it; patients never saw it. Raises DraftElsewhere."""
    return _moved(_held(draft, *OPEN), State.DISCARDED, "text_draft_discarded", by)


@transaction.atomic
def publish(*, draft: TextDraft, by: Member | None, seen: str | None = None, by_operator: bool = False) -> TextEdition:
    """From now on patients read this. Raises FourEyes, NotReady or DraftElsewhere, and then nothing has changed.

    `seen` is the fingerprint of what the person has read: words changed since then are not published unread. With
    `by_operator` nobody of the practice publishes; the trail says so.
    """
    _one_at_a_time()
    held = _held(draft, State.SUBMITTED)
    if seen not in {None, fingerprint(held)}:
        raise _elsewhere(held)
    if not by_operator:
        _require_another(held, by)
    require_ready(held.content)
    edition = _edition(held, by)
    _moved(held, State.PUBLISHED, "text_draft_published", by)
    record("text_published", about=edition, by=by, version=edition.version, renews=held.renews, by_operator=by_operator)
    if held.renews:
        wake_on_commit(OUTDATE, practice_id=current_practice_id())
    return edition


def fingerprint(draft: TextDraft) -> str:
    """Of all that whoever publishes decides on."""
    return digest_of({"content": draft.content, "renews": draft.renews, "reason": draft.reason})


def _require_another(draft: TextDraft, by: Member | None) -> None:
    if by is None or by.pk == draft.written_by_id:
        raise FourEyes(
            _("Wer einen Text zuletzt geändert hat, darf ihn nicht selbst veröffentlichen."),
            next_step=_("Bitten Sie eine zweite Person mit Leitungsrolle, ihn zu lesen und freizugeben."),
        )


def _edition(draft: TextDraft, by: Member | None) -> TextEdition:
    version = next_version(draft)
    content = draft.content | {"version": version, "as_of": f"{timezone.localdate():%Y-%m}"}
    return TextEdition.objects.create(
        language=draft.language,
        version=version,
        content=content,
        sha256=digest_of(content),
        renews=draft.renews,
        reason=draft.reason,
        written_by_id=draft.written_by_id,
        published_by=by,
    )


def next_version(draft: TextDraft) -> str:
    """The house's version it stands on, then the practice's own number in this language: "de-2026-05.m3"."""
    number = TextEdition.objects.filter(language=draft.language).count() + 1
    return f"{draft.based_on.partition(OWN)[0]}{OWN}{number}"


def can_publish(draft: TextDraft, member: Member) -> bool:
    return draft.state == State.SUBMITTED and member.role in LEADERS and member.pk != draft.written_by_id


def others_who_may_publish(draft: TextDraft) -> int:
    """How many people of the practice could be the second pair of eyes."""
    leaders = Member.objects.filter(practice_id=current_practice_id(), role__in=LEADERS, left_at=None)
    return sum(leader.pk != draft.written_by_id for leader in leaders)


def is_overtaken(draft: TextDraft) -> bool:
    """Whether the house has a newer text than the one this draft stands on."""
    return draft.based_on.partition(OWN)[0] != texts.current(draft.language).version


def house_is_newer(language: str) -> bool:
    """Whether the practice's own edition stands on a text of the house that is no longer its newest."""
    own = current_edition(language)
    return own is not None and own.version.partition(OWN)[0] != texts.current(language).version


# ── what all share ──


def _one_at_a_time() -> None:
    """Two who begin or publish at once in one practice: the second one sees what the first has done."""
    Practice.objects.select_for_update(no_key=True).get(pk=current_practice_id())


def _held(draft: TextDraft, *states: State) -> TextDraft:
    held: TextDraft = TextDraft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if held.state not in states:
        raise _elsewhere(held)
    return held


def _elsewhere(draft: TextDraft) -> DraftElsewhere:
    return DraftElsewhere(
        _("Der Entwurf hat sich inzwischen geändert. Er ist jetzt: %(state)s.") % {"state": State(draft.state).label},
        next_step=_("Bitte lesen Sie ihn noch einmal."),
    )


def _moved(draft: TextDraft, state: State, deed: str, by: Member | None, **codes: int) -> TextDraft:
    draft.state = state
    draft.save(update_fields=["state", "updated_at"])
    record(deed, about=draft, by=by, language=draft.language, **codes)
    return draft
