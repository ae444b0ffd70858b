"""What the measurements are made of: texts, people, sizes."""

import random

from messaging.search import common_stems, stem
from tests.bench import million
from tests.bench.crowd import phone
from tests.bench.german import text, vocabulary


def test_texts_have_about_twenty_words_and_each_differs() -> None:
    chance = random.Random(1)

    texts = [text(chance) for _ in range(500)]

    lengths = [len(one.split()) for one in texts]
    assert 18 < sum(lengths) / len(lengths) < 22
    assert len(set(texts)) == 500


def test_a_few_words_are_most_of_what_is_written_and_most_words_are_rare() -> None:
    words, weights = vocabulary()

    share_of_the_first_hundred = weights[99] / weights[-1]

    assert len(words) > 30_000
    assert 0.3 < share_of_the_first_hundred < 0.6
    assert sum(stem(word.casefold()) in common_stems() for word in words[:100]) > 50


def test_everybody_has_a_number_of_their_own_that_leads_to_nobody() -> None:
    numbers = [phone(each) for each in range(5000)]

    assert len(set(numbers)) == 5000
    assert phone(5000) == phone(0)
    assert {number[:-3] for number in numbers} == {
        *("+493023125", "+492214710", "+494066969", "+496990009", "+498999998"),
    }


def test_one_practice_has_a_million_messages_and_the_others_share_half_of_that_unevenly() -> None:
    largest, *others = [million.size_of(rank) for rank in range(million.PRACTICES)]

    assert largest == 1_000_000
    assert len(others) == 39
    assert abs(sum(others) - 500_000) < 20
    assert 50_000 < others[0] < 60_000
    assert 5_000 < others[-1] < 7_000
    assert others == sorted(others, reverse=True)
