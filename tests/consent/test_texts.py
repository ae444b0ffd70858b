import re
from dataclasses import replace
from pathlib import Path

import pytest

from consent import texts
from consent.codes import find_code
from consent.purposes import Purpose
from consent.rendering import digest, placeholders, render
from consent.texts import ChatMessage, ConsentPage, Document, MessageKey, PurposeChoice, Section, TextSet
from consent.texts.mandatory import banned_claims, missing_elements
from consent.words import Word, understand
from tests.consent.practice_data import PRACTICE

GOLDEN = Path(__file__).parent / "golden"
VERSIONS = [f"{language}-2026-05" for language in ("ar", "de", "en", "pl", "ru", "tr", "uk")]
TRANSLATIONS = [version for version in VERSIONS if version != "de-2026-05"]


def golden(name: str) -> str:
    return (GOLDEN / name).read_text("utf-8")


def everything(version: str) -> str:
    """All documents of a version under each other."""
    text_set = texts.load(version)
    documents: list[Document] = [
        text_set.prefilled,
        text_set.page,
        text_set.chat,
        *text_set.messages.values(),
        text_set.notice,
        text_set.clause,
        text_set.widget,
        text_set.guardian,
    ]
    return "\n\n".join(document.plain() for document in documents)


def test_the_german_consent_page_says_what_was_written_down_for_it_word_by_word() -> None:
    assert texts.load("de-2026-05").page.plain() + "\n" == golden("page-de-2026-05.txt")


def test_the_german_question_in_the_chat_says_what_was_written_down_for_it_word_by_word() -> None:
    assert texts.load("de-2026-05").chat.plain() + "\n" == golden("chat-de-2026-05.txt")


def test_the_german_privacy_notice_says_what_was_written_down_for_it_word_by_word() -> None:
    assert texts.load("de-2026-05").notice.plain().split() == golden("notice-de-2026-05.txt").split()


def test_each_german_short_message_says_what_was_written_down_for_it_word_by_word() -> None:
    messages = texts.load("de-2026-05").messages

    lines = [f"{key}: {' '.join(message.plain().split())}" for key, message in messages.items()]

    assert lines == golden("messages-de-2026-05.txt").splitlines()


def test_clause_website_and_guardians_read_in_german_what_was_written_down_for_them_word_by_word() -> None:
    german = texts.load("de-2026-05")

    parts = [german.clause.plain(), german.widget.plain(), german.guardian.plain()]

    assert "\n\n".join(parts) + "\n" == golden("additions-de-2026-05.txt")


@pytest.mark.parametrize(
    ("version", "sha256"),
    [
        ("ar-2026-05", "45b4cb5a139ae0e34a3a838f24440002fe495baefbf0e0f3092dfa090522bc72"),
        ("de-2026-05", "995d95ae20a9d3f35fb7244a12c85a58a7abfef7796c3bd63b316cf9d317cc25"),
        ("en-2026-05", "da5b1fb149531e3adba602f90ae32f0048269faa3a45701679da39cf93d5ac96"),
        ("pl-2026-05", "7a13819416a6e2313fd82b14bfd5003dc1bed2c03e1a4b5f5767dc959738846d"),
        ("ru-2026-05", "4de75f0bb4f97acdfdda08cd7c7937deb62ed1cb2581b388d71542a2269c891d"),
        ("tr-2026-05", "4ed9d0427ed4944b5730050f496a364a4fe2a91d78009dd223c02eba02df6bec"),
        ("uk-2026-05", "ffc51359f40e6e88ea58e2ce33aeb4969e36f8460c0b20596b61844c055c7c1b"),
    ],
)
def test_a_published_version_never_changes(version: str, sha256: str) -> None:
    assert digest(everything(version)) == sha256


def test_every_file_is_a_published_version_that_names_itself() -> None:
    versions = [texts.load(version) for version in texts.published()]

    assert [text_set.version for text_set in versions] == VERSIONS
    assert [text_set.language for text_set in versions if not text_set.draft_translation] == ["de"]
    assert sorted(texts.CURRENT.values()) == VERSIONS
    assert list(texts.OWN_NAMES) == list(texts.CURRENT)


@pytest.mark.parametrize("version", ["de-1999-01", "", "../words", "__init__.py"])
def test_a_version_that_never_was_is_not_found(version: str) -> None:
    with pytest.raises(FileNotFoundError):
        texts.load(version)


@pytest.mark.parametrize(
    ("language", "version"),
    [
        ("de", "de-2026-05"),
        ("de-AT", "de-2026-05"),
        ("en", "en-2026-05"),
        ("EN-gb", "en-2026-05"),
        ("tr", "tr-2026-05"),
        ("uk-UA", "uk-2026-05"),
        ("fr", "de-2026-05"),
        ("", "de-2026-05"),
    ],
)
def test_everybody_gets_their_language_or_german(language: str, version: str) -> None:
    assert texts.current(language).version == version


