"""Who a test of the browser writes to, no other file writes to: the files share a product, in whatever order."""

import re
from collections import defaultdict

from tests.guards import tracked
from tests.guards.test_texts_and_numbers import LOOKS_LIKE_A_NUMBER

SHORTEST = 11  # digits; what is shorter is a beginning, of which a test counts the rest
OF_ONE_PERSON = 8  # the last digits: the same however the country is written


def test_no_two_files_of_the_browsers_tests_name_the_same_number() -> None:
    holders: dict[str, set[str]] = defaultdict(set)
    for path, text in tracked.texts():
        if path.startswith("tests/browser/") and path.endswith(".py"):
            for digits in (re.sub(r"\D", "", found[0]) for found in LOOKS_LIKE_A_NUMBER.finditer(text)):
                if len(digits) >= SHORTEST:
                    holders[digits[-OF_ONE_PERSON:]].add(path)

    assert len(holders) > 50, "the numbers were not found"
    assert {number: paths for number, paths in holders.items() if len(paths) > 1} == {}
