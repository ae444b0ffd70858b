"""Whatever the editor offers for a text is filled wherever that text is shown."""

from consent import texts
from consent.clause import clause
from consent.drafting import begin, change, publish, submit
from consent.models import ConsentText, TextDraft
from consent.proofreading import mistakes_in
from consent.texts.leaves import leaves, reworded
from consent.wording import current_text, prefilled
from practices.models import Practice
from tests.consent.editions import ready

Kind = ConsentText.Kind
SHOWN = (Kind.QR_PAGE, Kind.CHAT, Kind.PRIVACY_NOTICE, Kind.WIDGET, Kind.GUARDIAN)


def a_draft_with(words: dict[str, str]) -> TextDraft:
    draft = begin(language="de", by=None)
    change(draft=draft, by=None, words=words, renews=[], reason="Neue Wörter")
    return submit(draft=draft, by=None)


def test_c_02_every_part_with_every_placeholder_it_may_use_can_be_shown(practice: Practice) -> None:
    """Whatever the editor offers for a text, nobody's page breaks by using it."""
    ready(practice)
    house = texts.tables("de-2026-05")
    of_practice = "{praxis_nominativ} {praxis_telefon} {stand} {antwortzeit} {aufsicht_name}"
    documents = (
        "notice.title",
        "chat.body",
        "widget.title",
        "guardian.later",
        "prefilled",
        "clause.title",
        "page.title",
    )
    before = {leaf.path: leaf.value for leaf in leaves(house)}
    used = {path: f"{of_practice} {before[path]}" for path in documents}
    assert mistakes_in(reworded(house, used)) == []

    publish(draft=a_draft_with(used), by=None, by_operator=True)

    assert [current_text(kind, "de").kind for kind in SHOWN] == list(SHOWN)
    assert clause(practice, "de", "0171 3920010").document.title.startswith("die ")
    assert prefilled(practice, "de", "7K4F-012Q").startswith("die ")
