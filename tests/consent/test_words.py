import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.purposes import Purpose
from consent.words import Word, normalise, understand

STOP_ALL = [
    "stop",
    "stopp",
    "stop bitte",
    "bitte stop",
    "bitte stopp",
    "stoppen",
    "stop all",
    "stop alles",
    "abmelden",
    "abmeldung",
    "ich melde mich ab",
    "austragen",
    "abbestellen",
    "widerruf",
    "widerrufen",
    "ich widerrufe",
    "widerrufe",
    "einwilligung widerrufen",
    "ich widerrufe meine einwilligung",
    "keine nachrichten mehr",
    "bitte keine nachrichten mehr",
    "nicht mehr schreiben",
    "schreiben sie mir nicht mehr",
    "kein whatsapp mehr",
    "unsubscribe",
    "opt out",
    "optout",
    "stop messages",
    "dur",
    "mesaj istemiyorum",
    "стоп",
    "отписаться",
    "відписатися",
    "توقف",
    "إيقاف",
]
STOP_RECALL = [
    "stop recall",
    "stop erinnerung",
    "stop erinnerungen",
    "keine erinnerung mehr",
    "keine erinnerungen mehr",
]
STOP_WERBUNG = ["stop werbung", "keine werbung mehr"]
ERASE = ["daten löschen", "löschen sie meine daten"]
START = ["start", "anmelden"]

MUST_NOT_FIRE = [
    "Blutung stoppt nicht",
    "Termin absagen",
    "storno",
    "iptal",
    "Stop, ich meinte Dienstag",
    "Stoppuhr",
]
ORDINARY = [
    "",
    " ",
    "👍",
    "...",
    "Hallo",
    "Danke",
    "Können Sie den Termin starten lassen?",
    "Ich möchte mich für Dienstag anmelden",
    "Wo ist die Abmeldung beim Empfang?",
    "stop 2",
    "nonstop",
    "Durst",
    "Bitte keine Erinnerungen mehr schicken. Termine gern weiter hier",
    "\ud800",
    "\x00",
]


@pytest.mark.parametrize(
    ("form", "word"),
    [(form, Word.STOP_ALL) for form in STOP_ALL]
    + [(form, Word.STOP_RECALL) for form in STOP_RECALL]
    + [(form, Word.STOP_WERBUNG) for form in STOP_WERBUNG]
    + [(form, Word.ERASE) for form in ERASE]
    + [(form, Word.START) for form in START],
)
@pytest.mark.parametrize(
    "spell",
    [
        str,
        str.upper,
        str.title,
        lambda form: f"  {form}\n",
        lambda form: f"{form}!!!",
        lambda form: f"„{form}“.",
        lambda form: f"*{form}* 🛑🙏🏽",
        lambda form: form.replace(" ", " \u00a0\n "),
        lambda form: f"\u200f{form}\u200b\ufeff",
        lambda form: form.replace("ö", "o\u0308"),
        lambda form: form.replace("ö", "oe"),
    ],
)
def test_each_listed_form_acts_in_every_spelling(form: str, word: Word, spell: Callable[[str], str]) -> None:
    assert understand(spell(form)).word == word


@pytest.mark.parametrize("text", MUST_NOT_FIRE + ORDINARY)
def test_anything_else_does_not_act_by_itself(text: str) -> None:
    assert understand(text).word == Word.NONE


def test_full_width_circled_and_dotted_letters_are_still_letters() -> None:
    assert [understand(text).word for text in ("ＳＴＯＰ", "ⓈⓉⓄⓅ", "S.T.O.P.", "MESAJ İSTEMİYORUM")] == [
        Word.STOP_ALL
    ] * 4


def test_opt_out_acts_with_and_without_its_hyphen() -> None:
    assert [understand(text).word for text in ("opt-out", "Opt out", "OptOut")] == [Word.STOP_ALL] * 3


def test_a_quoted_reply_does_not_act_by_itself() -> None:
    assert understand("STOP", is_quoted_reply=True).word == Word.NONE


def test_a_line_quoted_with_an_angle_bracket_does_not_act_by_itself() -> None:
    assert [understand(text).word for text in ("> STOP", "> Abmelden\nSTOP", "STOP\n  > ja")] == [Word.NONE] * 3


def test_every_word_names_the_purposes_it_withdraws() -> None:
    assert {word: word.withdraws for word in Word} == {
        Word.NONE: frozenset(),
        Word.STOP_ALL: frozenset(Purpose),
        Word.STOP_RECALL: {Purpose.RECALL},
        Word.STOP_WERBUNG: {Purpose.WERBUNG},
        Word.ERASE: frozenset(),
        Word.START: frozenset(),
    }


@pytest.mark.parametrize(
    "text",
    [
        "Stop, ich meinte Dienstag",
        "Bitte stoppen Sie das mit den Terminen",
        "Ich möchte mich gerne abmelden, danke",
        "Hiermit widerrufe ich alles",
        "Können Sie mir bitte nicht mehr schreiben?",
        "Lassen Sie mich in Ruhe!",
        "Bitte keine Erinnerungen mehr schicken. Termine gern weiter hier",
        "Ich will keine Werbung von Ihnen mehr",
        "Von diesen Nachrichten brauche ich keine mehr",
        "Keinen Werbekram mehr bitte",
    ],
)
def test_a_likely_withdrawal_in_other_words_is_shown_to_staff(text: str) -> None:
    assert (understand(text).word, understand(text).may_withdraw) == (Word.NONE, True)


@pytest.mark.parametrize("form", STOP_ALL + STOP_RECALL + STOP_WERBUNG)
def test_an_exact_word_in_a_quoted_reply_is_shown_to_staff(form: str) -> None:
    assert understand(form).may_withdraw


@pytest.mark.parametrize(
    "text",
    [
        "Die Blutung stoppt nicht",
        "Stoppuhr",
        "Termin absagen",
        "storno",
        "iptal",
        "Ich habe keine Schmerzen mehr",
        "Ich habe keine Erinnerung an den Termin",
        "Ich habe keine Zeit. Eine Nachricht mehr oder weniger ist mir gleich",
        "Ruhe bitte",
        "start",
        "Daten löschen",
        "",
    ],
)
def test_ordinary_messages_raise_no_banner(text: str) -> None:
    assert not understand(text).may_withdraw


def test_umlauts_and_sharp_s_are_alike_in_both_spellings() -> None:
    assert normalise("Größe, ÄRGER & Übel!") == normalise("groesse aerger uebel") == "groesse aerger uebel"


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)

    assert normalise(once) == once


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "stop ",
        "keine ",
        "keine nachricht ",
        "stop\n",
        "\n",
        " ",
        "\n \n",
        ">",
        "!",
        "🛑",
        "\u0300\u0316",
        "a\u0300\u0316",
        "\ufdfa",
        "\ud800",
    ],
)
def test_the_longest_message_is_read_in_a_moment(piece: str) -> None:
    text = (piece * 64_000)[:64_000]
    started = time.process_time()

    understand(text)

    assert time.process_time() - started < 2
