"""The table of section 9 as data: keys that can be stored, sentences that staff can use."""

import re

import pytest

from messaging.whatsapp import meanings
from messaging.whatsapp.meanings import BY_KEY, MEANINGS, ErrorMeaning, Kind, describe

EVERY = sorted(BY_KEY.values(), key=lambda meaning: meaning.key)
ABOUT_SETTING_UP = {"133005", "133008", "133009", "133015", "133016", "100/2388046", "100/33", "not_found"}
OF_WHICH_NOTHING_IS_KNOWN_TO_HAVE_FAILED = {"131051", "outcome_unknown", "media_refused"}


def every(*, but: set[str]) -> list[ErrorMeaning]:
    return [meaning for meaning in EVERY if meaning.key not in but]


def key_of(meaning: ErrorMeaning) -> str:
    return meaning.key


def test_no_code_is_listed_twice() -> None:
    keys = [meaning.key for meaning in MEANINGS]

    assert sorted(set(keys)) == sorted(keys)


@pytest.mark.parametrize("meaning", EVERY, ids=key_of)
def test_a_stored_key_gives_its_meaning_back(meaning: ErrorMeaning) -> None:
    assert describe(meaning.key) is meaning


def test_a_code_may_be_asked_as_number_or_text() -> None:
    assert describe(131047) is describe("131047")
    assert describe(131047).code == 131047


def test_a_key_with_subcode_has_the_code_before_the_stroke() -> None:
    assert meanings.GONE.code == 100
    assert meanings.INVALID_KEY.code is None


@pytest.mark.parametrize("code", [200, 201, 299])
def test_the_two_hundreds_mean_a_missing_permission(code: int) -> None:
    meaning = describe(code)

    assert (meaning.key, meaning.kind) == (str(code), Kind.BLOCKED)


@pytest.mark.parametrize("code", [300, 199, 999999, "wat", -1])
def test_an_unlisted_code_is_final_and_keeps_its_number(code: int | str) -> None:
    meaning = describe(code)

    assert (meaning.key, meaning.kind) == (str(code), Kind.FINAL)


def test_no_code_at_all_is_a_refusal() -> None:
    assert describe(None).key == "refused"
    assert describe("").key == "refused"


@pytest.mark.parametrize("meaning", EVERY, ids=key_of)
def test_a_sentence_ends_well_asks_politely_and_fits_a_bubble(meaning: ErrorMeaning) -> None:
    sentence = str(meaning.sentence)

    assert sentence.endswith(".")
    assert len(sentence) <= 220
    assert re.findall(r"\d{6,}|\bError\b|HTTP|Patient[^:]", sentence) == []


@pytest.mark.parametrize("meaning", every(but=ABOUT_SETTING_UP | OF_WHICH_NOTHING_IS_KNOWN_TO_HAVE_FAILED), ids=key_of)
def test_a_sentence_says_whether_anything_arrived(meaning: ErrorMeaning) -> None:
    assert re.search(r"nicht angekommen|nicht gesendet|nichts gesendet", str(meaning.sentence)) is not None


@pytest.mark.parametrize("meaning", every(but={"100/33", "not_found"}), ids=key_of)
def test_a_sentence_says_what_to_do_next(meaning: ErrorMeaning) -> None:
    assert re.search(r"\bBitte\b", str(meaning.sentence)) is not None


def test_a_lost_answer_does_not_claim_that_nothing_arrived() -> None:
    assert str(meanings.OUTCOME_UNKNOWN.sentence) == (
        "Die Verbindung zu WhatsApp brach beim Senden ab. Ob die Nachricht angekommen ist, ist ungewiss. "
        "Bitte warten Sie einen Moment und fragen Sie nach, bevor Sie sie noch einmal senden."
    )


@pytest.mark.parametrize("meaning", [meaning for meaning in EVERY if meaning.kind is Kind.BLOCKED], ids=key_of)
def test_a_blocked_channel_tells_an_admin(meaning: ErrorMeaning) -> None:
    assert meaning.tells_admin


def test_two_limits_of_the_number_tell_an_admin_as_well() -> None:
    assert {meaning.key for meaning in EVERY if meaning.kind is Kind.LATER and meaning.tells_admin} == {
        "131048",
        "131064",
    }


def test_a_message_that_waits_for_hours_always_knows_how_long() -> None:
    assert [meaning.key for meaning in EVERY if (meaning.kind is Kind.LATER) != (meaning.wait is not None)] == []


def test_what_a_retry_may_cost_is_limited_where_the_reference_limits_it() -> None:
    assert {meaning.key: meaning.attempts for meaning in EVERY if meaning.attempts is not None} == {
        "1": 1,
        "131000": 3,
        "131052": 1,
    }
    assert {meaning.key: meaning.backoff for meaning in EVERY if meaning.backoff != 2} == {"131056": 4}


def test_one_code_ends_advertising_and_one_asks_who_holds_the_phone() -> None:
    assert [meaning.key for meaning in EVERY if meaning.stops_marketing] == ["131050"]
    assert [meaning.key for meaning in EVERY if meaning.asks_identity] == ["137000"]


def test_a_waiting_message_is_not_called_lost() -> None:
    assert str(describe(130429).sentence_while_waiting) == (
        "WhatsApp nimmt gerade nichts an. Die Nachricht ist noch nicht verschickt und wird automatisch versucht."
    )
    assert str(describe(131049).sentence_while_waiting) == (
        "WhatsApp nimmt die Nachricht erst in einigen Stunden an. Sie ist noch nicht verschickt. "
        "In eiligen Fällen rufen Sie bitte an."
    )
