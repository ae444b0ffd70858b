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


def test_forty_practices_share_a_million_messages_unevenly() -> None:
    sizes = [million.size_of(rank) for rank in range(million.PRACTICES)]

    assert abs(sum(sizes) - 1_000_000) < 20
    assert 100_000 < sizes[0] < 120_000
    assert 11_000 < sizes[-1] < 13_000
    assert sizes == sorted(sizes, reverse=True)