@pytest.mark.parametrize("version", VERSIONS)
def test_the_page_asks_for_each_purpose_once_in_order(version: str) -> None:
    assert [choice.purpose for choice in texts.load(version).page.purposes] == list(Purpose)


def test_the_german_labels_are_those_of_the_purposes_everywhere_else() -> None:
    assert [choice.label for choice in texts.load("de-2026-05").page.purposes] == [
        str(purpose.label) for purpose in Purpose
    ]


def test_purposes_are_named_in_the_language_and_order_of_the_page() -> None:
    chosen = {Purpose.RECALL, Purpose.ORGANISATION}

    assert [texts.current(language).name_purposes(chosen) for language in ("de", "en")] == [
        "Termine und Organisation, Vorsorge-Erinnerung",
        "Appointments and organisation, Check-up reminders",
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_has_every_short_message(version: str) -> None:
    assert list(texts.load(version).messages) == list(MessageKey)


def placeholders_by_document(text_set: TextSet) -> list[set[str]]:
    documents: list[Document] = [
        text_set.page,
        text_set.chat,
        *text_set.messages.values(),
        text_set.notice,
        text_set.prefilled,
        text_set.clause,
        text_set.widget,
        text_set.guardian,
        ChatMessage(text_set.chat_words.dead_code),
        ChatMessage(text_set.chat_words.more),
    ]
    forms = {"praxis_nominativ": "praxis_name", "praxis_dativ": "praxis_name"}
    return [{forms.get(name, name) for name in placeholders(document)} for document in documents]


@pytest.mark.parametrize("version", TRANSLATIONS)
def test_a_translation_needs_the_same_data_as_the_german_text(version: str) -> None:
    german, translated = (placeholders_by_document(texts.load(name)) for name in ("de-2026-05", version))

    assert translated == german


@pytest.mark.parametrize("version", TRANSLATIONS)
def test_a_translation_leaves_nothing_empty_and_says_that_german_binds(version: str) -> None:
    text_set = texts.load(version)

    assert [name for name, said in vars(text_set.words).items() if not said.strip()] == []
    assert [name for name, said in vars(texts.load("de-2026-05").words).items() if not said] == [
        "binding",
        "binding_link",
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_period_of_a_proof_is_said_for_every_choice_of_the_practice(version: str) -> None:
    periods = texts.load(version).periods

    assert [int(periods.proofs_for(years).split()[0]) for years in range(3, 11)] == list(range(3, 11))
    with pytest.raises(ValueError):
        periods.proofs_for(11)


@pytest.mark.parametrize("version", VERSIONS)
def test_all_parts_of_a_version_speak_of_the_same_purposes_and_sections(version: str) -> None:
    german, text_set = texts.load("de-2026-05"), texts.load(version)

    assert [choice.purpose for choice in text_set.clause.purposes] == list(Purpose)
    assert len(text_set.page.sections) == len(german.page.sections)
    assert len(text_set.notice.sections) == len(german.notice.sections)


def test_buttons_have_the_same_ids_in_every_language() -> None:
    ids = [
        [button.id for message in (text_set.chat, *text_set.messages.values()) for button in message.buttons]
        for text_set in (texts.load(version) for version in VERSIONS)
    ]

    assert (
        ids
        == [["ja_einverstanden", "nein_danke", "mehr_erfahren", "nur_erinnerungen", "alles_abmelden", "nichts_aendern"]]
        * 7
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_messages_fit_what_whatsapp_takes(version: str) -> None:
    text_set = texts.load(version)
    interactive = [message for message in (text_set.chat, *text_set.messages.values()) if message.buttons]

    assert len(interactive) == 2
    assert [len(message.buttons) for message in interactive] == [3, 3]
    assert max(len(render(message, PRACTICE).document.body) for message in interactive) <= 1024
    assert max(len(button.title) for message in interactive for button in message.buttons) <= 20


@pytest.mark.parametrize("version", VERSIONS)
def test_the_question_after_a_dead_code_fits_with_every_purpose_in_it(version: str) -> None:
    text_set = texts.load(version)
    reminder = render(ChatMessage(text_set.chat_words.dead_code), {"zwecke": text_set.name_purposes(Purpose)})

    question = render(text_set.chat, PRACTICE).document.body

    assert len(f"{reminder.text}\n\n{question}") <= 1024


@pytest.mark.parametrize("version", VERSIONS)
def test_the_prefilled_sentence_carries_a_code_that_is_found_again(version: str) -> None:
    sentence = render(texts.load(version).prefilled, PRACTICE).text

    assert (find_code(sentence), understand(sentence).word) == ("7K4F-012Q", Word.NONE)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_words_the_texts_ask_for_are_the_words_we_understand(version: str) -> None:
    asked_for = set(re.findall(r"\bST[A-Z]+\b", everything(version)))

    assert {word: understand(word).word for word in asked_for} == {"STOP": Word.STOP_ALL, "START": Word.START}


# What must be said, and what must not


@pytest.mark.parametrize("version", VERSIONS)
def test_no_text_makes_a_banned_claim(version: str) -> None:
    assert banned_claims(everything(version)) == ()


@pytest.mark.parametrize(
    ("words", "claims"),
    [
        ("Roger ist 100 @% DSGVO konform", ("conformity",)),
        ("zu 100\u00a0Prozent DSGVO @konform", ("conformity",)),
        ("100% DS-GVO\u2011@konform", ("conformity",)),
        ("100% GDPR @compliant", ("conformity",)),
        ("Ende-zu-@Ende bis zur Praxis", ("end_to_end",)),
        ("ENDE–ZU–ENDE @verschlüsselt bis zur Praxis", ("end_to_end",)),
        ("end-to-end encryption up @to the practice", ("end_to_end",)),
        ("Niemand kann\n@mitlesen", ("nobody_reads",)),
        ("Nobody can @read along", ("nobody_reads",)),
        ("Der Schlüssel bleibt @in Deutschland", ("key_in_germany",)),
        ("The key stays @in Germany", ("key_in_germany",)),
        ("Niemand kann @mitlesen, der Schlüssel bleibt @in Deutschland", ("nobody_reads", "key_in_germany")),
        ("Mesajlarınızı başka kimse @okuyamaz", ("nobody_reads",)),
        ("Uçtan @uca şifreli", ("end_to_end",)),
        ("Сквозное @шифрование до клиники", ("end_to_end",)),
        ("Никто не может @прочитать", ("nobody_reads",)),
        ("Ніхто не зможе @прочитати", ("nobody_reads",)),
        ("Nikt nie może @czytać", ("nobody_reads",)),
        ("100 % @zgodne z RODO", ("conformity",)),
        ("لا يستطيع @أحد قراءة الرسائل", ("nobody_reads",)),
        ("Der Schlüssel zur Praxis liegt unter der Matte.", ()),
        ("Niemand kann alles wissen. Die Praxis auch nicht.", ()),
        ("100 % Einsatz", ()),
    ],
)
def test_a_banned_claim_is_found_however_it_is_set(words: str, claims: tuple[str, ...]) -> None:
    # The @ keeps these lines from being the claims themselves.
    assert banned_claims(words.replace("@", "")) == claims


@pytest.mark.parametrize("version", VERSIONS)
def test_c_02_the_consent_page_says_all_that_it_must_in_each_language(version: str) -> None:
    text_set = texts.load(version)

    assert missing_elements(text_set.page, text_set.language) == ()


PAGE = texts.load("de-2026-05").page


def without(phrase: str) -> ConsentPage:
    """The German page with a phrase taken out wherever it stands."""

    def cut(section: Section) -> Section:
        return Section(section.heading.replace(phrase, ""), section.text.replace(phrase, ""))

    return replace(
        PAGE,
        sections=tuple(cut(section) for section in PAGE.sections),
        declaration=cut(PAGE.declaration),
        voluntary=cut(PAGE.voluntary),
        withdrawal=cut(PAGE.withdrawal),
    )


@pytest.mark.parametrize(
    ("phrase", "element"),
    [
        ("{praxis_name}", "practice_name"),
        ("{praxis_anschrift}", "address"),
        ("Handynummer", "data"),
        ("Gesundheit", "health_data"),
        ("{anbieter_firma}", "recipients"),
        ("360dialog", "recipients"),
        ("Meta", "recipients"),
        ("USA", "usa"),
        ("Schweigepflicht", "secrecy_release"),
        ("Freiwillig", "voluntary"),
        ("STOP", "withdrawal"),
        ("{widerruf_url}", "withdrawal"),
    ],
)
def test_c_02_what_the_page_leaves_out_is_named(phrase: str, element: str) -> None:
    assert missing_elements(without(phrase), "de") == (element,)


def test_a_page_that_asks_for_no_organisation_is_not_complete() -> None:
    only_news = (PurposeChoice(Purpose.WERBUNG, "Neuigkeiten", "Wir informieren Sie."),)

    assert missing_elements(replace(PAGE, purposes=only_news), "de") == ("purposes",)


def test_a_language_without_its_words_is_not_waved_through() -> None:
    with pytest.raises(KeyError):
        missing_elements(PAGE, "fr")
