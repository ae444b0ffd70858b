"""Who a test of the browser writes to, no other file writes to: the files share a product, in whatever order."""

import re
from collections import defaultdict

from tests.guards import tracked
from tests.guards.test_texts_and_numbers import LOOKS_LIKE_A_NUMBER

WHOLE = 11  # digits at least
OF_ONE_PERSON = 8  # the last digits: the same however the country is written
IS_COUNTED = re.compile(r"\d[\d ]{6,}\{")  # a beginning, of which the code counts the rest
# The files that count, with the beginning and the two digits that follow.
COUNTED = {
    "tests/browser/test_old_lists.py": ("040690", range(20, 50)),
    "tests/browser/test_queue.py": ("139200", range(30, 60)),
    "tests/browser/withdrawals.py": ("040690", range(61, 67)),
}


def test_no_two_files_of_the_browsers_tests_name_the_same_number() -> None:
    holders: dict[str, set[str]] = defaultdict(set)
    for path, text in _files():
        for digits in (re.sub(r"\D", "", found[0]) for found in LOOKS_LIKE_A_NUMBER.finditer(text)):
            if len(digits) >= WHOLE:
                holders[digits[-OF_ONE_PERSON:]].add(path)
    for path, (beginning, numbers) in COUNTED.items():
        for number in numbers:
            holders[f"{beginning}{number}"].add(path)

    assert len(holders) > 50, "the numbers were not found"
    assert {number: paths for number, paths in holders.items() if len(paths) > 1} == {}


def test_whoever_counts_numbers_says_which() -> None:
    assert {path for path, text in _files() if IS_COUNTED.search(text)} == set(COUNTED)


def _files() -> list[tuple[str, str]]:
    return [
        (path, text) for path, text in tracked.texts() if path.startswith("tests/browser/") and path.endswith(".py")
    ]
