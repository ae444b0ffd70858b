"""The pages about texts: to look at, to write, to decide, and to see how a renewal goes."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from consent.drafting import begin, change, fingerprint, submit
from consent.models import ConsentState, ConsentText, TextDraft, TextEdition
from consent.purposes import Purpose
from consent.renewals import outdate
from consent.wording import current_text
from patients.actions import link
from patients.models import Relation
from practices.models import AccessLog, AuditEvent, Member, Practice, Role
from practices.scope import practice_scope
from tests.consent.editions import CHAT, NOBODY_READS, TITLE, a_submitted_draft, an_edition, ready
from tests.consent_factories import make_contact, make_patient, opt_in
from tests.people import login, make_member, make_practice

pytestmark = pytest.mark.django_db

TEXTS = "/p/morgenthal/consent/texts/"


@pytest.fixture
def house() -> Practice:
    """The practice, without its scope open: pages open their own."""
    return ready(make_practice())


@pytest.fixture
def anna(house: Practice) -> Member:
    return make_member(house, Role.OWNER, name="Anna Arnold")


@pytest.fixture
def ben(house: Practice) -> Member:
    return make_member(house, Role.PRACTICE_MANAGER, name="Ben Berg")


def of(member: Member) -> Client:
    client = Client()
    login(client, member)
    return client


def words_of(answer: Any) -> str:
    """What the page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def draft_of(house: Practice) -> TextDraft:
    with practice_scope(house.pk):
        return TextDraft.objects.latest("pk")


def editions_of(house: Practice) -> list[str]:
    with practice_scope(house.pk):
        return list(TextEdition.objects.order_by("pk").values_list("version", flat=True))


def submitted(house: Practice, by: Member, **other: Any) -> TextDraft:
    with practice_scope(house.pk):
        return a_submitted_draft(by, **other)


# ── looking ──


def test_the_list_shows_each_language_with_the_version_that_holds(house: Practice, anna: Member) -> None:
    with practice_scope(house.pk):
        an_edition()

    page = words_of(of(anna).get(TEXTS))

    assert "Deutsch gilt de-2026-05.m1 Ihre eigene Fassung, seit" in page
    assert "Englisch Übersetzung noch nicht geprüft en-2026-05 Fassung von Roger, Stand Mai 2026" in page


def test_everybody_may_look_and_only_leaders_are_offered_to_write(house: Practice, anna: Member) -> None:
    bert = make_member(house, Role.TRAINEE, name="Bert Brand")

    assert "Neue Fassung schreiben" in words_of(of(anna).get(TEXTS))
    assert "Neue Fassung schreiben" not in words_of(of(bert).get(TEXTS))
    assert of(bert).post(f"{TEXTS}languages/de/drafts/").status_code == 403


def test_c_05_an_old_version_stays_readable_with_the_practices_data(house: Practice, anna: Member) -> None:
    with practice_scope(house.pk):
        an_edition(page__title="Schreiben Sie uns")

    page = words_of(of(anna).get(f"{TEXTS}versions/de-2026-05/"))

    assert "Diese Fassung gilt nicht. Sie bleibt hier lesbar" in page
    assert "Mit der Zahnarztpraxis Morgenthal über WhatsApp schreiben" in page


def test_an_edition_says_who_wrote_and_who_published_it_and_what_it_changed(
    house: Practice, anna: Member, ben: Member
) -> None:
    draft = submitted(house, anna)
    of(ben).post(f"{TEXTS}drafts/{draft.pk}/publication/", {"seen": fingerprint(draft)})

    page = words_of(of(anna).get(f"{TEXTS}versions/de-2026-05.m1/"))

    assert "Diese Fassung gilt jetzt." in page
    assert "Ben Berg Geschrieben Anna Arnold Was neu ist Neuer Titel" in page
    assert "[entfällt: Mit {praxis_dativ} über WhatsApp schreiben ]" in page


@pytest.mark.parametrize("version", ["de-1999-01", "..%2Fwords", "__init__"])
def test_a_version_that_never_was_is_not_found(anna: Member, version: str) -> None:
    assert of(anna).get(f"{TEXTS}versions/{version}/").status_code == 404


