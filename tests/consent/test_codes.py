import re
import time
from uuid import uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consent.codes import ALPHABET, find_code, normalise_code
from consent.opt_in_codes import codes_of

SENTENCE = "Ja, ich möchte mit der Zahnarztpraxis Dr. Morgenthal über WhatsApp schreiben. Code: {}"


def fresh_code() -> str:
    return next(codes_of(uuid4()))


@pytest.mark.usefixtures("practice")
def test_a_code_has_two_groups_of_four_crockford_characters() -> None:
    codes = {fresh_code() for _ in range(2_000)}

    assert len(codes) == 2_000
    assert {code for code in codes if not re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code)} == set()


@pytest.mark.usefixtures("practice")
def test_every_character_of_the_alphabet_comes_up() -> None:
    assert set("".join(fresh_code() for _ in range(500))) == {*ALPHABET, "-"}


@pytest.mark.usefixtures("practice")
def test_every_code_is_found_in_the_sentence_and_alone() -> None:
    for _ in range(500):
        code = fresh_code()

        assert [find_code(text) for text in (SENTENCE.format(code), code, code.lower(), code.replace("-", ""))] == [
            code
        ] * 4


@pytest.mark.parametrize(
    "typed",
    [
        "7K4F-012Q",
        "7k4f-012q",
        "7K4FO12Q",
        "7K4F-OI2Q",
        "7k4f ol2q",
        " 7K4F\u20130I2Q ",
        "7K4F\u00a0012Q",
        "\u200e7K4F-012Q\u200f",
        "7 K 4 F - 0 1 2 Q",
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert normalise_code(typed) == "7K4F-012Q"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "7K4F-012",
        "7K4F-012QQ",
        "7K4F-012U",
        "7K4F-012Ä",
        "1234-5678",
        "ABCD-EFGH",
        "ABCD-0101",
        "7K4F/012Q",
        "7" * 64_000,
    ],
)
def test_what_was_never_minted_is_no_code(typed: str) -> None:
    assert normalise_code(typed) is None


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE.format("7K4F-012Q"),
        SENTENCE.format("7k4f 012q"),
        SENTENCE.format("7K4F-012Q") + " Danke!",
        SENTENCE.format("7K4F-012Q.\nIch bin Frau Neumann"),
        "code 7K4F012Q",
        "Mein Code ist weg. QR-Code: 7K4F-012Q",
        "Code:\u200e 7K4F\u2011012Q",
        "„7K4F-012Q“",
        "\n7K4F-012Q\n",
    ],
)
def test_the_code_is_found_in_what_a_patient_sends(text: str) -> None:
    assert find_code(text) == "7K4F-012Q"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Zahnarzt",
        "Apotheke",
        "haha-haha",
        "Code: Apotheke",
        "code mehr hier",
        "Der Code geht nicht",
        "2026-0815",
        "030 23125 100",
        "0171-3920012",
        "Rechnung 7K4F-012Q",
        "Code: 7K4F-012QQ",
        "Code: 7K4F-01",
        "Decode: 7K4F-012Q",
        "7K4F-012Q und noch etwas",
        "um 10:40 da",
    ],
)
def test_ordinary_words_and_numbers_are_no_code(text: str) -> None:
    assert find_code(text) is None


@given(st.text(alphabet=st.characters(categories=["L", "Z", "P"]), max_size=60))
def test_letters_alone_are_never_a_code(text: str) -> None:
    assert find_code(f"Code: {text}") is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_text_around_the_labelled_code_does_not_hide_it(before: str, after: str) -> None:
    assume("code" not in before.lower())

    assert find_code(f"{before} Code: 7K4F-012Q {after}") == "7K4F-012Q"


@pytest.mark.parametrize("piece", ["code ", "code: 7K4F-!", "7K4F-", "-", " ", "\u200b", "code:-", "7K4F 012"])
def test_the_longest_message_is_read_in_a_moment(piece: str) -> None:
    text = (piece * 64_000)[:64_000]
    started = time.process_time()

    assert find_code(text) is None
    assert time.process_time() - started < 1
