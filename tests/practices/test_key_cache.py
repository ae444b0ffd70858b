"""The cache of keys: small, short, and forgetful per practice."""

from practices import keys
from practices.key_cache import KeyCache


def test_the_cache_drops_what_was_not_used_for_longest() -> None:
    cache: KeyCache[str] = KeyCache(size=2, seconds=60)
    cache.put((1, "a"), "A")
    cache.put((1, "b"), "B")
    cache.get((1, "a"))

    cache.put((1, "c"), "C")

    assert [cache.get((1, name)) for name in "abc"] == ["A", None, "C"]


def test_a_key_put_again_counts_as_used() -> None:
    cache: KeyCache[str] = KeyCache(size=2, seconds=60)
    for name in "aba":
        cache.put((1, name), name)

    cache.put((1, "c"), "c")

    assert [cache.get((1, name)) for name in "abc"] == ["a", None, "c"]


def test_the_cache_holds_nothing_past_its_time() -> None:
    cache: KeyCache[str] = KeyCache(size=2, seconds=0)
    cache.put((1, "a"), "A")

    assert (cache.get((1, "a")), len(cache)) == (None, 0)


def test_forgetting_one_practice_leaves_the_others() -> None:
    cache: KeyCache[str] = KeyCache(size=9, seconds=60)
    cache.put((1, "a"), "A")
    cache.put((2, "a"), "B")

    cache.forget(1)

    assert [cache.get((1, "a")), cache.get((2, "a"))] == [None, "B"]


def test_keys_are_kept_for_five_minutes_at_most() -> None:
    assert (keys.cache.size, keys.cache.seconds) == (10_000, 300)