def test_c_05_what_was_really_shown_is_kept_letter_by_letter(house: Practice, anna: Member) -> None:
    with practice_scope(house.pk):
        shown = current_text(ConsentText.Kind.CHAT, "de")
        an_edition(chat__body="Kurz: {praxis_nominativ}, Meta, STOP, {optin_url} und mehr.")

    page = of(anna).get(f"{TEXTS}shown/{shown.pk}/").content.decode()

    assert shown.sha256 in page
    assert "Bevor wir hier weiterschreiben, brauchen wir Ihr Einverständnis." in page
    assert f"{shown.sha256[:16]}…" in of(anna).get(TEXTS).content.decode()


# ── writing ──


def test_a_leader_writes_saves_and_sees_the_words_as_patients_would(house: Practice, anna: Member) -> None:
    client = of(anna)
    started = client.post(f"{TEXTS}languages/de/drafts/")
    draft = draft_of(house)

    saved = client.post(f"{TEXTS}drafts/{draft.pk}/", {"part": "page", TITLE: "Bei {praxis_dativ}", "go": "chat"})

    page = words_of(client.get(f"{TEXTS}drafts/{draft.pk}/?part=page"))
    assert started["Location"] == f"{TEXTS}drafts/{draft.pk}/"
    assert saved["Location"] == f"{TEXTS}drafts/{draft.pk}/?part=chat"
    assert draft_of(house).content["page"]["title"] == "Bei {praxis_dativ}"
    assert "Bei der Zahnarztpraxis Morgenthal" in page


def test_saving_one_part_leaves_the_others_as_they_are(house: Practice, anna: Member) -> None:
    client = of(anna)
    client.post(f"{TEXTS}languages/de/drafts/")
    before = draft_of(house)

    client.post(f"{TEXTS}drafts/{before.pk}/", {"part": "chat", CHAT: "Kurz."})

    after = draft_of(house).content
    assert after == before.content | {"chat": before.content["chat"] | {"body": "Kurz."}}


@pytest.mark.parametrize("part", ["page", "chat", "messages", "notice", "prefilled", "finish", "nonsense"])
def test_every_part_has_its_page(house: Practice, anna: Member, part: str) -> None:
    with practice_scope(house.pk):
        draft = begin(language="de", by=anna)

    assert of(anna).get(f"{TEXTS}drafts/{draft.pk}/?part={part}").status_code == 200


def test_the_preview_shows_what_is_typed_names_what_is_wrong_and_keeps_nothing(house: Practice, anna: Member) -> None:
    with practice_scope(house.pk):
        draft = begin(language="de", by=anna)
    typed = {"part": "page", TITLE: "Bei {praxs_name}", "page.intro": NOBODY_READS}

    preview = words_of(of(anna).post(f"{TEXTS}drafts/{draft.pk}/preview/", typed))

    assert preview.startswith(
        "Das muss noch stimmen Unbekannter Platzhalter {praxs_name} (Seite hinter dem QR-Code, Titel). "
        "Nicht wahr und deshalb nicht erlaubt: dass sonst niemand lesen könne (Seite hinter dem QR-Code, Einleitung). "
        f"Bei {{praxs_name}} {NOBODY_READS} Wer schreibt mit Ihnen? Zahnarztpraxis Morgenthal,"
    )
    assert draft_of(house).content == draft.content


def test_the_preview_has_the_readability_the_checklist_and_the_placeholders(house: Practice, anna: Member) -> None:
    with practice_scope(house.pk):
        draft = begin(language="de", by=anna)
    typed = {"part": "page", "page.voluntary.heading": "Gut.", "page.voluntary.text": "Bitte."}

    preview = words_of(of(anna).post(f"{TEXTS}drafts/{draft.pk}/preview/", typed))

    assert re.search(r" leicht zu lesen LIX \d\d, \d+ Wörter in \d+ Sätzen, im Mittel \d je Satz", preview)
    assert "fehlt: Freiwilligkeit" in preview
    assert "{praxis_telefon} 030 23125100" in preview


