"""A wording on its way: begun, changed, handed on, published by somebody else, and named when it is not ready."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from consent import texts
from consent.drafting import (
    DraftElsewhere,
    FourEyes,
    begin,
    change,
    discard,
    fingerprint,
    hand_back,
    house_is_newer,
    is_overtaken,
    next_version,
    open_draft,
    others_who_may_publish,
    publish,
    replace_content,
    submit,
)
from consent.editions import content_of, current_set, digest_of
from consent.models import ConsentText, TextDraft, TextEdition
from consent.proofreading import NotReady, mistakes_in
from consent.purposes import Purpose
from consent.texts.leaves import reworded
from consent.wording import current_text, guardian_of, practice_in_scope
from practices.models import AuditEvent, Member, Practice, Role
from practices.scope import practice_scope
from tests.at_once import at_once
from tests.consent.editions import CHAT, CLAIMS, NOBODY_READS, TITLE, a_submitted_draft, an_edition, ready, state_of
from tests.factories import make_member, make_practice

Kind = ConsentText.Kind


@pytest.fixture
def anna(practice: Practice) -> Member:
    ready(practice)
    return make_member(practice, Role.OWNER, name="Anna Arnold")


@pytest.fixture
def ben(practice: Practice) -> Member:
    return make_member(practice, Role.PRACTICE_MANAGER, name="Ben Berg")


def deeds() -> list[str]:
    kinds = AuditEvent.objects.filter(kind__startswith="text_").order_by("pk")
    return list(kinds.values_list("kind", flat=True))


# ── writing ──


def test_a_draft_begins_with_what_holds_now(anna: Member) -> None:
    draft = begin(language="de", by=anna)

    assert draft.content == texts.tables("de-2026-05")
    assert (draft.based_on, draft.state, draft.written_by) == ("de-2026-05", "writing", anna)


def test_a_language_has_one_draft_at_a_time(anna: Member, ben: Member) -> None:
    draft = begin(language="de", by=anna)

    assert begin(language="de", by=ben) == draft
    assert begin(language="en", by=ben) != draft


def test_a_draft_after_an_edition_begins_with_that_edition(anna: Member) -> None:
    edition = an_edition(page__title="Schreiben Sie uns")

    draft = begin(language="de", by=anna)

    assert draft.based_on == edition.version
    assert draft.content["page"]["title"] == "Schreiben Sie uns"


def test_a_draft_may_also_begin_with_the_text_of_the_house(anna: Member) -> None:
    an_edition(page__title="Schreiben Sie uns")

    draft = begin(language="de", by=anna, from_house=True)

    assert (draft.based_on, draft.content["page"]["title"]) == (
        "de-2026-05",
        "Mit {praxis_dativ} über WhatsApp schreiben",
    )


def test_only_wording_can_be_changed_and_never_an_id_a_purpose_or_a_version(anna: Member) -> None:
    draft = begin(language="de", by=anna)
    sly = {
        "version": "x",
        "language": "en",
        "chat.buttons.0.id": "ja",
        "page.purposes.0.purpose": "werbung",
        "neu": "x",
    }

    change(draft=draft, by=anna, words=sly)

    draft.refresh_from_db()
    assert draft.content == texts.tables("de-2026-05")


def test_what_a_browser_sends_is_kept_in_one_spelling(anna: Member) -> None:
    draft = begin(language="de", by=anna)

    change(draft=draft, by=anna, words={CHAT: "  Erste Zeile \r\n Gru\u0308ße  \r\n"})

    draft.refresh_from_db()
    assert draft.content["chat"]["body"] == "Erste Zeile\nGrüße"


def test_whoever_changes_a_draft_becomes_its_author_and_whoever_changes_nothing_does_not(
    anna: Member, ben: Member
) -> None:
    draft = begin(language="de", by=anna)

    change(draft=draft, by=ben, words={TITLE: draft.content["page"]["title"]})
    unchanged = TextDraft.objects.get(pk=draft.pk).written_by
    change(draft=draft, by=ben, words={TITLE: "Neu"})

    assert (unchanged, TextDraft.objects.get(pk=draft.pk).written_by) == (anna, ben)


def test_a_draft_that_was_handed_on_is_no_longer_written(anna: Member) -> None:
    draft = a_submitted_draft(anna)

    with pytest.raises(DraftElsewhere, match="draft_elsewhere"):
        change(draft=draft, by=anna, words={TITLE: "Noch schnell"})

    draft.refresh_from_db()
    assert draft.content["page"]["title"] == "Schreiben Sie uns"


def test_each_note_of_a_return_stays_and_the_trail_names_which_it_was(anna: Member, ben: Member) -> None:
    draft = a_submitted_draft(anna)
    shown = []
    for note in ("Titel zu lang.", ""):
        shown.append(hand_back(draft=draft, by=ben, note=note).return_note)
        draft = submit(draft=draft, by=anna)

    deeds = AuditEvent.objects.filter(kind="text_draft_handed_back", about_id=draft.pk).order_by("pk")
    assert shown == ["Titel zu lang.", ""]
    assert (draft.return_notes, draft.return_note) == (["Titel zu lang.", ""], "")
    assert [(deed.by, deed.codes) for deed in deeds] == [
        (ben, {"language": "de", "note": 1}),
        (ben, {"language": "de", "note": 2}),
    ]


def test_a_draft_goes_back_and_forth_until_nothing_comes_of_it(anna: Member, ben: Member) -> None:
    draft = a_submitted_draft(anna)

    hand_back(draft=draft, by=ben)
    back = state_of(draft)
    discard(draft=draft, by=anna)

    assert (back, state_of(draft)) == ("writing", "discarded")
    assert open_draft("de") is None
    assert deeds() == [
        "text_draft_begun",
        "text_draft_changed",
        "text_draft_submitted",
        "text_draft_handed_back",
        "text_draft_discarded",
    ]


# ── publishing ──


def test_c_05_a_published_version_is_shown_from_then_on_and_the_old_one_stays(anna: Member, ben: Member) -> None:
    before = current_text(Kind.QR_PAGE, "de")

    edition = publish(draft=a_submitted_draft(anna), by=ben)

    after = current_text(Kind.QR_PAGE, "de")
    assert (edition.version, current_set("de").version, after.version) == ("de-2026-05.m1",) * 3
    assert after.body.startswith("Schreiben Sie uns\n")
    assert after.body.endswith("Text de-2026-05.m1")
    assert ConsentText.objects.get(pk=before.pk).body == before.body
    assert content_of("de-2026-05") == texts.tables("de-2026-05")


def test_c_05_editing_makes_a_new_row_and_each_edition_stays_word_for_word(anna: Member, ben: Member) -> None:
    first = publish(draft=a_submitted_draft(anna, page__title="Eins"), by=ben)
    second = publish(draft=a_submitted_draft(anna, page__title="Zwei"), by=ben)

    assert [first.version, second.version] == ["de-2026-05.m1", "de-2026-05.m2"]
    assert [content_of(one.version)["page"]["title"] for one in (first, second)] == ["Eins", "Zwei"]  # type: ignore[index]
    assert [one.sha256 for one in (first, second)] == [digest_of(one.content) for one in (first, second)]


def test_an_edition_says_from_which_month_it_is(anna: Member, ben: Member) -> None:
    edition = publish(draft=a_submitted_draft(anna), by=ben)

    assert f"{current_set('de').as_of:%Y-%m}" == f"{timezone.localtime(edition.published_at):%Y-%m}"
    assert current_text(Kind.PRIVACY_NOTICE, "de").version == edition.version


def test_another_language_keeps_its_own_text(anna: Member, ben: Member) -> None:
    publish(draft=a_submitted_draft(anna), by=ben)

    assert current_set("en").version == "en-2026-05"


def test_whoever_wrote_it_may_not_publish_it(anna: Member) -> None:
    draft = a_submitted_draft(anna)

    with pytest.raises(FourEyes, match="four_eyes"):
        publish(draft=draft, by=anna)

    assert TextEdition.objects.count() == 0
    assert state_of(draft) == "submitted"


def test_nobody_is_no_second_pair_of_eyes(anna: Member) -> None:
    with pytest.raises(FourEyes, match="four_eyes"):
        publish(draft=a_submitted_draft(anna), by=None)


def test_the_operator_publishes_for_a_practice_with_one_leader_and_the_trail_says_so(anna: Member) -> None:
    draft = a_submitted_draft(anna)
    alone = others_who_may_publish(draft)

    edition = publish(draft=draft, by=None, by_operator=True)

    trail = AuditEvent.objects.get(kind="text_published")
    assert alone == 0
    assert (edition.written_by, edition.published_by) == (anna, None)
    assert (trail.by, trail.about_id) == (None, edition.pk)
    assert trail.codes == {"version": "de-2026-05.m1", "renews": [], "by_operator": True}


def test_somebody_who_left_is_no_second_pair_of_eyes(anna: Member, ben: Member) -> None:
    draft = a_submitted_draft(anna)
    with_ben = others_who_may_publish(draft)
    ben.left_at = draft.updated_at
    ben.save(update_fields=["left_at"])

    assert (with_ben, others_who_may_publish(draft)) == (1, 0)


def test_a_draft_that_was_not_handed_on_is_not_published(anna: Member, ben: Member) -> None:
    with pytest.raises(DraftElsewhere, match="draft_elsewhere"):
        publish(draft=begin(language="de", by=anna), by=ben)


def test_a_newer_text_of_the_house_is_seen(anna: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    an_edition()
    draft = begin(language="de", by=anna)
    before = (is_overtaken(draft), house_is_newer("de"))

    # The English file stands in for a newer German one: what counts is that its name is another.
    monkeypatch.setitem(texts.CURRENT, "de", "en-2026-05")

    assert before == (False, False)
    assert is_overtaken(draft)


def test_an_imported_file_takes_the_place_of_the_words_and_keeps_the_language(anna: Member) -> None:
    draft = begin(language="de", by=anna)
    content = reworded(texts.tables("de-2026-05"), {TITLE: "Aus der Datei"}) | {
        "version": "de-2027-01.m9",
        "language": "en",
    }

    replace_content(draft=draft, content=content, by=None)

    draft.refresh_from_db()
    assert (draft.content["page"]["title"], draft.content["language"], draft.written_by) == (
        "Aus der Datei",
        "de",
        None,
    )
    assert next_version(draft) == "de-2027-01.m1"


def test_words_that_changed_since_they_were_read_are_not_published(anna: Member, ben: Member) -> None:
    draft = a_submitted_draft(anna, page__title="Gelesen")
    read = fingerprint(draft)
    hand_back(draft=draft, by=anna)
    change(draft=draft, by=anna, words={TITLE: "Ungelesen"})
    submit(draft=draft, by=anna)

    with pytest.raises(DraftElsewhere, match="draft_elsewhere"):
        publish(draft=draft, by=ben, seen=read)

    assert TextEdition.objects.count() == 0


# ── what stands in the way (C-02) ──


def whats_wrong(**words: str) -> list[tuple[str, str]]:
    typed = {path.replace("__", "."): value for path, value in words.items()}
    return [(one.kind, one.name) for one in mistakes_in(reworded(texts.tables("de-2026-05"), typed))]


def test_the_text_of_the_house_is_ready(anna: Member) -> None:
    assert [mistakes_in(texts.tables(version)) for version in texts.CURRENT.values()] == [[]] * len(texts.CURRENT)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ({"page__declaration__text": "Ich bin einverstanden."}, ["data", "health_data", "secrecy_release"]),
        ({"page__voluntary__heading": "Gut.", "page__voluntary__text": "Bitte."}, ["voluntary"]),
        ({"page__withdrawal__text": "Sie können jederzeit aufhören."}, ["withdrawal"]),
        ({"page__sections__0__text": "Wir schreiben mit Ihnen."}, ["practice_name", "address", "recipients"]),
        ({"chat__body": "Dürfen wir? {optin_url}"}, ["chat_practice", "chat_recipient", "chat_withdrawal"]),
    ],
)
@pytest.mark.usefixtures("anna")
def test_c_02_a_missing_mandatory_element_is_named(words: dict[str, str], wrong: list[str]) -> None:
    assert whats_wrong(**words) == [("element", name) for name in wrong]


@pytest.mark.usefixtures("anna")
def test_c_02_a_placeholder_nobody_fills_is_named() -> None:
    found = whats_wrong(page__title="Hallo {praxs_name}", messages__declined__body="Am {datum}")

    assert found == [("placeholder", "praxs_name"), ("placeholder", "datum")]


@pytest.mark.parametrize("path", ["periods__chats", "page_words__without_text", "chat_words__more"])
@pytest.mark.usefixtures("anna")
def test_c_02_data_of_the_practice_is_refused_where_a_text_is_shown_as_it_stands(path: str) -> None:
    assert whats_wrong(**{path: "Rufen Sie {praxis_name} an."}) == [("placeholder", "praxis_name")]


@pytest.mark.usefixtures("anna")
def test_c_02_a_name_of_one_piece_is_refused_in_its_neighbour() -> None:
    found = whats_wrong(chat_words__more="Angekreuzt: {zwecke}", guardian__later="Bald {datum}")

    assert found == [("placeholder", "datum"), ("placeholder", "zwecke")]


@pytest.mark.usefixtures("anna")
def test_c_02_text_f_may_name_the_practice_and_is_filled_at_the_desk() -> None:
    words = "{praxis_nominativ} darf auch über {kind_name} schreiben."
    assert whats_wrong(guardian__later=words) == []

    an_edition(guardian__later=words)

    practice = practice_in_scope()
    shown = guardian_of(current_set("de"), practice, "Mila").document
    assert shown.later == f"{practice.name_nominative} darf auch über Mila schreiben."


def test_c_02_data_the_practice_has_not_given_is_named(practice: Practice) -> None:
    found = whats_wrong()

    assert found == [("practice_data", "antwortzeit")]


@pytest.mark.parametrize(("name", "claim"), CLAIMS.items())
@pytest.mark.usefixtures("anna")
def test_c_02_a_claim_that_is_not_true_is_named_wherever_it_stands(name: str, claim: str) -> None:
    assert whats_wrong(page__intro=claim) == [("claim", name)]
    assert whats_wrong(messages__media_hint__body=f"Danke. {claim}") == [("claim", name)]


@pytest.mark.usefixtures("anna")
def test_an_empty_piece_a_button_too_long_and_a_lost_code_are_named() -> None:
    found = whats_wrong(
        page__question=" ",
        chat__buttons__0__title="Ja, ich bin sehr einverstanden",
        prefilled="Ja, ich möchte schreiben.",
    )

    assert found == [("empty", "page.question"), ("too_long", "chat.buttons.0.title"), ("code", "code")]


@pytest.mark.usefixtures("anna")
def test_a_question_longer_than_whatsapp_takes_is_named_as_filled() -> None:
    body = texts.tables("de-2026-05")["chat"]["body"]

    assert whats_wrong(chat__body=body + " Bitte." * 60) == [("too_long", "chat.body")]


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize("content", [{}, {"version": "de-2026-05"}, {"version": "de", "language": "de"}])
def test_what_is_no_text_set_is_said_to_be_none(content: dict[str, str]) -> None:
    assert [one.kind for one in mistakes_in(content)] == ["unreadable"]


def test_c_02_a_draft_with_mistakes_is_not_handed_on_and_the_refusal_names_them(anna: Member) -> None:
    draft = begin(language="de", by=anna)
    change(draft=draft, by=anna, words={TITLE: "Bei {praxs_name}", "page.intro": NOBODY_READS})

    with pytest.raises(NotReady) as refused:
        submit(draft=draft, by=anna)

    assert [one.name for one in refused.value.mistakes] == ["praxs_name", "nobody_reads"]
    assert refused.value.for_person == (
        "Unbekannter Platzhalter {praxs_name} (Seite hinter dem QR-Code, Titel). "
        "Nicht wahr und deshalb nicht erlaubt: dass sonst niemand lesen könne (Seite hinter dem QR-Code, Einleitung)."
    )
    assert state_of(draft) == "writing"


def test_c_02_publishing_asks_again_since_the_practice_may_have_changed(
    practice: Practice, anna: Member, ben: Member
) -> None:
    draft = a_submitted_draft(anna)
    practice.answer_time = ""
    practice.save(update_fields=["answer_time"])

    with pytest.raises(NotReady) as refused:
        publish(draft=draft, by=ben)

    assert [one.name for one in refused.value.mistakes] == ["antwortzeit"]
    assert TextEdition.objects.count() == 0


# ── races ──


def tried(deed: Callable[[], object]) -> None:
    with transaction.atomic():
        deed()


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_at_once_publish_one_version() -> None:
    practice = ready(make_practice())
    anna, *others = (
        make_member(practice, Role.OWNER, name=f"{name} Arnold") for name in ("Anna", "Ben", "Cora", "Dana")
    )
    with practice_scope(practice.pk), transaction.atomic():
        draft = a_submitted_draft(anna)

    errors = at_once(practice, [partial(tried, partial(publish, draft=draft, by=member)) for member in others])

    assert [type(error) for error in errors] == [DraftElsewhere, DraftElsewhere]
    with practice_scope(practice.pk), transaction.atomic():
        assert list(TextEdition.objects.values_list("version", flat=True)) == ["de-2026-05.m1"]


@pytest.mark.django_db(transaction=True)
def test_an_author_who_changes_while_another_publishes_never_slips_words_past_them() -> None:
    practice = ready(make_practice())
    anna, ben = (make_member(practice, Role.OWNER, name=f"{name} Arnold") for name in ("Anna", "Ben"))
    with practice_scope(practice.pk), transaction.atomic():
        draft = a_submitted_draft(anna, page__title="Gelesen")

    def slip() -> None:
        hand_back(draft=draft, by=anna)
        change(draft=draft, by=anna, words={TITLE: "Ungelesen"})
        submit(draft=draft, by=anna)

    read = partial(publish, draft=draft, by=ben, seen=fingerprint(draft))
    at_once(practice, [partial(tried, slip), partial(tried, read)])

    with practice_scope(practice.pk), transaction.atomic():
        published = [edition.content["page"]["title"] for edition in TextEdition.objects.all()]
        assert published in (["Gelesen"], [])


@pytest.mark.django_db(transaction=True)
def test_eight_who_begin_at_once_write_one_draft() -> None:
    practice = ready(make_practice())

    errors = at_once(practice, [partial(tried, partial(begin, language="de", by=None))] * 8)

    assert errors == []
    with practice_scope(practice.pk), transaction.atomic():
        assert TextDraft.objects.count() == 1


def test_the_purposes_to_renew_are_kept_in_the_order_of_the_page(anna: Member, ben: Member) -> None:
    draft = a_submitted_draft(anna, renews=[Purpose.WERBUNG, Purpose.ORGANISATION])

    edition = publish(draft=draft, by=ben)

    assert edition.renews == ["organisation", "werbung"]
