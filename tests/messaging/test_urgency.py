"""Words that lift a conversation: which texts hold them, and what becomes of the conversation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.urgency import HOUSE, HOUSE_LIST, Words, change_urgent_words, current_words
from practices.models import AuditEvent, Practice, Role
from practices.scope import practice_scope
from tests.people import make_member, make_practice


def found(text: str, *words: str) -> list[str]:
    return (Words(1, words) if words else HOUSE).found_in(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Die Schwellung ist größer geworden", ["Schwellung"]),
        ("SCHWELLUNG!!!", ["Schwellung"]),
        ("Habe seit gestern eine Gesichtsschwellung", ["Schwellung"]),
        ("Nachblutungen, was tun?", ["Blutung"]),
        ("Es blutet immer noch", ["blutet"]),
        ("Die Backe ist angeschwollen", ["geschwollen"]),
        ("eine geschwollene Wange", ["geschwollen"]),
        ("Meine Tochter ist gestuerzt", ["gestürzt"]),
        ("meine Tochter ist gesturzt", ["gestürzt"]),
        ("Mir wurde beim Sport ein Zahn ausgeschlagen", ["Zahn ausgeschlagen"]),
        ("Der Schneidezahn wurde ihm gestern ausgeschlagen", ["Zahn ausgeschlagen"]),
        ("ich habe starke Zahnschmerzen", ["starke Schmerzen"]),
        ("mit sehr starken Schmerzen aufgewacht", ["starke Schmerzen"]),
        ("Ich bekomme keine Luft", ["keine Luft"]),
        ("kann gar nicht mehr schlucken", ["nicht schlucken"]),
        ("Seit der OP ist der Unterkiefer taub", ["Kiefer"]),
        ("Fieber und eine dicke Backe", ["Fieber", "dicke Backe"]),
        ("Fieber. Ja, Fieber!", ["Fieber"]),
    ],
)
def test_a_word_is_found_in_every_ending_spelling_and_compound(text: str, words: list[str]) -> None:
    assert found(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "Guten Morgen, ich brauche einen Termin zur Kontrolle",
        "Überweisung vom Kieferorthopäden liegt vor",
        "Zahlt das die Unfallversicherung?",
        "Haben Sie ein Fieberthermometer?",
        "Mein Blutdruck ist gut",
        "starke Verspätung, die Bahn. Schmerzen habe ich keine mehr",
        "Den Zahn hat die Kasse bezahlt. Die Rechnung wurde mir um die Ohren ausgeschlagen",
        "",
        "👍",
    ],
)
def test_an_ordinary_message_lifts_nothing(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "keine Schwellung mehr",
        "Ich habe kein Fieber",
        "alles gut, ohne Fieber und so weiter",
        "ist nicht mehr geschwollen",
        "Nein, nicht geschwollen.",
        "Hatte keine Blutung, aber die Naht ist lose",
    ],
)
def test_what_is_clearly_denied_lifts_nothing(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("keine Besserung, Schwellung wie gestern", ["Schwellung"]),
        ("Kein Fieber, aber eine Schwellung", ["Schwellung"]),
        ("Hat er wirklich kein Fieber?", ["Fieber"]),
        ("nicht ohne Blutung", ["Blutung"]),
        ("Ich weiß nicht ob das eine Schwellung ist", ["Schwellung"]),
        ("keine starke Schwellung", ["Schwellung"]),
        ("Die Schwellung geht nicht weg", ["Schwellung"]),
        ("Die Schwellung ist weg", ["Schwellung"]),
    ],
)
def test_in_doubt_the_conversation_is_lifted(text: str, words: list[str]) -> None:
    assert found(text) == words


def test_words_of_one_phrase_stand_in_one_part_of_a_sentence_not_too_far_apart() -> None:
    assert found("Der Zahn, den Sie gemacht haben, ist raus", "Zahn raus") == []
    assert found("Der Zahn ist seit gestern raus", "Zahn raus") == ["Zahn raus"]
    assert found("Zahn eins zwei drei vier raus", "Zahn raus") == []


def test_a_short_word_is_no_ending() -> None:
    assert found("Die Option passt", "ion") == []
    assert found("Die ION ist neu", "ion") == ["ion"]


def test_a_list_of_signs_finds_nothing() -> None:
    assert found("Hallo?!", "?!", "…") == []


@given(st.text(max_size=400))
def test_any_text_is_read_and_each_word_is_said_once(text: str) -> None:
    words = found(text)

    assert len(words) == len(set(words))
    assert set(words) <= set(HOUSE_LIST)


@given(st.sampled_from(HOUSE_LIST), st.sampled_from(["", "Hallo, ", "seit gestern "]), st.booleans())
def test_every_word_of_the_house_list_finds_itself(word: str, before: str, shouts: bool) -> None:
    text = f"{before}{word} seit heute"

    assert word in found(text.upper() if shouts else text)


# ── the practice's own list ──


@pytest.fixture
def practice(db: None) -> Practice:
    return make_practice()


def test_a_practice_begins_with_the_house_list_and_each_change_is_a_version(practice: Practice) -> None:
    anna = make_member(practice, Role.OWNER)
    with practice_scope(practice.pk):
        assert current_words() == HOUSE
        first = change_urgent_words(words=["Implantat locker", "  Schwellung ", "schwellung", ""], by=anna)
        second = change_urgent_words(words=[], by=anna)

        assert (first and first.words, first and first.version) == (["Implantat locker", "Schwellung"], 1)
        assert (second and second.version, current_words()) == (2, Words(2, ()))
        assert current_words().found_in("Schwellung") == []
        assert list(AuditEvent.objects.filter(kind="urgent_words_changed").values_list("codes", "by")) == [
            ({"version": 1, "words": 2}, anna.pk),
            ({"version": 2, "words": 0}, anna.pk),
        ]


def test_saving_the_same_words_is_no_new_version(practice: Practice) -> None:
    anna = make_member(practice, Role.OWNER)
    with practice_scope(practice.pk):
        assert change_urgent_words(words=HOUSE_LIST, by=anna) is None
        assert current_words().version == 0