@pytest.mark.parametrize(
    ("part", "path", "typed"),
    [
        ("page", TITLE, "Am {datum}"),
        ("guardian", "guardian.later", "Bis {datum}"),
        ("page_words", "page_words.without_text", "Fragen Sie {praxis_name}"),
        ("periods", "periods.chats", "{praxis_name}"),
    ],
)
def test_c_02_the_preview_leaves_in_braces_what_nobody_fills_there(
    house: Practice, anna: Member, part: str, path: str, typed: str
) -> None:
    with practice_scope(house.pk):
        draft = begin(language="de", by=anna)

    preview = words_of(of(anna).post(f"{TEXTS}drafts/{draft.pk}/preview/", {"part": part, path: typed}))

    name = re.findall(r"\{\w+\}", typed)[0]
    assert f"Unbekannter Platzhalter {name}" in preview
    assert f" {typed} " in f"{preview} "


def test_what_somebody_types_is_no_markup(house: Practice, anna: Member) -> None:
    with practice_scope(house.pk):
        draft = begin(language="de", by=anna)

    answer = of(anna).post(f"{TEXTS}drafts/{draft.pk}/preview/", {"part": "page", TITLE: "<script>x</script>"})

    assert "<script>" not in answer.content.decode()


# ── handing on and publishing ──


def test_c_02_a_draft_with_mistakes_is_not_handed_on_and_the_page_names_them(house: Practice, anna: Member) -> None:
    with practice_scope(house.pk):
        draft = begin(language="de", by=anna)
        change(draft=draft, by=anna, words={"page.voluntary.text": "Bitte.", "page.voluntary.heading": "Gut."})

    answer = of(anna).post(f"{TEXTS}drafts/{draft.pk}/submission/", {"reason": "Kürzer"})

    assert answer.status_code == 409
    assert "Pflichtangabe fehlt: Freiwilligkeit." in words_of(answer)
    assert draft_of(house).state == "writing"


def test_a_reason_is_asked_for(house: Practice, anna: Member) -> None:
    with practice_scope(house.pk):
        draft = begin(language="de", by=anna)

    answer = of(anna).post(f"{TEXTS}drafts/{draft.pk}/submission/", {"reason": " "})

    assert answer.status_code == 422
    assert "Bitte schreiben Sie in einem Satz, was neu ist." in words_of(answer)


def test_a_purpose_that_does_not_exist_cannot_be_renewed(house: Practice, anna: Member) -> None:
    with practice_scope(house.pk):
        draft = begin(language="de", by=anna)

    answer = of(anna).post(f"{TEXTS}drafts/{draft.pk}/submission/", {"reason": "x", "renews": ["newsletter"]})

    assert answer.status_code == 422
    assert draft_of(house).renews == []


def test_a_translation_may_be_called_checked(house: Practice, anna: Member) -> None:
    with practice_scope(house.pk):
        draft = begin(language="en", by=anna)
    form = {"reason": "Geprüft", "draft_translation": "1", "is_checked": "1"}

    of(anna).post(f"{TEXTS}drafts/{draft.pk}/submission/", form)

    found = draft_of(house)
    assert (found.state, found.content["draft_translation"]) == ("submitted", False)


def test_the_author_is_told_who_may_publish_and_cannot(house: Practice, anna: Member, ben: Member) -> None:
    draft = submitted(house, anna)
    client = of(anna)

    page = words_of(client.get(f"{TEXTS}drafts/{draft.pk}/"))
    answer = client.post(f"{TEXTS}drafts/{draft.pk}/publication/", {"seen": fingerprint(draft)})

    assert "Veröffentlichen muss sie eine zweite Person mit Leitungsrolle." in page
    assert answer.status_code == 409
    assert "darf ihn nicht selbst veröffentlichen" in words_of(answer)
    assert editions_of(house) == []


def test_where_one_person_leads_the_page_says_what_to_do(house: Practice, anna: Member) -> None:
    draft = submitted(house, anna)

    assert "Bitten Sie den Betreiber von Roger" in words_of(of(anna).get(f"{TEXTS}drafts/{draft.pk}/"))


def test_the_other_person_reads_what_changes_and_publishes(house: Practice, anna: Member, ben: Member) -> None:
    draft = submitted(house, anna)
    client = of(ben)

    page = client.get(f"{TEXTS}drafts/{draft.pk}/")
    seen = re.search(r'name="seen" value="(\w+)"', page.content.decode())
    answer = client.post(f"{TEXTS}drafts/{draft.pk}/publication/", {"seen": seen[1] if seen else ""})

    assert "Was neu ist Neuer Titel Neuer Name de-2026-05.m1 , jetzt gilt de-2026-05" in words_of(page)
    assert "[neu: Schreiben Sie uns ]" in words_of(page)
    assert answer["Location"] == f"{TEXTS}versions/de-2026-05.m1/"
    assert editions_of(house) == ["de-2026-05.m1"]


def test_what_changed_since_it_was_read_is_not_published(house: Practice, anna: Member, ben: Member) -> None:
    draft = submitted(house, anna)

    answer = of(ben).post(f"{TEXTS}drafts/{draft.pk}/publication/", {"seen": "0" * 64})

    assert answer.status_code == 409
    assert "Bitte lesen Sie ihn noch einmal." in words_of(answer)
    assert editions_of(house) == []


def test_the_other_person_hands_it_back_and_the_author_drops_it(house: Practice, anna: Member, ben: Member) -> None:
    draft = submitted(house, anna)

    of(ben).post(f"{TEXTS}drafts/{draft.pk}/return/")
    back = draft_of(house).state
    gone = of(anna).post(f"{TEXTS}drafts/{draft.pk}/discard/")

    assert (back, draft_of(house).state, gone["Location"]) == ("writing", "discarded", TEXTS)
    assert of(anna).get(f"{TEXTS}drafts/{draft.pk}/")["Location"] == TEXTS


def test_the_author_reads_why_it_came_back_until_it_is_handed_on_again(
    house: Practice, anna: Member, ben: Member
) -> None:
    draft = submitted(house, anna)
    address = f"{TEXTS}drafts/{draft.pk}/"

    of(ben).post(f"{address}return/", {"note": " Der Titel ist <zu> lang. "})
    pages = [of(anna).get(f"{address}?part={part}") for part in ("page", "finish")]
    with practice_scope(house.pk):
        submit(draft=draft, by=anna)
    after = of(ben).get(address)

    for page in pages:
        assert "Zurück zum Schreiben: Der Titel ist &lt;zu&gt; lang." in words_of(page)
    assert "lang." not in words_of(after)


def test_a_note_that_is_too_long_is_named_and_the_draft_stays_where_it_is(
    house: Practice, anna: Member, ben: Member
) -> None:
    draft = submitted(house, anna)

    answer = of(ben).post(f"{TEXTS}drafts/{draft.pk}/return/", {"note": "x" * 301})

    assert answer.status_code == 422
    assert "Bitte fassen Sie sich kürzer: höchstens 300 Zeichen." in words_of(answer)
    assert draft_of(house).state == "submitted"


# ── agreeing anew ──


@pytest.fixture
def jana(house: Practice) -> UUID:
    """Somebody who agreed to the text of the house."""
    with practice_scope(house.pk):
        contact = make_contact(profile_name="Jana")
        opt_in(contact, [Purpose.ORGANISATION, Purpose.WERBUNG])
        return contact.pk


@pytest.mark.usefixtures("jana")
def test_c_06_before_publishing_the_page_says_how_many_are_affected(house: Practice, anna: Member, ben: Member) -> None:
    draft = submitted(house, anna, renews=[Purpose.WERBUNG])

    page = words_of(of(ben).get(f"{TEXTS}drafts/{draft.pk}/"))

    assert "1 Person muss neu zustimmen Nach Zweck Neuigkeiten 1 So erreicht Roger sie" in page
    assert "erst, wenn sie wieder schreiben, oder am Empfang 1" in page


@pytest.mark.usefixtures("jana")
def test_c_06_after_publishing_the_page_shows_how_far_it_is_and_who_is_left(
    house: Practice, anna: Member, ben: Member
) -> None:
    draft = submitted(house, anna, renews=[Purpose.WERBUNG])
    client = of(ben)

    answer = client.post(f"{TEXTS}drafts/{draft.pk}/publication/", {"seen": fingerprint(draft)})
    before = words_of(client.get(answer["Location"]))
    with practice_scope(house.pk):
        outdate()
    after = words_of(client.get(answer["Location"]))

    assert answer["Location"] == f"{TEXTS}renewals/de/"
    assert "Bei 1 Person wird der Zweck gerade angehalten." in before
    assert "betroffen 1 neu zugestimmt 0" in after
    assert "Jana (Name in WhatsApp) noch nicht gefragt" in after
    assert "Neue Zustimmung, Deutsch: 1 Person betroffen, 0 haben neu zugestimmt." in words_of(client.get(TEXTS))


def test_a_leader_may_have_the_run_go_on_and_the_trail_says_so(house: Practice, anna: Member) -> None:
    with practice_scope(house.pk):
        an_edition(renews=[Purpose.WERBUNG])

    answer = of(anna).post(f"{TEXTS}renewals/de/run/")

    assert answer["Location"] == f"{TEXTS}renewals/de/"
    with practice_scope(house.pk):
        assert AuditEvent.objects.get(kind="renewal_run_wanted").by == anna


def test_the_page_asks_as_many_questions_for_five_people_as_for_one(
    house: Practice, anna: Member, django_assert_max_num_queries: Any
) -> None:
    with practice_scope(house.pk):
        for number in range(5):
            opt_in(make_contact(f"+49171392003{number}", profile_name="Jana"))
        an_edition(renews=[Purpose.ORGANISATION])
        outdate()
    client = of(anna)

    with django_assert_max_num_queries(25):
        page = client.get(f"{TEXTS}renewals/de/")

    assert words_of(page).count("Jana (Name in WhatsApp) noch nicht gefragt") == 5


@pytest.fixture
def renewal_of_a_child(house: Practice) -> None:
    with practice_scope(house.pk):
        mother, mia = make_contact(profile_name="Jana"), make_patient("Mia", "Krüger", "2018-02-01")
        link(patient=mia, contact=mother, relation=Relation.GUARDIAN, by=None)
        opt_in(mother)
        ConsentState.objects.filter(contact=mother).update(patient=mia)
        an_edition(renews=[Purpose.ORGANISATION])
        outdate()


@pytest.mark.usefixtures("renewal_of_a_child")
def test_c_06_whoever_has_to_be_asked_for_a_child_is_listed_with_the_child(house: Practice, anna: Member) -> None:
    page = words_of(of(anna).get(f"{TEXTS}renewals/de/"))

    assert "Krüger, Mia am Empfang fragen, für Krüger, Mia" in page
    assert "noch nicht gefragt 1" in page


@pytest.mark.usefixtures("renewal_of_a_child")
def test_who_looked_at_the_people_of_a_renewal_is_noted_and_trainees_are_not_shown_them(
    house: Practice, anna: Member
) -> None:
    bert = make_member(house, Role.TRAINEE, name="Bert Brand")

    refused = of(bert).get(f"{TEXTS}renewals/de/").status_code
    of(anna).get(f"{TEXTS}renewals/de/")

    assert refused == 403
    assert "Stand ansehen" not in words_of(of(bert).get(TEXTS))
    with practice_scope(house.pk):
        looks = AccessLog.objects.filter(kind="consent_renewal").values_list("member", "about_id")
        assert list(looks) == [(anna.pk, anna.pk)]


def test_a_language_in_which_nothing_was_renewed_has_no_such_page(anna: Member) -> None:
    assert of(anna).get(f"{TEXTS}renewals/de/").status_code == 404
    assert of(anna).post(f"{TEXTS}renewals/de/run/").status_code == 404


def test_a_stranger_finds_no_draft(house: Practice, anna: Member) -> None:
    draft = submitted(house, anna)
    clara = make_member(make_practice("lindenhof"), Role.OWNER, name="Clara Conrad")

    answer = of(clara).get(f"/p/lindenhof/consent/texts/drafts/{draft.pk}/")

    assert answer.status_code == 404
